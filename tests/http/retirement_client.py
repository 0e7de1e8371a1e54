"""Retirement over HTTP: leaving, reading rows, moving them, and waiting for what may lag (spec 20)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

import httpx

from tests.http import expectations as expect
from tests.http.service_client import Caller, Service

ACCOUNTS = "/api/user/v1/accounts"
LEAVE = f"{ACCOUNTS}/deactivate_logout/"
QUEUE = f"{ACCOUNTS}/retirement_queue/"
BY_DATE = f"{ACCOUNTS}/retirements_by_status_and_date/"
UPDATE = f"{ACCOUNTS}/update_retirement_status/"
CLEANUP = f"{ACCOUNTS}/retirement_cleanup/"
PARTNER_REPORT = f"{ACCOUNTS}/retirement_partner_report/"
PARTNER_CLEANUP = f"{ACCOUNTS}/retirement_partner_report_cleanup/"
RETIRE_MISC = f"{ACCOUNTS}/retire_misc/"
RETIRE = f"{ACCOUNTS}/retire/"
RETIRE_MAILINGS = f"{ACCOUNTS}/retire_mailings/"
CANCEL = f"{ACCOUNTS}/cancel_retirement/"
REPLACE = f"{ACCOUNTS}/replace_usernames/"

STATES = (
    "PENDING",
    "LOCKING_ACCOUNT",
    "LOCKING_COMPLETE",
    "RETIRING_FORUMS",
    "FORUMS_COMPLETE",
    "RETIRING_EMAIL_LISTS",
    "EMAIL_LISTS_COMPLETE",
    "RETIRING_ENROLLMENTS",
    "ENROLLMENTS_COMPLETE",
    "RETIRING_NOTES",
    "NOTES_COMPLETE",
    "RETIRING_LMS",
    "LMS_COMPLETE",
    "ERRORED",
    "ABORTED",
    "COMPLETE",
)
DEAD_ENDS = ("ERRORED", "ABORTED", "COMPLETE")
WORKING = tuple(each for each in STATES[1:-3] if not each.endswith("_COMPLETE"))
"""The states of the stock list (spec 20, section 4.1), all of them in order, and by kind."""

RETIRED_PREFIX = "retired__user_"
RETIRED_DOMAIN = "retired.invalid"

T = TypeVar("T")


# --- paths


def status_path(username: str) -> str:
    """Return the path of one account's row."""
    return f"{ACCOUNTS}/{quote(username, safe='')}/retirement_status/"


def deactivate_path(username: str) -> str:
    """Return the path that makes somebody's password unusable."""
    return f"{ACCOUNTS}/{quote(username, safe='')}/deactivate/"


def without_slash(path: str) -> str:
    """Return the other form of a path; a query stays."""
    base, mark, query = path.partition("?")
    return f"{base.rstrip('/')}{mark}{query}"


# --- people


def client_caller(service: Service, client: str) -> Caller:
    """Return the caller of a service account, with a fresh token by client credentials (spec 00)."""
    response = service.grant(
        grant_type="client_credentials", client_id=client, client_secret=f"{client}-secret", token_type="jwt"
    )
    expect.status(200, response)
    return Caller(service.http, response.json()["access_token"])


def worker_of(service: Service) -> Caller:
    """Return the retirement worker, which holds RETIRE."""
    return client_caller(service, "retirement-worker")


def username_worker_of(service: Service) -> Caller:
    """Return the username-replacement worker, which holds REPLACE."""
    return client_caller(service, "username-worker")


def learner_of(service: Service, **fields: Any) -> Caller:
    """Return an adult with an account of their own."""
    profile = {"year_of_birth": 1980, **fields.pop("profile", {})}
    return service.new_account(profile=profile, **fields)


# --- leaving


def leave(caller: Caller, password: str | None = None, **arguments: Any) -> httpx.Response:
    """Ask to be forgotten, with one's own password unless another is given."""
    return caller.post(LEAVE, json={"password": caller.password if password is None else password}, **arguments)


def left(service: Service, **fields: Any) -> Caller:
    """Return somebody new who has left: a row in PENDING. The caller knows the originals, its token is dead."""
    caller = learner_of(service, **fields)
    expect.status(204, leave(caller))
    return caller


# --- rows


