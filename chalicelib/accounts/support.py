"""What staff decide about an account, as decisions (spec 50, section 3)."""

from collections.abc import Mapping
from typing import cast

from pydantic import JsonValue

from chalicelib.accounts.account import Account
from chalicelib.accounts.context import Context
from chalicelib.accounts.errors import CommandError, FieldErrors, NothingPendingError
from chalicelib.accounts.fold import RIGHTS
from chalicelib.accounts.provisioning import check_rights
from chalicelib.accounts.rules.fault import Fault, RuleError
from chalicelib.accounts.rules.text import text
from chalicelib.events.aggregate import Decision
from chalicelib.events.event import Event
from chalicelib.events.support import AccountDisabled, AccountEnabled, NameChangeRefused, Rights, RightsChanged

COMMENT_CHARACTERS = 5000
ORGS = "orgs"
UNKNOWN = Fault(f"Only these can be changed here: {', '.join((*RIGHTS, ORGS))}.", "This cannot be changed here.")


class SupportRefusedError(CommandError):
    """The account is not in a state for this: disabled already, or not, or its owner has left."""

    def __init__(self, message: str) -> None:
        super().__init__("not in this state")
        self.message = message


class OwnAccountError(CommandError):
    """Nobody disables their own account."""


def comment_rule(value: JsonValue) -> str:
    """The rule of a comment: text, which may be empty, of at most 5,000 characters."""
    if not isinstance(value, str):
        raise RuleError("comment must be text.", "Write a comment, or leave it empty.")
    if len(value) > COMMENT_CHARACTERS:
        raise RuleError(f"comment is limited to {COMMENT_CHARACTERS} characters.", "This comment is too long.")
    return text(value, field="comment")


def disable(account: Account, comment: str, context: Context) -> Decision:
    """Let nobody log in to the account. Raises `OwnAccountError`, `SupportRefusedError`."""
    if context.actor.account == account.id:
        raise OwnAccountError
    _refuse_retired(account)
    if account.disabled:
        raise SupportRefusedError("The account is disabled already.")
    return Decision((AccountDisabled(**context.next(account), comment=comment),))


def enable(account: Account, comment: str, context: Context) -> Decision:
    """Let its owner log in again. Raises `OwnAccountError`, `SupportRefusedError`."""
    if context.actor.account == account.id:
        raise OwnAccountError
    _refuse_retired(account)
    if not account.disabled:
        raise SupportRefusedError("The account is not disabled.")
    return Decision((AccountEnabled(**context.next(account), comment=comment),))


def change_rights(
    account: Account, patch: Mapping[str, JsonValue], permissions: frozenset[str], context: Context
) -> Decision:
    """The event that `patch` comes to, or none. Raises `FieldErrors` with every fault, `SupportRefusedError`."""
    unknown = {name: UNKNOWN for name in patch if name not in (*RIGHTS, ORGS)}
    values, faults = check_rights(patch, permissions)
    if values.get("is_superuser") is False and account.superuser and context.actor.account == account.id:
        faults["is_superuser"] = Fault("Nobody takes this from themselves.", "Ask another superuser to do this.")
    if unknown or faults:
        raise FieldErrors({**unknown, **faults})
    _refuse_retired(account)
    before = {name: getattr(account, RIGHTS[name]) for name in RIGHTS}
    after = {name: value for name, value in values.items() if name in RIGHTS and value != before.get(name)}
    orgs: tuple[str, ...] | None = values.get(ORGS)
    if orgs == account.orgs:
        orgs = None
    if not after and orgs is None:
        return Decision()
    event = RightsChanged(
        **context.next(account),
        before=cast("Rights", {name: before[name] for name in after}),
        after=cast("Rights", after),
        orgs_before=None if orgs is None else account.orgs,
        orgs_after=orgs,
    )
    return Decision((event,))


def refuse_name(account: Account, comment: str, context: Context) -> Decision:
    """Refuse the name that was asked for. Raises `NothingPendingError`."""
    if account.pending_name is None:
        raise NothingPendingError
    return Decision((NameChangeRefused(**context.next(account), name=account.pending_name, comment=comment),))


def is_about_disabling(event: Event) -> bool:
    """Whether an event belongs to the history of disabling and enabling."""
    return isinstance(event, AccountDisabled | AccountEnabled)


def _refuse_retired(account: Account) -> None:
    if account.has_left:
        raise SupportRefusedError("The account is retired.")
