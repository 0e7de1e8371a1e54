"""One request as it came over the wire, before anybody looked at its meaning."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import parse_qs


@dataclass(frozen=True)
class Received:
    """Method, path as sent, query as sent, headers in order, and the whole body."""

    method: str
    raw_path: str
    raw_query: str
    headers: Sequence[tuple[str, str]]
    body: bytes
    source_ip: str

    @cached_property
    def header_values(self) -> dict[str, list[str]]:
        """All values of each header, by its name in lower case."""
        values: dict[str, list[str]] = {}
        for name, value in self.headers:
            values.setdefault(name, []).append(value)
        return values

    @cached_property
    def query(self) -> dict[str, list[str]]:
        """All values of each query parameter, decoded; blank ones are kept."""
        return parse_qs(self.raw_query, keep_blank_values=True)

    def header(self, name: str) -> str | None:
        """The last value of the header `name` (lower case)."""
        values = self.header_values.get(name)
        return values[-1] if values else None
