"""How far the consumer has come, kept in a file for a stage that survives a restart."""

import json
from collections.abc import Mapping
from pathlib import Path


class PositionFile:
    """The last settled sequence number of each shard, for one stream at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self, stream_arn: str) -> dict[str, str]:
        """The positions in the stream `stream_arn`; none if the file knows only another stream."""
        if not self._path.exists():
            return {}
        saved = json.loads(self._path.read_text())
        return dict(saved["shards"]) if saved["stream"] == stream_arn else {}

    def save(self, stream_arn: str, shards: Mapping[str, str]) -> None:
        """Replace what the file holds, in one step."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps({"stream": stream_arn, "shards": dict(shards)}))
        fresh.replace(self._path)