def status_of(worker: Caller, username: str, **query: str) -> httpx.Response:
    """GET one account's row."""
    return worker.get(status_path(username), params=query)


def row_of(worker: Caller, username: str) -> dict[str, Any]:
    """Return one account's row."""
    response = status_of(worker, username)
    expect.status(200, response)
    row: dict[str, Any] = response.json()
    return row


def log_of(worker: Caller, username: str) -> str:
    """Return the log of one account's row (spec 20, section 3)."""
    response = status_of(worker, username, include="responses")
    expect.status(200, response)
    log = response.json()["responses"]
    assert isinstance(log, str), response.text
    return log


def state_of(worker: Caller, username: str) -> str:
    """Return the name of the state that a row is in."""
    name: str = row_of(worker, username)["current_state"]["state_name"]
    return name


def move(
    worker: Caller,
    username: str,
    state: str,
    response: Any = "",
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> httpx.Response:
    """PATCH a row to a state; `force=True` and the like go into the body."""
    body = {"username": username, "new_state": state, "response": response, **more}
    return worker.request("PATCH", UPDATE, json=body, headers=headers)


def moved(worker: Caller, username: str, state: str, response: Any = "", **more: Any) -> None:
    """Move a row, and expect that it was moved."""
    nothing(204, move(worker, username, state, response, **more))


def forced(worker: Caller, username: str, state: str, response: Any = "") -> None:
    """Put a row into any state."""
    moved(worker, username, state, response, force=True)


def retire(worker: Caller, username: str) -> httpx.Response:
    """POST `retire` for the original username; the row must be in a working state."""
    return worker.post(RETIRE, json={"username": username})


def retired(service: Service, worker: Caller, **fields: Any) -> Caller:
    """Return somebody new for whom `retire` has been done; the row is in RETIRING_LMS."""
    caller = left(service, **fields)
    moved(worker, caller.username, "RETIRING_LMS")
    nothing(204, retire(worker, caller.username))
    return caller


def cleanup(worker: Caller, *usernames: str, **redacted: Any) -> httpx.Response:
    """POST the cleanup of rows in COMPLETE."""
    return worker.post(CLEANUP, json={"usernames": usernames, **redacted})


def cleaned_up(service: Service, worker: Caller, **fields: Any) -> Caller:
    """Return somebody new who has left, was retired, and whose row is gone."""
    caller = retired(service, worker, **fields)
    moved(worker, caller.username, "COMPLETE")
    nothing(204, cleanup(worker, caller.username))
    return caller


# --- lists


def queue(worker: Caller, states: Sequence[str] = ("PENDING",), days: Any = 0, **more: Any) -> httpx.Response:
    """GET the queue by query."""
    return worker.get(QUEUE, params={"cool_off_days": days, "states": list(states), **more})


def by_date(worker: Caller, start: Any, end: Any, state: str = "PENDING") -> httpx.Response:
    """GET the rows in a state that were made from one day to another."""
    return worker.get(BY_DATE, params={"start_date": str(start), "end_date": str(end), "state": state})


def rows(response: httpx.Response) -> list[dict[str, Any]]:
    """Expect a list of rows, ordered by id, each of them once, and return it."""
    expect.status(200, response)
    found: list[dict[str, Any]] = response.json()
    ids = [each["id"] for each in found]
    assert [] == sorted({each for each in ids if ids.count(each) > 1}), "rows that are listed more than once"
    assert sorted(ids) == ids
    return found


def originals(response: httpx.Response) -> list[str]:
    """Expect a list of rows and return their original usernames."""
    return [each["original_username"] for each in rows(response)]


# --- what answers look like


def nothing(expected: int, response: httpx.Response) -> None:
    """Expect a status without a body."""
    expect.status(expected, response)
    assert b"" == response.content


def message(expected: int, response: httpx.Response) -> str:
    """Expect an error that says `message`, and nothing besides; return it."""
    expect.status(expected, response)
    assert {"message"} == set(response.json()), response.text
    told = response.json()["message"]
    assert isinstance(told, str), response.text
    return told


def refused(response: httpx.Response, expected: int = 400) -> str:
    """Expect an error whose body is a JSON string (spec 20, section 2); return it."""
    expect.status(expected, response)
    told = response.json()
    assert isinstance(told, str), response.text
    return told
