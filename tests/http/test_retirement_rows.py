"""One row: its shape, and by which names it is found (spec 20, sections 3 and 7)."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.http import expectations as expect
from tests.http import retirement_client as retirement
from tests.http.address_changes import email_changed
from tests.http.retirement_client import learner_of, leave, moved, row_of, status_of
from tests.http.service_client import Caller, Service, unique_email, unique_name

DIGITS = re.compile(r"retired__user_([0-9a-f]{40})")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")
ROW = {
    "id",
    "user",
    "original_username",
    "original_email",
    "original_name",
    "retired_username",
    "retired_email",
    "current_state",
    "last_state",
    "created",
    "modified",
}
STATE = {"id", "state_name", "state_execution_order"}


@pytest.fixture(scope="module")
def worker(service: Service) -> Caller:
    """The retirement worker."""
    return retirement.worker_of(service)


def digits(value: str) -> str:
    """Return the digits in a retired name or address."""
    found = DIGITS.match(value)
    assert found, value
    return found[1]


# --- the shape


def test_exactly_these_keys(service: Service, worker: Caller) -> None:
    """Exactly these keys, before any transition, after one and after `retire` (spec 20, section 3)."""
    name = retirement.left(service).username
    seen = [row_of(worker, name)]
    moved(worker, name, "RETIRING_LMS")
    seen.append(row_of(worker, name))
    retirement.nothing(204, retirement.retire(worker, name))
    seen.append(row_of(worker, name))
    for row in seen:
        assert ROW == set(row)
        assert STATE == set(row["current_state"]) == set(row["last_state"])
        assert {"id", "username", "email", "profile"} == set(row["user"])
        assert {"id", "name"} == set(row["user"]["profile"])


def test_types(service: Service, worker: Caller) -> None:
    """Ids are whole numbers from 1, times are ISO 8601 in UTC, ending in Z (spec 20, section 3)."""
    row = row_of(worker, retirement.left(service).username)
    numbers = [row["id"], row["user"]["id"], row["user"]["profile"]["id"]]
    numbers += [row[key][part] for key in ("current_state", "last_state") for part in ("id", "state_execution_order")]
    assert all(isinstance(each, int) and not isinstance(each, bool) and each >= 1 for each in numbers), row
    for key in ("created", "modified"):
        assert TIME.fullmatch(row[key]), row[key]


def test_json(service: Service, worker: Caller) -> None:
    """200 is JSON that nobody keeps (spec 20, section 2; spec 50, section 5)."""
    response = status_of(worker, retirement.left(service).username)
    expect.status(200, response)
    assert response.headers["Content-Type"].startswith("application/json")
    assert "no-store" in response.headers["Cache-Control"]


def test_before_retire(service: Service, worker: Caller) -> None:
    """Before `retire`: the original username and name, the retired address; ids of the account (spec 20, section 3)."""
    caller = learner_of(service, name="Ada Ünï שלום 😀")
    number = caller.account()["id"]
    expect.status(204, leave(caller))
    row = row_of(worker, caller.username)
    profile = {"id": number, "name": "Ada Ünï שלום 😀"}
    expected = {"id": number, "username": caller.username, "email": row["retired_email"], "profile": profile}
    assert expected == row["user"]
    assert (caller.username, caller.email, "Ada Ünï שלום 😀") == (
        row["original_username"],
        row["original_email"],
        row["original_name"],
    )


def test_after_retire(service: Service, worker: Caller) -> None:
    """After `retire`: the retired username and `""`; all else as before (spec 20, section 3)."""
    caller = retirement.left(service, name="Ada Lovelace")
    moved(worker, caller.username, "RETIRING_LMS")
    before = row_of(worker, caller.username)
    retirement.nothing(204, retirement.retire(worker, caller.username))
    user = {**before["user"], "username": before["retired_username"]}
    user["profile"] = {**user["profile"], "name": ""}
    assert {**before, "user": user} == row_of(worker, caller.username)


def test_the_originals_are_those_of_leaving(service: Service, worker: Caller) -> None:
    """Original values are those that the account had when the row was made (spec 20, section 3)."""
    caller = learner_of(service, name="First Name")
    present = email_changed(service, caller)
    expect.status(200, caller.patch({"name": "Second Name"}))
    expect.status(204, leave(caller))
    row = row_of(worker, caller.username)
    assert (present, "Second Name") == (row["original_email"], row["original_name"])


def test_capitals_are_kept(service: Service, worker: Caller) -> None:
    """Originals as they were, capitals included (spec 20, section 3)."""
    caller = retirement.left(service, username=unique_name("MixedCase"), email=unique_email("Mixed.Case"))
    row = row_of(worker, caller.username)
    assert (caller.username, caller.email) == (row["original_username"], row["original_email"])


def test_ids_grow(service: Service, worker: Caller) -> None:
    """`id` grows with the making of rows and never changes (spec 20, section 3)."""
    names = [retirement.left(service).username for _ in range(4)]
    ids = [row_of(worker, each)["id"] for each in names]
    assert sorted(set(ids)) == ids
    moved(worker, names[0], "COMPLETE")
    assert ids == [row_of(worker, each)["id"] for each in names]


def test_created_is_the_time_of_leaving(service: Service, worker: Caller) -> None:
    """`created` is when the row was made, by the service's clock (spec 20, section 3)."""
    caller, earliest = learner_of(service), service.now()
    expect.status(204, leave(caller))
    row = row_of(worker, caller.username)
    assert earliest <= datetime.fromisoformat(row["created"]) <= service.now() + timedelta(seconds=1)


