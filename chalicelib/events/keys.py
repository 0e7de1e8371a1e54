"""The key ring: one data key a subject and purpose, wrapped by a key-encryption key, wrapped by KMS.

A key row goes from `ACTIVE` to `ERASED` and never back, and is made with put-if-absent, so the key of a
forgotten person cannot come back by "get or create". KMS is asked once a process, not once a person.
"""

import os
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from threading import Lock
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chalicelib.events.classification import Purpose
from chalicelib.events.dynamo import Item, binary, call, number, text
from chalicelib.events.errors import (
    CorruptItemError,
    ErasedKeyError,
    KeyServiceUnavailableError,
    UnknownKeyError,
)
from chalicelib.events.sealing import NONCE_BYTES, DataKey, Slot, subject_of

CACHE_SECONDS = 60.0
"""How long a data key may stay in memory; part of the promise of docs/privacy.md."""

CACHE_ENTRIES = 10_000
CURRENT_KEK = "KEK"


class KeyState(StrEnum):
    """Where a key row stands."""

    ACTIVE = "ACTIVE"
    ERASED = "ERASED"


@dataclass(frozen=True)
class NewKey:
    """A fresh data key and the row that must be put, if absent, with the first thing that it seals."""

    key: DataKey
    row: Item


class KeyRing:
    """Makes, opens and destroys data keys. Shared by threads.

    Arguments: a botocore DynamoDB client and the keys table's name; a function that gives the KMS client;
    the id of the KMS key; `ticks`, a monotonic clock in seconds, for the cache.
    """

    def __init__(
        self,
        client: Any,
        table: str,
        kms: Callable[[], Any],
        kms_key_id: str,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self.table = table
        self._kms = kms
        self._kms_key_id = kms_key_id
        self._ticks = ticks
        self._keks: dict[str, AESGCM] = {}
        self._current: tuple[str, float] | None = None
        self._cache: OrderedDict[str, tuple[float, DataKey]] = OrderedDict()
        self._lock = Lock()

    @staticmethod
    def partition_key(subject: str, purpose: Purpose) -> str:
        """The key row's key: `<subject>#<purpose>`."""
        return f"{subject}#{purpose}"

    def row_key(self, subject: str, purpose: Purpose) -> Item:
        """The key row's key, on the wire."""
        return {"pk": text(self.partition_key(subject, purpose))}

    def cached(self, subject: str, purpose: Purpose) -> DataKey | None:
        """The data key if it was read within the last 60 seconds."""
        name = self.partition_key(subject, purpose)
        with self._lock:
            entry = self._cache.get(name)
            if entry is None:
                return None
            if entry[0] <= self._ticks():
                del self._cache[name]
                return None
            return entry[1]

    def make(self, subject: str, purpose: Purpose, at: datetime) -> NewKey:
        """A fresh key for `subject`. It is not stored: the caller puts its row in the same transaction."""
        key = DataKey(subject, purpose, os.urandom(32), _row_of(subject))
        name = self.partition_key(subject, purpose)
        kek = self._current_kek()
        nonce = os.urandom(NONCE_BYTES)
        wrapped = nonce + self._kek(kek).encrypt(nonce, key.material, name.encode())
        row = {
            "pk": text(name),
            "state": text(KeyState.ACTIVE),
            "wrapped": binary(wrapped),
            "kek": text(kek),
            "fingerprint": text(key.fingerprint),
            "at": text(at.isoformat()),
        }
        return NewKey(key, row)

    def open(self, subject: str, purpose: Purpose, row: Item | None) -> DataKey:
        """The data key of a row that was read.

        Raises `UnknownKeyError`, `ErasedKeyError`, `CorruptItemError`, `KeyServiceUnavailableError`.
        """
        if row is None:
            raise UnknownKeyError(subject, purpose)
        if row["state"]["S"] != KeyState.ACTIVE:
            self.forget(subject, purpose)
            raise ErasedKeyError(subject, purpose, int(row["through"]["N"]))
        name = self.partition_key(subject, purpose)
        try:
            wrapped = row["wrapped"]["B"]
            kek = self._kek(row["kek"]["S"])
            material = kek.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], name.encode())
        except (InvalidTag, KeyError, ValueError):
            raise CorruptItemError(subject, f"{purpose} key", "does not unwrap") from None
        key = DataKey(subject, purpose, material, _row_of(subject))
        self.remember(key)
        return key

    def load(self, subject: str, purpose: Purpose) -> DataKey:
        """The data key, from memory or read from the table. Raises as `open`."""
        found = self.cached(subject, purpose)
        if found is not None:
            return found
        answer = call(
            self._client.get_item,
            TableName=self.table,
            Key=self.row_key(subject, purpose),
            ConsistentRead=True,
        )
        return self.open(subject, purpose, answer.get("Item"))

    def find(self, subject: str, purpose: Purpose, row: Item | None = None) -> DataKey | None:
        """The data key, or null once it is erased; `row` is its row if it was just read.

        Raises as `open`, but for `ErasedKeyError`.
        """
        try:
            return self.load(subject, purpose) if row is None else self.open(subject, purpose, row)
        except ErasedKeyError:
            return None

    def remember(self, key: DataKey) -> None:
        """Keep a key that was just read or stored, for at most 60 seconds."""
        with self._lock:
            name = self.partition_key(key.subject, key.purpose)
            self._cache[name] = (self._ticks() + CACHE_SECONDS, key)
            self._cache.move_to_end(name)
            if len(self._cache) > CACHE_ENTRIES:
                self._cache.popitem(last=False)

    def forget(self, subject: str, purpose: Purpose) -> None:
        """Drop a key from memory."""
        with self._lock:
            self._cache.pop(self.partition_key(subject, purpose), None)

    def erase(self, subject: str, purpose: Purpose, through: int, at: datetime) -> None:
        """Destroy a key: its row keeps the fence (`through` version, fingerprint, time), and opens nothing.

        Idempotent: a row that is erased already keeps its first fence. Raises `UnknownKeyError`.
        """
        try:
            call(
                self._client.update_item,
                TableName=self.table,
                Key=self.row_key(subject, purpose),
                UpdateExpression="SET #state = :erased, through = :through, #at = :at REMOVE #wrapped, kek",
                ConditionExpression="#state = :active",
                ExpressionAttributeNames={"#state": "state", "#at": "at", "#wrapped": "wrapped"},
                ExpressionAttributeValues={
                    ":erased": text(KeyState.ERASED),
                    ":active": text(KeyState.ACTIVE),
                    ":through": number(through),
                    ":at": text(at.isoformat()),
                },
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            self._check_erased(subject, purpose)
        finally:
            self.forget(subject, purpose)

    def current(self) -> Item:
        """The row that says which key-encryption key wraps new keys (`kek`), and since when (`at`)."""
        return self._row(CURRENT_KEK) or self._first_kek()

    def new_kek(self, at: str) -> str:
        """Make another key-encryption key, which wraps nothing yet; its name."""
        name = f"{CURRENT_KEK}#{os.urandom(8).hex()}"
        wrapped = self._ask_kms("generate_data_key_without_plaintext", name, KeyId=self._kms_key_id, NumberOfBytes=32)[
            "CiphertextBlob"
        ]
        self._put_if_absent({"pk": text(name), "wrapped": binary(wrapped), **_of_kek(at)})
        return name

    def fault_of_kek(self, row: Item) -> str | None:
        """What is wrong with a key-encryption key's row, or with the one that names the current one; asks KMS.

        A row that has gone meanwhile is none. Raises `StoreUnavailableError`, `KeyServiceUnavailableError`.
        """
        pk = row["pk"]["S"]
        if self._row(pk) is None:
            return None
        try:
            if row["at"]["S"]:
                datetime.fromisoformat(row["at"]["S"])
            if row["state"]["S"] != KeyState.ACTIVE or row["fingerprint"]["S"]:
                return "state"
            if pk == CURRENT_KEK:
                return "names no key" if self._row(self.current()["kek"]["S"]) is None else None
            self._unwrap(pk, row["wrapped"]["B"])
        except CorruptItemError as error:
            return error.why
        except KeyError as error:
            return f"no {error.args[0]}"
        except ValueError:
            return "time"
        return None

    def rewrapped(self, row: Item, kek: str) -> bytes:
        """The data key of an active row as the key-encryption key `kek` wraps it.

        Raises `CorruptItemError`, `UnknownKeyError`, `KeyServiceUnavailableError`.
        """
        name, wrapped = row["pk"]["S"], row["wrapped"]["B"]
        try:
            material = self._kek(row["kek"]["S"]).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], name.encode())
        except (InvalidTag, ValueError):
            raise CorruptItemError(name, "key", "does not unwrap") from None
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._kek(kek).encrypt(nonce, material, name.encode())

    def _check_erased(self, subject: str, purpose: Purpose) -> None:
        answer = call(
            self._client.get_item,
            TableName=self.table,
            Key=self.row_key(subject, purpose),
            ConsistentRead=True,
        )
        if "Item" not in answer:
            raise UnknownKeyError(subject, purpose)

    def _current_kek(self) -> str:
        """The name of the key-encryption key that wraps new keys; looked up again after 60 seconds."""
        if self._current is not None and self._current[1] > self._ticks():
            return self._current[0]
        row = self.current()
        self._current = (row["kek"]["S"], self._ticks() + CACHE_SECONDS)
        return self._current[0]

    def _kek(self, name: str) -> AESGCM:
        if name not in self._keks:
            row = self._row(name)
            if row is None:
                raise UnknownKeyError(name, "key-encryption")
            self._keks[name] = AESGCM(self._unwrap(name, row["wrapped"]["B"]))
        return self._keks[name]

    def _first_kek(self) -> Item:
        """Make the first key-encryption key; when two processes do, one wins and both use its."""
        name = self.new_kek("")
        self._put_if_absent({"pk": text(CURRENT_KEK), "kek": text(name), **_of_kek("")})
        row = self._row(CURRENT_KEK)
        if row is None:
            raise UnknownKeyError(CURRENT_KEK, "key-encryption")
        return row

    def _unwrap(self, name: str, wrapped: bytes) -> bytes:
        plaintext: bytes = self._ask_kms("decrypt", name, KeyId=self._kms_key_id, CiphertextBlob=wrapped)["Plaintext"]
        return plaintext

    def _ask_kms(self, operation: str, name: str, **parameters: Any) -> Any:
        try:
            return getattr(self._kms(), operation)(EncryptionContext={"rollcall": name}, **parameters)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("InvalidCiphertextException", "IncorrectKeyException"):
                raise CorruptItemError(name, "key-encryption key", "does not unwrap") from None
            raise KeyServiceUnavailableError(error.response["Error"]["Code"]) from error
        except BotoCoreError as error:
            raise KeyServiceUnavailableError(type(error).__name__) from error

    def _row(self, pk: str) -> Item | None:
        item: Item | None = call(
            self._client.get_item, TableName=self.table, Key={"pk": text(pk)}, ConsistentRead=True
        ).get("Item")
        return item

    def _put_if_absent(self, row: Item) -> None:
        try:
            call(
                self._client.put_item,
                TableName=self.table,
                Item=row,
                ConditionExpression="attribute_not_exists(pk)",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise


def _of_kek(at: str) -> Item:
    """What the rows of key-encryption keys, and the one that names the current one, have besides."""
    return {"state": text(KeyState.ACTIVE), "fingerprint": text(""), "at": text(at)}


def _row_of(subject: str) -> int | None:
    """The row's number in a subject; null for an account's own key."""
    number = subject.partition(".")[2]
    return int(number) if number else None


class AccountKeys(dict[Slot, DataKey | None]):
    """The keys of one account: that of its profile at hand, those of its rows looked up when they are met.

    Null stands for a key that is destroyed. A row's key is read from the ring, which raises `UnknownKeyError`.
    """

    def __init__(self, ring: KeyRing, account: str, profile: DataKey | None) -> None:
        super().__init__({Purpose.PROFILE: profile})
        self._ring = ring
        self._account = account

    def __missing__(self, slot: Slot) -> DataKey | None:
        if isinstance(slot, Purpose):
            raise UnknownKeyError(self._account, slot)
        purpose, row = slot
        self[slot] = found = self._ring.find(subject_of(self._account, row), purpose)
        return found
