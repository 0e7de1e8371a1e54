"""Idempotency records: the first answer to a command, kept for 24 hours in the command's own transaction.

An answer with a body is sealed with the key of the account that it speaks of, so it is forgotten together with that
account; one without says nothing about anybody, and is kept as it is.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from chalicelib.events.classification import Purpose
from chalicelib.events.dynamo import Item, Value, binary, number, text
from chalicelib.events.errors import CorruptItemError
from chalicelib.events.sealing import DataKey, Place, SealBrokenError

RECORD_SORT_KEY = "CMD"
LIFETIME_SECONDS = 24 * 3600
S = TypeVar("S")


@dataclass(frozen=True)
class Answer:
    """An answer as it goes out: status, headers, body, and what stands in `Set-Cookie` headers, which is never kept."""

    status: int
    headers: Mapping[str, str]
    body: str | bytes = field(repr=False)
    cookies: Sequence[str] = field(default=(), repr=False)


@dataclass(frozen=True)
class Command(Generic[S]):
    """A command that came with an idempotency key.

    `caller` is the account that sent it, `key_digest` the keyed hash of its key, `request_digest` that of the
    request; `answer` makes the answer from the state that the command leads to; `now` is in Unix seconds.
    """

    caller: str
    key_digest: str
    request_digest: str
    now: int
    answer: Callable[[S, int], Answer]

    @property
    def partition_key(self) -> str:
        """Where the record stands."""
        return partition_key(self.caller, self.key_digest)


@dataclass(frozen=True)
class Record:
    """A record that was read: whose account its answer speaks of, and the answer, sealed or in the clear."""

    request_digest: str
    account: str
    version: int
    expires: int
    clear: str | None
    sealed: bytes = field(repr=False)

    def answer(self, key: Callable[[], DataKey]) -> Answer:
        """The first answer, opened with the account's key if it is sealed; raises `CorruptItemError`."""
        try:
            stored = self.clear or key().open(self.sealed, _place(self.account, self.version))
        except SealBrokenError as error:
            raise CorruptItemError(self.account, f"answer {self.version}", str(error)) from None
        content = json.loads(stored)
        return Answer(content["status"], content["headers"], content["body"])


def partition_key(caller: str, key_digest: str) -> str:
    """`I#<caller's account id>#<keyed hash of the idempotency key>`."""
    return f"I#{caller}#{key_digest}"


def record_key(caller: str, key_digest: str) -> Item:
    """The record's key, on the wire."""
    return {"pk": text(partition_key(caller, key_digest)), "sk": text(RECORD_SORT_KEY)}


def record_item(command: Command[S], state: S, account: str, version: int, key: DataKey | None) -> Item | None:
    """The record of `command`, whose effects end at `version` of `account`; null if its answer cannot be sealed."""
    answer = command.answer(state, version)
    if isinstance(answer.body, bytes):
        raise TypeError("only answers in text are kept")
    content = json.dumps({"status": answer.status, "headers": dict(answer.headers), "body": answer.body})
    kept: dict[str, Value] = {
        "pk": text(command.partition_key),
        "sk": text(RECORD_SORT_KEY),
        "request": text(command.request_digest),
        "a": text(account),
        "v": number(version),
        "expires": number(command.now + LIFETIME_SECONDS),
    }
    if not answer.body:
        return kept | {"p": text(content)}
    if key is None:
        return None
    return kept | {Purpose.PROFILE: binary(key.seal(content.encode(), _place(account, version)))}


def read_record(item: Item, now: int) -> Record | None:
    """The record of an item, unless it has run out."""
    expires = int(item["expires"]["N"])
    if expires <= now:
        return None
    clear = item["p"]["S"] if "p" in item else None
    sealed = item[Purpose.PROFILE]["B"] if Purpose.PROFILE in item else b""
    return Record(item["request"]["S"], item["a"]["S"], int(item["v"]["N"]), expires, clear, sealed)


def _place(account: str, version: int) -> Place:
    return Place("answer", account, version, Purpose.PROFILE, 1)
