"""The account that a request is about, and what the caller may know of it (spec 10, sections 0 and 2)."""

from chalicelib.accounts.account import Account
from chalicelib.api.errors import ForbiddenError, NotFoundError
from chalicelib.api.routing import Exchange
from chalicelib.events.aggregate import Loaded
from chalicelib.events.claims import Claim, ClaimKind

STAFF_ONLY_PARAMETERS = ("email", "lms_user_id")


def target(exchange: Exchange) -> Loaded[Account] | None:
    """The account whose username is in the path, found exactly; null if nobody has it."""
    username = exchange.request.parameters["username"]
    caller = exchange.caller
    if caller.account.username == username:
        return caller.loaded
    holder = caller.reading.holder(Claim(ClaimKind.USERNAME, username))
    loaded = None if holder is None else exchange.services.ledger.load(holder)
    return loaded if loaded is not None and loaded.state.username == username else None


def require_target(exchange: Exchange) -> Loaded[Account]:
    """The account in the path; raises `NotFoundError`."""
    found = target(exchange)
    if found is None:
        raise NotFoundError
    return found


def require_own(exchange: Exchange) -> Loaded[Account]:
    """The caller's own account, if that is the one in the path.

    Another's: `NotFoundError`, existing or not (D1); for staff `ForbiddenError` if it exists (D2).
    """
    caller = exchange.caller
    if exchange.request.parameters["username"] == caller.account.username:
        return caller.loaded
    if caller.account.staff and target(exchange) is not None:
        raise ForbiddenError
    raise NotFoundError


def require_own_or_staff(exchange: Exchange) -> Loaded[Account]:
    """The caller's own account or, for staff, anybody's that exists; raises `NotFoundError`."""
    caller = exchange.caller
    if exchange.request.parameters["username"] == caller.account.username:
        return caller.loaded
    if not caller.account.staff:
        raise NotFoundError
    return require_target(exchange)


def refuse_lookups(exchange: Exchange) -> None:
    """`?email=` and `?lms_user_id=` are for staff and superusers, wherever they stand (spec 10, section 4)."""
    account = exchange.caller.account
    if account.staff or account.superuser:
        return
    if any(name in exchange.request.query for name in STAFF_ONLY_PARAMETERS):
        raise ForbiddenError
