"""The job `retirement_queue`: a process of its own, whose clock goes forward test by test (spec 20, section 15)."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from tests.http import expectations as expect
from tests.http.retirement_client import (
    STATES,
    forced,
    learner_of,
    leave,
    left,
    log_of,
    move,
    moved,
    nothing,
    originals,
    queue,
    row_of,
    state_of,
    worker_of,
)
from tests.http.retirement_steps import (
    DAY,
    HOOKS,
    TRIES,
    acted,
    can_cancel,
    cancel,
    failing,
    handed_out,
    hook_calls,
    many,
    number_of,
    run_job,
)
from tests.http.service_client import Caller, Service
from tests.http.test_concurrency import at_once
from tests.support.waiting import eventually

MINUTE = 60
COOL_OFF = 14 * DAY + MINUTE
NOTHING = {"examined": 0, "completed": 0, "errored": 0, "skipped": 0, "remaining": 0}
RUN = "/_local/run/retirement_queue"
PIPELINE = ("LOCKING_ACCOUNT", "RETIRING_EMAIL_LISTS", "RETIRING_LMS")
COMPLETED = ("LOCKING_COMPLETE", "EMAIL_LISTS_COMPLETE", "LMS_COMPLETE")
"""The stock pipeline of the job."""


def counts(**changed: int) -> dict[str, int]:
    """Return the answer of a run."""
    return {**NOTHING, **changed}


@pytest.fixture
def service(clock_service: Service) -> Service:
    """The service, with no row that is due and no hook that fails."""
    clock_service.advance(COOL_OFF)
    eventually(lambda: idle(clock_service))
    return clock_service


def idle(service: Service) -> None:
    """Expect that the job finds nothing to do; what it lists may lag."""
    assert NOTHING == run_job(service)


def due(service: Service, count: int, **fields: Any) -> list[Caller]:
    """Return people who have left and whose cool-off is over."""
    people = many(count, lambda: left(service, **fields))
    service.advance(COOL_OFF)
    listed(service, *people)
    return people


def listed(service: Service, *people: Caller, under: str = "PENDING") -> None:
    """Wait until the queue, which may lag, has all these rows under a state."""
    worker, names = worker_of(service), {each.username for each in people}

    def has_all() -> None:
        assert names <= set(originals(queue(worker, [under])))

    eventually(has_all)


def put(service: Service, caller: Caller, where: str) -> None:
    """Force a row into a state, and wait until the queue has it there."""
    forced(worker_of(service), caller.username, where)
    listed(service, caller, under=where)


def state(service: Service, caller: Caller) -> str:
    """Return the state of somebody's row."""
    return state_of(worker_of(service), caller.username)


def test_nothing_to_do(service: Service) -> None:
    """Nobody is due: zeros (spec 20, section 15)."""
    assert NOTHING == run_job(service)


def test_one_who_is_due(service: Service) -> None:
    """A row past the cool-off goes to COMPLETE (spec 20, section 15)."""
    (caller,) = due(service, 1)
    assert counts(examined=1, completed=1) == run_job(service)
    assert "COMPLETE" == state(service, caller)
    listed(service, caller, under="COMPLETE")
    assert NOTHING == run_job(service)


def test_the_cool_off_is_kept(service: Service) -> None:
    """Younger than 14 days: left alone; older: driven, whoever left later (spec 20, section 15, picks)."""
    old = left(service)
    service.advance(13 * DAY)
    young = left(service)
    assert NOTHING == run_job(service)
    service.advance(DAY + MINUTE)
    listed(service, old, young)
    assert counts(examined=1, completed=1) == run_job(service)
    assert ("COMPLETE", "PENDING") == (state(service, old), state(service, young))


def test_what_it_does(service: Service) -> None:
    """Tokens dead, partner row, mailing hook, `retire_misc` and `retire` with their hooks (spec 20, section 15)."""
    caller = learner_of(service, name="Pipe Line", orgs=["edX"], profile={"bio": "gone soon"})
    number = number_of(service.seed("staff"), caller.username)
    nothing(204, leave(caller))
    service.advance(COOL_OFF)
    listed(service, caller)
    assert counts(examined=1, completed=1) == run_job(service)
    worker = worker_of(service)
    row = row_of(worker, caller.username)
    account = service.seed("staff").account(row["retired_username"])
    assert (number, "", None, False) == (account["id"], account["name"], account["bio"], account["is_active"])
    assert "LMS_COMPLETE" == row["last_state"]["state_name"]
    assert set(HOOKS) == {each["hook"] for each in hook_calls(service, number)}
    (partner,) = handed_out(worker, caller.username)
    assert (["edX"], "Pipe Line") == (partner["orgs"], partner["original_name"])


