"""The two steps that erase an account: `retire_misc` and `retire` (spec 20, section 8)."""

from chalicelib.accounts.account import Account
from chalicelib.accounts.context import Context
from chalicelib.events.aggregate import CredentialChange, Decision
from chalicelib.events.classification import Purpose
from chalicelib.events.event import Event
from chalicelib.events.images import ProfileImageRemoved
from chalicelib.events.retirement import MiscellaneousDataErased, ProfileErased
from chalicelib.retirement.states import States
from chalicelib.retirement.transitions import require_working


def misc_is_due(account: Account, row: int, states: States) -> bool:
    """Whether `retire_misc` is still to be done. Raises `NoRowError`, `NotWorkingError`."""
    return not require_working(account, row, states).misc_done


def erase_misc(account: Account, row: int, states: States, context: Context) -> Decision:
    """Forget the requested name; nothing if that has been done. Raises `NoRowError`, `NotWorkingError`."""
    if not misc_is_due(account, row, states):
        return Decision()
    return Decision((MiscellaneousDataErased(**context.next(account), row=row),))


def profile_is_due(account: Account, row: int, states: States) -> bool:
    """Whether `retire` is still to be done. Raises `NoRowError`, `NotWorkingError`."""
    require_working(account, row, states)
    return not account.erased


def erase_profile(account: Account, row: int, states: States, context: Context) -> Decision:
    """Empty the account and destroy its key; nothing if that has been done. Raises `NoRowError`, `NotWorkingError`."""
    if not profile_is_due(account, row, states):
        return Decision()
    removed = _removed_image(account, context)
    erased = ProfileErased(**context.next(account, len(removed)), row=row, orgs=account.orgs)
    return Decision((*removed, erased), CredentialChange(None), ends=frozenset({Purpose.PROFILE}))


def _removed_image(account: Account, context: Context) -> tuple[Event, ...]:
    if account.image is None:
        return ()
    return (ProfileImageRemoved(**context.next(account), moment=context.now, image=account.image.id),)
