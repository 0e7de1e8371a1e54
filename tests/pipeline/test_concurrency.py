"""Real threads (spec 20, sections 5, 9, 14 and 15)."""

from collections import Counter
from functools import partial

import pytest

from chalicelib.pipeline import driver
from tests.pipeline.interrupted import usernames
from tests.pipeline.invariants import faults, view_faults
from tests.pipeline.rows import WORKING, Report, row
from tests.pipeline.test_interrupted_job import JOURNEY
from tests.pipeline.world import WORKER
from tests.support.threads import at_once

MANY = 20


@pytest.fixture(autouse=True)
def consistent(world):
    """Whatever a test does, all tables agree afterwards."""
    world.api.token(WORKER)
    yield
    world.catch_up()
    assert [] == faults(world)
    assert [] == view_faults(world)


def test_leaving_twenty_times_at_once(world):
    """One row, one mail, one 204; the others are 401 or 403."""
    username = world.new_account()
    account, token = world.id_of(username), world.api.token(username)
    version = world.version(account)
    answers = at_once(*[lambda: world.leave(username, token=token).status] * MANY)
    assert 1 == answers.count(204)
    assert {204, 401, 403} >= set(answers)
    assert ["RetirementRequested"] == world.events(account, after=version)
    assert 1 == len(world.mailbox.to(f"{username}@example.com"))


def test_one_transition_asked_for_twenty_times_at_once(world):
    """One 204, nineteen 400s, one block in the log."""
    username = row(world)
    account = world.id_of(username)
    version = world.version(account)
    answers = at_once(*[lambda: world.move(username, "RETIRING_LMS", "the one").status] * MANY)
    assert {204: 1, 400: MANY - 1} == Counter(answers)
    assert ["-> RETIRING_LMS"] == world.events(account, after=version)


def test_twenty_forced_transitions_at_once(world):
    """Twenty 204s, and twenty blocks in the log in the order of the transitions, none lost."""
    username = row(world)
    account = world.id_of(username)
    version = world.version(account)
    texts = [f"text {number:02d}." for number in range(MANY)]
    answers = at_once(
        *[lambda text=text: world.move(username, "RETIRING_LMS", text, force=True).status for text in texts]
    )
    assert [204] * MANY == answers
    moves = list(world.ledger.history(account, after=version))
    assert sorted(texts) == sorted(event.response for event in moves)
    assert ["PENDING", *["RETIRING_LMS"] * (MANY - 1)] == [event.before for event in moves]
    path = f"/api/user/v1/accounts/{username}/retirement_status"
    log = world.api.get(path, as_=WORKER, query="include=responses").json["responses"]
    places = [log.index(event.response) for event in moves]
    assert sorted(places) == places


def test_partner_lists_side_by_side(world):
    """No row is given to two, and none is lost."""
    people = [row(world, WORKING, report=Report.WAITING) for _ in range(8)]
    world.catch_up()
    answers = at_once(*[world.take_reports] * 4)
    assert [200] * 4 == [answer.status for answer in answers]
    assert sorted(people) == sorted(name for answer in answers for name in usernames(answer))


def due(world, count):
    people = [row(world) for _ in range(count)]
    world.clock.advance(days=15)
    world.api.token(WORKER)
    world.catch_up()
    return people


def test_two_jobs_at_once(world):
    """One works and the other finds nothing to do; every transition happens once."""
    accounts = [world.id_of(username) for username in due(world, 3)]
    versions = [world.version(account) for account in accounts]
    jobs = [world.other_process().wiring for _ in range(2)]
    outcomes = at_once(*[partial(driver.run, job) for job in jobs])
    assert sum(outcome.examined for outcome in outcomes) == sum(outcome.completed for outcome in outcomes)
    assert [JOURNEY] * 3 == [world.events(*each) for each in zip(accounts, versions, strict=True)]


OUTSIDE = [
    ("LOCKING_ACCOUNT", "report", "LOCKING_COMPLETE"),
    ("RETIRING_EMAIL_LISTS", "retire_mailings", "EMAIL_LISTS_COMPLETE"),
    ("RETIRING_LMS", "retire", "LMS_COMPLETE"),
]


def drive(world, username):
    """What an outside driver does; it leaves a row alone once a step is refused. Whether it came to the end."""
    for before, action, after in OUTSIDE:
        if world.move(username, before, "outside").status != 204:
            return False
        done = world.report(username) if action == "report" else world.step(action, username)
        if done.status != 204 or world.move(username, after, "outside").status != 204:
            return False
    return world.move(username, "COMPLETE", "outside").status == 204


def test_the_job_beside_an_outside_driver(world):
    """Each transition happens once, each row is driven to its end by one of the two, and erased once."""
    people = due(world, 4)
    accounts = [world.id_of(username) for username in people]
    versions = [world.version(account) for account in accounts]
    job = world.other_process().wiring
    order = [*people[2:], *people[:2]]
    outcome, ended = at_once(
        lambda: driver.run(job), lambda: [username for username in order if drive(world, username)]
    )
    assert 4 == outcome.examined
    assert 4 == outcome.completed + len(ended)
    for account, version in zip(accounts, versions, strict=True):
        events = world.events(account, after=version)
        assert [1] * len(events) == list(Counter(events).values())
        assert [event for event in events if event.startswith("->")] == [
            event for event in JOURNEY if event.startswith("->")
        ]
        assert "ProfileErased" in events


def test_cleanups_of_one_batch_at_once(world):
    """Each row goes once; whoever comes too late is told that there is nobody."""
    people = [row(world, "COMPLETE") for _ in range(3)]
    accounts = [world.id_of(username) for username in people]
    answers = at_once(*[lambda: world.clean_up(*people).status] * 6)
    assert 204 in answers
    assert {204, 400} >= set(answers)
    for account in accounts:
        assert 1 == world.events(account).count("RetirementCleanedUp")


def test_retiring_twenty_times_at_once(world):
    """Always 204, stored once."""
    username = row(world, WORKING)
    account = world.id_of(username)
    answers = at_once(*[lambda: world.step("retire", username).status] * MANY)
    assert [204] * MANY == answers
    assert 1 == world.events(account).count("ProfileErased")


def test_cancelling_while_a_driver_begins(world):
    """Either the person stays or the row moves, never both."""
    path = "/api/user/v1/accounts/cancel_retirement"
    for _ in range(5):
        username = row(world)
        account = world.id_of(username)
        number = world.state(account).row.number
        cancelled, moved = at_once(
            lambda content={"retirement_id": number}: world.api.post_json(path, content, as_="superuser").status,
            lambda username=username: world.move(username, WORKING).status,
        )
        last = world.events(account)[-1]
        assert last in ("RetirementCancelled", f"-> {WORKING}")
        assert {cancelled, moved} <= {200, 204, 400, 404}
