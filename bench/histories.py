"""Accounts with a long history, made by the service's own decisions, and sealed and chained as it does it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.canned import CannedClient, Recorder, body
from bench.people import patches, person
from chalicelib.accounts.account import Account
from chalicelib.accounts.aggregate import AccountAggregate
from chalicelib.accounts.context import Context
from chalicelib.accounts.policy import Policy
from chalicelib.accounts.registration import Applicant, NewAccount, Provision, provision
from chalicelib.accounts.update import update_account
from chalicelib.events import items
from chalicelib.events.aggregate import Decision, Loaded
from chalicelib.events.chain import GENESIS
from chalicelib.events.claims import ClaimKeys
from chalicelib.events.classification import Purpose
from chalicelib.events.dynamo import Item
from chalicelib.events.event import Actor, Event, Proof, Role
from chalicelib.events.keys import KeyRing
from chalicelib.events.ledger import Ledger
from chalicelib.events.sealing import DataKey

AGGREGATE = AccountAggregate()
POLICY = Policy(extended_profile_fields=("favorite_beatle", "conlangs_spoken"))
BEGINNING = datetime(2026, 1, 1, 12, tzinfo=UTC)
LEDGER, KEYS = "rollcall-ledger", "rollcall-keys"
KEK_ROW = {"pk": {"S": "KEK"}, "state": {"S": "ACTIVE"}, "kek": {"S": "KEK#1"}, "wrapped": {"B": b"wrapped"}}


class Keeper:
    """The key service of a benchmark: one key-encryption key, known from the start."""

    def decrypt(self, **_: object) -> dict[str, bytes]:
        """The key-encryption key."""
        return {"Plaintext": bytes(range(32))}


@dataclass(frozen=True)
class History:
    """One account: its events, their items, the folded state, and what opens it."""

    account: str
    events: Sequence[Event]
    event_items: Sequence[Item]
    loaded: Loaded[Account]
    head: Item
    key: DataKey
    key_row: Item


def context(turn: int) -> Context:
    """The owner's request number `turn`, an hour after the one before."""
    account = f"{1:032x}"
    return Context(
        BEGINNING + timedelta(hours=turn), Actor(account=account, role=Role.OWNER, proof=Proof.TOKEN), f"request-{turn}"
    )


def first_decision(account: str, number: int) -> Decision:
    """The decision that makes the account of the person of this number, without a password."""
    one = person(number)
    applicant = Applicant(one.username, one.email, None, one.profile)
    return provision(applicant, Provision(orgs=("evening-school",)), NewAccount(account, number, None, None), context(0))


def changes(number: int, state: Account) -> Iterator[tuple[Event, Account]]:
    """The events of one profile change after the other, and the state after each."""
    for turn, patch in enumerate(patches(number), 1):
        for event in update_account(state, patch, POLICY, context(turn)).events:
            state = AGGREGATE.fold(state, event)
            yield event, state


def history(length: int, ring: KeyRing, number: int = 1) -> History:
    """An account of `length` events. `ring` must be able to make keys."""
    account = f"{number:032x}"
    made = ring.make(account, Purpose.PROFILE, BEGINNING)
    events = list(first_decision(account, number).events)
    state = AGGREGATE.fold(None, events[0])
    following = changes(number, state)
    while len(events) < length:
        event, state = next(following)
        events.append(event)
    digest, stored = GENESIS, []
    for event in events:
        item, digest = items.event_item(event, digest, made.key)
        stored.append(item)
    loaded = Loaded(account, state, length, digest, made.key)
    head = items.head_item(loaded, AGGREGATE, events[-1:])
    return History(account, events, stored, loaded, head, made.key, made.row)


class Bench:
    """A ledger whose DynamoDB is canned, and one account in it."""

    def __init__(self, length: int) -> None:
        self.canned = CannedClient()
        self.canned.answers = {"GetItem": [body({"Item": KEK_ROW})]}
        self.recorder = Recorder(self.canned.botocore)
        self.now = 0.0
        self.ring = KeyRing(self.canned.botocore, KEYS, Keeper, "alias/bench", lambda: self.now)
        self.ledger = self.ledger_on(self.canned.botocore)
        self.history = history(length, self.ring)
        self.canned.answers |= {
            "GetItem": [body({"Item": self.history.head})],
            "BatchGetItem": [
                body({"Responses": {LEDGER: [self.history.head], KEYS: [self.history.key_row]}, "UnprocessedKeys": {}})
            ],
            "TransactWriteItems": [b"{}"],
        }

    def ledger_on(self, client: Any) -> Ledger[Account]:
        """A ledger with this account's key ring on another client."""
        return Ledger(AGGREGATE, client, LEDGER, self.ring, ClaimKeys(b"pepper" * 6))

    @property
    def account(self) -> str:
        """The account's id."""
        return self.history.account

    def key_cached(self) -> None:
        """From now on the account's data key is in memory."""
        self.ring.remember(self.history.key)

    def key_unknown(self) -> None:
        """From now on the key must be read, and unwrapped, with the head."""
        self.ring.forget(self.account, Purpose.PROFILE)

    def command(self, ledger: Ledger[Account] | None = None) -> None:
        """Load, decide, commit: one change of the profile."""
        (ledger or self.ledger).execute(self.account, decide_bio)

    def bare(self, *, cached: bool) -> Recorder:
        """The DynamoDB calls that a command makes, recorded, to be made again without us."""
        recorder = Recorder(self.canned.botocore)
        self.key_cached() if cached else self.key_unknown()
        self.command(self.ledger_on(recorder))
        return recorder


def decide_bio(state: Account) -> Decision:
    """A new biography, in place of whatever stands there."""
    patch: Mapping[str, Any] = {"bio": "Since last week I look after the tram depot's library. Write to me about books."}
    return update_account(state, patch, POLICY, context(10**5))
