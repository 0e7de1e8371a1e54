"""Finding an account by what the operator calls it."""

from chalicelib.accounts.account import Account
from chalicelib.events.aggregate import Loaded
from chalicelib.events.claims import Claim, ClaimKind
from chalicelib.pipeline import finding
from chalicelib.retirement.errors import NoRowError
from chalicelib.wiring import Wiring
from ops.running import CannotRunError


def found(wiring: Wiring, username: str) -> Loaded[Account]:
    """The account that has exactly this username, now or, while its retirement row stands, originally.

    Raises `CannotRunError`.
    """
    loaded = wiring.ledger.find(Claim(ClaimKind.USERNAME, username))
    if loaded is not None and loaded.state.username == username:
        return loaded
    try:
        return finding.by_any_name(wiring, username)
    except NoRowError:
        raise CannotRunError("Nobody has this username; it is compared exactly, capitals included.") from None
