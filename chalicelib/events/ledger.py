"""The ledger: accounts as events and heads on DynamoDB.

A command costs one read and one transaction, whatever the length of the history, because the head is the
folded account. Nothing else in the service writes events.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic

from chalicelib.events import items
from chalicelib.events.aggregate import Aggregate, CredentialChange, Decision, Loaded, S
from chalicelib.events.chain import GENESIS
from chalicelib.events.claims import CLAIM_SORT_KEY, Claim, ClaimKeys
from chalicelib.events.classification import Purpose
from chalicelib.events.dynamo import Item, batch_get, call, number, pause, text
from chalicelib.events.errors import (
    ErasedKeyError,
    StoreError,
    TooContendedError,
    UnknownAccountError,
    VersionConflictError,
)
from chalicelib.events.event import Event
from chalicelib.events.idempotency import Command, record_item
from chalicelib.events.keys import KeyRing
from chalicelib.events.reading import Place, Reading, Wanted, place_of
from chalicelib.events.sealing import DataKey
from chalicelib.events.transaction import Transaction

PAGE = 1000


@dataclass(frozen=True)
class Committed(Generic[S]):
    """What a command came to: the account afterwards, and the events that were stored (none: nothing changed)."""

    loaded: Loaded[S]
    events: tuple[Event, ...]


class Ledger(Generic[S]):
    """Loads accounts, and appends to them. Shared by threads.

    Arguments: the pure side of accounts; a botocore client and the ledger table's name; the key ring; the
    keys of claims; how often a command that lost a race decides again.
    """

    def __init__(
        self,
        aggregate: Aggregate[S],
        client: Any,
        table: str,
        keys: KeyRing,
        claims: ClaimKeys,
        attempts: int = 40,
    ) -> None:
        self.aggregate = aggregate
        self.table = table
        self.keys = keys
        self._client = client
        self._claims = claims
        self._attempts = attempts

    # -- reading -----------------------------------------------------------------------------------------------

    def read(self, wanted: Wanted) -> Reading[S]:
        """Everything `wanted`, consistently, in one BatchGetItem for each 100 items."""
        claim_keys = {claim: self.claim_key(claim) for claim in wanted.claims}
        request: dict[str, list[Item]] = {table: list(group) for table, group in wanted.items.items()}
        ledger = request.setdefault(self.table, [])
        ledger.extend(items.head_key(account) for account in wanted.accounts)
        ledger.extend(claim_keys.values())
        unknown = [a for a in wanted.accounts if self.keys.cached(a, Purpose.PROFILE) is None]
        if unknown:
            request.setdefault(self.keys.table, []).extend(self.keys.row_key(a, Purpose.PROFILE) for a in unknown)
        answer = batch_get(self._client, {table: _distinct(group) for table, group in request.items() if group})
        found = {place_of(table, item): item for table, group in answer.items() for item in group}
        holders = {
            claim: item["a"]["S"]
            for claim, key in claim_keys.items()
            if (item := found.get(place_of(self.table, key))) is not None
        }
        return Reading(found, holders, self._loaded)

    def load(self, account: str) -> Loaded[S] | None:
        """One account, or null. One GetItem while its key is in memory, one BatchGetItem otherwise."""
        key = self.keys.cached(account, Purpose.PROFILE)
        if key is None:
            return self.read(Wanted(accounts=[account])).account(account)
        answer = call(self._client.get_item, TableName=self.table, Key=items.head_key(account), ConsistentRead=True)
        item = answer.get("Item")
        return None if item is None else self._decode(item, account, key)

    def load_many(self, accounts: Sequence[str]) -> list[Loaded[S]]:
        """Those of `accounts` that exist, in their order, in one BatchGetItem for each 100 items."""
        reading = self.read(Wanted(accounts=accounts))
        return [loaded for account in accounts if (loaded := reading.account(account)) is not None]

    def holders(self, claims: Sequence[Claim]) -> dict[Claim, str]:
        """The account ids that hold `claims`; claims that nobody holds are left out."""
        reading = self.read(Wanted(claims=claims))
        return {claim: holder for claim in claims if (holder := reading.holder(claim)) is not None}

    def find(self, claim: Claim) -> Loaded[S] | None:
        """The account that holds `claim`. Two requests, so a moment may lie between holder and account."""
        holder = self.holders([claim]).get(claim)
        return None if holder is None else self.load(holder)

    def password_hash(self, account: str, key: DataKey | None) -> str | None:
        """The account's password hash, opened with its key, or null if it has none."""
        place = items.credential_key(account)
        item = call(self._client.get_item, TableName=self.table, Key=place, ConsistentRead=True).get("Item")
        return None if item is None else items.read_credential(item, account, key)

    def history(self, account: str, *, after: int = 0, newest_first: bool = False) -> Iterator[Event]:
        """The events of an account above version `after`, page by page. Once the key is destroyed they come
        without what was personal.
        """
        key = self._key(account)
        for item in self.event_items(account, after=after, newest_first=newest_first):
            version = int(item["sk"]["S"][2:])
            yield items.read_event(item, account, version, key, self.aggregate.event_types)

    def event_items(self, account: str, *, after: int = 0, newest_first: bool = False) -> Iterator[Item]:
        """The event items as they are stored, without their partition key."""
        request = {
            "TableName": self.table,
            "KeyConditionExpression": "pk = :pk AND sk BETWEEN :first AND :last",
            "ProjectionExpression": "sk, p, d, profile, retirement, partner",
            "ExpressionAttributeValues": {
                ":pk": text(items.account_pk(account)),
                ":first": text(items.event_sk(after + 1)),
                ":last": text("E#999999999999"),
            },
            "ConsistentRead": True,
            "ScanIndexForward": not newest_first,
            "Limit": PAGE,
        }
        while True:
            page = call(self._client.query, **request)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def refold(self, account: str) -> S | None:
        """The account's state from its events alone: what its head must equal."""
        state: S | None = None
        for event in self.history(account):
            state = self.aggregate.fold(state, event)
        return state

    def next_number(self, counter: str) -> int:
        """The next number of a counter (`account`, `retirement`); numbers may be skipped, never given twice."""
        answer = call(
            self._client.update_item,
            TableName=self.table,
            Key={"pk": text(f"N#{counter}"), "sk": text("N")},
            UpdateExpression="ADD n :one",
            ExpressionAttributeValues={":one": number(1)},
            ReturnValues="UPDATED_NEW",
        )
        return int(answer["Attributes"]["n"]["N"])

    def claim_key(self, claim: Claim) -> Item:
        """The key of a claim's item, on the wire."""
        return {"pk": text(self._claims.partition_key(claim)), "sk": text(CLAIM_SORT_KEY)}

    # -- writing -----------------------------------------------------------------------------------------------

    def create(self, account: str, decision: Decision, command: Command[S] | None = None) -> Committed[S]:
        """Begin an account with `decision` and a data key of its own. Raises `ClaimTakenError`."""
        made = self.keys.make(account, Purpose.PROFILE, decision.events[0].at)
        transaction = self._transaction()
        transaction.key(made.row)
        after = self._append(transaction, None, account, decision, made.key, command)
        transaction.write()
        self.keys.remember(made.key)
        return Committed(after, decision.events)

    def execute(
        self,
        account: str,
        decide: Callable[[S], Decision],
        command: Command[S] | None = None,
        first: Loaded[S] | None = None,
    ) -> Committed[S]:
        """Load, decide, append; on a lost race do it again, at most `attempts` times.

        `first` is the account if it was just read. Raises what `decide` raises, `UnknownAccountError`,
        `DuplicateCommandError`, `ClaimTakenError`, `TooContendedError`.
        """
        loaded = first
        for attempt in range(self._attempts):
            loaded = loaded or self.load(account)
            if loaded is None:
                raise UnknownAccountError(account)
            decision = decide(loaded.state)
            try:
                return self._commit(loaded, decision, command)
            except VersionConflictError:
                loaded = None
                pause(attempt)
        raise TooContendedError(account)

    def _commit(self, loaded: Loaded[S], decision: Decision, command: Command[S] | None) -> Committed[S]:
        if not decision.events:
            if command is not None:
                self._record_alone(loaded, command)
            return Committed(loaded, ())
        transaction = self._transaction()
        after = self._append(transaction, loaded, loaded.account, decision, loaded.key, command)
        transaction.write()
        return Committed(after, decision.events)

    def _append(
        self,
        transaction: Transaction,
        loaded: Loaded[S] | None,
        account: str,
        decision: Decision,
        key: DataKey | None,
        command: Command[S] | None,
    ) -> Loaded[S]:
        """Add everything that `decision` writes to `transaction`; the account as it will be."""
        state = loaded.state if loaded else None
        digest = loaded.digest if loaded else GENESIS
        version = loaded.version if loaded else 0
        for event in decision.events:
            version += 1
            if event.version != version or event.account != account:
                raise StoreError(f"event {event.version} does not follow version {version - 1}")
            item, digest = items.event_item(event, digest, key)
            transaction.event(item, digest)
            state = self.aggregate.fold(state, event)
        if state is None:
            raise StoreError("an account begins with an event")
        after = Loaded(account, state, version, digest, key)
        transaction.head(items.head_item(after, self.aggregate, decision.events), loaded.version if loaded else 0)
        self._move_claims(transaction, account, loaded.state if loaded else None, state)
        if decision.credential is not None:
            self._store_credential(transaction, after, decision.credential)
        if command is not None and key is not None:
            transaction.record(record_item(command, state, account, version, key), command.now)
        return after

    def _move_claims(self, transaction: Transaction, account: str, before: S | None, after: S) -> None:
        held = {} if before is None else self._claim_keys(before)
        needed = self._claim_keys(after)
        for pk, claim in needed.items():
            if pk not in held:
                transaction.claim(claim.kind, self.claim_key(claim), account)
        for pk, claim in held.items():
            if pk not in needed:
                transaction.release(self.claim_key(claim), account)

    def _claim_keys(self, state: S) -> dict[str, Claim]:
        return {self._claims.partition_key(claim): claim for claim in self.aggregate.claims(state)}

    def _store_credential(self, transaction: Transaction, after: Loaded[S], change: CredentialChange) -> None:
        if change.password_hash is None or after.key is None:
            transaction.no_credential(items.credential_key(after.account))
        else:
            transaction.credential(items.credential_item(after.account, after.version, change.password_hash, after.key))

    def _record_alone(self, loaded: Loaded[S], command: Command[S]) -> None:
        """Keep the answer to a command that changed nothing."""
        if loaded.key is None:
            return
        transaction = self._transaction()
        transaction.record(record_item(command, loaded.state, loaded.account, loaded.version, loaded.key), command.now)
        transaction.write()

    def _transaction(self) -> Transaction:
        return Transaction(self._client, self.table, self.keys.table)

    def decode(self, head: Item, account: str) -> Loaded[S]:
        """The account of a head item that came from somewhere else, the stream for instance."""
        return self._decode(head, account, self._key(account))

    # -- decoding ----------------------------------------------------------------------------------------------

    def _loaded(self, found: Mapping[Place, Item], account: str) -> Loaded[S] | None:
        item = found.get(place_of(self.table, items.head_key(account)))
        if item is None:
            return None
        key = self.keys.cached(account, Purpose.PROFILE)
        if key is None:
            row = found.get(place_of(self.keys.table, self.keys.row_key(account, Purpose.PROFILE)))
            try:
                key = self.keys.open(account, Purpose.PROFILE, row) if row else self.keys.load(account, Purpose.PROFILE)
            except ErasedKeyError:
                key = None
        return self._decode(item, account, key)

    def _decode(self, item: Item, account: str, key: DataKey | None) -> Loaded[S]:
        """The account of a head; a head of an older schema is folded anew from the events."""
        if items.head_schema(item) == self.aggregate.state_schema:
            return items.read_head(item, account, key, self.aggregate)
        version = int(item["v"]["N"])
        state: S | None = None
        for event in self.history(account):
            if event.version <= version:
                state = self.aggregate.fold(state, event)
        if state is None:
            raise UnknownAccountError(account)
        return Loaded(account, state, version, item["d"]["B"], key)

    def _key(self, account: str) -> DataKey | None:
        try:
            return self.keys.load(account, Purpose.PROFILE)
        except ErasedKeyError:
            return None


def _distinct(group: Sequence[Item]) -> list[Item]:
    """The keys without repetition: BatchGetItem refuses a key that is named twice."""
    return list({place_of("", key): key for key in group}.values())
