"""Logging in with a password: one way for all doors, with one count of failures (spec 40, B7, B8 and section 2)."""

from dataclasses import dataclass, field
from typing import NamedTuple

from chalicelib.accounts import access
from chalicelib.accounts.account import Account
from chalicelib.api.request import Request
from chalicelib.api.services import Services, context
from chalicelib.events.aggregate import Decision, Loaded
from chalicelib.events.claims import Claim, ClaimKind, normalised
from chalicelib.events.event import Actor, Proof, Role
from chalicelib.events.items import fingerprint
from chalicelib.events.reading import Wanted
from chalicelib.identity.session import SessionKind

DECOY = "0" * 32
"""An account id that nobody has: what is read for an unknown name, so that it takes as long."""


class LoginRefusedError(Exception):
    """Unknown name, wrong password, or locked; which of them is not told."""

    def __init__(self, *, locked: bool = False, failures: int = 0) -> None:
        super().__init__("login refused")
        self.locked = locked
        self.failures = failures


@dataclass(frozen=True)
class Login:
    """A login that succeeded."""

    account: Account
    session: str
    refresh_token: str = field(repr=False)


class _Known(NamedTuple):
    loaded: Loaded[Account] | None
    password_hash: str | None
    subject: str


def log_in(
    services: Services, request: Request, name: str, password: str, kind: SessionKind, client: str | None = None
) -> Login:
    """Begin a session for whoever `name` (a username or an address) and `password` are of.

    Only the OAuth client `client` can carry it on, if it is one.

    Raises `LoginRefusedError`. Reads and hashing are the same for names that nobody has.
    """
    known = _look_up(services, name)
    if services.lockout.locked(known.subject, services.clock()):
        raise LoginRefusedError(locked=True)
    verdict = services.passwords.verify(known.password_hash, password)
    if known.loaded is None or known.password_hash is None or not verdict.ok:
        raise LoginRefusedError(failures=services.lockout.failed(known.subject, services.clock()))
    if not services.lockout.succeeded(known.subject, services.clock()):
        raise LoginRefusedError(locked=True)
    return _begin(services, request, known.loaded, known.password_hash, verdict.rehash, (kind, client))


def _look_up(services: Services, name: str) -> _Known:
    by_name, by_address = Claim(ClaimKind.USERNAME, name), Claim(ClaimKind.EMAIL, name)
    holders = services.ledger.holders([by_name, by_address])
    holder = holders.get(by_name) or holders.get(by_address) or DECOY
    # A batch even for one account: `load` is another request for an account whose key is in memory.
    loaded = services.ledger.read(Wanted(accounts=[holder])).account(holder)
    if loaded is not None and not _is_called(loaded.state, name):
        loaded = None
    stored = services.ledger.password_hash(loaded.account if loaded else DECOY, loaded.key if loaded else None)
    typed = loaded.account if loaded else normalised(name)
    return _Known(loaded, stored, services.digests.of("login", typed.encode("utf-8", "surrogatepass")))


def _is_called(account: Account, name: str) -> bool:
    """Usernames are found exactly, addresses in any capitalisation."""
    return account.username == name or normalised(account.email) == normalised(name)


def _begin(
    services: Services,
    request: Request,
    loaded: Loaded[Account],
    verified: str,
    rehash: str | None,
    begun_by: tuple[SessionKind, str | None],
) -> Login:
    session = services.random_bytes(16).hex()
    actor = Actor(account=loaded.account, role=Role.OWNER, proof=Proof.PASSWORD)
    rehashed = None if rehash is None else access.Hashed(rehash, fingerprint(rehash))

    def decide(account: Account) -> Decision:
        return access.log_in(
            account, session, fingerprint(verified), context(services, actor, request.request_id), rehashed
        )

    try:
        account = services.ledger.execute(loaded.account, decide, first=loaded).loaded.state
    except access.PasswordChangedError:
        raise LoginRefusedError from None
    kind, client = begun_by
    token = services.sessions.begin(
        account.id,
        kind,
        services.clock(),
        session,
        services.random_bytes(32),
        services.settings.refresh_token_seconds,
        generation=account.token_generation,
        client=client,
    )
    return Login(account, session, token)
