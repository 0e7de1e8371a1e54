"""What carrying a retirement through needs; `chalicelib.wiring` fills it in."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chalicelib.accounts.account import Account
from chalicelib.accounts.context import Context
from chalicelib.digests import Digests
from chalicelib.events.idempotency import Command
from chalicelib.events.ledger import Ledger
from chalicelib.exports.store import ExportStore
from chalicelib.hooks.port import Hooks
from chalicelib.identity.lockout import Lockout
from chalicelib.identity.passwords import Passwords
from chalicelib.identity.sessions import Sessions
from chalicelib.images.album import Album
from chalicelib.leases import Leases
from chalicelib.mail.port import Mailer
from chalicelib.pipeline.batches import Batches
from chalicelib.projections.partner_queue import PartnerQueueReader
from chalicelib.projections.retirement_queue import QueueReader
from chalicelib.retirement.names import RetiredNames
from chalicelib.retirement.states import States
from chalicelib.settings import Settings


@dataclass(frozen=True)
class Asked:
    """Who asks for a step: `context` makes the context of a decision taken now; `command` is there with a key."""

    context: Callable[[], Context]
    command: Command[Account] | None = None


class PipelineServices(Protocol):
    """Everything that a step may use."""

    settings: Settings
    clock: Callable[[], datetime]
    random_bytes: Callable[[int], bytes]

    @property
    def ledger(self) -> Ledger[Account]:
        """The accounts."""
        ...

    @property
    def states(self) -> States:
        """The states of a retirement; raises `StatesError` if they may not be changed yet."""
        ...

    @property
    def retired_names(self) -> RetiredNames:
        """What people are called once they are retired."""
        ...

    @property
    def hooks(self) -> Hooks:
        """What belongs to other services."""
        ...

    @property
    def queue(self) -> QueueReader:
        """The retirement queue."""
        ...

    @property
    def partner_queue(self) -> PartnerQueueReader:
        """The partner queue."""
        ...

    @property
    def batches(self) -> Batches:
        """Batches that are under way."""
        ...

    @property
    def album(self) -> Album:
        """Changes the pictures of accounts."""
        ...

    @property
    def exports(self) -> ExportStore:
        """Large exports."""
        ...

    @property
    def passwords(self) -> Passwords:
        """Hashing of passwords."""
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
    def leases(self) -> Leases:
        """Short-lived locks."""
        ...

    @property
    def digests(self) -> Digests:
        """Keyed hashes of what requests hold."""
        ...

    @property
    def mailer(self) -> Mailer:
        """Sends mail."""
        ...
