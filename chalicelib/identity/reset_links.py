"""Links of password resets in the short-lived table (spec 40, section 7).

Anybody may ask for anybody's link, so asking must not write into an account's history, nor take another time for an
address that nobody has: a link is one item, `P#<account id>`, which a newer one replaces, and what nobody asked for
in truth is written under an id of nobody's for a minute.
"""

import hmac
from datetime import UTC, datetime, timedelta

from pynamodb.exceptions import DoesNotExist

from chalicelib.accounts.access import ResetLink
from chalicelib.identity import links, opaque
from chalicelib.identity.store_errors import store_errors
from chalicelib.tables import ShortLivedItem

SECRET_BYTES = 32
_ID_DIGITS = 2 * opaque.ACCOUNT_ID_BYTES
_PRETENDED = timedelta(minutes=1)
_SORT_KEY = "RESET"


def make(account: str, secret: bytes) -> str:
    """The part of a link that says whose it is and what proves it: `{account id}-{secret}`."""
    return f"{account}-{opaque.encode(secret)}"


def parse(text: str) -> tuple[str, str] | None:
    """The account id in a link and the digest of its secret, or null for what `make` cannot have made."""
    account, hyphen, secret = text[:_ID_DIGITS], text[_ID_DIGITS : _ID_DIGITS + 1], text[_ID_DIGITS + 1 :]
    raw = opaque.decode(secret)
    if hyphen != "-" or raw is None or len(raw) != SECRET_BYTES:
        return None
    if not account.isascii() or set(account) - set("0123456789abcdef"):
        return None
    return account, links.digest(raw)


class ResetLinks:
    """The open links, one an account. Raises `StoreUnavailableError`."""

    def __init__(self, short_lived: type[ShortLivedItem]) -> None:
        self._items = short_lived

    def open(self, link: ResetLink, secret: bytes) -> None:
        """Open a link; the account's earlier one is dead."""
        self._save(link, secret, link.expires)

    def pretend(self, link: ResetLink, secret: bytes, now: datetime) -> None:
        """Do as much as `open` for nobody; `link.account` is an id that no account has."""
        self._save(link, secret, now + _PRETENDED)

    def find(self, account: str, digest: str, now: datetime) -> ResetLink | None:
        """The account's open link, if its secret has this digest."""
        with store_errors():
            try:
                item = self._items.get(_hash_key(account), _SORT_KEY, consistent_read=True)
            except DoesNotExist:
                return None
        expires = datetime.fromtimestamp(int(item.expires), UTC)
        if expires <= now or not hmac.compare_digest(item.data["digest"], digest):
            return None
        return ResetLink(account, item.data["way_in"], item.data["to_recovery"], expires)

    def _save(self, link: ResetLink, secret: bytes, expires: datetime) -> None:
        data = {"digest": links.digest(secret), "way_in": link.way_in, "to_recovery": link.to_recovery}
        with store_errors():
            self._items(_hash_key(link.account), _SORT_KEY, expires=int(expires.timestamp()), data=data).save()


def _hash_key(account: str) -> str:
    return f"P#{account}"
