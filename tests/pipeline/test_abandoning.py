"""Giving up addresses whose link nobody has opened: the part of `expire` that is about them (spec 50, section 7)."""

import pytest

from chalicelib.events.errors import StoreError, StoreUnavailableError
from chalicelib.pipeline.abandoning import LEASE, LEASE_SECONDS, Abandoned, run
from chalicelib.settings import Settings
from tests.pipeline.crashes import Fuse, Mode, fused
from tests.pipeline.interrupted import MODES, Operation, interrupt_everywhere
from tests.pipeline.invariants import view_faults
from tests.pipeline.world import running_world
from tests.support.calls import meanwhile, recorded, unreachable

DAYS = 3
EMAIL, SECONDARY = "EmailChangeAbandoned", "SecondaryEmailAbandoned"


@pytest.fixture(scope="module")
def world():
    """A world in which an address is given up after three days."""
    with running_world(pending_change_days=DAYS) as running:
        yield running


@pytest.fixture(autouse=True)
def settled(world):
    """Nothing is pending when a test begins."""
    world.clock.advance(days=DAYS, seconds=1)
    world.catch_up()
    run(world.wiring)
    world.catch_up()
    assert Abandoned() == run(world.wiring)


def asked(world, *kinds, told=True):
    """The username of somebody who has asked for addresses."""
    username = world.new_account("asker")
    wanted = {kind: f"{username}-{kind}@new.example" for kind in kinds or ("email",)}
    assert 200 == world.api.patch(username, wanted).status
    if told:
        world.catch_up([world.id_of(username)])
    return username


def given_up(world, username):
    """The events with which an account's addresses were given up."""
    return [event for event in world.events(world.id_of(username)) if event in (EMAIL, SECONDARY)]


def link_to(world, address):
    """The path of the newest link that was mailed to an address."""
    text = world.mailbox.to(address)[-1].text
    return next(word for word in text.split() if "/email_confirm/" in word or "/activate_secondary" in word)


def opened(world, address):
    """Open the link that was mailed to an address; the status."""
    link = link_to(world, address)
    return world.api.get(link[link.index("/", 8) :]).status


