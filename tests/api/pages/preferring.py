"""An account's preferences, read and set through the API."""

import json
from typing import Any

from tests.support.api import MERGE_PATCH
from tests.support.stage import Stage


def preferences(stage: Stage, username: str) -> dict[str, Any]:
    """All of them."""
    found: dict[str, Any] = stage.api.get(f"/api/user/v1/preferences/{username}", as_=username).json
    return found


def prefer(stage: Stage, username: str, wanted: dict[str, str | None]) -> None:
    """Set some of them."""
    path, headers = f"/api/user/v1/preferences/{username}", {"Content-Type": MERGE_PATCH}
    answer = stage.api.request("PATCH", path, as_=username, headers=headers, body=json.dumps(wanted).encode())
    assert 204 == answer.status, answer.text