# --- retired names (spec 20, section 3.1)


def test_retired_names(service: Service, worker: Caller) -> None:
    """The prefix and 40 lower-case hex digits, and the domain (spec 20, sections 3.1 and 17)."""
    row = row_of(worker, retirement.left(service).username)
    assert DIGITS.fullmatch(row["retired_username"])
    assert re.fullmatch(r"retired__user_[0-9a-f]{40}@retired\.invalid", row["retired_email"])


def test_digits_differ(service: Service, worker: Caller) -> None:
    """One key for names and another for addresses; other originals, other digits (spec 20, section 3.1)."""
    found = [row_of(worker, retirement.left(service).username) for _ in range(3)]
    seen = [digits(row[key]) for row in found for key in ("retired_username", "retired_email")]
    assert 6 == len(set(seen))


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha224", "sha256", "sha384", "sha512", "blake2b"])
def test_digits_are_no_plain_hash(service: Service, worker: Caller, algorithm: str) -> None:
    """The hash is keyed: whoever knows an address can't compute its digits (spec 20, section 3.1)."""
    row = row_of(worker, retirement.left(service).username)
    seen = {digits(row["retired_username"]), digits(row["retired_email"])}
    for value in (row["original_username"], row["original_email"], ""):
        for form in (value, value.lower(), value.upper()):
            assert hashlib.new(algorithm, form.encode()).hexdigest()[:40] not in seen


def test_retired_values_never_change(service: Service, worker: Caller, staff: Caller) -> None:
    """A row keeps its retired values, and `retire` uses just these (spec 20, section 3.1)."""
    caller = retirement.left(service)
    before = row_of(worker, caller.username)
    moved(worker, caller.username, "RETIRING_LMS")
    retirement.nothing(204, retirement.retire(worker, caller.username))
    after = row_of(worker, caller.username)
    for key in ("retired_username", "retired_email"):
        assert before[key] == after[key]
    account = staff.account(before["retired_username"])
    assert (before["retired_username"], before["retired_email"]) == (account["username"], account["email"])


# --- found by (spec 20, section 7)


def test_found_by_the_name_it_has_and_by_the_original(service: Service, worker: Caller) -> None:
    """Before `retire` by the original, after it by both names (spec 20, section 7)."""
    caller = retirement.left(service)
    row = row_of(worker, caller.username)
    retirement.nothing(404, status_of(worker, row["retired_username"]))
    moved(worker, caller.username, "RETIRING_LMS")
    retirement.nothing(204, retirement.retire(worker, caller.username))
    assert row_of(worker, caller.username) == row_of(worker, row["retired_username"])


def test_in_exact_capitals(service: Service, worker: Caller) -> None:
    """Both names in exact capitalisation (spec 20, section 7)."""
    caller = retirement.retired(service, worker, username=unique_name("MixedCase"))
    retired_username = row_of(worker, caller.username)["retired_username"]
    for name in (caller.username, retired_username):
        expect.status(200, status_of(worker, name))
        for other in {name.lower(), name.upper(), name.swapcase()} - {name}:
            retirement.nothing(404, status_of(worker, other))


def test_not_found_by_anything_else(service: Service, worker: Caller) -> None:
    """Neither by addresses nor by numbers (spec 20, section 7)."""
    row = row_of(worker, retirement.left(service).username)
    for name in (row["original_email"], row["retired_email"], str(row["id"]), str(row["user"]["id"])):
        retirement.nothing(404, status_of(worker, name))


def test_no_such_account_and_no_row(service: Service, worker: Caller) -> None:
    """404 without a body (spec 20, section 7)."""
    for name in ("learner", learner_of(service).username, unique_name(), "x" * 1000, "retired__user_" + "0" * 40):
        retirement.nothing(404, status_of(worker, name))


def test_cleaned_up(service: Service, worker: Caller) -> None:
    """Once cleaned up, 404 under every name (spec 20, sections 7 and 10)."""
    caller = retirement.retired(service, worker)
    row = row_of(worker, caller.username)
    moved(worker, caller.username, "COMPLETE")
    retirement.nothing(204, retirement.cleanup(worker, caller.username))
    for name in (row["original_username"], row["retired_username"], "redacted"):
        retirement.nothing(404, status_of(worker, name))


def test_both_forms_of_the_path(service: Service, worker: Caller) -> None:
    """With and without the trailing slash (spec 20, section 1)."""
    path = retirement.status_path(retirement.left(service).username)
    answers: list[Any] = [worker.get(each).json() for each in (path, retirement.without_slash(path))]
    assert answers[0] == answers[1]


@pytest.mark.parametrize("name", ["..", "%00", "%ff", "%2e%2e%2f", "%F0%9F%98%80", "a%2Fb", "%0a"])
def test_odd_names(worker: Caller, name: str) -> None:
    """What can be no username is not there, and no crash (spec 50, section 8)."""
    for path in ("retirement_status", "deactivate"):
        response = worker.get(f"{retirement.ACCOUNTS}/{name}/{path}/")
        assert 400 <= response.status_code < 500, response.text
