"""What the handlers need, as ports; `chalicelib.wiring` fills them in."""

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Protocol

from chalicelib.accounts.account import Account
from chalicelib.accounts.context import Context
from chalicelib.accounts.policy import Policy
from chalicelib.events.event import Actor
from chalicelib.events.ledger import Ledger
from chalicelib.identity.clients import OAuthClients
from chalicelib.identity.jwt import TokenSigner, TokenVerifier
from chalicelib.identity.lockout import Lockout
from chalicelib.identity.passwords import Passwords
from chalicelib.identity.rate_limits import RateLimiter
from chalicelib.identity.sessions import Sessions
from chalicelib.leases import Leases
from chalicelib.mail.port import Mailer
from chalicelib.settings import Settings
from chalicelib.tables import Tables

OWN_REQUEST_ID = re.compile(r"[0-9a-f]{32}")


class Services(Protocol):
    """Everything that a handler may use. Clients of AWS are made when they are first used."""

    settings: Settings
    policy: Policy
    clock: Callable[[], datetime]
    random_bytes: Callable[[int], bytes]

    @property
    def tables(self) -> Tables:
        """The tables of this stage."""
        ...

    @property
    def ledger(self) -> Ledger[Account]:
        """The accounts."""
        ...

    @property
    def passwords(self) -> Passwords:
        """Hashing of passwords."""
        ...

    @property
    def signer(self) -> TokenSigner:
        """Makes access tokens."""
        ...

    @property
    def verifier(self) -> TokenVerifier:
        """Reads access tokens."""
        ...

    @property
    def sessions(self) -> Sessions:
        """What logins have begun."""
        ...

    @property
    def lockout(self) -> Lockout:
        """Counts wrong passwords."""
        ...

    @property
    def rate_limiter(self) -> RateLimiter:
        """Counts requests."""
        ...

    @property
    def clients(self) -> OAuthClients:
        """The OAuth clients."""
        ...

    @property
    def leases(self) -> Leases:
        """Short-lived locks."""
        ...

    @property
    def mailer(self) -> Mailer:
        """Sends mail."""
        ...

    @property
    def digests(self) -> "Digests":
        """Keyed hashes of what requests hold."""
        ...

    def description(self) -> dict[str, Any]:
        """The OpenAPI document."""
        ...

    def failing_dependencies(self) -> list[str]:
        """The names of those among `ledger`, `keys` and `images` that do not answer, within two seconds."""
        ...


@dataclass(frozen=True)
class Digests:
    """Keyed hashes for what must be compared or counted without being kept."""

    pepper: bytes

    def of(self, purpose: str, *parts: bytes) -> str:
        """HMAC-SHA-256, in hex, over a purpose and parts; each part is preceded by its length."""
        message = b"".join(b"%d:%s" % (len(part), part) for part in (purpose.encode(), *parts))
        return hmac.new(self.pepper, message, sha256).hexdigest()


def context(services: Services, actor: Actor, request_id: str) -> Context:
    """The context of a decision that is taken now."""
    return Context(services.clock(), actor, traced(services, request_id))


def traced(services: Services, request_id: str) -> str:
    """How a request is named in events and logs: by our own id, or by a keyed hash of the one that a client chose.

    A client's own text could be anything about anybody, and events are kept for ever.
    """
    if OWN_REQUEST_ID.fullmatch(request_id):
        return request_id
    return services.digests.of("request-id", request_id.encode())[:32]