class TestWhatIsGivenUp:
    """Whatever is older than the setting, and nothing else."""

    @pytest.mark.parametrize(
        ("kinds", "events"),
        [
            (("email",), [EMAIL]),
            (("secondary_email",), [SECONDARY]),
            (("email", "secondary_email"), [EMAIL, SECONDARY]),
        ],
    )
    def test_old_ones(self, world, kinds, events):
        """Each address that is older than three days, once."""
        username = asked(world, *kinds)
        world.clock.advance(days=DAYS, seconds=1)
        assert Abandoned(examined=1, addresses=len(kinds)) == run(world.wiring)
        assert events == given_up(world, username)
        world.catch_up()
        assert Abandoned() == run(world.wiring)
        assert [] == view_faults(world)

    def test_exactly_three_days(self, world):
        """Not older than three days: it stays."""
        username = asked(world)
        world.clock.advance(days=DAYS)
        assert Abandoned() == run(world.wiring)
        world.clock.advance(seconds=1)
        assert 1 == run(world.wiring).addresses
        assert [EMAIL] == given_up(world, username)

    def test_only_the_older_one(self, world):
        """Of two, the one that is old enough."""
        username = asked(world, "email")
        world.clock.advance(days=DAYS - 1)
        assert 200 == world.api.patch(username, {"secondary_email": f"{username}@second.example"}).status
        world.catch_up()
        world.clock.advance(days=1, seconds=1)
        assert Abandoned(examined=1, addresses=1) == run(world.wiring)
        assert [EMAIL] == given_up(world, username)
        assert (
            f"{username}@second.example"
            == world.api.get(f"/api/user/v1/accounts/{username}", as_=username).json["secondary_email"]
        )

    def test_the_links_are_dead(self, world):
        """The links of what was given up change nothing; the addresses are as before, and may be asked for again."""
        username = asked(world, "email", "secondary_email")
        world.clock.advance(days=DAYS, seconds=1)
        run(world.wiring)
        for kind in ("email", "secondary_email"):
            assert 404 == opened(world, f"{username}-{kind}@new.example")
        account = world.api.get(f"/api/user/v1/accounts/{username}", as_=username).json
        assert (f"{username}@example.com", None) == (account["email"], account["secondary_email"])
        assert 200 == world.api.patch(username, {"email": f"{username}-email@new.example"}).status
        assert 200 == opened(world, f"{username}-email@new.example")

    def test_a_confirmed_recovery_address_stays(self, world):
        """Only what is pending goes: a recovery address that was confirmed is shown again."""
        username = asked(world, "secondary_email")
        assert 200 == opened(world, f"{username}-secondary_email@new.example")
        assert 200 == world.api.patch(username, {"secondary_email": f"{username}@other.example"}).status
        world.catch_up()
        world.clock.advance(days=DAYS, seconds=1)
        assert 1 == run(world.wiring).addresses
        account = world.api.get(f"/api/user/v1/accounts/{username}", as_=username).json
        assert f"{username}-secondary_email@new.example" == account["secondary_email"]

    def test_a_later_request_counts(self, world):
        """Who asked again yesterday has asked yesterday."""
        username = asked(world)
        world.clock.advance(days=DAYS - 1)
        assert 200 == world.api.patch(username, {"email": f"{username}@later.example"}).status
        world.catch_up()
        world.clock.advance(days=1, seconds=1)
        assert Abandoned() == run(world.wiring)
        assert [] == given_up(world, username)

    def test_by_the_system(self, world):
        """The event is nobody's."""
        username = asked(world)
        world.clock.advance(days=DAYS, seconds=1)
        run(world.wiring)
        last = list(world.ledger.history(world.id_of(username)))[-1]
        assert ("system", None) == (last.actor.role, last.actor.account)

    def test_tokens_live_on(self, world):
        """Nobody is logged out by it."""
        username = asked(world)
        world.clock.advance(days=DAYS, seconds=1)
        token = world.api.token(username)
        run(world.wiring)
        assert 200 == world.api.get("/api/user/v1/me", token=token).status

    def test_no_mail(self, world):
        """And nobody gets mail."""
        asked(world)
        mails = len(world.mailbox.mails)
        world.clock.advance(days=DAYS, seconds=1)
        run(world.wiring)
        assert mails == len(world.mailbox.mails)


class TestTheViewIsBehind:
    """What is decided is decided on the account itself."""

    def test_confirmed_meanwhile(self, world):
        """The view still has it: the account is looked at, and left alone."""
        username = asked(world)
        assert 200 == opened(world, f"{username}-email@new.example")
        world.clock.advance(days=DAYS, seconds=1)
        assert Abandoned(examined=1, addresses=0) == run(world.wiring)
        assert [] == given_up(world, username)

    def test_confirmed_at_the_same_moment(self, world):
        """The link is opened while the job decides: the address is the account's."""
        username = asked(world)
        world.clock.advance(days=DAYS, seconds=1)

        def confirm():
            assert 200 == opened(world, f"{username}-email@new.example")

        with meanwhile(world.wiring.dynamodb, "TransactWriteItems", confirm):
            assert Abandoned(examined=1, addresses=0) == run(world.wiring)
        account = world.api.get(f"/api/user/v1/accounts/{username}", as_=username).json
        assert f"{username}-email@new.example" == account["email"]
        assert [] == given_up(world, username)

    @pytest.mark.parametrize("erased", [False, True])
    def test_left_meanwhile(self, world, erased):
        """Who left, or was retired, has nothing to give up."""
        username = asked(world)
        account = world.id_of(username)
        assert 204 == world.leave(username).status
        if erased:
            assert 204 == world.move(username, "RETIRING_LMS").status
            assert 204 == world.step("retire", username).status
        world.clock.advance(days=DAYS, seconds=1)
        assert Abandoned(examined=1, addresses=0) == run(world.wiring)
        assert {EMAIL, SECONDARY}.isdisjoint(world.events(account))


