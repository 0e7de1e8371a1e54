"""Makes moto's DynamoDB safe under threads and flat in the size of a table.

moto 5.2.5 copies whole tables for each transaction, loses a quarter of the transactions that run at once,
and reads a whole table for each Query. These patches change that for the whole process, for good: they are
put in once and stay, whether a mock is running or not. They touch private names, so they refuse any other
version of moto.
"""

import copy
import hashlib
import inspect
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import moto
from moto.core.exceptions import JsonRESTError
from moto.core.responses import BaseResponse
from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import StreamShard, Table
from moto.dynamodb.responses import DynamoHandler
from moto.dynamodbstreams.responses import DynamoDBStreamsHandler

from local import moto_index, moto_s3, moto_speed

MOTO_VERSION = "5.2.5"
REMEMBERED_TOKENS = 1_000

LOCK = threading.RLock()
"""Held by every DynamoDB and streams request of the process, so that nobody sees half a transaction."""

_PATCHED: dict[Any, tuple[str, ...]] = {
    DynamoHandler: ("call_action", "transact_write_items"),
    BaseResponse: ("call_action",),
    DynamoDBBackend: ("transact_write_items", "get_keys_value", "get_item"),
    Table: ("query", "all_items", "get_item"),
    StreamShard: ("add", "get"),
}

_marks = threading.local()
_installed = threading.Event()


