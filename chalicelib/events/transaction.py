"""One commit as one TransactWriteItems, and what its failure means.

`Transaction` is the only place that writes events, and `CancellationReasons` are read only here.
"""

import secrets
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.events.dynamo import Item, Value, call, number, pause, text
from chalicelib.events.errors import (
    ClaimTakenError,
    DuplicateCommandError,
    StoreError,
    StoreUnavailableError,
    TransactionConflictError,
    TransactionTooLargeError,
    VersionConflictError,
)

ABSENT = "attribute_not_exists(pk)"
HEAD_UNCHANGED = "v = :loaded"
CLAIM_FREE_OR_OURS = "attribute_not_exists(pk) OR a = :account"
CLAIM_OURS = "a = :account"
THERE = "attribute_exists(pk)"
ERASE = "SET #state = :erased, through = if_not_exists(through, :through), #at = :at REMOVE #wrapped, kek"
RECORD_FREE_OR_EXPIRED = "attribute_not_exists(pk) OR expires <= :now"
CONFLICT = "TransactionConflict"
THROTTLED = frozenset({"ThrottlingError", "ProvisionedThroughputExceeded"})
THROTTLED_TRIES = 4
"""How often a throttled transaction is written; botocore does not see this kind of throttling."""

THROTTLED_PAUSE = 0.02
MAX_ITEMS = 100


class Part(StrEnum):
    """What an item of the transaction is, so that its failure can be named."""

    HEAD = "head"
    EVENT = "event"
    CLAIM = "claim"
    RELEASE = "release"
    KEY = "key"
    FENCE = "fence"
    ERASURE = "erasure"
    CREDENTIAL = "credential"
    RECORD = "record"


