"""History, exports and support over HTTP: the paths, and reading what they answer (spec 50, sections 1 to 3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.http import expectations as expect
from tests.http.image_client import fetch
from tests.http.service_client import ADMIN_ACCOUNTS, MERGE_PATCH, Caller, Service, account_path

ADMIN = "/api/user/v1/admin"
IMPORT = f"{ADMIN}/import"
NAME_CHANGES = f"{ADMIN}/name_changes"
NAME_CHANGE = "/api/user/v1/accounts/name_change"
ENTRY = {"version", "at", "type", "actor", "changes"}
ROLES = {"owner", "staff", "service", "system"}
ROW = {"created", "comment", "disabled", "created_by"}
PARTS = {"account", "preferences", "history", "images", "support", "orgs", "social_logins"}
UTC_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
WRONG_TEXTS: list[object] = [None, 5, True, [], {}, ["x"]]
"""What is no text."""

WRONG_LIMITS = ["0", "-1", "201", "1.5", "abc", "1e1", "١٢x", "99999999999999999999"]
"""What is no limit of 1 to 200."""


# --- history


def history_path(username: str) -> str:
    """Return the path of somebody's history."""
    return f"{account_path(username)}/history"


def history(caller: Caller, username: str | None = None, **query: Any) -> httpx.Response:
    """GET a page of a history, by default of one's own."""
    return caller.get(history_path(username or caller.username), params=query)


def page_of(response: httpx.Response) -> tuple[list[dict[str, Any]], str | None]:
    """Expect a page; return its results and the cursor of the next one."""
    expect.status(200, response)
    page = response.json()
    assert {"results", "next"} == set(page), response.text
    return page["results"], page["next"]


def entries(caller: Caller, username: str | None = None, limit: int = 200) -> list[dict[str, Any]]:
    """Return a whole history, page by page, newest first."""
    found, cursor = page_of(history(caller, username, limit=limit))
    while cursor is not None:
        more, cursor = page_of(history(caller, username, limit=limit, cursor=cursor))
        assert more, "a page without results"
        found += more
    return found


def newest(caller: Caller, username: str | None = None) -> dict[str, Any]:
    """Return the newest entry of a history."""
    results, _ = page_of(history(caller, username, limit=1))
    return results[0]


def changes_of(caller: Caller, field: str, username: str | None = None) -> list[tuple[Any, Any]]:
    """Return every change of a field, newest first, as old and new value."""
    found = [each["changes"][field] for each in entries(caller, username) if field in (each["changes"] or {})]
    return [(each["old"], each["new"]) for each in found]


def then(caller: Caller, username: str, **query: Any) -> httpx.Response:
    """GET an account as it was."""
    return caller.get(f"{account_path(username)}/at", params=query)


# --- exports


def export(caller: Caller, username: str | None = None) -> httpx.Response:
    """GET an export, by default one's own; a redirect is not followed."""
    return caller.get(f"{account_path(username or caller.username)}/export", follow_redirects=False)


def exported(caller: Caller, username: str | None = None) -> dict[str, Any]:
    """Return an export, wherever it lies."""
    response = export(caller, username)
    if response.status_code == 303:
        response = fetch(response.headers["Location"])
    expect.status(200, response)
    parts: dict[str, Any] = response.json()
    return parts


def lifetime_of(link: str) -> int:
    """Return for how many seconds a signed link works."""
    query = {name.lower(): values for name, values in parse_qs(urlsplit(link).query).items()}
    return int(query["x-amz-expires"][0])


def import_account(caller: Caller, parts: object, headers: Mapping[str, str] | None = None) -> httpx.Response:
    """POST an export as a new account."""
    return caller.post(IMPORT, json=parts, headers=headers)


# --- support


def support_path(username: str, act: str) -> str:
    """Return the path of `disable`, `enable` or `disable_history`."""
    return f"{ADMIN_ACCOUNTS}{account_path(username).removeprefix('/api/user/v1/accounts')}/{act}"


def disable(caller: Caller, username: str, comment: str = "", **arguments: Any) -> httpx.Response:
    """Disable somebody."""
    return caller.post(support_path(username, "disable"), json={"comment": comment}, **arguments)


