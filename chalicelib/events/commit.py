"""From a decision to the transaction that stores it: events, head, claims, keys, password and idempotency record."""

from collections.abc import Mapping, Sequence, Set
from typing import Any, Generic, NamedTuple

from chalicelib.events import items
from chalicelib.events.aggregate import Aggregate, CredentialChange, Decision, Loaded, S
from chalicelib.events.chain import GENESIS
from chalicelib.events.claims import LEADING_NOWHERE, Claim, ClaimKeys
from chalicelib.events.classification import Purpose
from chalicelib.events.dynamo import text
from chalicelib.events.erasures import Erasure
from chalicelib.events.errors import ErasedKeyError, StoreError
from chalicelib.events.idempotency import Command, record_item
from chalicelib.events.keys import KeyRing, NewKey
from chalicelib.events.sealing import DataKeys, subject_of
from chalicelib.events.transaction import Transaction

NewKeys = Mapping[Purpose, NewKey]


class TableNames(NamedTuple):
    """The tables that a commit may write."""

    ledger: str
    keys: str
    erasures: str


class CommitBuilder(Generic[S]):
    """Makes transactions. Arguments: the pure side of accounts; a client; the tables' names; claim keys."""

    def __init__(self, aggregate: Aggregate[S], client: Any, tables: TableNames, claims: ClaimKeys) -> None:
        self._aggregate = aggregate
        self._client = client
        self._tables = tables
        self._claims = claims

    def beginning(
        self, account: str, fresh: NewKeys, decision: Decision, command: Command[S] | None
    ) -> tuple[Transaction, Loaded[S]]:
        """The first commit of an account, with the rows of its fresh keys, and the account as it will be."""
        return self._build(None, account, fresh, decision, command)

    def following(
        self, loaded: Loaded[S], fresh: NewKeys, decision: Decision, command: Command[S] | None
    ) -> tuple[Transaction, Loaded[S]]:
        """The next commit of an account, with the rows of keys that it begins, and the account as it will be."""
        return self._build(loaded, loaded.account, fresh, decision, command)

    def replaying(self, loaded: Loaded[S], decision: Decision) -> tuple[Transaction, Loaded[S]]:
        """The next commit of an account whose keys died after its head was written, and the account as it will be.

        Nobody can read any more what it claimed: whatever it claims from now on is taken whether or not it stands, and
        of all others only those are given up that lead to nobody.
        """
        transaction = self._transaction()
        after = self._add_events(transaction, loaded, loaded.account, loaded.keys, decision)
        transaction.head(items.head_item(after, self._aggregate, decision.events), loaded.version)
        self._claim_again(transaction, loaded, after)
        if decision.credential is not None:
            _store_credential(transaction, after, decision.credential)
        return transaction, after

    def _claim_again(self, transaction: Transaction, before: Loaded[S], after: Loaded[S]) -> None:
        needed = self._keyed(self._aggregate.claims(after.state))
        for pk, claim in needed.items():
            if claim.kind in LEADING_NOWHERE:
                transaction.claim_again(items.claim_key(pk))
            else:
                transaction.claim(claim.kind, items.claim_key(pk), after.account)
        nobodys = [claim for claim in self._aggregate.claims(before.state) if claim.kind in LEADING_NOWHERE]
        for pk in self._keyed(frozenset(nobodys)).keys() - needed.keys():
            transaction.give_up(items.claim_key(pk))

    def record_alone(self, loaded: Loaded[S], command: Command[S]) -> Transaction | None:
        """The record of a command that changed nothing; none if its answer needs a key that is destroyed."""
        record = record_item(command, loaded.state, loaded.account, loaded.version, loaded.key)
        if record is None:
            return None
        transaction = self._transaction()
        transaction.record(record, command.now)
        return transaction

    def _build(
        self,
        before: Loaded[S] | None,
        account: str,
        fresh: NewKeys,
        decision: Decision,
        command: Command[S] | None,
    ) -> tuple[Transaction, Loaded[S]]:
        """The transaction of everything that `decision` writes, and the account as it will be."""
        transaction = self._transaction()
        for made in fresh.values():
            transaction.key(made.row)
        keys = {**(before.keys if before else {}), **{purpose: made.key for purpose, made in fresh.items()}}
        after = self._add_events(transaction, before, account, keys, decision)
        transaction.head(items.head_item(after, self._aggregate, decision.events), before.version if before else 0)
        self._move_claims(transaction, account, before.state if before else None, after.state)
        if before is not None:
            self._end_keys(transaction, before, after, decision)
        if decision.credential is not None:
            _store_credential(transaction, after, decision.credential)
        record = record_item(command, after.state, account, after.version, after.key) if command else None
        if command is not None and record is not None:
            transaction.record(record, command.now)
        return transaction, after

    def _add_events(
        self,
        transaction: Transaction,
        before: Loaded[S] | None,
        account: str,
        keys: DataKeys,
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
            item, digest = items.event_item(event, digest, keys)
            transaction.event(item, digest)
            state = self._aggregate.fold(state, event)
        if state is None:
            raise StoreError("an account begins with an event")
        living = {purpose: None if purpose in decision.ends else key for purpose, key in keys.items()}
        rows = {purpose: living[purpose] for purpose in self._aggregate.rows(state)}
        return Loaded(account, state, version, digest, living[Purpose.PROFILE], rows)

    def _end_keys(self, transaction: Transaction, before: Loaded[S], after: Loaded[S], decision: Decision) -> None:
        """Destroy the keys that the decision ends, with an entry each in the erasure ledger."""
        rows, last = self._aggregate.rows(before.state), decision.events[-1]
        for purpose in sorted(decision.ends):
            key = before.keys.get(purpose)
            erasure = Erasure(
                after.account,
                purpose,
                rows.get(purpose),
                after.version,
                last.at.isoformat(),
                "" if key is None else key.fingerprint,
                type(last).__name__,
                self._aggregate.kept(after.state, purpose),
            )
            pk = KeyRing.partition_key(subject_of(after.account, erasure.row), purpose)
            transaction.erase({"pk": text(pk)}, items.erasure_item(erasure), erasure.through, erasure.at)

    def _move_claims(self, transaction: Transaction, account: str, before: S | None, after: S) -> None:
        """Take what the state newly claims, and release what it claims no more. What stays is not even hashed."""
        had = frozenset() if before is None else self._aggregate.claims(before)
        has = self._aggregate.claims(after)
        if had == has:
            return
        held, needed = self._keyed(had), self._keyed(has)
        taken, released = needed.keys() - held.keys(), held.keys() - needed.keys()
        for pk in taken:
            self._take(transaction, account, needed[pk], pk)
        for pk in released:
            self._release(transaction, account, held[pk], pk)
        self._require_unretired(transaction, [needed[pk] for pk in taken], released | needed.keys())

    def _require_unretired(self, transaction: Transaction, taken: Sequence[Claim], own: Set[str]) -> None:
        """None of what is taken may be retired, but for what this account's own row has retired."""
        guards = {pk: claim.kind for claim in taken for pk in self._claims.retired(claim)}
        for pk, kind in guards.items():
            if pk not in own:
                transaction.require_absent(kind, items.claim_key(pk))

    @staticmethod
    def _take(transaction: Transaction, account: str, claim: Claim, pk: str) -> None:
        if claim.kind in LEADING_NOWHERE:
            transaction.claim_for_nobody(claim.kind, items.claim_key(pk))
        else:
            transaction.claim(claim.kind, items.claim_key(pk), account)

    @staticmethod
    def _release(transaction: Transaction, account: str, claim: Claim, pk: str) -> None:
        if claim.kind in LEADING_NOWHERE:
            transaction.release_from_nobody(items.claim_key(pk))
        else:
            transaction.release(items.claim_key(pk), account)

    def _keyed(self, claims: frozenset[Claim]) -> Mapping[str, Claim]:
        return {self._claims.partition_key(claim): claim for claim in claims}

    def _transaction(self) -> Transaction:
        return Transaction(self._client, *self._tables)


def _store_credential(transaction: Transaction, after: Loaded[S], change: CredentialChange) -> None:
    if change.password_hash is None:
        transaction.no_credential(items.credential_key(after.account))
        return
    if after.key is None:
        raise ErasedKeyError(after.account, Purpose.PROFILE)
    transaction.credential(items.credential_item(after.account, after.version, change.password_hash, after.key))
