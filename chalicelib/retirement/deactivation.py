"""Deactivating somebody else's account (spec 20, section 6)."""

from chalicelib.accounts.account import Account
from chalicelib.accounts.context import Context
from chalicelib.events.access import AccountDeactivated
from chalicelib.events.aggregate import CredentialChange, Decision


def deactivate(account: Account, context: Context) -> Decision:
    """Take the password away and end every token; nothing if that has been done."""
    if account.deactivated:
        return Decision()
    return Decision((AccountDeactivated(**context.next(account)),), CredentialChange(None))
