"""Which generation of a view is read, and which ones are written (spec 50, section 6)."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.projections.generations import CACHE_SECONDS, GenerationError, Generations, Standing
from chalicelib.projections.view import ViewWriter
from tests.support.calls import lost, recorded
from tests.support.queues import Queues

STEPS = ("begun", "switched", "returned", "abandoned")


@pytest.fixture
def queues(stage):
    """A views table of its own for each test, and a process that has read nothing yet."""
    return Queues(stage)


@pytest.fixture
def generations(queues):
    """A process that knows generations."""
    return queues.generations


def changed(generations, view, *steps):
    """Take steps; the standing afterwards."""
    for step in steps:
        before = generations.standing(view)
        assert generations.change(view, before, getattr(before, step)())
    return generations.standing(view)


class TestStanding:
    """From the first generation to a rebuild, the switch and back; pure."""

    def test_never_rebuilt(self):
        """Generation 1 is read and written."""
        assert (1, (1,)) == (Standing().serving, Standing().written)

    def test_building(self):
        """The one that is read stays; both are written."""
        assert (1, (1, 2)) == (Standing().begun().serving, Standing().begun().written)

    def test_switched(self):
        """The new one is read, and the old one is written still."""
        switched = Standing().begun().switched()
        assert (2, (2, 1), ()) == (switched.serving, switched.written, switched.dropping)

    def test_and_back(self):
        """The way back, and forth again."""
        returned = Standing().begun().switched().returned()
        assert (1, (1, 2)) == (returned.serving, returned.written)
        assert Standing().begun().switched() == returned.returned()

    def test_the_next_rebuild(self):
        """It gives up the way back."""
        third = Standing().begun().switched().begun()
        assert (2, (2, 3), (1,)) == (third.serving, third.written, third.dropping)

    def test_abandoned(self):
        """What was built goes; its number is not used again."""
        abandoned = Standing().begun().abandoned()
        assert (1, (1,), (2,)) == (abandoned.serving, abandoned.written, abandoned.dropping)
        assert 3 == abandoned.dropped(2).begun().building

    @pytest.mark.parametrize(
        ("steps", "refused"),
        [
            (("begun",), "begun"),
            ((), "switched"),
            (("begun", "abandoned"), "switched"),
            ((), "returned"),
            (("begun",), "returned"),
            ((), "abandoned"),
        ],
    )
    def test_refused(self, steps, refused):
        """What makes no sense where the view stands."""
        standing = Standing()
        for step in steps:
            standing = getattr(standing, step)()
        with pytest.raises(GenerationError):
            getattr(standing, refused)()

    @given(st.lists(st.sampled_from(STEPS), max_size=12))
    def test_any_steps(self, steps):
        """Whatever happens: what is read is written, nothing that is written is dropped, and numbers only grow."""
        standing, built = Standing(), [1]
        for step in steps:
            try:
                standing = getattr(standing, step)()
            except GenerationError:
                continue
            if step == "begun":
                built.append(standing.building)
            assert standing.serving in standing.written
            assert not set(standing.written) & set(standing.dropping)
            assert len(standing.written) == len(set(standing.written)) <= 3
            assert sorted({*standing.written, *standing.dropping}) == built == list(range(1, standing.newest + 1))


class TestStored:
    """One item a view, changed only by who has read it as it is."""

    def test_without_an_item(self, generations):
        """A view that was never rebuilt."""
        assert (1, (1,), Standing()) == (
            generations.serving("view"),
            generations.written("view"),
            generations.standing("view"),
        )

    def test_comes_back_as_it_was_stored(self, generations):
        """Every number, and how often it changed."""
        third = changed(generations, "view", "begun", "switched", "begun")
        assert Standing(serving=2, building=3, previous=None, dropping=(1,), newest=3, revision=3) == third
        assert Standing() == generations.standing("other")

    def test_two_at_once(self, generations):
        """The second one who goes by the same standing is refused."""
        before = generations.standing("view")
        assert generations.change("view", before, before.begun())
        assert not generations.change("view", before, before.begun())
        second = generations.standing("view")
        assert generations.change("view", second, second.switched())
        assert not generations.change("view", second, second.abandoned())
        assert replace(before.begun().switched(), revision=2) == generations.standing("view")

    def test_an_answer_that_is_lost(self, generations, queues):
        """The change has landed and is sent again by botocore: it counts, once; the same change by another does not."""
        before = generations.standing("view")
        with lost(queues.client, "PutItem"):
            assert generations.change("view", before, before.begun())
            second = generations.standing("view")
            assert generations.change("view", second, second.switched())
        assert replace(before.begun().switched(), revision=2) == generations.standing("view")
        assert not generations.change("view", second, second.switched())


class TestCache:
    """A process asks at most once in five seconds, and goes by nothing older."""

    def test_one_request(self, generations, queues):
        """Within five seconds."""
        with recorded(queues.client) as calls:
            for _ in range(3):
                assert (1, (1,)) == (generations.serving("view"), generations.written("view"))
        assert ["GetItem"] == calls

    def test_other_processes(self, generations, queues, stage):
        """They follow after five seconds, and not before they must."""
        other = Generations(queues.client, queues.views, stage.clock)
        assert (1,) == other.written("view")
        changed(generations, "view", "begun")
        assert (1, 2) == generations.written("view")
        stage.clock.advance(seconds=CACHE_SECONDS - 0.001)
        assert (1,) == other.written("view")
        stage.clock.advance(seconds=0.001)
        assert (1, 2) == other.written("view")

    def test_a_clock_that_is_put_back(self, generations, queues, stage):
        """It does not make the old answer last."""
        other = Generations(queues.client, queues.views, stage.clock)
        assert 1 == other.serving("view")
        changed(generations, "view", "begun", "switched")
        stage.clock.advance(seconds=-1)
        assert 2 == other.serving("view")


class TestWritersAndReaders:
    """A row goes to every generation that counts, and is read in one."""

    def stored(self, queues, account):
        """The generations that have a row of the account, and the versions that they show."""
        found = {}
        for generation in range(1, 4):
            key = {"pk": {"S": f"V#partner_queue#{generation}#{account}"}, "sk": {"S": "ROW"}}
            item = queues.client.get_item(TableName=queues.views, Key=key).get("Item")
            if item is not None:
                found[generation] = int(item["v"]["N"])
        return found

    def reported(self, queues):
        """An account with a partner row."""
        account, row = queues.left()
        queues.move(account, "RETIRING_LMS")
        return account, queues.report(account, row)

    def test_written_to_all(self, queues, generations):
        """While one is built, and after the switch."""
        before, _ = self.reported(queues)
        changed(generations, "partner_queue", "begun")
        building, _ = self.reported(queues)
        changed(generations, "partner_queue", "switched")
        switched, _ = self.reported(queues)
        changed(generations, "partner_queue", "begun")
        later, _ = self.reported(queues)
        written = [set(self.stored(queues, account)) for account in (before, building, switched, later)]
        assert [{1}, {1, 2}, {1, 2}, {2, 3}] == written

    def test_read_in_one(self, queues, generations):
        """What is not in the generation that is read is not found."""
        old, _ = self.reported(queues)
        changed(generations, "partner_queue", "begun")
        new, _ = self.reported(queues)
        assert [old, new] == [each.account for each in queues.partners.waiting()]
        changed(generations, "partner_queue", "switched")
        assert [new] == [each.account for each in queues.partners.waiting()]
        changed(generations, "partner_queue", "returned")
        assert [old, new] == [each.account for each in queues.partners.waiting()]

    def test_tombstones(self, queues, generations):
        """They are written to all generations as well."""
        account, number = self.reported(queues)
        changed(generations, "partner_queue", "begun")
        queues.hand_out(account, number)
        queues.remove_report(account, number)
        version = queues.ledger.load(account).version
        assert {1: version, 2: version} == self.stored(queues, account)

    def test_to_one_alone(self, queues, generations):
        """Filling a generation leaves the others as they are, and overwrites nothing that is newer."""
        account, number = self.reported(queues)
        before = queues.ledger.load(account)
        queues.hand_out(account, number)
        now = queues.ledger.load(account)
        writer = ViewWriter(queues.client, queues.views, generations)
        (projection,) = [each for each in queues.stage.wiring.projections if each.name == "partner_queue"]
        writer.write_to(3, projection, now)
        writer.write_to(3, projection, before)
        assert {1: now.version, 3: now.version} == self.stored(queues, account)

    def test_nothing_to_write(self, queues):
        """An account without rows costs no request."""
        account = queues.stream.account()
        record = queues.record(account)
        queues.tell()
        with recorded(queues.client) as calls:
            queues.tell(record)
        assert [] == calls
