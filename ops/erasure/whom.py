"""Whose account an operator means, who may call it by a name that it has no more."""

import re

from chalicelib.events.claims import Claim, ClaimKind
from chalicelib.wiring import Wiring
from ops.erasure.values import Values
from ops.finding import found
from ops.running import CannotRunError

ACCOUNT_ID = re.compile(r"[0-9a-f]{32}")
NUMBER = re.compile(r"[1-9][0-9]{0,17}")
UNKNOWN = (
    "This name leads nowhere any more. Give the account's id, its number, its retired username, or --values with the "
    "file that was collected before."
)


class OtherAccountError(ValueError):
    """The name leads to one account, the file of values to another."""


def account_of(wiring: Wiring, name: str, values: Values | None = None) -> str:
    """The id of the account that is meant: by id, by a name that leads somewhere, by number, or by the values' own.

    Raises `CannotRunError`, `OtherAccountError`.
    """
    named = name if ACCOUNT_ID.fullmatch(name) else _by_name(wiring, name)
    if named is None and values is None:
        raise CannotRunError(UNKNOWN)
    if named is not None and values is not None and named != values.account:
        raise OtherAccountError
    return named or (values.account if values is not None else "")


def _by_name(wiring: Wiring, name: str) -> str | None:
    try:
        return found(wiring, name).account
    except CannotRunError:
        claim = Claim(ClaimKind.NUMBER, name)
        return wiring.ledger.holders([claim]).get(claim) if NUMBER.fullmatch(name) else None
