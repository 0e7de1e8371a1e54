"""Who may drive retirements (spec 20, section 2). A right belongs to the account as it is now, not to the token."""

from enum import StrEnum

from chalicelib.accounts.account import Account
from chalicelib.identity.permissions import Permission
from chalicelib.settings import Settings


class Right(StrEnum):
    """What a route asks of its caller."""

    RETIRE = "retire"
    DEACTIVATE = "deactivate"
    CANCEL = "cancel"
    REPLACE = "replace"


PERMISSIONS = {
    Right.RETIRE: Permission.CAN_RETIRE_USER,
    Right.DEACTIVATE: Permission.CAN_DEACTIVATE_USER,
    Right.CANCEL: Permission.CAN_CANCEL_RETIREMENT,
    Right.REPLACE: Permission.CAN_REPLACE_USERNAME,
}
HELD_BY = {
    Right.RETIRE: "superusers, the retirement worker, holders of `can_retire_user`",
    Right.DEACTIVATE: "superusers, holders of `can_deactivate_user`",
    Right.CANCEL: "superusers, holders of `can_cancel_retirement`",
    Right.REPLACE: "the username worker, holders of `can_replace_username`",
}


def holds(account: Account, right: Right, settings: Settings) -> bool:
    """Whether the account has the right: by name, by permission or, but for `REPLACE`, as a superuser."""
    if PERMISSIONS[right] in account.permissions:
        return True
    if right is Right.REPLACE:
        return _is_called(account, settings.username_worker_username)
    return account.superuser or (right is Right.RETIRE and _is_called(account, settings.retirement_worker_username))


def _is_called(account: Account, worker: str) -> bool:
    return worker != "" and account.username == worker
