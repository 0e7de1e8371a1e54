"""The ledger: accounts as events and heads on DynamoDB.

A command costs one read and one transaction, whatever the length of the history, because the head is the
folded account. Nothing else in the service writes events.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Generic

from chalicelib.events.aggregate import Aggregate, Decision, Loaded, S
from chalicelib.events.claims import ClaimKeys
from chalicelib.events.classification import Purpose
from chalicelib.events.commit import CommitBuilder, TableNames
from chalicelib.events.dynamo import Item, call, number, pause, text
from chalicelib.events.errors import (
    StoreError,
    TooContendedError,
    TransactionConflictError,
    UnknownAccountError,
    VersionConflictError,
)
from chalicelib.events.event import Event
from chalicelib.events.idempotency import Command
from chalicelib.events.keys import KeyRing, NewKey
from chalicelib.events.reader import LedgerReader
from chalicelib.events.sealing import Slot, subject_of
from chalicelib.events.transaction import Transaction


@dataclass(frozen=True)
class Committed(Generic[S]):
    """What a command came to: the account afterwards, and the events that were stored (none: nothing changed)."""

    loaded: Loaded[S]
    events: tuple[Event, ...]


class Ledger(LedgerReader[S]):
    """Loads accounts, and appends to them. Shared by threads.

    Arguments as the reader's, and the table of erasures; `attempts` is how often a command that lost a race
    decides again.
    """

    def __init__(
        self,
        aggregate: Aggregate[S],
        client: Any,
        table: str,
        keys: KeyRing,
        claims: ClaimKeys,
        erasures: str,
        attempts: int = 40,
    ) -> None:
        super().__init__(aggregate, client, table, keys, claims)
        self._commits = CommitBuilder(aggregate, client, TableNames(table, keys.table, erasures), claims)
        self._attempts = attempts

    def create(self, account: str, decision: Decision, command: Command[S] | None = None) -> Committed[S]:
        """Begin an account with `decision` and a data key of its own.

        Raises `ClaimTakenError`, `DuplicateCommandError`, `TooContendedError`, and `VersionConflictError` if
        there is an account of this id, or was one.
        """
        if not decision.events:
            raise StoreError("an account begins with an event")
        fresh = {Purpose.PROFILE: self.keys.make(account, Purpose.PROFILE, decision.events[0].at)}
        transaction, after = self._commits.beginning(account, fresh, decision, command)
        self._write_undisturbed(transaction, account)
        self.keys.remember(fresh[Purpose.PROFILE].key)
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
        `DuplicateCommandError`, `ClaimTakenError`, `TooContendedError`, and `ErasedKeyError` for events that say
        something personal about somebody who is forgotten.
        """
        loaded = first
        for attempt in range(self._attempts):
            loaded = loaded or self.load(account)
            if loaded is None:
                raise UnknownAccountError(account)
            try:
                return self._commit(loaded, decide(loaded.state), command)
            except VersionConflictError:
                loaded = None
                pause(attempt)
        raise TooContendedError(account)

    def replay(
        self,
        account: str,
        decide: Callable[[S], Decision],
        head: Item | None = None,
        destroyed: Collection[Slot] = (),
    ) -> Committed[S]:
        """Append to an account whose keys were destroyed after its head was written: a restored one.

        What is decided on is folded anew from the events, for its head says what nobody can seal again. The decision
        ends no key: they are destroyed already. `head` and `destroyed` as for `refolded`; what is committed rests on
        the head's version, and a head that has changed since is read again. Raises what `decide` raises,
        `UnknownAccountError`, `ClaimTakenError`, `TooContendedError`, `CorruptItemError`, and `UnknownKeyError` for a
        key that is missing.
        """
        for attempt in range(self._attempts):
            loaded = self.refolded(account, head, destroyed)
            decision = decide(loaded.state)
            if not decision.events:
                return Committed(loaded, ())
            transaction, after = self._commits.replaying(loaded, decision)
            try:
                transaction.write()
            except VersionConflictError:
                head = None
                pause(attempt)
            else:
                return Committed(after, decision.events)
        raise TooContendedError(account)

    def next_number(self, counter: str) -> int:
        """The next number of a counter (`account`, `retirement`); numbers may be skipped, never given twice."""
        return self.next_numbers(counter, 1)[0]

    def next_numbers(self, counter: str, count: int) -> range:
        """The next `count` numbers of a counter, in one request."""
        answer = call(
            self._client.update_item,
            TableName=self.table,
            Key={"pk": text(f"N#{counter}"), "sk": text("N")},
            UpdateExpression="ADD n :count",
            ExpressionAttributeValues={":count": number(count)},
            ReturnValues="UPDATED_NEW",
        )
        last = int(answer["Attributes"]["n"]["N"])
        return range(last - count + 1, last + 1)

    def skip_numbers(self, counter: str, through: int) -> None:
        """A counter goes on after `through`, if it has not come so far yet: a restored one has forgotten."""
        try:
            call(
                self._client.update_item,
                TableName=self.table,
                Key={"pk": text(f"N#{counter}"), "sk": text("N")},
                UpdateExpression="SET n = :through",
                ConditionExpression="attribute_not_exists(n) OR n < :through",
                ExpressionAttributeValues={":through": number(through)},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return

    def last_number(self, counter: str) -> int:
        """The highest number that a counter has given; 0 before the first."""
        key = {"pk": text(f"N#{counter}"), "sk": text("N")}
        item = call(self._client.get_item, TableName=self.table, Key=key, ConsistentRead=True).get("Item")
        return 0 if item is None else int(item["n"]["N"])

    def _commit(self, loaded: Loaded[S], decision: Decision, command: Command[S] | None) -> Committed[S]:
        if not decision.events:
            record = self._commits.record_alone(loaded, command) if command is not None else None
            if record is not None:
                record.write()
            return Committed(loaded, ())
        fresh = self._fresh_keys(loaded.account, decision)
        transaction, after = self._commits.following(loaded, fresh, decision, command)
        transaction.write()
        for made in fresh.values():
            self.keys.remember(made.key)
        for purpose in decision.ends:
            self._forget(loaded, purpose)
        return Committed(after, decision.events)

    def _fresh_keys(self, account: str, decision: Decision) -> dict[Purpose, NewKey]:
        """The keys of the rows that a decision begins; none of them is stored yet."""
        return {
            purpose: self.keys.make(subject_of(account, row), purpose, decision.events[0].at)
            for purpose, row in decision.begins.items()
        }

    def _forget(self, loaded: Loaded[S], purpose: Purpose) -> None:
        key = loaded.keys[purpose]
        if key is not None:
            self.keys.forget(key.subject, purpose)

    def _write_undisturbed(self, transaction: Transaction, account: str) -> None:
        """Write a transaction that depends on nothing that was read; another one in its way is waited for."""
        for attempt in range(self._attempts):
            try:
                return transaction.write()
            except TransactionConflictError:
                pause(attempt)
        raise TooContendedError(account)
