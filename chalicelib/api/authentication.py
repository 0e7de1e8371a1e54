"""Who is asking: one token, one batch read, one account.

The read brings together the session, the caller's head, and what the handler is about to need anyway, so
that a request for one's own account costs one request to DynamoDB.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chalicelib.accounts.account import Account
from chalicelib.api import csrf
from chalicelib.api.cookies import token_in_cookies
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
USE_COOKIES = "use-jwt-cookie"
"""The header that says that the cookies are meant."""


@dataclass(frozen=True)
class Caller:
    """A known caller, as the account is now, what was read with it, and whether the token came in cookies."""

    loaded: Loaded[Account]
    session: str
    reading: Reading[Account]
    by_cookies: bool

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

    A caller who is known by cookies must show besides, with whatever changes something, that a page of theirs has
    sent it: `ForgedRequestError`. `claims` are read along, and so are the ledger items whose keys `records` gives for
    the caller's id.
    """
    caller = _known(services, request, claims, records)
    if caller.by_cookies and request.method in csrf.UNSAFE:
        csrf.require(services, request)
    return caller


def identify(services: Services, request: Request) -> Caller | None:
    """The caller of a public route, or null. Being known is no leave to change anything: see `csrf.require`."""
    try:
        return _known(services, request, (), lambda _: ())
    except NotAuthenticatedError:
        return None


def _known(
    services: Services, request: Request, claims: Sequence[Claim], records: Callable[[str], Sequence[Item]]
) -> Caller:
    now = services.clock()
    text, by_cookies = _token(services, request)
    try:
        token = services.verifier.verify(text, now)
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
    return Caller(loaded, token.sid, reading, by_cookies)


def _token(services: Services, request: Request) -> tuple[str, bool]:
    """The token, and whether it came in cookies; the header wins, and cookies count for those alone who say so."""
    header = request.headers.get("authorization", "").strip()
    if not header and request.headers.get(USE_COOKIES, "").strip().lower() == "true":
        token = token_in_cookies(request, services.settings)
        if token is None:
            raise NotAuthenticatedError
        return token, True
    scheme, _, token = header.partition(" ")
    if scheme.lower() not in SCHEMES:
        raise NotAuthenticatedError
    return token.strip(), False
