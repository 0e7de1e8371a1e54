"""Accounts as the ledger sees them."""

from collections.abc import Mapping

from chalicelib.accounts.account import ACCOUNT_SCHEMA, Account
from chalicelib.accounts.fold import fold
from chalicelib.events.catalogue import EVENT_TYPES
from chalicelib.events.claims import Claim, ClaimKind
from chalicelib.events.event import Event


class AccountAggregate:
    """Folds account events, and says what an account claims: its username, addresses and number."""

    event_types: Mapping[str, type[Event]] = EVENT_TYPES
    state_type = Account
    state_schema = ACCOUNT_SCHEMA
    fold = staticmethod(fold)

    def claims(self, state: Account) -> frozenset[Claim]:
        """What nobody else may have while this account has it; both of its addresses are claims of one kind."""
        claims = {
            Claim(ClaimKind.USERNAME, state.username),
            Claim(ClaimKind.EMAIL, state.email),
            Claim(ClaimKind.NUMBER, str(state.number)),
        }
        if state.recovery_email is not None:
            claims.add(Claim(ClaimKind.EMAIL, state.recovery_email))
        return frozenset(claims)
