"""Logging in with a password: one way for all doors, with one count of failures (spec 40, B7, B8 and section 2)."""

from dataclasses import dataclass, field
from typing import NamedTuple

from chalicelib.accounts.access import Hashed, PasswordChangedError
from chalicelib.accounts.access import log_in as note_login
from chalicelib.accounts.account import Account
from chalicelib.api.access_tokens import BY_PASSWORD, access_token
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
    """A login that succeeded: a session has begun, and these are its tokens."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)


class Verified(NamedTuple):
    """An account whose password was given, the hash that it fitted, and one to store instead if there is one."""

    loaded: Loaded[Account]
    password_hash: str
    rehash: str | None


class _Known(NamedTuple):
    loaded: Loaded[Account] | None
    password_hash: str | None
    subject: str


def log_in(
    services: Services, request: Request, name: str, password: str, kind: SessionKind, client: str | None = None
) -> Login:
    """Begin a session for whoever `name` (a username or an address) and `password` are of.

    Only the OAuth client `client` can carry it on, if it is one. Raises `LoginRefusedError`.
    """
    return begin(services, request, verify(services, name, password), kind, client)


def verify(services: Services, name: str, password: str, *, addresses_only: bool = False) -> Verified:
    """The account of whoever `name` and `password` are of; raises `LoginRefusedError`, and counts that.

    Reads and hashing are the same for names that nobody has.
    """
    known = _look_up(services, name, addresses_only=addresses_only)
    if services.lockout.locked(known.subject, services.clock()):
        raise LoginRefusedError(locked=True)
    verdict = services.passwords.verify(known.password_hash, password)
    if known.loaded is None or known.password_hash is None or not verdict.ok or known.loaded.state.disabled:
        raise LoginRefusedError(failures=services.lockout.failed(known.subject, services.clock()))
    if not services.lockout.succeeded(known.subject, services.clock()):
        raise LoginRefusedError(locked=True)
    return Verified(known.loaded, known.password_hash, verdict.rehash)


def failures_of(services: Services, account: str) -> str:
    """The subject under which the wrong passwords of an account are counted, at every door."""
    return services.digests.of("login", account.encode("utf-8", "surrogatepass"))


def _look_up(services: Services, name: str, *, addresses_only: bool) -> _Known:
    by_name, by_address = Claim(ClaimKind.USERNAME, name), Claim(ClaimKind.EMAIL, name)
    holders = services.ledger.holders([by_name, by_address])
    holder = (None if addresses_only else holders.get(by_name)) or holders.get(by_address) or DECOY
    # A batch even for one account: `load` is another request for an account whose key is in memory.
    loaded = services.ledger.read(Wanted(accounts=[holder])).account(holder)
    if loaded is not None and not _is_called(loaded.state, name, addresses_only=addresses_only):
        loaded = None
    stored = services.ledger.password_hash(loaded.account if loaded else DECOY, loaded.key if loaded else None)
    # Every spelling of a name counts together, whether somebody has it or not.
    return _Known(loaded, stored, failures_of(services, normalised(name) if holder == DECOY else holder))


def _is_called(account: Account, name: str, *, addresses_only: bool) -> bool:
    """Usernames are found exactly, addresses in any capitalisation."""
    if account.username == name and not addresses_only:
        return True
    return normalised(account.email) == normalised(name)


def begin(
    services: Services, request: Request, verified: Verified, kind: SessionKind, client: str | None = None
) -> Login:
    """Begin a session of an account whose password was given, for the OAuth client `client` if there is one.

    The token is signed first: nothing is noted of a login that cannot succeed, because the key service is away for
    instance. Raises `LoginRefusedError` if the password was changed meanwhile.
    """
    loaded, password_hash, rehash = verified
    session = services.random_bytes(16).hex()
    access = _signed(services, loaded.state, session)
    actor = Actor(account=loaded.account, role=Role.OWNER, proof=Proof.PASSWORD)
    rehashed = None if rehash is None else Hashed(rehash, fingerprint(rehash))

    def decide(account: Account) -> Decision:
        return note_login(
            account, session, fingerprint(password_hash), context(services, actor, request.request_id), rehashed
        )

    try:
        account = services.ledger.execute(loaded.account, decide, first=loaded).loaded.state
    except PasswordChangedError:
        raise LoginRefusedError from None
    if account.token_generation != loaded.state.token_generation:
        access = _signed(services, account, session)
    refresh = services.sessions.begin(
        account.id,
        kind,
        services.clock(),
        session,
        services.random_bytes(32),
        services.settings.refresh_token_seconds,
        generation=account.token_generation,
        client=client,
    )
    return Login(access, refresh)


def _signed(services: Services, account: Account, session: str) -> str:
    return access_token(services, account, session, account.token_generation, BY_PASSWORD)
