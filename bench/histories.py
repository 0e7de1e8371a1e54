"""Accounts with a long history, made by the service's own decisions and stored by its own ledger."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

from bench.dict_store import DictStore, OneKeyService
from bench.people import Person, patches, person
from chalicelib.accounts.access import log_in
from chalicelib.accounts.account import Account
from chalicelib.accounts.aggregate import AccountAggregate
from chalicelib.accounts.context import Context
from chalicelib.accounts.policy import Policy
from chalicelib.accounts.registration import Applicant, NewAccount, Provision, provision
from chalicelib.accounts.update import update_account
from chalicelib.events.aggregate import Decision, Loaded
from chalicelib.events.claims import ClaimKeys
from chalicelib.events.classification import Purpose
from chalicelib.events.dynamo import Item
from chalicelib.events.event import Actor, Event, Proof, Role
from chalicelib.events.items import account_pk, fingerprint, head_key
from chalicelib.events.keys import KeyRing
from chalicelib.events.ledger import Ledger
from chalicelib.events.reading import place_of

AGGREGATE = AccountAggregate()
POLICY = Policy(extended_profile_fields=("favorite_beatle", "conlangs_spoken"))
BEGINNING = datetime(2026, 1, 1, 12, tzinfo=UTC)
LEDGER, KEYS = "rollcall-ledger", "rollcall-keys"
NO_PASSWORD = "$argon2id$v=19$m=47104,t=1,p=1$c2FsdHNhbHRzYWx0$"
PEPPER = b"a pepper for benchmarks alone..."


@dataclass(frozen=True)
class History:
    """One account: its events, their items in order, and what its head and key row are."""

    events: Sequence[Event]
    event_items: Sequence[Item]
    head: Item
    key_row: Item
    loaded: Loaded[Account]
    store: DictStore

    @property
    def account(self) -> str:
        """The account's id."""
        return self.loaded.account


def account_id(number: int) -> str:
    """The id of the account of the person of this number."""
    return f"{number:032x}"


def context(account: str, turn: int) -> Context:
    """The owner's request number `turn`, an hour after the one before."""
    actor = Actor(account=account, role=Role.OWNER, proof=Proof.TOKEN)
    return Context(BEGINNING + timedelta(hours=turn), actor, f"{turn:032x}")


def first_decision(one: Person) -> Decision:
    """The decision that makes a person's account. Nobody can log in by its hash, which is of no password."""
    account = account_id(one.number)
    applicant = Applicant(one.username, one.email, None, one.profile)
    new = NewAccount(account, one.number, NO_PASSWORD, fingerprint(NO_PASSWORD))
    return provision(applicant, Provision(orgs=("evening-school",)), new, context(account, 0))


def change(state: Account, patch: Mapping[str, Any], turn: int) -> Decision:
    """The decision that a patch of one's own account comes to."""
    return update_account(state, patch, POLICY, context(state.id, turn))


def login(state: Account, turn: int) -> Decision:
    """The decision that a right password comes to."""
    return log_in(state, f"{turn:032x}", state.credential or "", context(state.id, turn))


def key_ring(store: DictStore, **clock: Any) -> KeyRing:
    """A key ring over `store`."""
    return KeyRing(store, KEYS, OneKeyService, "alias/bench", **clock)


def ledger_on(client: Any, ring: KeyRing) -> Ledger[Account]:
    """The accounts, on any client."""
    return Ledger(AGGREGATE, client, LEDGER, ring, ClaimKeys(PEPPER), "erasures")


def history(length: int, number: int = 1, logins: int = 0) -> History:
    """The account of the person of this number, with `length` events: changes, and so many logins after each."""
    store = DictStore()
    ledger = ledger_on(store, key_ring(store))
    committed = ledger.create(account_id(number), first_decision(person(number)))
    events = list(committed.events)
    for decide in decisions(number, logins):
        if len(events) >= length:
            break
        committed = ledger.execute(committed.loaded.account, decide, first=committed.loaded)
        events += committed.events
    return _history(store, committed.loaded, events)


def decisions(number: int, logins: int) -> Iterator[Callable[[Account], Decision]]:
    """What a person does, without end."""
    turns = count(1)
    for patch in patches(number):
        yield partial(change, patch=patch, turn=next(turns))
        for _ in range(logins):
            yield partial(login, turn=next(turns))


def _history(store: DictStore, loaded: Loaded[Account], events: Sequence[Event]) -> History:
    partition = store.partition(LEDGER, account_pk(loaded.account))
    row = {"pk": {"S": KeyRing.partition_key(loaded.account, Purpose.PROFILE)}}
    return History(
        events=events,
        event_items=[item for item in partition if item["sk"]["S"].startswith("E#")],
        head=store.items[place_of(LEDGER, head_key(loaded.account))],
        key_row=store.items[place_of(KEYS, row)],
        loaded=loaded,
        store=store,
    )
