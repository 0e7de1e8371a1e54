"""Idempotency-Key on transitions: the lost answer again, still one transition (spec 20, section 4.2; spec 50, 4)."""

from __future__ import annotations

import secrets

import pytest

from tests.http import expectations as expect
from tests.http import retirement_client as retirement
from tests.http.retirement_client import log_of, move, row_of, state_of
from tests.http.service_client import Caller, Service
from tests.http.test_concurrency import at_once
from tests.http.test_idempotency import key, replayed

MARK = "[a mark]"


@pytest.fixture(scope="module")
def worker(service: Service) -> Caller:
    """The retirement worker."""
    return retirement.worker_of(service)


@pytest.fixture
def username(service: Service) -> str:
    """The original username of somebody who has just left: PENDING."""
    return retirement.left(service).username


@pytest.mark.parametrize("force", [False, True])
def test_the_same_request_again(worker: Caller, username: str, force: bool) -> None:
    """Same key, same request: the same 204, one transition, with `force` too (spec 20, section 4.2)."""
    headers = key()
    first = move(worker, username, "LOCKING_ACCOUNT", MARK, headers=headers, force=force)
    retirement.nothing(204, first)
    row = row_of(worker, username)
    for _ in range(3):
        again = move(worker, username, "LOCKING_ACCOUNT", MARK, headers=headers, force=force)
        retirement.nothing(204, again)
        assert (False, True) == (replayed(first), replayed(again))
    assert row == row_of(worker, username)
    assert 1 == log_of(worker, username).count(MARK)


def test_the_first_answer_whatever_happened_since(worker: Caller, username: str) -> None:
    """The answer comes again when the row is long elsewhere, and leaves it there (spec 50, section 4)."""
    headers = key()
    retirement.nothing(204, move(worker, username, "LOCKING_ACCOUNT", MARK, headers=headers))
    retirement.moved(worker, username, "COMPLETE")
    again = move(worker, username, "LOCKING_ACCOUNT", MARK, headers=headers)
    retirement.nothing(204, again)
    assert replayed(again)
    assert "COMPLETE" == state_of(worker, username)


def test_with_another_token_of_the_worker(service: Service, worker: Caller, username: str) -> None:
    """The key is the account's: a driver that asked for a new token gets its answer (spec 50, section 4)."""
    headers = key()
    retirement.nothing(204, move(worker, username, "LOCKING_ACCOUNT", MARK, headers=headers))
    again = move(retirement.worker_of(service), username, "LOCKING_ACCOUNT", MARK, headers=headers)
    retirement.nothing(204, again)
    assert replayed(again)


@pytest.mark.parametrize("changed", [{"state": "COMPLETE"}, {"response": "another"}, {"force": True}])
def test_the_same_key_with_another_body(worker: Caller, username: str, changed: dict[str, object]) -> None:
    """Same key, another request: 422, nothing changes (spec 50, section 4)."""
    headers = key()
    asked: dict[str, object] = {"state": "LOCKING_ACCOUNT", "response": MARK}
    retirement.nothing(204, move(worker, username, headers=headers, **asked))  # type: ignore[arg-type]
    row, log = row_of(worker, username), log_of(worker, username)
    expect.status(422, move(worker, username, headers=headers, **{**asked, **changed}))  # type: ignore[arg-type]
    assert (row, log) == (row_of(worker, username), log_of(worker, username))


def test_the_same_key_for_another_row(service: Service, worker: Caller, username: str) -> None:
    """Another person's row is another request: 422 (spec 50, section 4)."""
    headers, other = key(), retirement.left(service).username
    retirement.nothing(204, move(worker, username, "LOCKING_ACCOUNT", headers=headers))
    expect.status(422, move(worker, other, "LOCKING_ACCOUNT", headers=headers))
    assert "PENDING" == state_of(worker, other)


def test_keys_are_the_callers_own(worker: Caller, superuser: Caller, username: str) -> None:
    """Another account's same key is another key: their PATCH is judged by itself (spec 50, section 4)."""
    headers = key()
    retirement.nothing(204, move(worker, username, "LOCKING_ACCOUNT", MARK, headers=headers))
    retirement.refused(move(superuser, username, "LOCKING_ACCOUNT", MARK, headers=headers))
    retirement.nothing(204, move(superuser, username, "LOCKING_COMPLETE", MARK, headers=headers))
    assert 2 == log_of(worker, username).count(MARK)


def test_only_successes_are_kept(worker: Caller, username: str) -> None:
    """After a refusal the key is free (spec 50, section 4)."""
    headers = key()
    retirement.refused(move(worker, username, "NO_SUCH_STATE", headers=headers))
    retirement.nothing(404, move(worker, f"{username}x", "LOCKING_ACCOUNT", headers=headers))
    response = move(worker, username, "LOCKING_ACCOUNT", headers=headers)
    retirement.nothing(204, response)
    assert not replayed(response)


def test_new_keys_are_new_requests(worker: Caller, username: str) -> None:
    """With another key the same PATCH is a 400, by force a second transition (spec 20, section 4.2)."""
    retirement.nothing(204, move(worker, username, "LOCKING_ACCOUNT", MARK, headers=key()))
    retirement.refused(move(worker, username, "LOCKING_ACCOUNT", MARK, headers=key()))
    retirement.nothing(204, move(worker, username, "LOCKING_ACCOUNT", MARK, headers=key(), force=True))
    assert 2 == log_of(worker, username).count(MARK)


@pytest.mark.parametrize("value", ["", "x" * 256, "a\tb"], ids=["empty", "long", "tab"])
def test_bad_keys(worker: Caller, username: str, value: str) -> None:
    """A key of another length, or of other characters: 400, nothing changes (spec 50, section 4)."""
    expect.status(400, move(worker, username, "LOCKING_ACCOUNT", headers={"Idempotency-Key": value}))
    assert "PENDING" == state_of(worker, username)


def test_a_bad_key_of_a_stranger(learner: Caller, username: str) -> None:
    """Who may not is 403, whatever the key (spec 20, section 2)."""
    expect.detail(403, move(learner, username, "LOCKING_ACCOUNT", headers={"Idempotency-Key": "x" * 256}))


def test_a_strangers_key_is_no_way_in(worker: Caller, learner: Caller, username: str) -> None:
    """A key that somebody else has used gives a stranger nothing (spec 50, section 4)."""
    headers = key()
    retirement.nothing(204, move(worker, username, "LOCKING_ACCOUNT", headers=headers))
    expect.detail(403, move(learner, username, "LOCKING_ACCOUNT", headers=headers))


@pytest.mark.parametrize("force", [False, True])
def test_twenty_at_once(worker: Caller, username: str, force: bool) -> None:
    """Twenty at once with one key: one does it, all get its answer; one transition (spec 50, section 4)."""
    headers = {"Idempotency-Key": secrets.token_hex(16)}
    calls = [lambda: move(worker, username, "LOCKING_ACCOUNT", MARK, headers=headers, force=force)] * 20
    answers = at_once(calls)
    assert [204] * 20 == [each.status_code for each in answers]
    assert 19 == sum(map(replayed, answers))
    assert 1 == log_of(worker, username).count(MARK)
    assert "PENDING" == row_of(worker, username)["last_state"]["state_name"]
