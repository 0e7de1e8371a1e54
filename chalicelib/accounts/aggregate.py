"""Accounts as the ledger sees them."""

from collections.abc import Mapping

from chalicelib.accounts.account import ACCOUNT_SCHEMA, Account
from chalicelib.accounts.fold import fold
from chalicelib.events.catalogue import EVENT_TYPES
from chalicelib.events.claims import Claim, ClaimKind
from chalicelib.events.classification import Purpose
from chalicelib.events.erasures import Kept
from chalicelib.events.event import Event

NO_ROWS: Mapping[Purpose, int] = {}


class AccountAggregate:
    """Folds account events, and says what an account claims: its username, addresses, number and rows."""

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
        if state.image is not None:
            claims.add(Claim(ClaimKind.IMAGE, state.image.id))
        if state.retired_username:
            claims |= _claims_of_retirement(state)
        return frozenset(claims)

    def is_erased(self, state: Account) -> bool:
        """Whether `retire` has been done."""
        return state.erased

    def rows(self, state: Account) -> Mapping[Purpose, int]:
        """The retirement row and the partner row, while they stand."""
        if state.row is None and state.partner_row is None:
            return NO_ROWS
        found = {}
        if state.row is not None:
            found[Purpose.RETIREMENT] = state.row.number
        if state.partner_row is not None:
            found[Purpose.PARTNER] = state.partner_row.number
        return found

    def kept(self, state: Account, purpose: Purpose) -> Kept:
        """Of an erased profile the retired names, under which it must be found, and their digits, which stay taken."""
        if purpose is not Purpose.PROFILE:
            return {}
        return {
            "retired_username": state.retired_username,
            "retired_email": state.retired_email,
            "username_digits": state.username_digits,
            "email_digits": state.email_digits,
        }


def _claims_of_retirement(state: Account) -> set[Claim]:
    """What is taken for ever, and what leads to the rows while they stand."""
    claims = {Claim(ClaimKind.RETIRED_USERNAME, digits) for digits in state.username_digits}
    claims |= {Claim(ClaimKind.RETIRED_EMAIL, digits) for digits in state.email_digits}
    if state.row is not None and state.originals is not None:
        claims.add(Claim(ClaimKind.ROW, str(state.row.number)))
        claims.add(Claim(ClaimKind.ORIGINAL_USERNAME, state.originals.username))
        claims.add(Claim(ClaimKind.ORIGINAL_EMAIL, state.originals.email))
    if state.report is not None:
        claims.add(Claim(ClaimKind.REPORTED_USERNAME, state.report.username))
    return claims
