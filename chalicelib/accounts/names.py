"""Name changes with approval (spec 10, section 8)."""

from pydantic import JsonValue

from chalicelib.accounts.account import Account
from chalicelib.accounts.context import Context
from chalicelib.accounts.errors import NameRefusedError, NothingPendingError
from chalicelib.accounts.rules.fault import RuleError
from chalicelib.accounts.rules.names import NAME_CHARACTERS
from chalicelib.accounts.rules.names import name as name_rule
from chalicelib.events.aggregate import Decision
from chalicelib.events.names import NameChangeConfirmed, NameChangeRequested


def request_name(account: Account, value: JsonValue, context: Context) -> Decision:
    """Ask for another name. Raises `NameRefusedError` for one that cannot be, or is the present one."""
    try:
        wanted = name_rule(value)
    except RuleError as error:
        raise NameRefusedError(error.fault.user_message, several=not _is_too_long(value)) from None
    if wanted == account.profile.name:
        raise NameRefusedError("This is your name already.", several=False)
    event = NameChangeRequested(**context.next(account), before=account.pending_name, name=wanted)
    return Decision((event,))


def _is_too_long(value: JsonValue) -> bool:
    return isinstance(value, str) and len(value.strip()) > NAME_CHARACTERS


def confirm_name(account: Account, context: Context) -> Decision:
    """Approve the name that was asked for. Raises `NothingPendingError`."""
    if account.pending_name is None:
        raise NothingPendingError
    event = NameChangeConfirmed(**context.next(account), before=account.profile.name, after=account.pending_name)
    return Decision((event,))
