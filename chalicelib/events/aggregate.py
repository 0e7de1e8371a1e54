"""What the ledger must know of the thing whose events it keeps."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from pydantic import BaseModel

from chalicelib.events.claims import Claim
from chalicelib.events.classification import Purpose
from chalicelib.events.erasures import Kept
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

    def is_erased(self, state: S) -> bool:
        """Whether the account's own key is destroyed for good."""
        ...

    def rows(self, state: S) -> Mapping[Purpose, int]:
        """The rows that the account has, by the purpose of their keys."""
        ...

    def kept(self, state: S, purpose: Purpose) -> Kept:
        """What the erasure ledger keeps of an account in this state when a key of this purpose dies."""
        ...


@dataclass(frozen=True)
class Loaded(Generic[S]):
    """An account as it was read: its state, the version and digest to append to, and its key (null once erased).

    `row_keys` are the keys of the rows that it has.
    """

    account: str
    state: S
    version: int
    digest: bytes
    key: DataKey | None = field(repr=False)
    row_keys: DataKeys = field(default_factory=dict, repr=False)

    @property
    def keys(self) -> DataKeys:
        """The keys that this account's parts are sealed with."""
        return {Purpose.PROFILE: self.key, **self.row_keys} if self.row_keys else {Purpose.PROFILE: self.key}


@dataclass(frozen=True)
class CredentialChange:
    """The hash of a new password, or null to leave the account without one.

    The hash stands beside the events, never in one: an immutable history must not collect old hashes.
    """

    password_hash: str | None = field(repr=False)


@dataclass(frozen=True)
class Decision:
    """What a command comes to: events in order, and what they do to the password and to keys.

    No events: nothing changes. `begins` are the rows that get a key of their own, `ends` the purposes whose keys
    are destroyed in the same transaction. A `ValueError` is a password or a key that changes without an event.
    """

    events: tuple[Event, ...] = ()
    credential: CredentialChange | None = None
    begins: Mapping[Purpose, int] = field(default_factory=dict)
    ends: frozenset[Purpose] = frozenset()

    def __post_init__(self) -> None:
        if not self.events and (self.credential is not None or self.begins or self.ends):
            raise ValueError("a password or a key changes with an event")
