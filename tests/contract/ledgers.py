"""A ledger on an engine, with what the tests of it share."""

import itertools
import secrets
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from chalicelib.accounts.account import Account
from chalicelib.accounts.aggregate import AccountAggregate
from chalicelib.events import items
from chalicelib.events.aggregate import CredentialChange, Decision, Loaded
from chalicelib.events.catalogue import EVENT_TYPES
from chalicelib.events.claims import Claim, ClaimKeys, ClaimKind
from chalicelib.events.classification import Personal, Purpose
from chalicelib.events.event import Actor, Event, Proof, Role
from chalicelib.events.evolution import evolved
from chalicelib.events.idempotency import Answer, Command
from chalicelib.events.keys import KeyRing
from chalicelib.events.ledger import Ledger
from chalicelib.events.profile import Profile, ProfileUpdated
from chalicelib.events.registration import AccountActivated, AccountRegistered
from chalicelib.tables import Tables
from tests.contract.fake_kms import FakeKms

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
NOW = int(NOON.timestamp())
ANSWER = Answer(200, {}, "{}")
requests = itertools.count()


class Renamed(Event):
    """A sample event that moves claims."""

    username: Annotated[str | None, Personal] = None
    email: Annotated[str | None, Personal] = None


class RenamingAggregate(AccountAggregate):
    """Accounts, and the sample event."""

    event_types = {**EVENT_TYPES, "Renamed": Renamed}  # noqa: RUF012 - a mapping, never changed

    def fold(self, state: Account | None, event: Event) -> Account:
        """The account after `event`."""
        if state is not None and isinstance(event, Renamed):
            names = {"own_username": event.username, "own_email": event.email}
            given = {field: name for field, name in names.items() if name is not None}
            return evolved(state, {"version": event.version, **given})
        return super().fold(state, event)


class Ticks:
    """A monotonic clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


class LedgerStage:
    """A ledger on fresh tables: `other_process` is one more on the same tables, with a memory of its own."""

    def __init__(self, engine: Any, tables: Tables, kms: FakeKms | None = None) -> None:
        self.engine = engine
        self.tables = tables
        self.client = engine.client()
        self.kms = kms or FakeKms()
        self.ticks = Ticks()
        self.table = tables.ledger.Meta.table_name
        self.erasures = tables.erasures.Meta.table_name
        self.keys = KeyRing(self.client, tables.keys.Meta.table_name, lambda: self.kms, "kms-key", self.ticks)
        self.ledger = Ledger(
            RenamingAggregate(), self.client, self.table, self.keys, ClaimKeys(b"pepper"), self.erasures
        )

    def other_process(self) -> "LedgerStage":
        """Another process with the same tables and KMS."""
        return LedgerStage(self.engine, self.tables, self.kms)

    def register(self, username: str = "ada", *, number: int = 1, email: str | None = None) -> Loaded[Account]:
        """A new account."""
        account = secrets.token_hex(16)
        decision = registration(account, username, number, email or f"{username}@example.com")
        return self.ledger.create(account, decision).loaded

    def grow(self, account: str, to: int) -> None:
        """Change the bio until the account is at version `to`, in as few commits as there can be."""
        while (loaded := self.load(account)).version < to:
            count = min(95, to - loaded.version)
            events = tuple(bio(loaded.state, f"text {n}", ahead=n) for n in range(count))
            self.ledger.execute(account, lambda _, events=events: Decision(events), first=loaded)

    def load(self, account: str) -> Loaded[Account]:
        """An account that exists."""
        loaded = self.ledger.load(account)
        assert loaded is not None
        return loaded

    def holder(self, value: str, kind: ClaimKind = ClaimKind.USERNAME) -> str | None:
        """Who holds a value."""
        claim = Claim(kind, value)
        return self.ledger.holders([claim]).get(claim)

    def is_consistent(self, account: str) -> bool:
        """Whether the head is what the events come to, and nothing is missing between them."""
        loaded = self.load(account)
        versions = [event.version for event in self.ledger.history(account)]
        return (
            loaded.state == self.ledger.refold(account)
            and versions == list(range(1, loaded.version + 1))
            and self.ledger.verify(account).ok
        )

    def stored(self, account: str, sort_key: str) -> dict[str, Any]:
        """An item of the account, as it is stored."""
        key = {"pk": {"S": items.account_pk(account)}, "sk": {"S": sort_key}}
        found: dict[str, Any] = self.client.get_item(TableName=self.table, Key=key, ConsistentRead=True)["Item"]
        return found

    def damage(self, account: str, sort_key: str, **attributes: Any) -> None:
        """Overwrite attributes of an item behind the ledger's back; null drops one."""
        item = {**self.stored(account, sort_key), **attributes}
        kept = {name: value for name, value in item.items() if value is not None}
        self.client.put_item(TableName=self.table, Item=kept)

    def erase(self, account: str) -> None:
        """Destroy the account's key."""
        self.keys.erase(account, Purpose.PROFILE, self.load(account).version, NOON)


def stamp(account: str, version: int) -> dict[str, Any]:
    """The common fields of an event; each comes from a request of its own."""
    actor = Actor(account=account, role=Role.OWNER, proof=Proof.TOKEN)
    at = NOON + timedelta(seconds=version)
    return {"account": account, "version": version, "at": at, "actor": actor, "request": f"r{next(requests)}"}


def registration(account: str, username: str, number: int, email: str) -> Decision:
    """What begins an account."""
    event = AccountRegistered(
        **stamp(account, 1),
        number=number,
        activation="a" * 64,
        credential=items.fingerprint("hash 1"),
        username=username,
        email=email,
        profile=Profile(name="Ada"),
    )
    return Decision((event,), CredentialChange("hash 1"))


def update(state: Account, ahead: int = 0, **fields: Any) -> ProfileUpdated:
    """A change of profile fields; `ahead` events are in the commit before it."""
    before = {name: getattr(state.profile, name) for name in fields}
    common = stamp(state.id, state.version + 1 + ahead)
    return ProfileUpdated(**common, fields=tuple(sorted(fields)), before=before, after=fields)


def bio(state: Account, text: str, ahead: int = 0) -> ProfileUpdated:
    """A change of the bio."""
    return update(state, ahead, bio=text)


def write_bio(text: str) -> Any:
    """A command that changes the bio."""
    return lambda state: Decision((bio(state, text),))


def activate(state: Account) -> Decision:
    """A command whose event holds nothing personal."""
    return Decision((AccountActivated(**stamp(state.id, state.version + 1)),))


def rename(**names: str) -> Any:
    """A command that changes the username, the address or both."""
    return lambda state: Decision((Renamed(**stamp(state.id, state.version + 1), **names),))


def command(caller: str, key: str = "key", request: str = "request", now: int = NOW, answer: Any = None) -> Command:
    """A command with an idempotency key."""
    return Command(caller, key, request, now, answer or (lambda _state, version: Answer(200, {}, f'{{"v":{version}}}')))
