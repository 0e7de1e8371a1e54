"""The main run: Open edX's own driver against the service, whole, interrupted, and refused (spec 20, section 16)."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.http import expectations as expect
from tests.http.retirement_client import (
    RETIRED_DOMAIN,
    RETIRED_PREFIX,
    STATES,
    by_date,
    left,
    log_of,
    move,
    moved,
    nothing,
    originals,
    queue,
    refused,
    row_of,
    rows,
    status_of,
    worker_of,
)
from tests.http.retirement_driver import (
    PIPELINE,
    CallRefusedError,
    Journal,
    Lms,
    UnusableAnswerError,
    archive,
    drive,
    report_to_partners,
    retire,
)
from tests.http.retirement_steps import DAY, HOOKS, can_cancel, failing, hook_calls, many, partner_cleanup, partner_list
from tests.http.service_client import Caller, Service, account_path
from tests.http.service_process import REPOSITORY
from tests.support.waiting import eventually

COOL_OFF = 14 * DAY + 60
PATIENCE = 120


@pytest.fixture
def service(clock_service: Service) -> Service:
    """The service, whose clock may be moved, with nobody waiting for a driver."""
    worker = worker_of(clock_service)
    for row in rows(queue(worker, [*STATES[:-3], "COMPLETE"])):
        # The list may lag: a row that is gone already is a 404.
        move(worker, row["original_username"], "ABORTED", force=True)
    partner_list(worker)
    return clock_service


def asked(service: Service) -> list[Caller]:
    """Return three learners who have asked for deletion, one of them of a partner, one of a partner with columns."""
    people = [
        left(service, name="Ada Leaving", profile={"bio": "first"}),
        left(service, name="Bob Leaving", profile={"bio": "second"}, orgs=["edX"]),
        left(service, name="Cat Leaving", profile={"bio": "third"}, orgs=["mb_coaching", "MITx"]),
    ]
    names = {each.username for each in people}
    eventually(lambda: waits(service, names))
    return people


def waits(service: Service, names: set[str]) -> None:
    """Expect that the queue, which may lag, has these names."""
    assert names <= set(originals(queue(worker_of(service))))


def command(service: Service, work: Path, *more: str) -> list[str]:
    """Return the driver's command line."""
    today = service.now().date().isoformat()
    module = [sys.executable, "-m", "tests.http.retirement_driver"]
    return [*module, service.url, "--work", str(work), "--end-date", today, "--cool-off-days", "14", *more]


