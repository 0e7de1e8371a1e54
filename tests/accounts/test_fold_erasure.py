"""What erasures after the fact do to an account (spec 50, section 6)."""

from chalicelib.accounts.aggregate import AccountAggregate
from chalicelib.accounts.fold import fold
from chalicelib.accounts.fold_erasure import CHANGES_OF_ERASURE
from chalicelib.events import erasure
from chalicelib.events.classification import Purpose
from chalicelib.events.erasure import CertificateIssued, ErasureReplayed
from chalicelib.events.event import Event
from chalicelib.events.retirement import ProfileErased
from tests.accounts.test_fold_retirement import LEFT, REPORTED
from tests.support.accounts import WORKER_CONTEXT as CONTEXT
from tests.support.accounts import account

NAMES = {
    "retired_username": "retired__user_n",
    "retired_email": "retired__user_m@retired.invalid",
    "username_digits": ("n", "o"),
    "email_digits": ("m",),
}


def replayed(before, **names):
    """The account after the replay of an erasure."""
    return fold(before, ErasureReplayed(**CONTEXT.next(before), through=9, **names))


def test_as_retire_does():
    """Of somebody whose row stands nothing else is different, but for the organisations, which nobody can read."""
    before = account(**LEFT, **REPORTED, orgs=("edX",), staff=True, credential="c", preferences={"a": "b"})
    retired = fold(before, ProfileErased(**CONTEXT.next(before), row=5))
    assert retired == replayed(before)
    assert (True, False, None, 4) == (retired.erased, retired.staff, retired.credential, retired.way_in)


def test_who_had_not_left_gets_the_names_of_the_entry():
    """They are the only ones that there are: username and address are made of them, and stay taken."""
    state = replayed(account(), **NAMES)
    assert NAMES == {name: getattr(state, name) for name in NAMES}
    assert ("retired__user_n", "retired__user_m@retired.invalid", "") == (
        state.username,
        state.email,
        state.profile.name,
    )
    assert (None, None) == (state.row, state.originals)


def test_the_names_of_the_entry_come_first():
    """Somebody may have come back, and left again under another name."""
    assert NAMES == {name: getattr(replayed(account(**LEFT), **NAMES), name) for name in NAMES}


def test_the_aggregate_keeps_what_a_replay_needs():
    """What the erasure ledger keeps of an erased account makes the same account again; of rows it keeps nothing."""
    before = account(**LEFT)
    retired = fold(before, ProfileErased(**CONTEXT.next(before), row=5))
    kept = AccountAggregate().kept(retired, Purpose.PROFILE)
    assert (
        {name: LEFT[name] for name in NAMES}
        == kept
        == {name: getattr(replayed(account(), **kept), name) for name in kept}
    )
    assert [{}, {}] == [AccountAggregate().kept(retired, each) for each in (Purpose.RETIREMENT, Purpose.PARTNER)]


def test_a_certificate_changes_nothing():
    """But the version."""
    before = replayed(account(), **NAMES)
    issued = CertificateIssued(
        **CONTEXT.next(before), certificate="c" * 32, digest="d" * 64, clean=True, values_given=False
    )
    assert before.model_copy(update={"version": 5}) == fold(before, issued)


def test_every_event_of_an_erasure_has_its_fold():
    """All types of the module."""
    found = {kind for kind in vars(erasure).values() if isinstance(kind, type) and issubclass(kind, Event)}
    assert found - {Event} == set(CHANGES_OF_ERASURE)
