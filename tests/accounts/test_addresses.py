"""What may be asked for as an address, and what opening a link comes to (spec 10, section 9)."""

import pytest

from chalicelib.accounts.addresses import (
    RETIRED,
    AddressRequests,
    Owner,
    address_faults,
    asked_addresses,
    confirm_email,
    confirm_secondary_email,
    deliverable,
    request_events,
)
from chalicelib.accounts.errors import AddressTakenError, DeadLinkError, StoringRefusedError
from chalicelib.accounts.fold import fold
from chalicelib.accounts.policy import Policy
from chalicelib.accounts.update import update_account
from chalicelib.events.addresses import EmailChangeRequested, SecondaryEmailRequested
from tests.support.accounts import ADA, BOB, CONTEXT, account

KEY, OTHER_KEY = "1" * 64, "2" * 64
FREE = "free@example.com"
BOBS = Owner(BOB, primary=True)
BOBS_RECOVERY = Owner(BOB, primary=False)
OWN_RECOVERY = Owner(ADA, primary=False)


def requests(**owners: Owner | None) -> AddressRequests:
    """Who has what, and a key for each field."""
    return AddressRequests(owners, {"email": KEY, "secondary_email": OTHER_KEY})


def after(state, decision):
    """The account after a decision."""
    for event in decision.events:
        state = fold(state, event)
    return state


def test_only_wellformed_addresses_are_looked_up():
    """Malformed values, and other fields, are nobody's address."""
    assert {"email": FREE} == asked_addresses({"email": FREE, "secondary_email": "no", "bio": FREE})
    assert {} == asked_addresses({"email": None})


@pytest.mark.parametrize("name", ["email", "secondary_email"])
@pytest.mark.parametrize("value", [None, "", "no", "ADA@example.com", "ada@example.com", 5, [], "ada@example..com"])
def test_faults(name, value):
    """null, empty, malformed, and the current address are faults of that field (spec 10, section 9)."""
    assert {name} == set(address_faults(account(), {name: value}, requests()))


@pytest.mark.parametrize("owner", [None, BOBS, BOBS_RECOVERY, OWN_RECOVERY, RETIRED])
def test_that_an_address_is_taken_is_no_fault(owner):
    """A taken address is refused in silence (spec 10, section 9)."""
    assert {} == address_faults(account(), {"email": FREE}, requests(email=owner))


@pytest.mark.parametrize(
    ("owner", "faulty"), [(None, False), (BOBS, False), (RETIRED, False), (BOBS_RECOVERY, True), (OWN_RECOVERY, True)]
)
def test_a_confirmed_secondary_is_a_fault_of_the_secondary(owner, faulty):
    """One's own or another's confirmed secondary: 400; another's primary or a retired one: none (section 9)."""
    assert faulty is bool(address_faults(account(), {"secondary_email": FREE}, requests(secondary_email=owner)))


@pytest.mark.parametrize("owner", [BOBS, BOBS_RECOVERY, OWN_RECOVERY, RETIRED])
def test_only_a_free_address_is_mailed(owner):
    """No link goes to an address that somebody has (spec 10, section 9)."""
    assert deliverable("email", requests(email=None))
    assert not deliverable("email", requests(email=owner))


@pytest.mark.parametrize("owner", [None, BOBS, RETIRED])
def test_a_request_for_a_taken_address_is_stored_alike(owner):
    """The event of a taken address is that of a free one, so that the version tells nothing (section 9)."""
    (event,) = request_events(account(), {"email": FREE}, requests(email=owner), CONTEXT, after=0)
    assert (EmailChangeRequested, FREE, KEY, 4) == (type(event), event.address, event.key, event.version)


@pytest.mark.parametrize("owner", [BOBS, RETIRED])
def test_a_taken_secondary_is_dropped(owner):
    """Another account's primary or a retired address as secondary leaves no event (spec 10, section 9)."""
    assert () == request_events(account(), {"secondary_email": FREE}, requests(secondary_email=owner), CONTEXT, 0)


def test_both_follow_the_profile():
    """Primary first, after the events before them in the commit (spec 10, sections 6 and 9)."""
    patch = {"secondary_email": "second@example.com", "email": FREE, "bio": "beside"}
    decision = update_account(account(), patch, Policy(), CONTEXT, requests())
    assert [4, 5, 6] == [event.version for event in decision.events]
    assert [EmailChangeRequested, SecondaryEmailRequested] == [type(event) for event in decision.events[1:]]
    state = after(account(), decision)
    assert ("beside", "ada@example.com", "second@example.com") == (
        state.profile.bio,
        state.email,
        state.secondary_email,
    )


