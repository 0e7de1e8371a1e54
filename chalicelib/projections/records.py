"""Idempotency records: whether each can be what was written.

What is sealed tells any change of it, of its account and of its version. Of what is in the clear only the form can be
told, and of the hash of the request and the time at which a record runs out nothing but that.
"""

import json
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from chalicelib.accounts.account import Account
from chalicelib.events.aggregate import Loaded
from chalicelib.events.classification import Purpose
from chalicelib.events.dynamo import BATCH_KEYS, Item, batch_get, text
from chalicelib.events.errors import CorruptItemError
from chalicelib.events.idempotency import RECORD_SORT_KEY, read_record
from chalicelib.projections.examining import Stores
from chalicelib.projections.findings import Finding, Place
from chalicelib.projections.heads import Heads
from chalicelib.projections.matching import Suspects

RECORD = re.compile(r"I#([0-9a-f]{32})#[0-9a-f]{64}")
ACCOUNT = re.compile(r"[0-9a-f]{32}")
REQUEST = re.compile(r"[0-9a-f]{64}")
OF_EVERY_RECORD = frozenset({"pk", "sk", "request", "a", "v", "expires"})
ANSWER = {"status", "headers", "body"}
STATUSES = frozenset(HTTPStatus)
BATCH = {"state", "until", "writer"}


class RecordMatching:
    """Compares records with the accounts that their answers speak of, many at a time."""

    def __init__(self, heads: Heads, suspects: Suspects) -> None:
        self._heads = heads
        self._suspects = suspects
        self._waiting: list[Item] = []

    def stands(self, item: Item) -> None:
        """A record stands."""
        self._waiting.append(item)
        if len(self._waiting) >= BATCH_KEYS:
            self.finish()

    def finish(self) -> None:
        """Look up whatever waits."""
        for item, fault in faults(self._heads, self._waiting):
            if fault is not None:
                self._suspects.records[item["pk"]["S"]] = None
        self._waiting.clear()


class Records:
    """Looks at one record with care. Arguments: where it is, and who reads heads."""

    def __init__(self, stores: Stores, heads: Heads) -> None:
        self._stores = stores
        self._heads = heads

    def look(self, pk: str) -> list[Finding]:
        """What is wrong with a record that stands. Raises `StoreUnavailableError`, `KeyServiceUnavailableError`."""
        table = self._stores.ledger.table
        found = batch_get(self._stores.client, {table: [{"pk": text(pk), "sk": text(RECORD_SORT_KEY)}]})[table]
        return [
            Finding(Place.RECORD, None, None, fault, False, pk)
            for _, fault in faults(self._heads, found)
            if fault is not None
        ]


def faults(heads: Heads, found: Sequence[Item]) -> list[tuple[Item, str | None]]:
    """Each record with what is wrong with it. A head is read after its record, so it is not behind."""
    shapes = [(item, _fault_of_shape(item)) for item in found]
    accounts = dict.fromkeys(item["a"]["S"] for item, fault in shapes if fault is None)
    loaded = heads.read(list(accounts)) if accounts else {}
    return [(item, fault or _fault(item, loaded)) for item, fault in shapes]


def _fault(item: Item, accounts: Mapping[str, Loaded[Account] | None]) -> str | None:
    account = item["a"]["S"]
    if account not in accounts:
        return None  # what is wrong with that account is a finding of its own
    loaded = accounts[account]
    if loaded is None:
        return "of no account"
    if int(item["v"]["N"]) > loaded.version:
        return "version"
    record, key = read_record(item, 0), loaded.key
    if record is None or record.clear is not None or key is None:
        return None
    try:
        answer = record.answer(lambda: key)
    except (CorruptItemError, KeyError, TypeError, ValueError):
        return "answer"
    return None if answer.status in STATUSES else "answer"


def _fault_of_shape(item: Item) -> str | None:
    """What of a record cannot have been written so."""
    for name, (kind, form) in _FORMS.items():
        if not form.fullmatch(item.get(name, {}).get(kind, "")):
            return f"no {name}"
    rest = item.keys() - OF_EVERY_RECORD
    if rest == {"p"}:
        return None if _is_clear(item) else "answer"
    sealed = rest == {Purpose.PROFILE} and "B" in item[Purpose.PROFILE]
    return None if sealed else "answer"


_NUMBER = re.compile(r"[0-9]+")
_FORMS = {
    "pk": ("S", RECORD),
    "request": ("S", REQUEST),
    "a": ("S", ACCOUNT),
    "v": ("N", _NUMBER),
    "expires": ("N", _NUMBER),
}


def _is_clear(item: Item) -> bool:
    """Whether an answer in the clear is one without a body, or the record of a call of many commits."""
    try:
        content = json.loads(item["p"]["S"])
    except (KeyError, ValueError):
        return False
    if not isinstance(content, dict):
        return False
    return _is_answer(content) if content.keys() == ANSWER else _is_batch(content, item)


def _is_answer(content: Mapping[str, Any]) -> bool:
    headers = content["headers"]
    texts = isinstance(headers, dict) and all(isinstance(value, str) for value in headers.values())
    return texts and content["body"] == "" and content["status"] in STATUSES


def _is_batch(content: Mapping[str, Any], item: Item) -> bool:
    caller = RECORD.fullmatch(item["pk"]["S"])
    whose = caller is not None and caller[1] == item["a"]["S"] and item["v"]["N"] == "0"
    until = content.get("until", "")
    return whose and content.keys() == BATCH and (until is None or isinstance(until, int))
