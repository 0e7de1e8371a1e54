"""The same account in `eventsourcing` (PyPI), as its documentation writes aggregates and applications."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

from bench.people import Person, patches

MEMORY: Mapping[str, str] = {"PERSISTENCE_MODULE": "eventsourcing.popo"}


class PeerAccount(Aggregate):
    """A profile of 14 fields, changed a few fields at a time, with old and new values as in our events."""

    @event("Registered")
    def __init__(self, username: str, email: str, profile: dict[str, Any]) -> None:
        self.username = username
        self.email = email
        self.profile = profile

    def change(self, after: dict[str, Any]) -> None:
        """Change some fields."""
        before = {name: self.profile.get(name) for name in after}
        self._changed(before, after)

    @event("ProfileUpdated")
    def _changed(self, before: dict[str, Any], after: dict[str, Any]) -> None:  # noqa: ARG002 - kept in the event
        self.profile = {**self.profile, **after}


class PeerAccounts(Application[UUID]):
    """Keeps accounts; no snapshots and no cache, which is the library's default."""

    def register(self, one: Person) -> UUID:
        """Make an account."""
        profile = one.profile.model_dump(mode="json")
        account = PeerAccount(username=one.username, email=one.email, profile=profile)
        self.save(account)
        return account.id

    def change(self, account_id: UUID, after: dict[str, Any]) -> None:
        """Load, one command, save."""
        account: PeerAccount = self.repository.get(account_id)
        account.change(after)
        self.save(account)

    def grow(self, account_id: UUID, number: int, length: int) -> None:
        """Let the account of the person of this number have `length` events."""
        account: PeerAccount = self.repository.get(account_id)
        for _, patch in zip(range(length - account.version), patches(number), strict=False):
            account.change(patch)
        self.save(account)

    def folded(self, account_id: UUID) -> PeerAccount:
        """Read, decode and fold."""
        account: PeerAccount = self.repository.get(account_id)
        return account


@contextmanager
def applications() -> Iterator[Mapping[str, PeerAccounts]]:
    """The application on each of its stores: in memory, and on sqlite in a temporary file."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        sqlite = {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(folder / "events.db")}
        made = {"in memory": PeerAccounts(env=MEMORY), "on sqlite": PeerAccounts(env=sqlite)}
        for application in made.values():
            stack.callback(application.close)
        yield made
