"""Reading a file of JSON lines, however long the file or a line of it may be."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from pydantic import JsonValue

from chalicelib.api.bodies import json_value
from chalicelib.api.errors import MalformedRequestError

LONGEST_LINE = 1_000_000
"""Bytes; no row of a person is as long."""

BLOCK = 1 << 20
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Line(NamedTuple):
    """One line by its number, from 1 on: the object on it, or null for what is no JSON object or too long."""

    number: int
    row: dict[str, JsonValue] | None


def count_lines(path: Path) -> int:
    """How many lines a file has, for a bar that shows progress."""
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(BLOCK), b""))


def lines(path: Path) -> Iterator[Line]:
    """The lines that are not blank."""
    with path.open("rb") as file:
        number = 0
        while text := file.readline(LONGEST_LINE + 1):
            number += 1
            whole = text.endswith(b"\n") or len(text) <= LONGEST_LINE
            if not whole:
                _skip_rest(file)
            content = text.removeprefix(BYTE_ORDER_MARK).strip()
            if content:
                yield Line(number, _object(content) if whole else None)


def _skip_rest(file: BinaryIO) -> None:
    while (rest := file.readline(BLOCK)) and not rest.endswith(b"\n"):
        pass


def _object(content: bytes) -> dict[str, JsonValue] | None:
    try:
        value = json_value(content, LONGEST_LINE)
    except MalformedRequestError:
        return None
    return value if isinstance(value, dict) else None