def driven(service: Service, work: Path, *more: str) -> list[str]:
    """Run the driver to its end, which must be a good one; return its lines."""
    done = subprocess.run(
        command(service, work, *more), cwd=REPOSITORY, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert 0 == done.returncode, done.stdout + done.stderr
    return done.stdout.splitlines()


def sums(lines: list[str]) -> list[str]:
    """Return the lines that say how much was reported and removed."""
    return [line for line in lines if line.startswith(("partners reported", "archive removed"))]


def killed(service: Service, work: Path, marks: str, occurrence: int) -> None:
    """Run the driver and kill it when it says something for the n-th time."""
    with subprocess.Popen(command(service, work), cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as process:
        said = 0
        for line in process.stdout or ():
            said += line.strip().endswith(marks)
            if said == occurrence:
                break
        process.kill()
    assert said == occurrence, f"it never said {marks!r} so often"


def forgotten(service: Service, caller: Caller, name: str) -> None:
    """Expect that somebody has been retired, archived and cleaned up."""
    worker, staff = worker_of(service), service.seed("staff")
    account = staff.account(name)
    assert account["email"].endswith(f"@{RETIRED_DOMAIN}")
    assert ("", None, False) == (account["name"], account["bio"], account["is_active"])
    nothing(404, status_of(worker, caller.username))
    nothing(404, status_of(worker, name))
    expect.status(404, staff.get(account_path(caller.username)))
    refused(partner_cleanup(worker, caller.username))
    assert (False, None) == can_cancel(staff, caller.email)


def retired_names(service: Service, people: list[Caller]) -> list[str]:
    """Return the retired usernames of people who have a row."""
    names = [row_of(worker_of(service), each.username)["retired_username"] for each in people]
    assert all(each.startswith(RETIRED_PREFIX) for each in names)
    return names


def empty_lists(service: Service) -> None:
    """Expect that nobody is in a queue, in a list by date, or in a partner report."""
    worker, today = worker_of(service), service.now().date()
    assert [] == originals(queue(worker, STATES[:-3]))
    assert [] == originals(by_date(worker, "2018-05-25", today, "COMPLETE"))
    assert [] == partner_list(worker)


# --- the whole run


def test_three_learners_leave_and_are_forgotten(service: Service, tmp_path: Path) -> None:
    """Three ask, the cool-off passes, the driver takes them from PENDING to the last trace (spec 20, section 16)."""
    people = asked(service)
    names = retired_names(service, people)
    numbers = [row_of(worker_of(service), each.username)["user"]["id"] for each in people]
    driven(service, tmp_path, "--phase", "retire")
    assert ["PENDING"] * 3 == [state(service, each) for each in people]
    service.advance(COOL_OFF)
    lines = driven(service, tmp_path)
    assert 3 == sum(line.endswith(" to COMPLETE") for line in lines)
    assert ["partners reported 2", "archive removed 3"] == sums(lines)
    for caller, name in zip(people, names, strict=True):
        forgotten(service, caller, name)
    for number in numbers:
        assert set(HOOKS) == {each["hook"] for each in hook_calls(service, number)}
    eventually(lambda: empty_lists(service))
    assert ["partners reported 0", "archive removed 0"] == sums(driven(service, tmp_path))


def state(service: Service, caller: Caller) -> str:
    """Return the state of somebody's row."""
    name: str = row_of(worker_of(service), caller.username)["current_state"]["state_name"]
    return name


def test_phase_by_phase(service: Service, tmp_path: Path) -> None:
    """Driven, reported and archived by three runs, as three schedules do it (spec 20, section 16)."""
    people = asked(service)
    service.advance(COOL_OFF)
    driven(service, tmp_path, "--phase", "retire")
    assert ["COMPLETE"] * 3 == [state(service, each) for each in people]
    for each in people:
        log = log_of(worker_of(service), each.username)
        places = [log.index(f"{kind}: {step.action}.") for step in PIPELINE for kind in ("Starting", "Ending")]
        assert sorted(places) == places
        assert 1 == log.count("Learner retirement complete.")
    names = retired_names(service, people)
    assert "partners reported 2" in driven(service, tmp_path, "--phase", "partners")
    assert "archive removed 3" in driven(service, tmp_path, "--phase", "archive")
    for caller, name in zip(people, names, strict=True):
        forgotten(service, caller, name)


KILLS = [
    ("to LOCKING_ACCOUNT", 1),
    ("does retirement_partner_report", 2),
    ("to EMAIL_LISTS_COMPLETE", 1),
    ("does retire", 1),
    ("does retire", 2),
    ("to COMPLETE", 2),
    ("partners list", 1),
    ("partners clean up 2", 1),
    ("archive list", 1),
    ("archive clean up 3", 1),
]


@pytest.mark.parametrize(("marks", "occurrence"), KILLS)
def test_killed_and_run_again(service: Service, tmp_path: Path, marks: str, occurrence: int) -> None:
    """Killed in the middle and run again, it finishes, with nobody done twice (spec 20, section 16)."""
    people = asked(service)
    names = retired_names(service, people)
    service.advance(COOL_OFF)
    killed(service, tmp_path, marks, occurrence)
    driven(service, tmp_path)
    for caller, name in zip(people, names, strict=True):
        forgotten(service, caller, name)
    eventually(lambda: empty_lists(service))


def test_killed_again_and_again(service: Service, tmp_path: Path) -> None:
    """Killed at every second step of a run, it still gets there (spec 20, section 16)."""
    people = asked(service)
    names = retired_names(service, people)
    service.advance(COOL_OFF)
    for marks in ("does retirement_partner_report", "does retire_mailings", "does retire_misc", "does retire"):
        killed(service, tmp_path, marks, 1)
    driven(service, tmp_path)
    for caller, name in zip(people, names, strict=True):
        forgotten(service, caller, name)


# --- when the service refuses or fails


@pytest.fixture
def http(service: Service) -> Iterator[httpx.Client]:
    """A client for a driver in this process."""
    with httpx.Client(base_url=service.url, timeout=60, trust_env=False) as client:
        yield client


def logged_in(http: httpx.Client, kind: type[Lms] = Lms) -> Lms:
    """Return a driver's view of the service, which never waits and says nothing."""
    lms = kind(http, pause=lambda _: None, tell=lambda _: None)
    lms.log_in("retirement-worker", "retirement-worker-secret")
    return lms


@pytest.mark.parametrize("hook", HOOKS)
def test_a_failing_hook_is_repeated(service: Service, http: httpx.Client, hook: str) -> None:
    """A step that fails with 500 is asked again, and the learner is COMPLETE (spec 20, sections 8 and 16)."""
    caller = left(service, orgs=["edX"])
    with failing(service, hook):
        assert drive(logged_in(http), row_of(worker_of(service), caller.username), PIPELINE)
    assert "COMPLETE" == state(service, caller)


def test_a_row_that_somebody_took_away(service: Service, http: httpx.Client) -> None:
    """A refused step stops the driver for good and moves the row to ERRORED (spec 20, section 16)."""
    caller = left(service)
    worker = worker_of(service)
    row = row_of(worker, caller.username)

    class Meddling(Lms):
        """Moves the row on just before a step."""

        def call(self, name: str, method: str, path: str, body: Any = None, key: str = "", **query: Any) -> Any:
            if name == "retire_misc":
                moved(worker, caller.username, "ENROLLMENTS_COMPLETE", "taken away")
            return super().call(name, method, path, body, key, **query)

    assert not drive(logged_in(http, Meddling), row, PIPELINE)
    after = row_of(worker, caller.username)
    assert ("ERRORED", "ENROLLMENTS_COMPLETE") == (
        after["current_state"]["state_name"],
        after["last_state"]["state_name"],
    )
    assert "Stopped: retire_misc: 400" in log_of(worker, caller.username)


def test_many_learners_in_one_run(service: Service, http: httpx.Client) -> None:
    """Twelve at once in the queue, all driven, whoever is in it already (spec 20, section 16)."""
    people = many(12, lambda: left(service))
    eventually(lambda: waits(service, {each.username for each in people}))
    assert 0 == retire(logged_in(http), 0)
    assert ["COMPLETE"] * 12 == [state(service, each) for each in people]


# --- the driver itself


def answering(*answers: httpx.Response, seen: list[httpx.Request] | None = None) -> Lms:
    """Return a driver's view of a service that gives these answers in turn."""
    given = iter(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(request)
        return next(given)

    http = httpx.Client(base_url="http://lms", transport=httpx.MockTransport(answer))
    return Lms(http, pause=lambda _: None, tell=lambda _: None)


ROW: dict[str, Any] = {"id": 7, "original_username": "ada", "current_state": {"state_name": "LMS_COMPLETE"}}
DONE = httpx.Response(204)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 429])
def test_the_driver_stops_for_good(status: int) -> None:
    """These statuses of a step move the row to ERRORED, without a second try (spec 20, section 16)."""
    seen: list[httpx.Request] = []
    lms = answering(httpx.Response(200, json=ROW), httpx.Response(status), DONE, seen=seen)
    assert not drive(lms, ROW, PIPELINE)
    assert ["COMPLETE", "ERRORED"] == [json.loads(each.content)["new_state"] for each in seen[1:]]


@pytest.mark.parametrize("status", [500, 502, 503])
def test_the_driver_repeats(status: int) -> None:
    """It repeats on 5xx (spec 20, section 16)."""
    assert drive(answering(httpx.Response(200, json=ROW), httpx.Response(status), DONE), ROW, PIPELINE)


@pytest.mark.parametrize("body", ["", " ", "<html></html>", "{"])
def test_the_driver_takes_a_200_without_json_as_fatal(body: str) -> None:
    """An empty or non-JSON 200 is fatal (spec 20, section 2)."""
    with pytest.raises(UnusableAnswerError):
        answering(httpx.Response(200, text=body)).row("ada")


def test_the_driver_gives_up_at_last() -> None:
    """A service that always fails is not asked for ever."""
    with pytest.raises(CallRefusedError):
        answering(*[httpx.Response(503)] * 6).row("ada")


def test_the_driver_speaks_as_the_real_one() -> None:
    """Trailing slashes, `Authorization: JWT`, JSON as content type, repeated states (spec 20, section 16)."""
    seen: list[httpx.Request] = []
    lms = answering(httpx.Response(200, json={"access_token": "t"}), httpx.Response(200, json=[]), seen=seen)
    lms.log_in("client", "secret")
    assert 0 == retire(lms, 3, PIPELINE[:1])
    asked_for = seen[1]
    assert b"/api/user/v1/accounts/retirement_queue/?" in asked_for.url.raw_path
    assert ("JWT t", "application/json") == (asked_for.headers["Authorization"], asked_for.headers["Content-Type"])
    assert ["PENDING", "LOCKING_ACCOUNT", "LOCKING_COMPLETE", "COMPLETE"] == asked_for.url.params.get_list("states")
    assert ("3", "200") == (asked_for.url.params["cool_off_days"], asked_for.url.params["limit"])


def test_a_report_that_was_lost_is_asked_for_again(tmp_path: Path) -> None:
    """Killed between the list and its cleanup, the driver asks with the same key (spec 50, section 4)."""
    journal, seen = Journal(tmp_path / "report.json"), list[httpx.Request]()
    report = httpx.Response(200, json=[{"original_username": "ada"}])
    with pytest.raises(StopIteration):
        report_to_partners(answering(seen=seen), journal)
    assert 1 == report_to_partners(answering(report, DONE, seen=seen), journal)
    assert seen[0].headers["Idempotency-Key"] == seen[1].headers["Idempotency-Key"]
    assert [{"original_username": "ada"}] == json.loads(seen[2].content)
    assert [] == list(tmp_path.iterdir())


def test_a_list_that_lags_is_asked_for_again() -> None:
    """A cleanup that is refused because the list lagged is made with a fresh list (spec 20, section 2)."""
    stale, fresh = [{"original_username": "ada"}], [{"original_username": "bob"}]
    answers = [httpx.Response(200, json=stale), httpx.Response(400), httpx.Response(200, json=fresh), DONE]
    assert 1 == archive(answering(*answers), "2018-05-25", "2026-01-01")
