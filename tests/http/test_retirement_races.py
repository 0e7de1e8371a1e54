"""Many transitions of one row at once: one writer wins, and no block is lost (spec 20, section 14)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import httpx
import pytest

from tests.http import expectations as expect
from tests.http import retirement_client as retirement
from tests.http.retirement_client import STATES, log_of, move, row_of
from tests.http.service_client import Caller, Service
from tests.http.test_concurrency import at_once

STATE_NAME = re.compile(r"\b(" + "|".join(STATES) + r")\b")
FORWARD = STATES[1:-3]


@pytest.fixture(scope="module")
def worker(service: Service) -> Caller:
    """The retirement worker."""
    return retirement.worker_of(service)


@pytest.fixture
def username(service: Service) -> str:
    """The original username of somebody who has just left: PENDING."""
    return retirement.left(service).username


def mark_of(number: int) -> str:
    """Return a response that is found again."""
    return f"[mark {number:03}]"


def moving(worker: Caller, username: str, state: str, number: int, force: bool = False) -> Callable[[], httpx.Response]:
    """Return a call that moves a row, with a mark as its response."""
    return lambda: move(worker, username, state, mark_of(number), force=force)


def statuses(answers: Sequence[httpx.Response]) -> list[int]:
    """Return the statuses, sorted."""
    return sorted(each.status_code for each in answers)


def blocks(log: str, numbers: Sequence[int]) -> list[tuple[int, str, str]]:
    """Return each transition in the order of the log: the number of its mark, the state before, the state after.

    A block names both states and then has the response text (spec 20, section 3).
    """
    found, start = [], 0
    for number in sorted(numbers, key=lambda each: log.index(mark_of(each))):
        end = log.index(mark_of(number))
        before, after = STATE_NAME.findall(log[start:end])[-2:]
        found.append((number, before, after))
        start = end
    return found


def chained(transitions: Sequence[tuple[int, str, str]]) -> None:
    """Expect that each transition starts in the state where the one before it ended, the first in PENDING."""
    expected = ["PENDING", *(after for _, _, after in transitions)][:-1]
    assert expected == [before for _, before, _ in transitions]


@pytest.mark.parametrize("attempt", range(3))
def test_twenty_equal_ones(worker: Caller, username: str, attempt: int) -> None:
    """20 equal PATCHes: one 204 and nineteen 400s, one block (spec 20, section 14)."""
    answers = at_once([moving(worker, username, "LOCKING_ACCOUNT", 0)] * 20)
    assert [204, *[400] * 19] == statuses(answers)
    assert 1 == log_of(worker, username).count(mark_of(0))
    row = row_of(worker, username)
    assert ("PENDING", "LOCKING_ACCOUNT") == (row["last_state"]["state_name"], row["current_state"]["state_name"])


@pytest.mark.parametrize("attempt", range(3))
def test_twenty_forced_ones(worker: Caller, username: str, attempt: int) -> None:
    """20 forced ones: twenty 204s, twenty blocks in the order of the transitions (spec 20, section 14)."""
    targets = [STATES[number % len(STATES)] for number in range(20)]
    answers = at_once([moving(worker, username, state, number, force=True) for number, state in enumerate(targets)])
    assert [204] * 20 == statuses(answers)
    log = log_of(worker, username)
    assert [1] * 20 == [log.count(mark_of(number)) for number in range(20)]
    transitions = blocks(log, range(20))
    assert dict(enumerate(targets)) == {number: after for number, _, after in transitions}
    chained(transitions)
    row = row_of(worker, username)
    assert transitions[-1][1:] == (row["last_state"]["state_name"], row["current_state"]["state_name"])


def test_twenty_equal_forced_ones(worker: Caller, username: str) -> None:
    """20 equal forced ones are twenty transitions all the same (spec 20, sections 4.2 and 14)."""
    answers = at_once([moving(worker, username, "LOCKING_ACCOUNT", 0, force=True)] * 20)
    assert [204] * 20 == statuses(answers)
    assert 20 == log_of(worker, username).count(mark_of(0))


@pytest.mark.parametrize("attempt", range(3))
def test_all_steps_at_once(worker: Caller, username: str, attempt: int) -> None:
    """Every state of the way at once: only legal transitions, each 204 has its block, no other has one."""
    answers = at_once([moving(worker, username, state, number) for number, state in enumerate(FORWARD)])
    assert {204, 400} >= set(statuses(answers))
    accepted = [number for number, each in enumerate(answers) if each.status_code == 204]
    log = log_of(worker, username)
    assert accepted == [number for number in range(len(FORWARD)) if mark_of(number) in log]
    transitions = blocks(log, accepted)
    assert accepted == [number for number, _, _ in transitions], "only forward"
    chained(transitions)
    assert FORWARD[-1] == retirement.state_of(worker, username)


def test_a_dead_end_at_once(worker: Caller, username: str) -> None:
    """ERRORED, ABORTED and COMPLETE at once: one 204, the row stays there (R7)."""
    answers = at_once([moving(worker, username, state, number) for number, state in enumerate(STATES[-3:])])
    assert [204, 400, 400] == statuses(answers)
    (winner,) = [state for state, each in zip(STATES[-3:], answers, strict=True) if each.status_code == 204]
    assert winner == retirement.state_of(worker, username)


def test_by_several_callers(service: Service, worker: Caller, superuser: Caller, username: str) -> None:
    """Whoever asks, one of them moves it (spec 20, section 14)."""
    callers = [worker, superuser, service.new_account(permissions=["can_retire_user"]), retirement.worker_of(service)]
    answers = at_once([moving(each, username, "LOCKING_ACCOUNT", 0) for each in callers * 3])
    assert [204, *[400] * 11] == statuses(answers)
    assert 1 == log_of(worker, username).count(mark_of(0))


def test_many_rows_at_once(service: Service, worker: Caller) -> None:
    """Rows of different people do not meet (spec 20, section 14)."""
    names = [retirement.left(service).username for _ in range(8)]
    calls = [moving(worker, name, "RETIRING_LMS", number) for number, name in enumerate(names)]
    assert [204] * 8 == statuses(at_once(calls))
    for number, name in enumerate(names):
        assert [number] == [each for each in range(8) if mark_of(each) in log_of(worker, name)]


def test_readers_beside_writers(worker: Caller, username: str) -> None:
    """A reader sees a row between two transitions, never in the middle of one (spec 20, section 14)."""
    targets = [STATES[number % len(STATES)] for number in range(8)]
    writes = [moving(worker, username, state, number, force=True) for number, state in enumerate(targets)]
    reads: list[Callable[[], httpx.Response]] = [lambda: retirement.status_of(worker, username)] * 12
    answers = at_once([*writes, *reads])
    assert [204] * 8 == statuses(answers[:8])
    had = {(before, after) for _, before, after in blocks(log_of(worker, username), range(8))}
    for each in answers[8:]:
        expect.status(200, each)
        row = each.json()
        pair = (row["last_state"]["state_name"], row["current_state"]["state_name"])
        assert pair in had | {("PENDING", "PENDING")}