class TestOneAtATime:
    """One run at a time, by a lease."""

    def test_another_run_at_work(self, world):
        """It does nothing, and counts nothing."""
        username = asked(world)
        world.clock.advance(days=DAYS, seconds=1)
        with world.wiring.leases.try_hold(LEASE, "other", LEASE_SECONDS):
            assert Abandoned() == run(world.wiring)
        assert [] == given_up(world, username)
        assert 1 == run(world.wiring).addresses

    def test_another_begins_meanwhile(self, world):
        """A second run in the middle of the first does nothing; every address is given up once."""
        people = [asked(world) for _ in range(3)]
        world.clock.advance(days=DAYS, seconds=1)
        seconds = []
        with meanwhile(world.wiring.dynamodb, "TransactWriteItems", lambda: seconds.append(run(world.wiring))):
            assert 3 == run(world.wiring).addresses
        assert [Abandoned()] == seconds
        assert [[EMAIL]] * 3 == [given_up(world, each) for each in people]

    def test_a_lease_that_was_lost(self, world):
        """Who was too slow and lost the lease stops at once."""
        for _ in range(3):
            asked(world)
        world.clock.advance(days=DAYS, seconds=1)

        def lose():
            world.clock.advance(seconds=LEASE_SECONDS + 1)
            assert world.wiring.leases.extend(LEASE, "nobody", 1) is False
            assert 2 <= run(world.wiring).addresses

        with meanwhile(world.wiring.dynamodb, "TransactWriteItems", lose):
            outcome = run(world.wiring)
        assert outcome.examined == 1

    def test_a_dead_one(self, world):
        """The lease of a run that was killed runs out."""
        asked(world)
        world.clock.advance(days=DAYS, seconds=1)
        assert world.wiring.leases._taken(LEASE, "dead", LEASE_SECONDS)
        assert Abandoned() == run(world.wiring)
        world.clock.advance(seconds=LEASE_SECONDS + 1)
        assert 1 == run(world.wiring).addresses


class TestFaults:
    """Safe to kill anywhere."""

    @pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name)
    def test_interrupted(self, world, mode):
        """Whichever call fails or is its last: the next run finishes it, and no address is given up twice."""

        def make(world):
            username = asked(world, "email", "secondary_email")
            world.clock.advance(days=DAYS, seconds=1)
            return username

        def attempt(process, _):
            try:
                return run(process.wiring)
            except StoreError:
                return None

        def check(world, username, first, again):
            assert [EMAIL, SECONDARY] == given_up(world, username)
            world.catch_up([world.id_of(username)])

        interrupt_everywhere(world, Operation(make, attempt, check, LEASE_SECONDS + 1), mode)
        assert [] == view_faults(world)

    def test_the_store_is_down(self, world):
        """It is an outage, told as one; the next run does it."""
        asked(world)
        world.clock.advance(days=DAYS, seconds=1)
        with unreachable(world.wiring.dynamodb), pytest.raises(StoreUnavailableError):
            run(world.wiring)
        world.clock.advance(seconds=LEASE_SECONDS + 1)
        assert 1 == run(world.wiring).addresses

    def test_one_poisoned_account(self, world):
        """An account that cannot be read for now does not stop what comes after it for good."""
        people = [asked(world) for _ in range(3)]
        world.clock.advance(days=DAYS, seconds=1)
        with fused(world, Fuse(3, Mode.TIMEOUT_BEFORE)) as process:
            try:
                run(process.wiring)
            except StoreError:
                world.clock.advance(seconds=LEASE_SECONDS + 1)
        run(world.wiring)
        assert [[EMAIL]] * 3 == [given_up(world, each) for each in people]


def test_off(world, monkeypatch):
    """PENDING_CHANGE_DAYS=0, the default: nothing is asked of AWS, and nothing is given up."""
    assert 0 == Settings.model_fields["pending_change_days"].default
    username = asked(world)
    world.clock.advance(days=4000)
    off = world.wiring.settings.model_copy(update={"pending_change_days": 0})
    with monkeypatch.context() as patch, recorded(world.wiring.dynamodb) as calls:
        patch.setattr(world.wiring, "settings", off)
        assert Abandoned() == run(world.wiring)
    assert [] == calls
    assert [] == given_up(world, username)