class Transaction:
    """Collects the items of one commit, then writes all of them or none.

    Arguments: the botocore client, the names of the ledger, the keys and the erasures table.
    """

    def __init__(self, client: Any, ledger: str, keys: str, erasures: str) -> None:
        self._client = client
        self._ledger = ledger
        self._keys = keys
        self._erasures = erasures
        self._items: list[dict[str, Any]] = []
        self._parts: list[tuple[Part, str]] = []
        self._digests: dict[int, bytes] = {}

    def head(self, item: Item, loaded_version: int) -> None:
        """Put the head; the version must still be the loaded one (0: there must be none)."""
        if loaded_version == 0:
            self._put(Part.HEAD, self._ledger, item, ABSENT)
        else:
            self._put(Part.HEAD, self._ledger, item, HEAD_UNCHANGED, {":loaded": number(loaded_version)})

    def event(self, item: Item, digest: bytes) -> None:
        """Put an event; there must be none of its version. `digest` tells our own event from somebody else's."""
        self._digests[len(self._items)] = digest
        self._put(Part.EVENT, self._ledger, item, ABSENT, old=True)

    def claim(self, kind: str, key: Item, account: str) -> None:
        """Take a claim; it must be free or ours."""
        item = {**key, "a": text(account)}
        self._put(Part.CLAIM, self._ledger, item, CLAIM_FREE_OR_OURS, {":account": text(account)}, name=kind)

    def claim_for_nobody(self, kind: str, key: Item) -> None:
        """Take a claim that leads to no account; it must be free."""
        self._put(Part.CLAIM, self._ledger, key, ABSENT, name=kind)

    def claim_again(self, key: Item) -> None:
        """Take a claim that leads to no account, whether or not it stands."""
        self._add(Part.CLAIM, "Put", {"Item": key, "TableName": self._ledger})

    def give_up(self, key: Item) -> None:
        """Give up a claim that leads to no account, whether or not it stands."""
        self._add(Part.RELEASE, "Delete", {"Key": key, "TableName": self._ledger})

    def require_absent(self, kind: str, key: Item) -> None:
        """There must be no such claim: `kind` is what is taken if there is."""
        self._add(Part.CLAIM, "ConditionCheck", {"Key": key, "TableName": self._ledger}, ABSENT, name=kind)

    def release_from_nobody(self, key: Item) -> None:
        """Give up a claim that leads to no account."""
        self._add(Part.RELEASE, "Delete", {"Key": key, "TableName": self._ledger}, THERE)

    def release(self, key: Item, account: str) -> None:
        """Give up a claim that is ours."""
        values = {":account": text(account)}
        self._add(Part.RELEASE, "Delete", {"Key": key, "TableName": self._ledger}, CLAIM_OURS, values)

    def key(self, row: Item) -> None:
        """Put a data key's row; there must be none, not even an erased one."""
        self._put(Part.KEY, self._keys, row, ABSENT)

    def erase(self, key: Item, entry: Item, through: int, at: str) -> None:
        """Destroy a data key for good: its row keeps the fence, and the erasure ledger gets `entry`."""
        request = {
            "Key": key,
            "TableName": self._keys,
            "UpdateExpression": ERASE,
            "ExpressionAttributeNames": {"#state": "state", "#at": "at", "#wrapped": "wrapped"},
        }
        values = {":erased": text("ERASED"), ":through": number(through), ":at": text(at)}
        self._add(Part.FENCE, "Update", request, THERE, values)
        self._enter(entry)

    def _enter(self, entry: Item) -> None:
        """Write an entry of the erasure ledger; one that stands keeps what it says."""
        names = [name for name in entry if name != "pk"]
        request = {
            "Key": {"pk": entry["pk"]},
            "TableName": self._erasures,
            "UpdateExpression": "SET " + ", ".join(f"#{name} = if_not_exists(#{name}, :{name})" for name in names),
            "ExpressionAttributeNames": {f"#{name}": name for name in names},
        }
        self._add(Part.ERASURE, "Update", request, None, {f":{name}": entry[name] for name in names})

    def credential(self, item: Item) -> None:
        """Store the password hash."""
        self._add(Part.CREDENTIAL, "Put", {"Item": item, "TableName": self._ledger})

    def no_credential(self, key: Item) -> None:
        """Delete the password hash, if there is one."""
        self._add(Part.CREDENTIAL, "Delete", {"Key": key, "TableName": self._ledger})

    def record(self, item: Item, now: int) -> None:
        """Put an idempotency record; there must be none that still counts at `now` (Unix seconds)."""
        self._put(Part.RECORD, self._ledger, item, RECORD_FREE_OR_EXPIRED, {":now": number(now)})

    def write(self) -> None:
        """Write all of it.

        Raises `DuplicateCommandError`, `VersionConflictError`, `TransactionConflictError`, `ClaimTakenError`,
        `StoreUnavailableError`, `TransactionTooLargeError`. A time-out after the write had landed is told apart
        by our own events, and is a success.
        """
        if len(self._items) > MAX_ITEMS:
            raise TransactionTooLargeError(len(self._items))
        for attempt in range(THROTTLED_TRIES):
            failure = self._try()
            if not isinstance(failure, StoreUnavailableError):
                break
            pause(attempt, base=THROTTLED_PAUSE)
        if failure is not None:
            raise failure

    def _try(self) -> StoreError | None:
        """Write once; what the transaction was cancelled for, or null if it was written."""
        try:
            call(self._client.transact_write_items, TransactItems=self._items, ClientRequestToken=secrets.token_hex(16))
        except ClientError as error:
            if error.response["Error"]["Code"] != "TransactionCanceledException":
                raise
            return self._failure(error.response.get("CancellationReasons", []))
        return None

    def _failure(self, reasons: list[Mapping[str, Any]]) -> StoreError | None:
        """What `reasons` come to; a lost race comes before a taken claim, which the winner may have moved."""
        failed = [(index, reason) for index, reason in enumerate(reasons) if reason.get("Code") not in (None, "None")]
        if any(self._landed(index, reason) for index, reason in failed):
            return None
        codes = {reason["Code"] for _, reason in failed}
        unmet = [self._parts[index] for index, reason in failed if reason["Code"] == "ConditionalCheckFailed"]
        parts = {part for part, _ in unmet}
        if Part.RECORD in parts:
            return DuplicateCommandError()
        if parts & {Part.HEAD, Part.EVENT, Part.KEY, Part.RELEASE, Part.FENCE}:
            return VersionConflictError()
        if Part.CLAIM in parts:
            return ClaimTakenError([name for part, name in unmet if part is Part.CLAIM])
        if CONFLICT in codes:
            return TransactionConflictError()
        if codes and codes <= THROTTLED:
            return StoreUnavailableError(", ".join(sorted(codes)))
        return StoreError(f"transaction refused: {', '.join(sorted(codes)) or 'no reason given'}")

    def _landed(self, index: int, reason: Mapping[str, Any]) -> bool:
        ours = self._digests.get(index)
        standing = reason.get("Item", {}).get("d", {}).get("B")
        return ours is not None and standing == ours

    def _put(
        self,
        part: Part,
        table: str,
        item: Item,
        condition: str,
        values: Mapping[str, Value] | None = None,
        *,
        name: str = "",
        old: bool = False,
    ) -> None:
        self._add(part, "Put", {"Item": item, "TableName": table}, condition, values, name=name, old=old)

    def _add(
        self,
        part: Part,
        operation: str,
        request: dict[str, Any],
        condition: str | None = None,
        values: Mapping[str, Value] | None = None,
        *,
        name: str = "",
        old: bool = False,
    ) -> None:
        if condition is not None:
            request["ConditionExpression"] = condition
        if values is not None:
            request["ExpressionAttributeValues"] = values
        if old:
            request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        self._items.append({operation: request})
        self._parts.append((part, name))
