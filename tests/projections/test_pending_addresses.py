"""Addresses whose link nobody has opened yet (spec 50, section 7)."""

from datetime import timedelta

import pytest

from chalicelib.accounts.addresses import AddressRequests, abandon, confirm_email, confirm_secondary_email
from chalicelib.accounts.policy import Policy
from chalicelib.accounts.update import update_account
from chalicelib.projections.pending_addresses import PendingAddresses, PendingAddressesReader
from tests.support.clock import NOON
from tests.support.pending import OneView

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
KEYS = AddressRequests(keys={"email": "k1", "secondary_email": "k2"})


class Addresses(OneView):
    """Accounts that ask for addresses, and the view of what is pending."""

    def __init__(self, stage):
        super().__init__(stage, PendingAddresses())
        self.reader = PendingAddressesReader(self.client, self.views, self.generations)

    def ask(self, *kinds, at=NOON, account=None, **how):
        """Ask for addresses of these kinds; the account's id."""
        account = account or self.stream.account()
        wanted = {kind: f"{account[:16]}-{at.timestamp()}-{kind}@example.com" for kind in kinds}

        def decide(state, context):
            return update_account(state, wanted, Policy(), context, KEYS)

        self.take(account, decide, at=at, **how)
        return account

    def pending(self, before=NOON + DAY):
        """The accounts with an address asked for before a moment."""
        return list(self.reader.older_than(before))


@pytest.fixture
def addresses(stage):
    """A view of its own for each test."""
    return Addresses(stage)


def test_nobody(addresses):
    """Who has never asked has no rows, not even tombstones."""
    account = addresses.stream.account()
    addresses.tell(addresses.record(account))
    assert [None, None] == [addresses.item(account, kind) for kind in ("EMAIL", "SECONDARY")]
    assert [] == addresses.pending()


@pytest.mark.parametrize("kind", ["email", "secondary_email"])
def test_asked(addresses, kind):
    """Who asked for one is there once, by when they asked."""
    account = addresses.ask(kind)
    assert [account] == addresses.pending()
    assert [] == addresses.pending(NOON)
    assert [account] == addresses.pending(NOON + timedelta(microseconds=1))


def test_both(addresses):
    """Both at once, and each at its own time."""
    account = addresses.ask("email", "secondary_email")
    assert [account, account] == addresses.pending()
    addresses.ask("email", at=NOON + DAY, account=account)
    assert [account] == addresses.pending(NOON + DAY)


def test_nothing_personal(addresses):
    """No address is in an item."""
    account = addresses.ask("email", "secondary_email")
    for kind in ("EMAIL", "SECONDARY"):
        assert "example.com" not in repr(addresses.item(account, kind))


def test_oldest_first(addresses):
    """In the order in which they asked."""
    late = addresses.ask("email", at=NOON + 2 * SECOND)
    early = addresses.ask("secondary_email", at=NOON + SECOND)
    assert [early, late] == addresses.pending()


@pytest.mark.parametrize(
    ("kind", "open_link"),
    [
        ("email", lambda state, context: confirm_email(state, "k1", None, context)),
        ("secondary_email", lambda state, context: confirm_secondary_email(state, "k2", None, context)),
    ],
)
def test_confirmed(addresses, kind, open_link):
    """A link that was opened leaves the other one pending."""
    account = addresses.ask("email", "secondary_email")
    addresses.take(account, open_link)
    assert [account] == addresses.pending()
    gone = addresses.item(account, "EMAIL" if kind == "email" else "SECONDARY")
    assert "place" not in gone


def test_given_up(addresses):
    """What was given up is pending no more."""
    account = addresses.ask("email", "secondary_email")
    addresses.take(account, lambda state, context: abandon(state, NOON + DAY, context))
    assert [] == addresses.pending()


def test_left(addresses):
    """Who leaves has nothing pending (spec 20, section 5)."""
    account = addresses.ask("email", "secondary_email")
    addresses.leave(account)
    assert [] == addresses.pending()


def test_late_records(addresses):
    """A late record does not bring back what is decided."""
    account = addresses.ask("email", told=False)
    asked = addresses.record(account)
    addresses.take(account, lambda state, context: confirm_email(state, "k1", None, context))
    addresses.tell(asked, asked)
    assert [] == addresses.pending()
