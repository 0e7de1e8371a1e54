"""`rollcall erase --replay`: what a restore has brought back is forgotten again, by the erasure ledger (spec 50, 6).

Keys first, so that nobody can be read from then on; then accounts, what leads to them, their view rows, and what lies
outside the ledger. Each part begins with what stands, so a run that was killed is made good by the next one.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from chalicelib.accounts.account import Account
from chalicelib.accounts.context import Context
from chalicelib.events import items
from chalicelib.events.aggregate import Decision
from chalicelib.events.classification import Purpose
from chalicelib.events.dynamo import Item, batch_get
from chalicelib.events.erasures import Erasure
from chalicelib.events.errors import (
    ClaimTakenError,
    CorruptItemError,
    UnknownEventTypeError,
    UnknownKeyError,
)
from chalicelib.events.fencing import Fencing
from chalicelib.events.keys import KeyState
from chalicelib.events.sealing import DataKey, Slot, subject_of
from chalicelib.events.transaction import Transaction
from chalicelib.pipeline.cancelling import unknown_password
from chalicelib.projections import check_items
from chalicelib.projections.matching import chunks
from chalicelib.projections.rewriting import Rewriter
from chalicelib.projections.scanning import pages
from chalicelib.retirement.replaying import Due, NamelessErasureError, cancel_again, due, erase_again
from chalicelib.wiring import Wiring
from ops.erasure.leftovers import Leftovers

THREADS = 8
OTHERS = ("certificate#", check_items.PREFIX)
"""How the partition keys begin of what stands in the same table: certificates, and marks of a check that was killed."""

Advance = Callable[[int], None]
Telling = Callable[[str, int | None], AbstractContextManager[Advance]]
"""Tells how far a part of the work is: what it is, and of how many."""

WHY: Mapping[type[Exception], str] = {
    ClaimTakenError: "somebody else has its name or address",
    CorruptItemError: "an item of it is damaged",
    UnknownEventTypeError: "it has an event of a newer release",
    UnknownKeyError: "a key of it is missing, and no entry says that it was destroyed",
    NamelessErasureError: "its entry is from a release that kept no retired names, and the account had not left yet",
}
"""What keeps an account from being erased again. All but its name is done for such an account: its keys are gone."""


@dataclass
class Replayed:
    """What a run came to. `left` are accounts that could not be brought to where the erasure ledger says, and why."""

    entries: int = 0
    accounts: int = 0
    keys: int = 0
    erased: int = 0
    rows: int = 0
    reports: int = 0
    cancelled: int = 0
    derived: int = 0
    strays: int = 0
    outside: int = 0
    left: dict[str, str] = field(default_factory=dict)

    @property
    def changed(self) -> int:
        """How much there was to do."""
        return sum(value for name, value in vars(self).items() if name not in ("entries", "accounts", "left"))


class NoKeys(dict[Slot, DataKey | None]):
    """Opens nothing: what is not personal of a head is enough to see what is due."""

    def __missing__(self, slot: Slot) -> None:
        return None


class Replay:
    """Does it. Arguments: the services, what makes the context of a decision, whom to tell how far it is."""

    def __init__(
        self, wiring: Wiring, contexts: Callable[[], Context], telling: Telling, threads: int = THREADS
    ) -> None:
        self._wiring = wiring
        self._contexts = contexts
        self._telling = telling
        self._threads = threads
        self._fencing = Fencing(wiring.dynamodb, wiring.keys)
        self._done = Replayed()
        self._erasures: dict[str, dict[Slot, Erasure]] = {}
        self._erased: dict[str, Account] = {}

    def run(self) -> Replayed:
        """Replay every entry. Raises `StoreUnavailableError`, `KeyServiceUnavailableError`, `PicturesUnavailableError`:
        run it again.
        """
        with ThreadPoolExecutor(self._threads) as pool:
            try:
                self._read_entries()
                self._fence(pool)
                self._skip_numbers()
                self._replay_accounts(pool)
                self._end_lost_rows()
                self._put_right(pool)
            except BaseException:
                pool.shutdown(wait=True, cancel_futures=True)
                raise
        return self._done

    def _read_entries(self) -> None:
        with self._telling("Reading the erasure ledger", None) as advance:
            for page in pages(self._wiring.dynamodb, self._wiring.tables.erasures.Meta.table_name):
                for item in page:
                    if not item["pk"]["S"].startswith(OTHERS):
                        self._read_entry(item)
                advance(len(page))
        self._done.accounts = len(self._erasures)

    def _read_entry(self, item: Item) -> None:
        try:
            erasure = items.read_erasure(item)
        except CorruptItemError as error:
            self._done.left[error.account] = "an entry of the erasure ledger cannot be read"
            return
        self._done.entries += 1
        self._erasures.setdefault(erasure.account, {})[erasure.slot] = erasure

    def _fence(self, pool: ThreadPoolExecutor) -> None:
        """Destroy every key of the ledger that a restore has brought back."""
        entries = [erasure for group in self._erasures.values() for erasure in group.values()]
        with self._telling("Destroying keys", len(entries)) as advance:
            for chunk in chunks(entries):
                missing = list(self._fencing.missing(chunk))
                list(pool.map(self._fencing.fence, missing))
                self._done.keys += len(missing)
                advance(len(chunk))

    def _skip_numbers(self) -> None:
        """No row gets a number again whose key is destroyed: it could not have another one."""
        for purpose in (Purpose.RETIREMENT, Purpose.PARTNER):
            slots = [slot for group in self._erasures.values() for slot in group if not isinstance(slot, Purpose)]
            used = [number for each, number in slots if each is purpose]
            if used:
                self._wiring.ledger.skip_numbers(purpose, max(used))

    def _replay_accounts(self, pool: ThreadPoolExecutor) -> None:
        with self._telling("Erasing accounts", len(self._erasures)) as advance:
            for chunk in chunks(self._erasures):
                waiting = []
                for account, head in self._heads(chunk):
                    state = self._readable(account, head)
                    if state is None or due(state, self._erasures[account]):
                        waiting.append((account, head))
                    elif state.erased:
                        self._erased[account] = state
                list(pool.map(lambda one: self._replay_account(*one), waiting))
                advance(len(chunk))

    def _heads(self, accounts: Sequence[str]) -> Iterator[tuple[str, Item]]:
        """The heads of those accounts that there are; of the others nothing has come back."""
        table = self._wiring.ledger.table
        keys = [items.head_key(account) for account in accounts]
        for head in batch_get(self._wiring.dynamodb, {table: keys})[table]:
            yield head["pk"]["S"].removeprefix(items.account_pk("")), head

    def _readable(self, account: str, head: Item) -> Account | None:
        """What a head says that is not personal; null if only the events tell."""
        aggregate = self._wiring.ledger.aggregate
        try:
            if items.head_schema(head, account) == aggregate.state_schema:
                return items.read_head(head, account, NoKeys(), aggregate).state
        except CorruptItemError:
            return None
        return None

    def _replay_account(self, account: str, head: Item) -> None:
        """One account, in one commit; what keeps it from that is noted.

        `head` was just read, and every key that the erasure ledger names is destroyed: neither is read again.
        """
        erasures = self._erasures[account]
        found = Due()

        def decide(state: Account) -> Decision:
            nonlocal found
            found = due(state, erasures)
            if found.cancelled and found.row is not None:
                return self._cancel(state, found.row)
            return erase_again(state, found, self._contexts())

        try:
            after = self._wiring.ledger.replay(account, decide, head, erasures.keys()).loaded.state
        except tuple(WHY) as error:
            self._done.left[account] = WHY[type(error)]
            return
        if after.erased:
            self._erased[account] = after
        self._count(found)

    def _cancel(self, account: Account, row: int) -> Decision:
        """The row went because the person stayed, who gets the address back that they had before it."""
        since = 1 if account.row is None else account.row.since
        before = self._wiring.ledger.refold(account.id, through=since - 1)
        email = "" if before is None else before.email
        return cancel_again(account, row, email, unknown_password(self._wiring), self._contexts())

    def _count(self, found: Due) -> None:
        self._done.erased += found.profile is not None
        self._done.reports += found.report is not None
        self._done.rows += found.row is not None and not found.cancelled
        self._done.cancelled += found.cancelled

    def _end_lost_rows(self) -> None:
        """Destroy keys of rows that erased accounts have not any more: rows made after what was restored."""
        request: dict[str, Any] = {
            "FilterExpression": "#state = :active AND contains(pk, :dot)",
            "ProjectionExpression": "pk, fingerprint",
            "ExpressionAttributeNames": {"#state": "state"},
            "ExpressionAttributeValues": {":active": {"S": KeyState.ACTIVE}, ":dot": {"S": "."}},
        }
        with self._telling("Looking for keys of lost rows", None) as advance:
            for page in pages(self._wiring.dynamodb, self._wiring.keys.table, **request):
                for row in page:
                    self._end_if_lost(row)
                advance(len(page))

    def _end_if_lost(self, row: Item) -> None:
        name = items.ERASED_KEY.fullmatch(row["pk"]["S"])
        if name is None or name[1] not in self._erased:
            return
        account, purpose, number = self._erased[name[1]], Purpose(name[3]), int(name[2])
        if self._wiring.ledger.aggregate.rows(account).get(purpose) == number:
            return
        self._wiring.ledger.skip_numbers(purpose, number)
        at, kept = self._contexts().now.isoformat(), row["fingerprint"]["S"]
        erasure = Erasure(account.id, purpose, number, account.version, at, kept, "ErasureReplayed")
        tables = self._wiring.tables
        transaction = Transaction(
            self._wiring.dynamodb,
            self._wiring.ledger.table,
            self._wiring.keys.table,
            tables.erasures.Meta.table_name,
        )
        transaction.erase({"pk": row["pk"]}, items.erasure_item(erasure), erasure.through, at)
        transaction.write()
        self._wiring.keys.forget(subject_of(account.id, number), purpose)
        self._done.keys += 1

    def _put_right(self, pool: ThreadPoolExecutor) -> None:
        """Claims, view rows, and what lies outside the ledger."""
        accounts = [account for account in self._erasures if account not in self._done.left]
        rewriter = Rewriter(self._wiring.stores, pool)
        with self._telling("Taking away what leads to them", None) as advance:
            self._done.strays += rewriter.drop_claims(set(accounts), advance)
        with self._telling("Putting claims and view rows right", len(accounts)) as advance:
            self._done.derived += rewriter.complete(accounts, advance)
        with self._telling("Taking away view rows", None) as advance:
            self._done.strays += rewriter.drop_rows(set(accounts), advance)
        with self._telling("Taking away sessions, pictures and exports", None) as advance:
            self._done.outside += Leftovers(self._wiring, self._erased, pool).delete(advance)
