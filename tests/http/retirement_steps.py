"""The steps of a retirement, partner reports, hooks and the job, over HTTP (spec 20, sections 8 to 15)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from tests.http import expectations as expect
from tests.http.retirement_client import (
    ACCOUNTS,
    CANCEL,
    PARTNER_CLEANUP,
    PARTNER_REPORT,
    RETIRE,
    RETIRE_MAILINGS,
    RETIRE_MISC,
    forced,
    left,
    nothing,
)
from tests.http.service_client import Caller, Service, account_path
from tests.support.waiting import eventually

ACTIONS: Mapping[str, tuple[str, str]] = {
    "partner row": ("PUT", PARTNER_REPORT),
    "retire_mailings": ("POST", RETIRE_MAILINGS),
    "retire_misc": ("POST", RETIRE_MISC),
    "retire": ("POST", RETIRE),
}
"""Method and path of each step (spec 20, sections 8 and 9)."""

HOOKS = ("certificates", "lms", "mailing_lists", "organisations")
TRIES = 3
"""How often a webhook is tried in one call (spec 20, section 8.2); so many failures make one call fail for certain."""

DAY = 86400


def every_action(test: Callable[..., None]) -> Callable[..., None]:
    """Run a test for each of the four steps."""
    decorated: Callable[..., None] = pytest.mark.parametrize("action", ACTIONS)(test)
    return decorated


def act(worker: Caller, action: str, username: Any, **arguments: Any) -> httpx.Response:
    """Take one step for an original username."""
    method, path = ACTIONS[action]
    return worker.request(method, path, json={"username": username}, **arguments)


def acted(worker: Caller, username: str, *actions: str) -> None:
    """Take steps, each of which must be done."""
    for action in actions:
        nothing(204, act(worker, action, username))


def working(service: Service, worker: Caller, state: str = "RETIRING_LMS", **fields: Any) -> Caller:
    """Return somebody new who has left and whose row is in a working state."""
    caller = left(service, **fields)
    forced(worker, caller.username, state)
    return caller


def number_of(staff: Caller, username: str) -> int:
    """Return the id of an account."""
    number: int = staff.account(username)["id"]
    return number


def version_of(staff: Caller, username: str) -> str:
    """Return the ETag of an account, which grows with every event."""
    response = staff.get(account_path(username))
    expect.status(200, response)
    return response.headers["ETag"]


# --- partner reports


def partner_list(worker: Caller, **arguments: Any) -> list[dict[str, Any]]:
    """Take the partner report once."""
    response = worker.post(PARTNER_REPORT, **arguments)
    expect.status(200, response)
    found: list[dict[str, Any]] = response.json()
    assert isinstance(found, list), response.text
    return found


def handed_out(worker: Caller, *usernames: str) -> list[dict[str, Any]]:
    """Take partner reports until all these have come; return their rows as they came, each once."""
    found: list[dict[str, Any]] = []

    def all_came() -> None:
        found.extend(each for each in partner_list(worker) if each["original_username"] in usernames)
        assert set(usernames) <= {each["original_username"] for each in found}

    eventually(all_came)
    names = [each["original_username"] for each in found]
    assert len(set(names)) == len(names), names
    return found


def partner_row(service: Service, worker: Caller, **fields: Any) -> Caller:
    """Return somebody new who has left and has a partner row."""
    caller = working(service, worker, **{"orgs": ["edX"], **fields})
    acted(worker, caller.username, "partner row")
    return caller


def reported(service: Service, worker: Caller, **fields: Any) -> Caller:
    """Return somebody new whose partner row is being processed."""
    caller = partner_row(service, worker, **fields)
    handed_out(worker, caller.username)
    return caller


def partner_cleanup(worker: Caller, *usernames: str, **arguments: Any) -> httpx.Response:
    """Clean partner rows up."""
    return worker.post(PARTNER_CLEANUP, json=[{"original_username": each} for each in usernames], **arguments)


# --- hooks


def hook_calls(service: Service, account: int, *hooks: str) -> list[dict[str, Any]]:
    """Return what the hooks were called with for an account, newest last; by default all hooks."""
    response = service.http.get("/_local/hooks", params={"account_id": account})
    expect.status(200, response)
    wanted = hooks or HOOKS
    return [each for each in response.json() if each["hook"] in wanted]


def fail_hook(service: Service, hook: str, calls: int) -> None:
    """Make the next calls of a hook fail; 0 makes it well again."""
    response = service.http.post("/_local/hooks", json={"hook": hook, "fail": calls})
    assert response.status_code < 300, response.text


@contextmanager
def failing(service: Service, hook: str, calls: int = TRIES) -> Iterator[None]:
    """Make the next calls of a hook fail, and leave it well."""
    fail_hook(service, hook, calls)
    try:
        yield
    finally:
        fail_hook(service, hook, 0)


def finishes(call: Callable[[], httpx.Response]) -> None:
    """Expect that a call fails while its hook does, and that calling again finishes the job."""
    expect.status(500, call())
    for _ in range(TRIES):
        response = call()
        if response.status_code != 500:
            break
    nothing(204, response)


# --- cancelling and looking up


def look_up(caller: Caller, address: str) -> httpx.Response:
    """Look an account up by its address."""
    return caller.get(ACCOUNTS, params={"email": address})


def can_cancel(caller: Caller, address: str) -> tuple[bool, int | None]:
    """Expect that an address is retired; return whether cancelling is on offer, and for which row."""
    response = look_up(caller, address)
    expect.status(404, response)
    body = response.json()
    assert {"error_msg", "can_cancel_retirement", "retirement_id"} == set(body), response.text
    assert isinstance(body["error_msg"], str), response.text
    assert isinstance(body["can_cancel_retirement"], bool), response.text
    return body["can_cancel_retirement"], body["retirement_id"]


def not_retired(response: httpx.Response) -> None:
    """Expect a look-up of an address that nobody has and that was never retired."""
    expect.status(404, response)
    assert "can_cancel_retirement" not in response.text, response.text


def cancel(caller: Caller, number: Any, **arguments: Any) -> httpx.Response:
    """Cancel a retirement."""
    return caller.post(CANCEL, json={"retirement_id": number}, **arguments)


# --- the job, time, and many at once


def run_job(service: Service) -> dict[str, int]:
    """Run the job once; return its counts."""
    response = service.http.post("/_local/run/retirement_queue")
    expect.status(200, response)
    counts: dict[str, int] = response.json()
    assert {"examined", "completed", "errored", "skipped", "remaining"} == set(counts), response.text
    assert all(type(each) is int for each in counts.values()), response.text
    return counts


def many(count: int, make: Callable[[], Caller]) -> list[Caller]:
    """Make people side by side."""
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(lambda _: make(), range(count)))


def statuses(answers: list[httpx.Response]) -> list[int]:
    """Return the statuses, sorted."""
    return sorted(each.status_code for each in answers)
