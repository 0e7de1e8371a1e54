"""Which route a path belongs to: a table built once, static segments before parameters."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

GREEDY = re.compile(r"/\{\w+\+\}")
"""A pattern that takes every path that no other one does; it counts at the root alone."""


@dataclass(frozen=True)
class Match:
    """The pattern that fits, and what its parameters hold."""

    pattern: str
    parameters: Mapping[str, str]


@dataclass
class _Node:
    static: "dict[str, _Node]" = field(default_factory=dict)
    parameter: "_Node | None" = None
    pattern: str | None = None


def segments(raw_path: str) -> tuple[str, ...] | None:
    """The decoded segments of a path as sent; None if they are not UTF-8.

    Each segment is percent-decoded once, after the split, so `%2F` is a slash inside its segment. Empty
    segments count for nothing: a trailing or doubled slash changes no answer (spec 00, paths).
    """
    try:
        return tuple(unquote_to_bytes(part).decode() for part in raw_path.split("/") if part)
    except UnicodeDecodeError:
        return None


class RouteTable:
    """The patterns of one application, `/accounts/{username}` and the like."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._root = _Node()
        self._rest: str | None = None
        for pattern in patterns:
            if GREEDY.fullmatch(pattern):
                self._rest = pattern
            else:
                self._add(pattern)

    def _add(self, pattern: str) -> None:
        node = self._root
        for part in _parts(pattern):
            if _is_parameter(part):
                node.parameter = node.parameter or _Node()
                node = node.parameter
            else:
                node = node.static.setdefault(part, _Node())
        node.pattern = pattern

    def match(self, path: tuple[str, ...]) -> Match | None:
        """The pattern for the decoded segments `path`, as API Gateway chooses it: static wins, greedy comes last."""
        pattern = _find(self._root, path)
        if pattern is None:
            return self._greedy(path)
        named = zip(_parts(pattern), path, strict=True)
        return Match(pattern, {part[1:-1]: value for part, value in named if _is_parameter(part)})

    def _greedy(self, path: tuple[str, ...]) -> Match | None:
        if self._rest is None or not path:
            return None
        return Match(self._rest, {self._rest[2:-2]: "/".join(path)})


def _find(node: _Node, path: tuple[str, ...]) -> str | None:
    if not path:
        return node.pattern
    following = node.static.get(path[0])
    found = _find(following, path[1:]) if following else None
    if found is None and node.parameter:
        found = _find(node.parameter, path[1:])
    return found


def _parts(pattern: str) -> list[str]:
    return [part for part in pattern.split("/") if part]


def _is_parameter(part: str) -> bool:
    return part.startswith("{") and part.endswith("}")
