"""What erasures after the fact do to an account: done again after a restore, and certified (spec 50, section 6)."""

from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.accounts.account import Account
from chalicelib.accounts.fold_retirement import Changes, emptied
from chalicelib.events.erasure import CertificateIssued, ErasureReplayed
from chalicelib.events.event import Event


def _erasure_replayed(state: Account, event: ErasureReplayed) -> Changes:
    """The retired names of the erasure ledger count; if it says none, those of an account that had left are its own."""
    names = {
        "retired_username": event.retired_username or state.retired_username,
        "retired_email": event.retired_email or state.retired_email,
        "username_digits": event.username_digits or state.username_digits,
        "email_digits": event.email_digits or state.email_digits,
    }
    return {**emptied(state), **names}


def _certified(_: Account, __: CertificateIssued) -> Changes:
    return {}


CHANGES_OF_ERASURE: Mapping[type[Event], Callable[[Any, Any], Changes]] = {
    ErasureReplayed: _erasure_replayed,
    CertificateIssued: _certified,
}