@pytest.mark.parametrize("value", [FREE, None, "", "no", "ada@example.com"])
def test_switched_off(value):
    """A deployment can switch changes off: any `email` is refused in the storing shape (spec 10, section 9)."""
    with pytest.raises(StoringRefusedError) as caught:
        update_account(account(), {"email": value}, Policy(email_changes_allowed=False), CONTEXT, requests())
    assert "email" == caught.value.field


def test_switched_off_leaves_the_secondary():
    """The switch is about the primary address alone (spec 10, section 9)."""
    decision = update_account(
        account(), {"secondary_email": FREE}, Policy(email_changes_allowed=False), CONTEXT, requests()
    )
    assert FREE == after(account(), decision).secondary_email


# --- links


PENDING = {"pending_email": FREE, "email_key": KEY, "pending_secondary_email": FREE, "secondary_email_key": KEY}
CONFIRM = [confirm_email, confirm_secondary_email]


@pytest.mark.parametrize("confirm", CONFIRM)
@pytest.mark.parametrize("digest", [OTHER_KEY, "", KEY[:-1], KEY + "1"])
def test_another_key_is_dead(confirm, digest):
    """A key that is not the newest request's changes nothing (spec 10, section 9)."""
    with pytest.raises(DeadLinkError):
        confirm(account(**PENDING), digest, None, CONTEXT)


@pytest.mark.parametrize("confirm", CONFIRM)
def test_without_a_request_every_key_is_dead(confirm):
    """Nothing pending: the key is dead (spec 10, section 9)."""
    with pytest.raises(DeadLinkError):
        confirm(account(), KEY, None, CONTEXT)


@pytest.mark.parametrize("confirm", CONFIRM)
@pytest.mark.parametrize("owner", [BOBS, BOBS_RECOVERY, RETIRED])
def test_taken_meanwhile(confirm, owner):
    """Taken meanwhile: nothing changes (spec 10, section 9)."""
    with pytest.raises(AddressTakenError):
        confirm(account(**PENDING), KEY, owner, CONTEXT)


def test_a_dead_key_is_dead_even_if_the_address_is_taken():
    """Who has no good key learns nothing about the address (spec 10, section 9)."""
    with pytest.raises(DeadLinkError):
        confirm_email(account(**PENDING), OTHER_KEY, BOBS, CONTEXT)


def test_the_primary_address_is_set():
    """Confirmed: the address is set, nothing is pending, the old one is on record (spec 10, section 9)."""
    decision = confirm_email(account(**PENDING), KEY, None, CONTEXT)
    (event,) = decision.events
    state = after(account(**PENDING), decision)
    assert ("ada@example.com", FREE) == (event.before, event.after)
    assert (FREE, None, None) == (state.email, state.pending_email, state.email_key)


def test_the_secondary_address_is_set():
    """Confirmed: it is the recovery address, nothing is pending (spec 10, section 9)."""
    state = after(account(**PENDING), confirm_secondary_email(account(**PENDING), KEY, None, CONTEXT))
    assert (FREE, None, None) == (state.recovery_email, state.pending_secondary_email, state.secondary_email_key)


def test_ones_own_secondary_may_become_primary():
    """The link of an address that has become one's own secondary still works; it is secondary no more."""
    state = account(**PENDING, recovery_email=FREE)
    state = after(state, confirm_email(state, KEY, OWN_RECOVERY, CONTEXT))
    assert (FREE, None) == (state.email, state.recovery_email)


def test_ones_own_primary_cannot_become_secondary():
    """The address has become one's own primary meanwhile (spec 10, section 9)."""
    with pytest.raises(AddressTakenError):
        confirm_secondary_email(account(**PENDING), KEY, Owner(ADA, primary=True), CONTEXT)


def test_a_recovery_address_that_becomes_primary_is_given_up_in_any_capitals():
    """Both addresses asked for in different capitals, the secondary confirmed first: one address in the end."""
    state = account(
        email="old@example.com", recovery_email="Both@example.com", pending_email="both@example.com", email_key=KEY
    )
    confirmed = after(state, confirm_email(state, KEY, OWN_RECOVERY, CONTEXT))
    assert ("both@example.com", None) == (confirmed.email, confirmed.recovery_email)