def test_the_log_of_the_job(service: Service) -> None:
    """Every state of the pipeline is in the log, in order; it differs from a driver's (spec 20, section 15)."""
    (caller,) = due(service, 1)
    run_job(service)
    log = log_of(worker_of(service), caller.username)
    walked = [each for pair in zip(PIPELINE, COMPLETED, strict=True) for each in pair]
    places = [log.index(each) for each in ["PENDING", *walked]]
    assert sorted(places) == places
    assert re.search(r"\bCOMPLETE\b", log[places[-1] :]), log
    others = set(STATES) - {"PENDING", "COMPLETE", *walked}
    assert set() == {each for each in others if each in log}
    assert "retirement_queue" in log or "job" in log.lower(), log


def test_what_it_does_not(service: Service) -> None:
    """It does not clean up and does not take the partner report (spec 20, section 15, does not)."""
    (caller,) = due(service, 1, orgs=["edX"])
    run_job(service)
    listed(service, caller, under="COMPLETE")
    service.advance(30 * DAY)
    assert NOTHING == run_job(service)
    worker = worker_of(service)
    row = row_of(worker, caller.username)
    assert ("COMPLETE", caller.email) == (row["current_state"]["state_name"], row["original_email"])
    handed_out(worker, caller.username)


def test_several(service: Service) -> None:
    """All that are due are driven in one run (spec 20, section 15)."""
    people = due(service, 5)
    assert counts(examined=5, completed=5) == run_job(service)
    assert ["COMPLETE"] * 5 == [state(service, each) for each in people]


def test_somebody_who_changed_their_mind(service: Service) -> None:
    """A cancelled retirement is nobody's business (spec 20, sections 11 and 15)."""
    (caller,) = due(service, 1)
    number = row_of(worker_of(service), caller.username)["id"]
    expect.status(200, cancel(service.seed("superuser"), number))
    eventually(lambda: idle(service))
    assert caller.email == service.seed("staff").account(caller.username)["email"]


@pytest.mark.parametrize("where", [*STATES[1:7], "LMS_COMPLETE", "ERRORED", "ABORTED", "COMPLETE"])
def test_rows_of_another_driver(service: Service, where: str) -> None:
    """Rows that somebody else moved are not touched, however long they stand (spec 20, section 15, does not)."""
    (caller,) = due(service, 1)
    put(service, caller, where)
    service.advance(16 * MINUTE)
    assert NOTHING == run_job(service)
    service.advance(30 * DAY)
    assert NOTHING == run_job(service)
    assert where == state(service, caller)


def test_a_row_that_is_pending_again(service: Service) -> None:
    """Forced back to PENDING and past the cool-off, a row is picked again (spec 20, section 15, picks)."""
    (caller,) = due(service, 1)
    put(service, caller, "ERRORED")
    assert NOTHING == run_job(service)
    put(service, caller, "PENDING")
    assert counts(examined=1, completed=1) == run_job(service)


def test_a_row_that_another_driver_half_finished(service: Service) -> None:
    """After `retire` by hand and back to PENDING, the job finishes: every step bears repetition (spec 20, 15, 16)."""
    (caller,) = due(service, 1, orgs=["edX"])
    put(service, caller, "RETIRING_LMS")
    acted(worker_of(service), caller.username, "partner row", "retire_misc", "retire")
    put(service, caller, "PENDING")
    assert counts(examined=1, completed=1) == run_job(service)


def test_a_failing_step(service: Service) -> None:
    """A row whose step fails goes to ERRORED, the others go on (spec 20, section 15)."""
    people = due(service, 2 + TRIES)
    with failing(service, "lms"):
        seen = run_job(service)
    assert seen["errored"] >= 1
    assert seen["completed"] >= 2
    assert counts(examined=len(people), errored=seen["errored"], completed=len(people) - seen["errored"]) == seen
    states = [state(service, each) for each in people]
    assert (seen["errored"], seen["completed"]) == (states.count("ERRORED"), states.count("COMPLETE"))
    eventually(lambda: idle(service))
    assert states == [state(service, each) for each in people]


