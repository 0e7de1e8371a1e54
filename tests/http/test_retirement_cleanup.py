"""POST retirement_cleanup: redact, then delete (spec 20, section 10)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.http import expectations as expect
from tests.http.retirement_client import (
    CLEANUP,
    STATES,
    by_date,
    cleaned_up,
    cleanup,
    forced,
    left,
    moved,
    nothing,
    originals,
    queue,
    refused,
    retired,
    row_of,
    status_of,
    without_slash,
    worker_of,
)
from tests.http.service_client import Caller, Service, account_path, unique_name
from tests.http.test_concurrency import at_once
from tests.support.waiting import eventually


@pytest.fixture(scope="module")
def worker(service: Service) -> Caller:
    """The retirement worker."""
    return worker_of(service)


def complete(service: Service, worker: Caller, **fields: Any) -> Caller:
    """Return somebody new whose row is in COMPLETE, without the steps between."""
    caller = left(service, **fields)
    moved(worker, caller.username, "COMPLETE", f"about {caller.email}")
    return caller


def untouched(worker: Caller, *usernames: str) -> None:
    """Expect that all these rows are there, as they were made."""
    for username in usernames:
        row = row_of(worker, username)
        assert (username, "COMPLETE") == (row["original_username"], row["current_state"]["state_name"])


def test_an_empty_list(worker: Caller) -> None:
    """Nobody: 204 (spec 20, section 10, row 1)."""
    nothing(204, cleanup(worker))


def test_cleanup(service: Service, worker: Caller) -> None:
    """All in COMPLETE: 204, and the rows are gone under every name (spec 20, section 10)."""
    people = [retired(service, worker) for _ in range(3)]
    names = [each.username for each in people]
    for name in names:
        moved(worker, name, "COMPLETE")
    later = [row_of(worker, name)["retired_username"] for name in names]
    nothing(204, cleanup(worker, *names))
    for name in names + later:
        nothing(404, status_of(worker, name))
        nothing(404, status_of(worker, name, include="responses"))


def test_the_lists_do_not_have_it(service: Service, worker: Caller) -> None:
    """Queue and list by date do not have the row any more (spec 20, section 10)."""
    caller = complete(service, worker)
    today = service.now().date()
    eventually(lambda: listed(worker, caller.username, today, there=True))
    nothing(204, cleanup(worker, caller.username))
    eventually(lambda: listed(worker, caller.username, today, there=False))


def listed(worker: Caller, username: str, today: object, *, there: bool) -> None:
    """Expect that both lists have, or have not, a row in COMPLETE."""
    assert there is (username in originals(queue(worker, ["COMPLETE"])))
    assert there is (username in originals(by_date(worker, today, today, "COMPLETE")))


def test_the_same_again(service: Service, worker: Caller) -> None:
    """Once through, it is a 400: nobody is there (spec 20, sections 10 and 14)."""
    caller = complete(service, worker)
    nothing(204, cleanup(worker, caller.username))
    refused(cleanup(worker, caller.username))


@pytest.mark.parametrize("state", [each for each in STATES if each != "COMPLETE"])
def test_not_in_complete(service: Service, worker: Caller, state: str) -> None:
    """One in another state: 400, none is touched (spec 20, section 10, row 3)."""
    good, bad = complete(service, worker), left(service)
    forced(worker, bad.username, state)
    refused(cleanup(worker, good.username, bad.username))
    refused(cleanup(worker, bad.username))
    untouched(worker, good.username)
    assert state == row_of(worker, bad.username)["current_state"]["state_name"]


def faulty(service: Service, worker: Caller, good: str, fault: str) -> str:
    """Return a name that a cleanup refuses beside a good one."""
    if fault == "unknown":
        return unique_name()
    if fault == "no row":
        return service.new_account().username
    if fault == "cleaned up":
        return cleaned_up(service, worker).username
    if fault == "retired name":
        return str(row_of(worker, good)["retired_username"])
    return {"twice": good, "other capitals": good.upper(), "empty": "", "a space more": f"{good} "}[fault]


FAULTS = ["unknown", "no row", "cleaned up", "retired name", "twice", "other capitals", "empty", "a space more"]


@pytest.mark.parametrize("fault", FAULTS)
def test_all_or_none(service: Service, worker: Caller, fault: str) -> None:
    """One name at fault, wherever it stands: 400, none is touched (spec 20, section 10, row 3)."""
    first, second = (complete(service, worker).username for _ in range(2))
    bad = faulty(service, worker, first, fault)
    for names in ([first, second, bad], [bad, first, second], [first, bad, second]):
        refused(cleanup(worker, *names))
    untouched(worker, first, second)
    nothing(204, cleanup(worker, first, second))


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"username": "x"},
        {"redacted_username": "x"},
        {"usernames": None},
        {"usernames": "x"},
        {"usernames": {}},
        {"usernames": 1},
        {"usernames": True},
        {"usernames": [None]},
        {"usernames": [1]},
        {"usernames": [["x"]]},
        {"usernames": [{"username": "x"}]},
        [],
        ["x"],
        "x",
        1,
        None,
    ],
    ids=repr,
)
def test_something_else_than_names(worker: Caller, body: object) -> None:
    """`usernames` missing or no list, an item that is no string, another outer type: 400 (spec 20, 10 and 13)."""
    headers = {"Content-Type": "application/json"}
    expect.status(400, worker.post(CLEANUP, content=json.dumps(body), headers=headers))


@pytest.mark.parametrize("key", ["redacted_username", "redacted_email", "redacted_name"])
@pytest.mark.parametrize("value", [1, True, [], {}, ["x"]])
def test_redactions_are_text(service: Service, worker: Caller, key: str, value: object) -> None:
    """A redaction value that is no string: 400, none is touched (spec 20, section 10)."""
    caller = complete(service, worker)
    expect.status(400, cleanup(worker, caller.username, **{key: value}))
    untouched(worker, caller.username)


@pytest.mark.parametrize(
    "redacted",
    [
        {"redacted_username": "gone"},
        {"redacted_email": "gone@example.com"},
        {"redacted_name": "Gone"},
        {"redacted_username": "gone", "redacted_email": "gone@example.com", "redacted_name": "Gone"},
        {"redacted_username": "", "redacted_email": "", "redacted_name": ""},
    ],
)
def test_redactions_of_one_s_own(service: Service, worker: Caller, redacted: dict[str, str]) -> None:
    """The three are optional, and whatever they are the row goes (spec 20, section 10)."""
    caller = complete(service, worker)
    nothing(204, cleanup(worker, caller.username, **redacted))
    nothing(404, status_of(worker, caller.username))
    for name in filter(None, redacted.values()):
        nothing(404, status_of(worker, name))


def test_a_person_called_redacted(service: Service, worker: Caller) -> None:
    """A row that holds the redacted values already is left alone (spec 20, section 10)."""
    name = unique_name("redacted")
    other, caller = complete(service, worker, username=name, name="redacted"), complete(service, worker)
    redacted = {"redacted_username": name, "redacted_email": other.email, "redacted_name": "redacted"}
    nothing(204, cleanup(worker, caller.username, **redacted))
    untouched(worker, other.username)
    nothing(204, cleanup(worker, other.username))


def test_without_slash(service: Service, worker: Caller) -> None:
    """The other form of the path (spec 20, section 1)."""
    caller = complete(service, worker)
    nothing(204, worker.post(without_slash(CLEANUP), json={"usernames": [caller.username]}))


def test_whether_retire_was_done_is_not_checked(service: Service, staff: Caller, worker: Caller) -> None:
    """Without `retire` the account keeps what it would have cleared (spec 20, section 10)."""
    caller = complete(service, worker, name="Still Here", profile={"bio": "kept"})
    nothing(204, cleanup(worker, caller.username))
    account = staff.account(caller.username)
    assert ("Still Here", "kept", True) == (account["name"], account["bio"], account["is_active"])
    assert account["email"].endswith("@retired.invalid")


def test_after_retire_the_account_stays_emptied(service: Service, staff: Caller, worker: Caller) -> None:
    """The account keeps its retired names after the row is gone (spec 20, sections 3.1 and 10)."""
    caller = retired(service, worker)
    row = row_of(worker, caller.username)
    before = staff.account(row["retired_username"])
    moved(worker, caller.username, "COMPLETE")
    nothing(204, cleanup(worker, caller.username))
    assert before == staff.account(row["retired_username"])
    expect.status(404, staff.get(account_path(caller.username)))


def test_it_can_not_be_retired_again(service: Service, worker: Caller) -> None:
    """That it has been retired is remembered: no login, no row, no step (spec 20, section 10)."""
    caller = cleaned_up(service, worker)
    expect.oauth_error(service.password_grant(caller.username, caller.password), "invalid_grant")
    nothing(404, worker.post("/api/user/v1/accounts/retire/", json={"username": caller.username}))
    body = {"username": caller.username, "new_state": "PENDING", "response": "", "force": True}
    nothing(404, worker.request("PATCH", "/api/user/v1/accounts/update_retirement_status/", json=body))


@pytest.mark.parametrize("kind", ["username", "email"])
def test_the_originals_stay_taken(service: Service, worker: Caller, superuser: Caller, kind: str) -> None:
    """For ever after cleanup the originals count as taken, in any capitals (spec 20, section 3.1)."""
    caller = cleaned_up(service, worker)
    original = {"username": caller.username, "email": caller.email}[kind]
    for value in (original, original.upper(), original.title()):
        expect.status(409, service.register(**{kind: value}))
        assert kind in expect.refused_registration(service.provision(**{kind: value}))


def test_ids_are_not_used_again(service: Service, worker: Caller) -> None:
    """A row made after a cleanup has a greater id (spec 20, section 3)."""
    caller = complete(service, worker)
    number = row_of(worker, caller.username)["id"]
    nothing(204, cleanup(worker, caller.username))
    assert row_of(worker, left(service).username)["id"] > number


def test_the_same_cleanup_by_many(service: Service, worker: Caller) -> None:
    """Equal cleanups at once: the rows are gone, at least one 204, the others 204 or 400 (spec 20, section 14)."""
    names = [complete(service, worker).username for _ in range(3)]
    answers = at_once([lambda: cleanup(worker, *names)] * 6)
    seen = {each.status_code for each in answers}
    assert 204 in seen
    assert seen <= {204, 400}, seen
    for name in names:
        nothing(404, status_of(worker, name))


def test_cleanup_beside_a_transition(service: Service, worker: Caller) -> None:
    """A row is either cleaned up or moved on by force, never half of both (spec 20, section 14)."""
    for _ in range(4):
        name = complete(service, worker).username
        body = {"username": name, "new_state": "ERRORED", "response": "", "force": True}
        cleaned, put = at_once(
            [
                lambda name=name: cleanup(worker, name),  # type: ignore[misc]
                lambda body=body: worker.request(  # type: ignore[misc]
                    "PATCH", "/api/user/v1/accounts/update_retirement_status/", json=body
                ),
            ]
        )
        # Moved first, the row is not in COMPLETE; cleaned up first, there is no row.
        assert (cleaned.status_code, put.status_code) in [(204, 404), (400, 204)]
        assert (404 if cleaned.status_code == 204 else 200) == status_of(worker, name).status_code
