"""Reading and writing preferences, and the cases that both ways of writing share."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx

from tests.http import expectations as expect
from tests.http.service_client import Caller

KIB = 1024
WRITTEN_AS_PYTHON_DOES: list[tuple[Any, str]] = [
    ("text", "text"),
    (" kept as it is ", " kept as it is "),
    ("<b>raw</b> & 'quotes'", "<b>raw</b> & 'quotes'"),
    ("😀 שלום", "😀 שלום"),
    (10, "10"),
    (-1, "-1"),
    (1.5, "1.5"),
    (0, "0"),
    (True, "True"),
    (False, "False"),
    ([], "[]"),
    ({}, "{}"),
    (["a", 1, None], "['a', 1, None]"),
    ({"int_key": 10}, "{'int_key': 10}"),
    ("x" * 32 * KIB, "x" * 32 * KIB),
]
REFUSED_VALUES = ["", " ", "\t\n", "\u00a0", "x" * (32 * KIB + 1), "é" * (16 * KIB + 1), "a\x00b"]
REFUSED_BY_KEY: list[tuple[str, Any]] = [
    ("time_zone", "Mars/Olympus"),
    ("time_zone", "europe/stockholm"),
    ("time_zone", "Asia/Tokyo "),
    ("time_zone", 5),
    ("account_privacy", "friends"),
    ("account_privacy", "ALL_USERS"),
    ("account_privacy", True),
    ("account_privacy", "private "),
]


def map_path(username: str) -> str:
    """Return the path of somebody's preferences."""
    return f"/api/user/v1/preferences/{quote(username, safe='')}"


def key_path(username: str, key: str) -> str:
    """Return the path of one preference."""
    return f"{map_path(username)}/{quote(key, safe='')}"


def preferences(caller: Caller, username: str | None = None) -> dict[str, str]:
    """Return somebody's preferences (by default one's own) as this caller sees them."""
    response = caller.get(map_path(username or caller.username))
    expect.status(200, response)
    found: dict[str, str] = response.json()
    return found


def patch(caller: Caller, changes: Any, username: str | None = None, **arguments: Any) -> httpx.Response:
    """PATCH somebody's preferences, by default one's own."""
    return caller.patch(changes, path=map_path(username or caller.username), **arguments)


def patch_as(caller: Caller, content_type: str, content: bytes, username: str | None = None) -> httpx.Response:
    """PATCH preferences with a body and content type as given."""
    return caller.patch_bytes(content, map_path(username or caller.username), content_type=content_type)


def get(caller: Caller, key: str, username: str | None = None) -> httpx.Response:
    """GET one preference."""
    return caller.get(key_path(username or caller.username, key))


def put(
    caller: Caller, key: str, value: Any, username: str | None = None, headers: Mapping[str, str] | None = None
) -> httpx.Response:
    """PUT one preference."""
    path, sent = key_path(username or caller.username, key), {"Content-Type": "application/json", **(headers or {})}
    return caller.request("PUT", path, headers=sent, content=json.dumps(value).encode())


def put_as(caller: Caller, key: str, content_type: str, content: bytes, username: str | None = None) -> httpx.Response:
    """PUT one preference with a body and content type as given."""
    path = key_path(username or caller.username, key)
    return caller.request("PUT", path, headers={"Content-Type": content_type}, content=content)


def delete(caller: Caller, key: str, username: str | None = None) -> httpx.Response:
    """DELETE one preference."""
    return caller.request("DELETE", key_path(username or caller.username, key))


def nothing(expected: int, response: httpx.Response) -> None:
    """Expect a status without a body."""
    expect.status(expected, response)
    assert b"" == response.content


def both_messages(response: httpx.Response) -> None:
    """Expect a 400 with both messages."""
    expect.status(400, response)
    assert {"developer_message", "user_message"} == set(response.json())
    assert all(isinstance(each, str) for each in response.json().values()), response.text