def enable(caller: Caller, username: str, comment: str = "", **arguments: Any) -> httpx.Response:
    """Enable somebody."""
    return caller.post(support_path(username, "enable"), json={"comment": comment}, **arguments)


def disabled(staff: Caller, username: str, comment: str = "") -> dict[str, Any]:
    """Disable somebody, and return the row."""
    return row_of(disable(staff, username, comment))


def enabled(staff: Caller, username: str, comment: str = "") -> dict[str, Any]:
    """Enable somebody, and return the row."""
    return row_of(enable(staff, username, comment))


def row_of(response: httpx.Response) -> dict[str, Any]:
    """Expect a row of the disable history."""
    expect.status(200, response)
    row: dict[str, Any] = response.json()
    assert ROW == set(row), response.text
    return row


def disable_history(caller: Caller, username: str) -> list[dict[str, Any]]:
    """Return somebody's rows, newest first."""
    response = caller.get(support_path(username, "disable_history"))
    expect.status(200, response)
    rows: list[dict[str, Any]] = response.json()
    assert all(ROW == set(row) for row in rows), response.text
    return rows


def admin_patch(
    caller: Caller, username: str, fields: object, headers: Mapping[str, str] | None = None
) -> httpx.Response:
    """PATCH somebody's rights."""
    path = support_path(username, "").rstrip("/")
    return caller.patch(fields, path, headers)


def admin_patch_bytes(caller: Caller, username: str, content: bytes, content_type: str = MERGE_PATCH) -> httpx.Response:
    """PATCH somebody's rights with a body given byte by byte."""
    return caller.patch_bytes(content, support_path(username, "").rstrip("/"), content_type=content_type)


# --- name changes


def name_asked(caller: Caller, name: str) -> None:
    """Ask for another name."""
    expect.status(201, caller.post(NAME_CHANGE, json={"name": name}))


def name_changes(caller: Caller, **query: Any) -> httpx.Response:
    """GET a page of the pending name changes."""
    return caller.get(NAME_CHANGES, params=query)


def pending_names(staff: Caller, limit: int = 200) -> list[dict[str, Any]]:
    """Return all pending name changes, page by page."""
    found, cursor = page_of(name_changes(staff, limit=limit))
    while cursor is not None:
        more, cursor = page_of(name_changes(staff, limit=limit, cursor=cursor))
        found += more
    return found


def pending_name(staff: Caller, username: str) -> list[dict[str, Any]]:
    """Return the pending name changes of one account; one at most is right."""
    return [each for each in pending_names(staff) if each["username"] == username]


def refuse(caller: Caller, username: str, comment: object = "", **arguments: Any) -> httpx.Response:
    """Refuse somebody's name."""
    return caller.post(f"{NAME_CHANGES}/{username}/refuse", json={"comment": comment}, **arguments)


def confirm(caller: Caller, username: str) -> httpx.Response:
    """Approve somebody's name."""
    return caller.post(f"{NAME_CHANGE}/{username}/confirm")


# --- browsers


class Browser:
    """A cookie jar of its own that signs in."""

    def __init__(self, service: Service) -> None:
        self.http = httpx.Client(base_url=service.url, timeout=60, trust_env=False)

    def sign_in(self, name: str, password: str) -> httpx.Response:
        """POST to the login of version 2."""
        fields = {"email_or_username": name, "password": password}
        return self.http.post("/api/user/v2/account/login_session/", data=fields)

    def me(self) -> httpx.Response:
        """GET me by cookies."""
        return self.http.get("/api/user/v1/me", headers={"USE-JWT-COOKIE": "true"})

    def refresh(self) -> httpx.Response:
        """Renew the cookies."""
        return self.http.post("/login_refresh")


def other_cursors(cursor: str) -> list[str]:
    """Return cursors that are near a good one."""
    middle = len(cursor) // 2
    swapped = "A" if cursor[middle] != "A" else "B"
    last = "A" if cursor[-5] != "A" else "B"
    return [
        cursor[:middle] + swapped + cursor[middle + 1 :],
        cursor[:-5] + last + cursor[-4:],
        cursor[: middle - 1],
        cursor + "AAAA",
        cursor[::-1],
        "x",
        "é",
        "1",
    ]
