"""From a decision to the transaction that stores it: events, head, claims, password and idempotency record."""

from collections.abc import Mapping
from typing import Any, Generic

from chalicelib.events import items
from chalicelib.events.aggregate import Aggregate, CredentialChange, Decision, Loaded, S
from chalicelib.events.chain import GENESIS
from chalicelib.events.claims import CLAIM_SORT_KEY, Claim, ClaimKeys
from chalicelib.events.classification import Purpose
from chalicelib.events.dynamo import Item, text
from chalicelib.events.errors import ErasedKeyError, StoreError
from chalicelib.events.idempotency import Command, record_item
from chalicelib.events.sealing import DataKey
from chalicelib.events.transaction import Transaction


class CommitBuilder(Generic[S]):
    """Makes transactions. Arguments: the pure side of accounts; a client; the ledger and the keys table; claim keys."""

    def __init__(self, aggregate: Aggregate[S], client: Any, ledger: str, keys: str, claims: ClaimKeys) -> None:
        self._aggregate = aggregate
        self._client = client
        self._ledger = ledger
        self._keys = keys
        self._claims = claims

    def beginning(
        self, account: str, key: DataKey, row: Item, decision: Decision, command: Command[S] | None
    ) -> tuple[Transaction, Loaded[S]]:
        """The first commit of an account, with the row of its fresh key, and the account as it will be."""
        transaction = self._transaction()
        transaction.key(row)
        return transaction, self._append(transaction, None, account, key, decision, command)

    def following(
        self, loaded: Loaded[S], decision: Decision, command: Command[S] | None
    ) -> tuple[Transaction, Loaded[S]]:
        """The next commit of an account, and the account as it will be."""
        transaction = self._transaction()
        return transaction, self._append(transaction, loaded, loaded.account, loaded.key, decision, command)

    def record_alone(self, loaded: Loaded[S], command: Command[S]) -> Transaction | None:
        """The record of a command that changed nothing; none once the key is destroyed that would seal it."""
        if loaded.key is None:
            return None
        transaction = self._transaction()
        transaction.record(record_item(command, loaded.state, loaded.account, loaded.version, loaded.key), command.now)
        return transaction

    def _append(
        self,
        transaction: Transaction,
        before: Loaded[S] | None,
        account: str,
        key: DataKey | None,
        decision: Decision,
        command: Command[S] | None,
    ) -> Loaded[S]:
        """Add everything that `decision` writes to `transaction`; the account as it will be."""
        after = self._add_events(transaction, before, account, key, decision)
        transaction.head(items.head_item(after, self._aggregate, decision.events), before.version if before else 0)
        self._move_claims(transaction, account, before.state if before else None, after.state)
        if decision.credential is not None:
            _store_credential(transaction, after, decision.credential)
        if command is not None and key is not None:
            transaction.record(record_item(command, after.state, account, after.version, key), command.now)
        return after

    def _add_events(
        self,
        transaction: Transaction,
        before: Loaded[S] | None,
        account: str,
        key: DataKey | None,
        decision: Decision,
    ) -> Loaded[S]:
        """Add the events, one after the other without a gap; the account after them."""
        state = before.state if before else None
        digest = before.digest if before else GENESIS
        version = before.version if before else 0
        for event in decision.events:
            version += 1
            if event.version != version or event.account != account:
                raise StoreError(f"event {event.version} does not follow version {version - 1}")
            item, digest = items.event_item(event, digest, {Purpose.PROFILE: key})
            transaction.event(item, digest)
            state = self._aggregate.fold(state, event)
        if state is None:
            raise StoreError("an account begins with an event")
        return Loaded(account, state, version, digest, key)

    def _move_claims(self, transaction: Transaction, account: str, before: S | None, after: S) -> None:
        """Take what the state newly claims, and release what it claims no more. What stays is not even hashed."""
        had = frozenset() if before is None else self._aggregate.claims(before)
        has = self._aggregate.claims(after)
        if had == has:
            return
        held, needed = self._keyed(had), self._keyed(has)
        for pk in needed.keys() - held.keys():
            transaction.claim(needed[pk].kind, _claim_item_key(pk), account)
        for pk in held.keys() - needed.keys():
            transaction.release(_claim_item_key(pk), account)

    def _keyed(self, claims: frozenset[Claim]) -> Mapping[str, Claim]:
        return {self._claims.partition_key(claim): claim for claim in claims}

    def _transaction(self) -> Transaction:
        return Transaction(self._client, self._ledger, self._keys)


def _claim_item_key(pk: str) -> Item:
    return {"pk": text(pk), "sk": text(CLAIM_SORT_KEY)}


def _store_credential(transaction: Transaction, after: Loaded[S], change: CredentialChange) -> None:
    if change.password_hash is None:
        transaction.no_credential(items.credential_key(after.account))
        return
    if after.key is None:
        raise ErasedKeyError(after.account, Purpose.PROFILE)
    transaction.credential(items.credential_item(after.account, after.version, change.password_hash, after.key))
