"""Many at once, batches, and keys on them (spec 20, section 14; spec 50, section 4)."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.http import expectations as expect
from tests.http.retirement_client import (
    CLEANUP,
    PARTNER_CLEANUP,
    PARTNER_REPORT,
    RETIRE,
    left,
    move,
    moved,
    nothing,
    refused,
    row_of,
    state_of,
    status_of,
    worker_of,
)
from tests.http.retirement_steps import (
    act,
    acted,
    handed_out,
    many,
    partner_list,
    partner_row,
    reported,
    statuses,
    version_of,
    working,
)
from tests.http.service_client import Caller, Service, unique_name
from tests.http.test_concurrency import at_once
from tests.support.waiting import eventually


@pytest.fixture(scope="module")
def worker(service: Service) -> Caller:
    """The retirement worker."""
    return worker_of(service)


def key() -> dict[str, str]:
    """Return a header with a new key."""
    return {"Idempotency-Key": secrets.token_hex(16)}


def replayed(response: httpx.Response) -> bool:
    """Tell whether an answer says that it was given before."""
    return bool(response.headers.get("Idempotent-Replayed") == "true")


def complete(service: Service, worker: Caller) -> str:
    """Return the name of somebody new whose row is in COMPLETE."""
    caller = left(service)
    moved(worker, caller.username, "COMPLETE")
    return caller.username


def version(staff: Caller, username: str) -> int:
    """Return how many events an account has."""
    return int(version_of(staff, username).strip('"'))


# --- one writer wins


@pytest.mark.parametrize("action", ["retire_misc", "retire"])
def test_one_step_by_many(service: Service, staff: Caller, worker: Caller, action: str) -> None:
    """Eight equal steps at once: 204 each, done once (spec 20, sections 8 and 14)."""
    caller = working(service, worker)
    before = version(staff, caller.username)
    assert [204] * 8 == statuses(at_once([lambda: act(worker, action, caller.username)] * 8))
    name = row_of(worker, caller.username)["user"]["username"]
    assert before + 1 == version(staff, name)


def test_a_step_beside_a_move(service: Service, staff: Caller, worker: Caller) -> None:
    """`retire` beside the move that ends its state: both, or the move alone, never half (spec 20, section 14)."""
    for _ in range(4):
        caller = working(service, worker, profile={"bio": "b"})
        step, moving = at_once(
            [
                lambda name=caller.username: act(worker, "retire", name),  # type: ignore[misc]
                lambda name=caller.username: move(worker, name, "LMS_COMPLETE"),  # type: ignore[misc]
            ]
        )
        assert 204 == moving.status_code
        assert step.status_code in (204, 400), step.text
        row = row_of(worker, caller.username)
        done = row["user"]["username"] == row["retired_username"]
        assert (step.status_code == 204) is done
        assert (None if done else "b") == staff.account(row["user"]["username"])["bio"]


# --- keys


@pytest.mark.parametrize("action", ["partner row", "retire_mailings", "retire_misc", "retire"])
def test_a_step_with_a_key(service: Service, worker: Caller, action: str) -> None:
    """A step with its key is a 204 again, even once the row has moved on (spec 50, section 4)."""
    caller, headers = working(service, worker, orgs=["edX"]), key()
    first = act(worker, action, caller.username, headers=headers)
    moved(worker, caller.username, "LMS_COMPLETE")
    again = act(worker, action, caller.username, headers=headers)
    for response in (first, again):
        nothing(204, response)
    assert (False, True) == (replayed(first), replayed(again))
    refused(act(worker, action, caller.username))


def test_a_refused_step_keeps_no_key(service: Service, worker: Caller) -> None:
    """Only successes are kept: after a 400 the key is free (spec 50, section 4)."""
    caller, headers = left(service), key()
    refused(act(worker, "retire", caller.username, headers=headers))
    moved(worker, caller.username, "RETIRING_LMS")
    response = act(worker, "retire", caller.username, headers=headers)
    nothing(204, response)
    assert not replayed(response)


def test_a_cleanup_with_a_key(service: Service, worker: Caller) -> None:
    """The same cleanup with its key is a 204 again; without it 400, with other names 422 (spec 50, section 4)."""
    names, headers = [complete(service, worker) for _ in range(3)], key()
    other = complete(service, worker)
    first = worker.post(CLEANUP, json={"usernames": names}, headers=headers)
    again = worker.post(CLEANUP, json={"usernames": names}, headers=headers)
    for response in (first, again):
        nothing(204, response)
    assert (False, True) == (replayed(first), replayed(again))
    refused(worker.post(CLEANUP, json={"usernames": names}))
    expect.status(422, worker.post(CLEANUP, json={"usernames": [other]}, headers=headers))
    expect.status(422, worker.post(CLEANUP, json={"usernames": names[::-1]}, headers=headers))
    assert "COMPLETE" == state_of(worker, other)


def test_a_refused_cleanup_keeps_no_key(service: Service, worker: Caller) -> None:
    """After a 400 the key is free, for another body too (spec 50, section 4)."""
    name, headers = complete(service, worker), key()
    refused(worker.post(CLEANUP, json={"usernames": [name, unique_name()]}, headers=headers))
    response = worker.post(CLEANUP, json={"usernames": [name]}, headers=headers)
    nothing(204, response)
    assert not replayed(response)


def test_equal_cleanups_with_one_key_at_once(service: Service, worker: Caller) -> None:
    """One does it, the others get its 204, or 409 while it is at work (spec 50, section 4)."""
    names, headers = [complete(service, worker) for _ in range(4)], key()
    answers = at_once([lambda: worker.post(CLEANUP, json={"usernames": names}, headers=headers)] * 5)
    assert {204} <= set(statuses(answers)) <= {204, 409}
    nothing(204, worker.post(CLEANUP, json={"usernames": names}, headers=headers))
    for name in names:
        nothing(404, status_of(worker, name))


def test_a_partner_report_with_a_key(service: Service, worker: Caller) -> None:
    """A lost answer can be had again: the same rows, still being processed once (spec 50, section 4)."""
    caller = partner_row(service, worker)

    def taken() -> dict[str, str]:
        headers = key()
        response = worker.post(PARTNER_REPORT, json={}, headers=headers)
        expect.status(200, response)
        assert caller.username in response.text
        return headers

    headers = eventually(taken)
    again = worker.post(PARTNER_REPORT, json={}, headers=headers)
    expect.status(200, again)
    assert replayed(again)
    assert [caller.username] == [name for name in named(again.json()) if name == caller.username]
    assert caller.username not in named(partner_list(worker))
    nothing(204, worker.post(PARTNER_CLEANUP, json=[{"original_username": caller.username}]))


def named(rows: list[dict[str, Any]]) -> list[str]:
    """Return the original usernames of rows."""
    return [each["original_username"] for each in rows]


def test_a_report_s_key_keeps_nobody(service: Service, worker: Caller) -> None:
    """After the partner cleanup the key of the report gives nothing personal any more (spec 20, section 14)."""
    caller = partner_row(service, worker, name="Not Kept By A Key")
    headers: dict[str, str] = {}

    def taken() -> None:
        headers.update(key())
        assert caller.username in worker.post(PARTNER_REPORT, json={}, headers=headers).text

    eventually(taken)
    nothing(204, worker.post(PARTNER_CLEANUP, json=[{"original_username": caller.username}]))
    again = worker.post(PARTNER_REPORT, json={}, headers=headers)
    assert again.status_code < 500, again.text
    for value in (caller.username, caller.email, "Not Kept By A Key"):
        assert value not in again.text


def test_a_patch_s_key_keeps_nobody(service: Service, worker: Caller) -> None:
    """After `retire` the key of an earlier PATCH of the account gives nothing of it (spec 20, section 14)."""
    caller, headers = service.new_account(profile={"year_of_birth": 1980}), key()
    expect.status(200, caller.patch({"goals": "Kept nowhere"}, headers=headers))
    nothing(204, caller.post("/api/user/v1/accounts/deactivate_logout/", json={"password": caller.password}))
    moved(worker, caller.username, "RETIRING_LMS")
    acted(worker, caller.username, "retire")
    again = caller.patch({"goals": "Kept nowhere"}, headers=headers)
    expect.unauthorized(again)
    assert "Kept nowhere" not in again.text


def test_a_provisioning_s_key_keeps_nobody(service: Service, superuser: Caller, worker: Caller) -> None:
    """After `retire` the key with which the account was made gives nothing of it (spec 20, section 14)."""
    fields, headers = service.registration(), key()
    body = {**fields, "profile": {"bio": "Kept nowhere"}}
    path = "/api/user/v1/admin/accounts"
    expect.status(201, superuser.post(path, json=body, headers=headers))
    caller = service.login(fields["username"], fields["password"], fields["email"])
    nothing(204, caller.post("/api/user/v1/accounts/deactivate_logout/", json={"password": caller.password}))
    moved(worker, caller.username, "RETIRING_LMS")
    acted(worker, caller.username, "retire")
    again = superuser.post(path, json=body, headers=headers)
    assert again.status_code < 500, again.text
    for value in (fields["email"], fields["name"], "Kept nowhere"):
        assert value not in again.text


def test_a_partner_cleanup_with_a_key(service: Service, worker: Caller) -> None:
    """The same partner cleanup with its key is a 204 again; without it 400 (spec 50, section 4)."""
    body = [{"original_username": reported(service, worker).username} for _ in range(3)]
    headers = key()
    first = worker.post(PARTNER_CLEANUP, json=body, headers=headers)
    again = worker.post(PARTNER_CLEANUP, json=body, headers=headers)
    for response in (first, again):
        nothing(204, response)
    assert (False, True) == (replayed(first), replayed(again))
    refused(worker.post(PARTNER_CLEANUP, json=body))
    expect.status(422, worker.post(PARTNER_CLEANUP, json=body[:1], headers=headers))


# --- batches


def test_equal_partner_cleanups_at_once(service: Service, worker: Caller) -> None:
    """Without a key: at least one 204, the others 204 or 400, and the rows are gone (spec 20, section 14)."""
    body = [{"original_username": reported(service, worker).username} for _ in range(3)]
    answers = at_once([lambda: worker.post(PARTNER_CLEANUP, json=body)] * 5)
    assert {204} <= set(statuses(answers)) <= {204, 400}
    refused(worker.post(PARTNER_CLEANUP, json=body))


def test_overlapping_cleanups_at_once(service: Service, worker: Caller) -> None:
    """Two batches that share a row: every row named by a 204 is gone, none of a 400 alone is (spec 20, 14)."""
    for _ in range(3):
        first, shared, second = (complete(service, worker) for _ in range(3))
        batches = [[first, shared], [shared, second]]
        answers = at_once(
            [lambda names=names: worker.post(CLEANUP, json={"usernames": names}) for names in batches]  # type: ignore[misc]
        )
        assert 204 in statuses(answers)
        assert set(statuses(answers)) <= {204, 400}
        for names, answer, own in zip(batches, answers, (first, second), strict=True):
            expected = 404 if answer.status_code == 204 else 200
            assert expected == status_of(worker, own).status_code, names
        nothing(404, status_of(worker, shared))


def through(call: Callable[[], httpx.Response]) -> httpx.Response:
    """Repeat a call for as long as its request's time does not suffice, as a driver does on a 503 (spec 20, 16)."""
    for _ in range(20):
        answer = call()
        if answer.status_code != 503:
            break
    return answer


