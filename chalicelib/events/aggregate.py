"""What the ledger must know of the thing whose events it keeps."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from pydantic import BaseModel

from chalicelib.events.claims import Claim
from chalicelib.events.classification import Purpose
from chalicelib.events.event import Event
from chalicelib.events.sealing import DataKey, DataKeys

S = TypeVar("S", bound=BaseModel)


class Aggregate(Protocol[S]):
    """The pure side: event types, the folded state, and what the state claims."""

    event_types: Mapping[str, type[Event]]
    state_type: type[S]
    state_schema: int

    def fold(self, state: S | None, event: Event) -> S:
        """The state after `event`; null is the state before the first."""
        ...

    def claims(self, state: S) -> frozenset[Claim]:
        """Everything that must be this account's alone."""
        ...


@dataclass(frozen=True)
class Loaded(Generic[S]):
    """An account as it was read: its state, the version and digest to append to, and its key (null once erased)."""

    account: str
    state: S
    version: int
    digest: bytes
    key: DataKey | None = field(repr=False)

    @property
    def keys(self) -> DataKeys:
        """The keys that this account's own parts are sealed with."""
        return {Purpose.PROFILE: self.key}


@dataclass(frozen=True)
class CredentialChange:
    """The hash of a new password, or null to leave the account without one.

    The hash stands beside the events, never in one: an immutable history must not collect old hashes.
    """

    password_hash: str | None = field(repr=False)


@dataclass(frozen=True)
class Decision:
    """What a command comes to: events in order, and what they do to the password. No events: nothing changes.

    A `ValueError` is a password that changes without an event.
    """

    events: tuple[Event, ...] = ()
    credential: CredentialChange | None = None

    def __post_init__(self) -> None:
        if self.credential is not None and not self.events:
            raise ValueError("a password changes with an event")
