"""OAuth clients: what they may do, whom they speak for, and how they prove who they are."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from pynamodb.exceptions import DoesNotExist

from chalicelib.identity.errors import InvalidClientError
from chalicelib.identity.passwords import Passwords
from chalicelib.identity.store_errors import store_errors
from chalicelib.tables import ClientItem

LONGEST_CLIENT_ID = 255


class Grant(StrEnum):
    """The grants of the token endpoint (spec 00, section "Tokens")."""

    PASSWORD = "password"  # noqa: S105 - the name of a grant
    CLIENT_CREDENTIALS = "client_credentials"
    REFRESH_TOKEN = "refresh_token"  # noqa: S105 - the name of a grant


@dataclass(frozen=True)
class Client:
    """A registered client. A public one has no secret; `account` is whom it speaks for by itself."""

    client_id: str
    grants: frozenset[Grant]
    account: str | None
    public: bool


class OAuthClients:
    """The registered clients. Reading raises StoreUnavailableError when DynamoDB is away.

    A secret may have been chosen by a person, so it is hashed like a password. That costs its time on each
    client-credentials grant, about one an hour a worker, and nothing needs to be cached.
    """

    def __init__(self, clients: type[ClientItem], passwords: Passwords) -> None:
        self._items = clients
        self._passwords = passwords

    def register(self, client_id: str, secret: str | None, grants: Iterable[str], account: str | None) -> None:
        """Register a client, or replace it. Raises ValueError for a client id or a grant that cannot be."""
        if not _is_client_id(client_id):
            raise ValueError(f"a client id is 1 to {LONGEST_CLIENT_ID} printable ASCII characters")
        self._items(
            client_id,
            secret_hash=None if secret is None else self._passwords.hash(secret),
            grants=sorted(Grant(grant) for grant in grants),
            account=account,
        ).save()

    def find(self, client_id: str) -> Client | None:
        """The client of that id. It has not proved anything."""
        item = self._load(client_id)
        return None if item is None else _client(item)

    def authenticate(self, client_id: str, secret: str | None) -> Client:
        """The client, if it is public and shows no secret, or shows its own; else InvalidClientError.

        An empty secret is none. A wrong secret takes as long for an unknown client as for a known one.
        """
        item = self._load(client_id)
        if not secret:
            return _public(item)
        stored = None if item is None else item.secret_hash
        if not self._passwords.verify(stored, secret).ok or item is None:
            raise InvalidClientError
        return _client(item)

    def _load(self, client_id: str) -> ClientItem | None:
        if not _is_client_id(client_id):
            return None
        with store_errors():
            try:
                return self._items.get(client_id, consistent_read=True)
            except DoesNotExist:
                return None


def _public(item: ClientItem | None) -> Client:
    if item is None or item.secret_hash is not None:
        raise InvalidClientError
    return _client(item)


def _client(item: ClientItem) -> Client:
    return Client(
        client_id=item.client_id,
        grants=frozenset(Grant(grant) for grant in item.grants),
        account=item.account,
        public=item.secret_hash is None,
    )


def _is_client_id(text: str) -> bool:
    return 0 < len(text) <= LONGEST_CLIENT_ID and text.isascii() and text.isprintable()
