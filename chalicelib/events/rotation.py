"""Rotating the key-encryption key while everything goes on: a new one wraps new keys, then the old keys too.

What is sealed stays as it is, for the data keys stay the same; only their wrapping changes. A rotation that was
stopped is taken up where it stands: the key-encryption keys that there are say how far it came.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.events.dynamo import Item, binary, call, text
from chalicelib.events.errors import CorruptItemError, TooContendedError, UnknownKeyError
from chalicelib.events.keys import CACHE_SECONDS, CURRENT_KEK, KeyRing, KeyState

IN_FLIGHT = timedelta(seconds=30)
"""Longer than a request lasts that has read a key row, or has wrapped a key and not yet stored it."""

GRACE = timedelta(seconds=CACHE_SECONDS) + IN_FLIGHT
"""How long other processes may go on to wrap with the key-encryption key that was current before."""

THREADS = 8
PREFIX = f"{CURRENT_KEK}#"
LOST = ("ConditionalCheckFailedException", "TransactionCanceledException")


@dataclass(frozen=True)
class Progress:
    """How far a pass over the keys came: rows that it looked at, and keys wrapped anew since the rotation was begun."""

    seen: int
    rewrapped: int


@dataclass(frozen=True)
class Rotated:
    """What a run came to. `faulty` are rows whose key does not unwrap; while there are any, old keys stay."""

    kek: str
    rewrapped: int
    removed: tuple[str, ...]
    faulty: tuple[str, ...]


@dataclass(frozen=True)
class Surroundings:
    """What a rotation needs of the world: the time, a way to wait (seconds), and whom to tell how far it is."""

    clock: Callable[[], datetime]
    wait: Callable[[float], None]
    tell: Callable[[Progress], None]


class Rotation:
    """Rotates the key-encryption key. Arguments: a botocore client, the key ring with its table, the surroundings."""

    def __init__(self, client: Any, ring: KeyRing, around: Surroundings) -> None:
        self._client = client
        self._ring = ring
        self._around = around
        self._rewrapped = 0
        self._faulty: set[str] = set()

    def run(self) -> Rotated:
        """Rotate, or finish the rotation that was begun.

        Raises `StoreUnavailableError`, `KeyServiceUnavailableError`, and `TooContendedError` beside another rotation:
        run it again.
        """
        current = self._begun()
        last_change = self._around.clock()
        settled = _moment(current) + GRACE
        while True:
            began = self._around.clock()
            if self._pass(current["kek"]["S"]):
                last_change = self._around.clock()
            elif began >= max(settled, last_change + IN_FLIGHT):
                break
            self._wait_until(max(settled, last_change + IN_FLIGHT))
        removed = () if self._faulty else self._remove_old(current)
        return Rotated(current["kek"]["S"], self._rewrapped, removed, tuple(sorted(self._faulty)))

    def _begun(self) -> Item:
        """The row of the current key-encryption key, once that is a new one, or the one of a rotation under way."""
        current = self._ring.current()
        others = {name: at for name, at in self._keks().items() if name != current["kek"]["S"]}
        ahead = [name for name, at in others.items() if at > current["at"]["S"]]
        if others and not ahead:
            return current
        at = self._after(current)
        name = max(ahead, key=lambda each: others[each]) if ahead else self._ring.new_kek(at)
        self._switch(current, name, max(at, others.get(name, "")))
        return self._ring.current()

    def _after(self, current: Item) -> str:
        """Now, or at any rate later than the current key-encryption key: which is the newer one must be plain."""
        return max(self._around.clock(), _moment(current) + timedelta(microseconds=1)).isoformat()

    def _switch(self, current: Item, name: str, at: str) -> None:
        """Make `name` the current one, if it is there and nobody else has chosen another."""
        there = {
            "TableName": self._ring.table,
            "Key": {"pk": text(name)},
            "ConditionExpression": "attribute_exists(pk)",
        }
        chosen = {
            "TableName": self._ring.table,
            "Key": {"pk": text(CURRENT_KEK)},
            "UpdateExpression": "SET kek = :new, #at = :at",
            "ConditionExpression": "kek = :old",
            "ExpressionAttributeNames": {"#at": "at"},
            "ExpressionAttributeValues": {":new": text(name), ":old": current["kek"], ":at": text(at)},
        }
        self._write([{"ConditionCheck": there}, {"Update": chosen}])

    def _remove_old(self, current: Item) -> tuple[str, ...]:
        """Remove the key-encryption keys that nothing is wrapped by any more, while the current one stays current."""
        old = [name for name, at in self._keks().items() if name != current["kek"]["S"] and at <= current["at"]["S"]]
        stays = {
            "TableName": self._ring.table,
            "Key": {"pk": text(CURRENT_KEK)},
            "ConditionExpression": "kek = :current",
            "ExpressionAttributeValues": {":current": current["kek"]},
        }
        for name in old:
            gone = {"TableName": self._ring.table, "Key": {"pk": text(name)}}
            self._write([{"ConditionCheck": stays}, {"Delete": gone}])
        return tuple(sorted(old))

    def _write(self, parts: list[dict[str, Any]]) -> None:
        try:
            call(self._client.transact_write_items, TransactItems=parts)
        except ClientError as error:
            if error.response["Error"]["Code"] not in LOST:
                raise
            raise TooContendedError("key-encryption keys") from None

    def _pass(self, kek: str) -> bool:
        """Wrap every key anew that `kek` does not wrap; whether there was any that can be."""
        seen, found = 0, False
        with ThreadPoolExecutor(THREADS) as pool:
            for page in self._pages(kek):
                seen += page["ScannedCount"]
                done = list(pool.map(lambda row: self._rewrap(row, kek), page["Items"]))
                self._rewrapped += done.count(True)
                found = found or any(row["pk"]["S"] not in self._faulty for row in page["Items"])
                self._around.tell(Progress(seen, self._rewrapped))
        return found

    def _pages(self, kek: str) -> Iterator[dict[str, Any]]:
        """The active keys that another key-encryption key wraps."""
        return self._scan(
            ProjectionExpression="pk, #wrapped, kek",
            FilterExpression="#state = :active AND attribute_exists(kek) AND kek <> :kek AND pk <> :current",
            ExpressionAttributeNames={"#state": "state", "#wrapped": "wrapped"},
            ExpressionAttributeValues={
                ":active": text(KeyState.ACTIVE),
                ":kek": text(kek),
                ":current": text(CURRENT_KEK),
            },
        )

    def _rewrap(self, row: Item, kek: str) -> bool:
        """Exchange the wrapping of a key, if its row is as it was read: not erased, and nobody else was faster."""
        try:
            wrapped = self._ring.rewrapped(row, kek)
        except (CorruptItemError, UnknownKeyError):
            self._faulty.add(row["pk"]["S"])
            return False
        try:
            call(
                self._client.update_item,
                TableName=self._ring.table,
                Key={"pk": row["pk"]},
                UpdateExpression="SET #wrapped = :new, kek = :kek",
                ConditionExpression="#state = :active AND #wrapped = :read AND kek = :old",
                ExpressionAttributeNames={"#state": "state", "#wrapped": "wrapped"},
                ExpressionAttributeValues={
                    ":new": binary(wrapped),
                    ":kek": text(kek),
                    ":active": text(KeyState.ACTIVE),
                    ":read": row["wrapped"],
                    ":old": row["kek"],
                },
            )
        except ClientError as error:
            if error.response["Error"]["Code"] not in LOST:
                raise
            return False
        return True

    def _keks(self) -> dict[str, str]:
        """Every key-encryption key, and when it was made; the first one at no time that is known."""
        pages = self._scan(
            ProjectionExpression="pk, #at",
            FilterExpression="begins_with(pk, :prefix)",
            ExpressionAttributeNames={"#at": "at"},
            ExpressionAttributeValues={":prefix": text(PREFIX)},
        )
        return {row["pk"]["S"]: row["at"]["S"] if "at" in row else "" for page in pages for row in page["Items"]}

    def _scan(self, **what: Any) -> Iterator[dict[str, Any]]:
        request = {"TableName": self._ring.table, "ConsistentRead": True, **what}
        while True:
            page: dict[str, Any] = call(self._client.scan, **request)
            yield page
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _wait_until(self, moment: datetime) -> None:
        left = (moment - self._around.clock()).total_seconds()
        if left > 0:
            self._around.wait(left)


def _moment(current: Item) -> datetime:
    """When a key-encryption key became the current one; the first one long ago."""
    at = current["at"]["S"]
    return datetime.fromisoformat(at or "2000-01-01T00:00:00+00:00")