def test_the_log_of_an_errored_row(service: Service) -> None:
    """The log has the kind of the fault and nothing of the person (spec 20, section 15)."""
    (caller,) = due(service, 1, name="Not In The Log")
    before = log_of(worker_of(service), caller.username)
    with failing(service, "certificates", 10 * TRIES):
        assert counts(examined=1, errored=1) == run_job(service)
    worker = worker_of(service)
    row, added = row_of(worker, caller.username), log_of(worker, caller.username).removeprefix(before)
    assert ("ERRORED", "RETIRING_LMS") == (row["current_state"]["state_name"], row["last_state"]["state_name"])
    assert "ERRORED" in added
    for value in (caller.username, caller.email, "Not In The Log"):
        assert value not in added


def test_an_errored_row_is_finished_by_hand(service: Service) -> None:
    """An operator puts it back to PENDING, and the next run finishes it (spec 20, section 15)."""
    (caller,) = due(service, 1)
    with failing(service, "mailing_lists", 10 * TRIES):
        assert counts(examined=1, errored=1) == run_job(service)
    listed(service, caller, under="ERRORED")
    put(service, caller, "PENDING")
    assert counts(examined=1, completed=1) == run_job(service)
    assert "COMPLETE" == state(service, caller)


def test_two_runs_at_once(service: Service) -> None:
    """One does everything, the other finds it at work and answers zeros (spec 20, section 15)."""
    (alone,) = due(service, 1)
    run_job(service)
    people = due(service, 6)
    answers = at_once([lambda: service.http.post(RUN)] * 3)
    assert [200] * 3 == [each.status_code for each in answers]
    seen = [each.json() for each in answers]
    assert 2 == seen.count(NOTHING)
    assert counts(examined=6, completed=6) in seen
    logs = [log_of(worker_of(service), each.username) for each in (alone, *people)]
    for name in STATES:
        assert 1 == len({log.count(name) for log in logs}), name


def drive_politely(worker: Caller, username: str) -> bool:
    """Drive a row as an outside driver, unless somebody else has begun; return whether it was ours."""
    first = move(worker, username, PIPELINE[0], "outside 0")
    if first.status_code == 400:
        return False
    nothing(204, first)
    acted(worker, username, "partner row")
    moved(worker, username, COMPLETED[0], "outside 1")
    moved(worker, username, PIPELINE[2], "outside 2")
    acted(worker, username, "retire_misc", "retire")
    moved(worker, username, COMPLETED[2], "outside 3")
    moved(worker, username, "COMPLETE", "outside 4")
    return True


def test_beside_an_outside_driver(service: Service) -> None:
    """Each row is driven by one of the two, each transition happens once (spec 20, section 15)."""
    people, worker = due(service, 8, orgs=["edX"]), worker_of(service)
    ours: list[str] = []

    def outside() -> httpx.Response:
        ours.extend(each.username for each in reversed(people) if drive_politely(worker, each.username))
        return queue(worker)

    job, _ = at_once([lambda: service.http.post(RUN), outside])
    expect.status(200, job)
    seen = job.json()
    assert (0, len(people) - len(ours)) == (seen["errored"], seen["completed"])
    assert seen["examined"] == seen["completed"] + seen["skipped"]
    for each in people:
        log = log_of(worker, each.username)
        told = [log.count(f"outside {number}") for number in range(5)]
        assert [int(each.username in ours)] * 5 == told
        assert "COMPLETE" == state_of(worker, each.username)
        number = row_of(worker, each.username)["user"]["id"]
        assert {"certificates", "lms", "organisations"} <= {call["hook"] for call in hook_calls(service, number)}
    assert len(people) == len(handed_out(worker, *[each.username for each in people]))


def test_beside_somebody_who_cancels(service: Service) -> None:
    """A row is either driven or cancelled, never half of both (spec 20, sections 11, 14 and 15)."""
    people, superuser = due(service, 6), service.seed("superuser")
    numbers = [row_of(worker_of(service), each.username)["id"] for each in people]
    giving_up = [lambda number=number: cancel(superuser, number) for number in numbers[::-1]]
    job, *answers = at_once([lambda: service.http.post(RUN), *giving_up])
    expect.status(200, job)
    seen, staff = job.json(), service.seed("staff")
    assert (0, 0) == (seen["errored"], seen["remaining"])
    for caller, answer in zip(people[::-1], answers, strict=True):
        assert answer.status_code in (200, 400), answer.text
        if answer.status_code == 200:
            assert caller.email == staff.account(caller.username)["email"]
        else:
            assert (False, None) == can_cancel(staff, caller.email)
            assert "COMPLETE" == state(service, caller)
    assert seen["completed"] == [each.status_code for each in answers].count(400)