class UnsupportedMotoError(Exception):
    """The installed moto is not the one that the shim was written for.

    Install the version of requirements-local.txt, or look through the shim for the new one.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"the DynamoDB shim fits moto {MOTO_VERSION} alone: {reason}")
        self.reason = reason


def install() -> None:
    """Patch moto, once; later calls do nothing.

    Raises `UnsupportedMotoError` before it changes anything if moto is not the one known here.
    """
    with LOCK:
        if _installed.is_set():
            return
        check_moto(moto.__version__, _PATCHED)
        check_moto(moto.__version__, moto_speed.PATCHED)
        check_moto(moto.__version__, moto_s3.PATCHED)
        check_moto(moto.__version__, moto_index.PATCHED)
        check_parameters(Table.query, moto_index.QUERY_PARAMETERS)
        _serialise_requests()
        _make_transactions_atomic()
        _honour_request_tokens()
        _read_few_items_for_a_query()
        moto_index.install()
        moto_speed.install()
        moto_s3.install()
        _installed.set()


def check_moto(version: str, patched: dict[Any, tuple[str, ...]]) -> None:
    """Raise `UnsupportedMotoError` unless `version` is ours and every patched name exists."""
    if version != MOTO_VERSION:
        raise UnsupportedMotoError(f"{version} is installed")
    for owner, names in patched.items():
        for name in names:
            if not hasattr(owner, name):
                raise UnsupportedMotoError(f"{owner.__name__} has no {name}")


def check_parameters(function: Callable[..., Any], names: tuple[str, ...]) -> None:
    """Raise `UnsupportedMotoError` unless the function takes parameters of these names."""
    for name in names:
        if name not in inspect.signature(function).parameters:
            raise UnsupportedMotoError(f"{function.__qualname__} has no parameter {name}")


def _serialise_requests() -> None:
    """One request at a time, streams included: a reader must not see what is rolled back a moment later."""
    call_action = DynamoHandler.call_action
    call_streams_action = DynamoDBStreamsHandler.call_action

    def locked(self: Any) -> Any:
        with LOCK:
            return call_action(self)

    def locked_streams(self: Any) -> Any:
        with LOCK:
            return call_streams_action(self)

    DynamoHandler.call_action = locked
    DynamoDBStreamsHandler.call_action = locked_streams


def _make_transactions_atomic() -> None:
    """Roll a failed transaction back by its own items and stream records, without copying a table.

    Two conditional puts: 14 ms at 100 items and 250-450 ms at 3,000 before, 1.8 ms at any size after.
    """
    write = DynamoDBBackend.transact_write_items

    def deepcopy(self: Table, memo: dict[int, Any]) -> Any:
        if getattr(_marks, "in_transaction", False):
            return self
        clone = self.__class__.__new__(self.__class__)
        memo[id(self)] = clone
        clone.__dict__.update({key: copy.deepcopy(value, memo) for key, value in self.__dict__.items()})
        return clone

    def atomic(self: Any, transact_items: list[dict[str, Any]]) -> None:
        snapshot = _Snapshot(self, transact_items)
        try:
            with _in_transaction():
                write(self, transact_items)
        except BaseException:
            snapshot.put_back()
            raise

    Table.__deepcopy__ = deepcopy
    DynamoDBBackend.transact_write_items = atomic


@contextmanager
def _in_transaction() -> Iterator[None]:
    _marks.in_transaction = True
    try:
        yield
    finally:
        _marks.in_transaction = False


class _Snapshot:
    """What a transaction may touch, as it was before."""

    def __init__(self, backend: Any, transact_items: list[dict[str, Any]]) -> None:
        self._items: dict[tuple[str, Any, Any], tuple[Any, Any]] = {}
        self._stream_lengths: dict[str, tuple[Any, int]] = {}
        for operation in transact_items:
            for body in operation.values():
                self._note(backend, body)

    def _note(self, backend: Any, body: dict[str, Any]) -> None:
        table = backend.tables.get(body.get("TableName"))
        if table is None:
            return
        try:
            hash_key, range_key = backend.get_keys_value(table, body.get("Key") or body.get("Item") or {})
        except MockValidationException:
            return  # without its key the operation fails before it touches anything
        if table.stream_shard is not None:
            self._stream_lengths[table.name] = (table.stream_shard, len(table.stream_shard.items))
        partition = table.items.get(hash_key)
        old = partition.get(range_key) if range_key and partition is not None else partition
        self._items.setdefault((table.name, hash_key, range_key), (table, copy.deepcopy(old)))

    def put_back(self) -> None:
        for (_, hash_key, range_key), (table, old) in self._items.items():
            place = table.items[hash_key] if range_key else table.items
            key = range_key or hash_key
            if old is None:
                place.pop(key, None)
            else:
                place[key] = old
        for shard, length in self._stream_lengths.values():
            del shard.items[length:]


def _honour_request_tokens() -> None:
    """The same ClientRequestToken and request again: success, applied once; another request: refused.

    moto applies it twice. AWS remembers a token for ten minutes, this the last thousand of a region.
    """
    write = DynamoHandler.transact_write_items

    def once(self: Any) -> Any:
        token = self.body.get("ClientRequestToken")
        if not token:
            return write(self)
        seen = self.dynamodb_backend.__dict__.setdefault("request_tokens", OrderedDict())
        request = hashlib.sha256(repr(self.body["TransactItems"]).encode()).digest()
        answer, known = seen.get(token, (None, request))
        if known != request:
            raise JsonRESTError(
                "com.amazonaws.dynamodb.v20120810#IdempotentParameterMismatchException",
                "The request uses the same client token as a previous, but non-identical request.",
            )
        if answer is None:
            answer = write(self)
            seen[token] = (answer, request)
            if len(seen) > REMEMBERED_TOKENS:
                seen.popitem(last=False)
        return answer

    DynamoHandler.transact_write_items = once


def _read_few_items_for_a_query() -> None:
    """A Query of the table looks at its partition alone, and one of an index at the rows of its page.

    A partition of 10 items of the table: 5 ms at 100 items in the table and 119 ms at 20,000 before, 4.8 ms at
    any size after. A page of an index: see `local.moto_index`.
    """
    query = Table.query
    all_items = Table.all_items
    parameters = inspect.signature(query)

    def marked(self: Any, *args: Any, **kwargs: Any) -> Any:
        _marks.query = parameters.bind(self, *args, **kwargs).arguments
        try:
            return query(self, *args, **kwargs)
        finally:
            _marks.query = None

    def few_items(self: Any) -> list[Any]:
        asked = getattr(_marks, "query", None)
        found = None if asked is None else _candidates(self, asked)
        return list(all_items(self)) if found is None else found

    Table.query = marked
    Table.all_items = few_items


def _candidates(table: Any, asked: dict[str, Any]) -> list[Any] | None:
    if asked.get("index_name"):
        return moto_index.candidates(table, asked)
    partition = table.items.get(asked["hash_key"])
    if partition is None:
        return []
    return list(partition.values()) if table.range_key_attr else [partition]
