"""Who is asking: one token, one batch read, one account.

The read brings together the session, the caller's head, and what the handler is about to need anyway, so
that a request for one's own account costs one request to DynamoDB.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chalicelib.accounts.account import Account
from chalicelib.api.errors import NotAuthenticatedError
from chalicelib.api.request import Request
from chalicelib.api.services import Services
from chalicelib.events.aggregate import Loaded
from chalicelib.events.claims import Claim
from chalicelib.events.dynamo import Item
from chalicelib.events.event import Actor, Proof, Role
from chalicelib.events.reading import Reading, Wanted
from chalicelib.identity.errors import InvalidTokenError
from chalicelib.identity.sessions import live, session_key

SCHEMES = ("jwt", "bearer")


@dataclass(frozen=True)
class Caller:
    """A known caller, as the account is now, and what was read with it."""

    loaded: Loaded[Account]
    session: str
    reading: Reading[Account]

    @property
    def account(self) -> Account:
        """The caller's account."""
        return self.loaded.state

    def acting_on(self, target: Account) -> Actor:
        """The caller as the actor of an event on `target`."""
        role = Role.OWNER if target.id == self.account.id else Role.STAFF
        return Actor(account=self.account.id, role=role, proof=Proof.TOKEN)


def authenticate(
    services: Services,
    request: Request,
    claims: Sequence[Claim] = (),
    records: Callable[[str], Sequence[Item]] = lambda _: (),
) -> Caller:
    """The caller of `request`; raises `NotAuthenticatedError` for whatever does not count.

    `claims` are read along, and so are the ledger items whose keys `records` gives for the caller's id.
    """
    now = services.clock()
    try:
        token = services.verifier.verify(_token(request), now)
    except InvalidTokenError:
        raise NotAuthenticatedError from None
    session = session_key(token.sub, token.sid)
    sessions = services.tables.short_lived.Meta.table_name
    reading = services.ledger.read(
        Wanted(
            accounts=[token.sub],
            claims=claims,
            items={sessions: [session], services.ledger.table: list(records(token.sub))},
        )
    )
    loaded = reading.account(token.sub)
    if loaded is None or not live(reading.item(sessions, session), now):
        raise NotAuthenticatedError
    if not loaded.state.accepts_token(token.gen, token.sid):
        raise NotAuthenticatedError
    return Caller(loaded, token.sid, reading)


def _token(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").strip().partition(" ")
    if scheme.lower() not in SCHEMES:
        raise NotAuthenticatedError
    return token.strip()
