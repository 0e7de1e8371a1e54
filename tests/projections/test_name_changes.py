"""Names that wait for approval (spec 50, section 3)."""

from datetime import timedelta
from itertools import islice

import pytest

from chalicelib.accounts.names import confirm_name, request_name
from chalicelib.accounts.support import refuse_name
from chalicelib.projections.name_changes import NameChanges, NameChangesReader
from chalicelib.retirement.erasing import erase_misc
from tests.support.calls import recorded
from tests.support.clock import NOON
from tests.support.pending import OneView
from tests.support.retirements import STATES

SECOND = timedelta(seconds=1)


class Names(OneView):
    """Accounts that ask for names, and the view of who waits."""

    def __init__(self, stage):
        super().__init__(stage, NameChanges())
        self.reader = NameChangesReader(self.client, self.views, self.generations)

    def ask(self, name="Wish", *, at=NOON, account=None, **how):
        """Ask for a name; the account's id."""
        account = account or self.stream.account()
        self.take(account, request_name, name, at=at, **how)
        return account

    def waiting(self, behind=None, wanted=None):
        """Who waits, in order."""
        return [each.account for each in self.reader.waiting(behind, wanted)]


@pytest.fixture
def names(stage):
    """A view of its own for each test."""
    return Names(stage)


class TestRows:
    """One row for each account whose name waits."""

    def test_nobody(self, names):
        """Who has never asked has no row, not even a tombstone."""
        account = names.stream.account()
        names.tell(names.record(account))
        assert names.item(account) is None
        assert [] == names.waiting()

    def test_asked(self, names):
        """Who asked waits."""
        account = names.ask()
        assert [account] == names.waiting()

    def test_nothing_personal(self, names, stage):
        """The item holds the random id and a time; neither name is in it."""
        account = stage.id_of(stage.new_account("secret", name="SECRET"))
        names.ask("SECRETWISH", account=account)
        item = names.item(account)
        assert {"pk", "sk", "v", "row", "index", "place"} == item.keys()
        assert "secret" not in repr(item).lower()

    @pytest.mark.parametrize("decide", [confirm_name, lambda state, context: refuse_name(state, "why", context)])
    def test_decided(self, names, decide):
        """Approved or refused: a tombstone, and nobody waits."""
        account = names.ask()
        names.take(account, decide)
        assert [] == names.waiting()
        assert {"pk", "sk", "v"} <= names.item(account).keys()
        assert "place" not in names.item(account)

    def test_again(self, names):
        """Another wish replaces the row, at its own time."""
        account = names.ask("One", at=NOON)
        other = names.ask("Two", at=NOON + SECOND)
        names.ask("Three", at=NOON + 2 * SECOND, account=account)
        assert [other, account] == names.waiting()

    def test_asking_after_a_refusal(self, names):
        """Who was refused may wait again."""
        account = names.ask()
        names.take(account, refuse_name, "")
        names.ask(account=account)
        assert [account] == names.waiting()

    @pytest.mark.parametrize("step", ["misc", "retire"])
    def test_retired(self, names, step):
        """The requested name stays until `retire_misc` or `retire` (spec 20, section 8.1)."""
        account = names.ask()
        row = names.leave(account)
        assert [account] == names.waiting()
        names.move(account, "RETIRING_LMS")
        if step == "misc":
            names.take(account, erase_misc, row, STATES)
        else:
            names.erase(account, row)
        assert [] == names.waiting()


class TestOrder:
    """Oldest first, page by page."""

    def test_by_time(self, names):
        """In the order in which they asked, whatever the shard of their row."""
        accounts = [names.ask(at=NOON + n * SECOND, told=False) for n in (3, 0, 2, 1, 4, 6, 5)]
        names.tell(*(names.record(account) for account in accounts))
        expected = [account for _, account in sorted(zip((3, 0, 2, 1, 4, 6, 5), accounts, strict=True))]
        assert expected == names.waiting()

    def test_within_a_second(self, names):
        """Microseconds count."""
        late = names.ask(at=NOON + timedelta(microseconds=2))
        early = names.ask(at=NOON + timedelta(microseconds=1))
        assert [early, late] == names.waiting()

    def test_at_the_same_moment(self, names):
        """Equal times do no harm: everybody is met once, also page by page."""
        accounts = {names.ask() for _ in range(6)}
        whole = list(names.reader.waiting())
        assert accounts == {each.account for each in whole}
        seen, behind = [], None
        while page := list(islice(names.reader.waiting(behind, 1), 1)):
            seen += page
            behind = page[-1].place
        assert whole == seen

    def test_behind_somebody_gone(self, names):
        """A place is good after its row has gone."""
        accounts = [names.ask(at=NOON + n * SECOND) for n in range(4)]
        second = list(names.reader.waiting())[1]
        names.take(second.account, refuse_name, "")
        assert accounts[2:] == names.waiting(second.place)

    def test_a_page_is_bounded(self, names):
        """A page of two reads a bounded number of times, however many wait."""
        accounts = [names.ask(at=NOON + n * SECOND, told=False) for n in range(30)]
        names.tell(*(names.record(account) for account in accounts))
        names.waiting(wanted=2)
        with recorded(names.client) as calls:
            page = list(islice(names.reader.waiting(None, 2), 2))
        assert accounts[:2] == [each.account for each in page]
        assert len([call for call in calls if call == "Query"]) <= 8


class TestTheStream:
    """Records twice, late, out of order."""

    def test_twice_and_late(self, names):
        """The newest state wins."""
        account = names.ask(told=False)
        asked = names.record(account)
        names.take(account, refuse_name, "", told=False)
        refused = names.record(account)
        for record in (refused, asked, refused, asked):
            names.tell(record)
        assert [] == names.waiting()

    def test_only_if_newer(self, names):
        """A late record of an older wish does not bring it back."""
        account = names.ask("One", told=False)
        first = names.record(account)
        names.ask("Two", at=NOON + SECOND, account=account)
        place = next(iter(names.reader.waiting())).place
        names.tell(first)
        assert [place] == [each.place for each in names.reader.waiting()]


def test_a_pure_function(names):
    """Projecting the same account twice gives the same rows."""
    loaded = names.ledger.load(names.ask())
    assert NameChanges().project(loaded) == NameChanges().project(loaded)
