"""Leaving, being deactivated and being taken back, interrupted at every call (spec 20, sections 5, 6, 11 and 14)."""

from collections import Counter

import pytest

from tests.pipeline.crashes import Mode
from tests.pipeline.interrupted import MODES, Operation, interrupt_everywhere
from tests.pipeline.world import ACCOUNTS, World

LOGIN = {"provider": "google", "uid": "g-1", "extra_data": {"a": 1}}
LEFT = ["SocialLoginsRedacted", "SocialLoginsDeleted", "RetirementRequested"]
TRIED_AGAIN = {500, 503}


@pytest.fixture(params=MODES, ids=lambda mode: mode.name)
def mode(request: pytest.FixtureRequest) -> Mode:
    """How calls fail."""
    return request.param


def new(world, **form):
    """A fresh account: username, id, its token, and how many events it has."""
    username = world.new_account(social_logins=[LOGIN], **form)
    token = world.api.token(username)
    account = world.id_of(username)
    return username, account, token, world.version(account)


def test_leaving(world, mode):
    """It happens whole or not at all; done again it is done, or the token is dead because it had been done."""

    def check(world: World, people, first, again):
        username, account, token, version = people
        assert LEFT == world.events(account, after=version)
        assert {True} == {first is None or first.status in {204, 401, *TRIED_AGAIN}}
        assert again.status == (401 if first is not None and first.status == 204 else again.status)
        assert again.status in (204, 401)
        assert 401 == world.leave(username, token=token).status
        assert len(world.mailbox.to(f"{username}@example.com")) in (1, 2)
        assert world.state(account).row.number == world.state(account).last_row

    run = Operation(new, lambda process, people: process.leave(people[0], token=people[2]), check)
    interrupt_everywhere(world, run, mode)


def test_leaving_mails_twice_only_if_it_died_in_between(world):
    """Killed at any call but those between the mail and the commit: one mail."""
    twice = []

    def check(world: World, people, first, again):
        mails = world.mailbox.to(f"{people[0]}@example.com")
        twice.append(len(mails))

    run = Operation(new, lambda process, people: process.leave(people[0], token=people[2]), check)
    interrupt_everywhere(world, run, Mode.KILLED_BEFORE)
    assert {1, 2} == set(twice)
    assert Counter(twice)[2] <= 3


def test_being_deactivated(world, mode):
    """One event, and no session is left."""

    def check(world: World, people, first, again):
        _, account, token, version = people
        assert 200 == again.status
        assert ["AccountDeactivated"] == world.events(account, after=version)
        assert [] == world.wiring.sessions.list_live(account, world.clock())
        assert 401 == world.api.get("/api/user/v1/me", token=token).status

    def run(process, people):
        return process.api.post_json(f"{ACCOUNTS}/{people[0]}/deactivate", {}, as_="superuser")

    interrupt_everywhere(world, Operation(new, run, check), mode)


def left(world):
    """Somebody who has left, with a partner row: the number of the row, the account, its events."""
    username = world.leaver(orgs=["edX"])
    account = world.id_of(username)
    assert 204 == world.move(username, "LOCKING_ACCOUNT").status
    assert 204 == world.report(username).status
    assert 204 == world.move(username, "PENDING", force=True).status
    return username, account, world.state(account).row.number, world.version(account)


@pytest.mark.parametrize("keyed", [False, True], ids=["without a key", "with a key"])
def test_cancelling(world, mode, keyed):
    """One event; again it is refused because it has been done, but with a key it gets its answer."""

    def check(world: World, people, first, again):
        username, account, _, version = people
        assert ["RetirementCancelled"] == world.events(account, after=version)
        assert again.status in ({200} if keyed else {200, 400})
        state = world.state(account)
        assert (f"{username}@example.com", None, None) == (state.email, state.row, state.partner_row)

    def run(process, people):
        headers = {"Idempotency-Key": f"cancel {people[2]}"} if keyed else {}
        content = {"retirement_id": people[2]}
        return process.api.post_json(f"{ACCOUNTS}/cancel_retirement", content, as_="superuser", headers=headers)

    interrupt_everywhere(world, Operation(left, run, check), mode)