@pytest.mark.timeout(900)
def test_two_hundred_at_once(service: Service, worker: Caller) -> None:
    """200 names, more than one transaction holds, are judged and go as a whole, both ways (spec 20, 9, 10, 14)."""
    names = [each.username for each in many(200, lambda: partner_row(service, worker))]
    ends = (names[0], names[99], names[100], names[-1])
    handed_out(worker, *names)
    body = [{"original_username": name} for name in names]
    refused(worker.post(PARTNER_CLEANUP, json=[*body, {"original_username": unique_name()}]))
    nothing(204, through(lambda: worker.post(PARTNER_CLEANUP, json=body)))
    for name in ends:
        refused(worker.post(PARTNER_CLEANUP, json=[{"original_username": name}]))
    for name in names:
        moved(worker, name, "COMPLETE")
    for wrong in (unique_name(), names[0]):
        refused(worker.post(CLEANUP, json={"usernames": [*names, wrong]}))
    assert ["COMPLETE"] * 4 == [state_of(worker, name) for name in ends]
    nothing(204, through(lambda: worker.post(CLEANUP, json={"usernames": names})))
    for name in names:
        nothing(404, status_of(worker, name))


def test_an_event_is_stored_for_a_success_only(service: Service, staff: Caller, worker: Caller) -> None:
    """Refused calls store none (spec 20, section 14, row 1)."""
    caller = left(service)
    before = version(staff, caller.username)
    refused(move(worker, caller.username, "PENDING"))
    refused(move(worker, caller.username, "NO_SUCH_STATE"))
    refused(act(worker, "retire", caller.username))
    expect.status(400, worker.post(CLEANUP, json={"usernames": [caller.username]}))
    expect.status(400, worker.post(PARTNER_CLEANUP, json=[{"original_username": caller.username}]))
    assert before == version(staff, caller.username)


def test_what_is_handed_out_and_cleaned_up_are_events(service: Service, staff: Caller, worker: Caller) -> None:
    """Made, handed out, cleaned: an event each (spec 20, section 14, row 1)."""
    caller = working(service, worker, orgs=["edX"])
    seen = [version(staff, caller.username)]
    acted(worker, caller.username, "partner row")
    seen.append(version(staff, caller.username))
    handed_out(worker, caller.username)
    seen.append(version(staff, caller.username))
    nothing(204, worker.post(PARTNER_CLEANUP, json=[{"original_username": caller.username}]))
    seen.append(version(staff, caller.username))
    assert seen[0] < seen[1] < seen[2] < seen[3]


def test_a_list_where_an_object_is_due(service: Service, staff: Caller, worker: Caller) -> None:
    """A list where an object is due stores nothing (spec 20, section 13)."""
    caller = working(service, worker)
    before = version(staff, caller.username)
    expect.status(400, worker.post(RETIRE, json=[caller.username]))
    assert before == version(staff, caller.username)
