"""The positive control: marks planted in every store and every form, each of which the scan must find.

They stand under keys of their own for as long as the scan lasts; those that a killed command has left go with the next.
"""

from collections.abc import Iterator
from hashlib import sha256
from typing import NamedTuple

from chalicelib.events.dynamo import Item, Value, binary, text
from chalicelib.projections import check_items
from chalicelib.wiring import Wiring
from ops.erasure.forms import FORMS, PLAIN, RAW, Form
from ops.erasure.searching import Hit, Sought
from ops.erasure.stores import CHUNK, Stores, Table

OBJECTS = "erasure-check/"
"""How the keys of planted objects begin."""

BUCKET = "bucket"
LIFETIME_SECONDS = 3600
"""Where items run out, a planted one does so after an hour."""

ITEM_PLACES = (
    "key",
    "name of an attribute",
    "name in a map",
    "list",
    "set of texts",
    "set of numbers",
    "number",
    "bytes",
)
OBJECT_PLACES = ("key", "metadata", "edge of a piece")
OLD_VERSION = "old version"


class Mark(NamedTuple):
    """One thing that must be found: in which store, what, and in which form."""

    store: str
    hit: Hit


class Control:
    """Plants, removes and judges. Arguments: the services, the stores, and a random hexadecimal text of 32 digits."""

    def __init__(self, wiring: Wiring, stores: Stores, run: str) -> None:
        self._wiring = wiring
        self._stores = stores
        self._run = run
        self._left: list[tuple[Table, Item]] = []
        self._versioned = self._has_versions()

    @property
    def sought(self) -> list[Sought]:
        """What the scan must look for besides."""
        stores = [*(table.suffix for table in self._stores.tables), BUCKET]
        found = [Sought(_name(store), self._text(store)) for store in stores]
        for store in stores:
            places = self._places(store)
            found += [Sought(_name(store, place), self._word(store, place), forms=(PLAIN,)) for place in places]
        return found

    @property
    def marks(self) -> list[Mark]:
        """Everything that the scan must find."""
        found = []
        for store in (*(table.suffix for table in self._stores.tables), BUCKET):
            found += [Mark(store, Hit(_name(store), form.name)) for form in FORMS]
            found += [Mark(store, Hit(_name(store, place), PLAIN)) for place in self._places(store)]
        return found

    def missing(self, seen: dict[str, set[Hit]]) -> list[str]:
        """What the scan has not found, in words; `seen` is what it found in each store."""
        lost = [mark for mark in self.marks if mark.hit not in seen.get(mark.store, set())]
        return [f"{mark.store}: {mark.hit.name.partition(': ')[2] or mark.hit.form}" for mark in lost]

    def plant(self) -> None:
        """Put the marks into every store."""
        for table in self._stores.tables:
            self._wiring.dynamodb.put_item(TableName=table.name, Item=self._item(table))
        for key, body, metadata in self._objects():
            self._stores.s3.put_object(Bucket=self._stores.bucket, Key=key, Body=body, Metadata=metadata)
        if self._versioned:
            for body in (self._word(BUCKET, OLD_VERSION).encode(), b""):
                self._stores.s3.put_object(Bucket=self._stores.bucket, Key=f"{OBJECTS}{self._run}/version", Body=body)

    def remove(self) -> None:
        """Take them away, and what an earlier check has left of its own. What cannot be taken away raises."""
        for table in self._stores.tables:
            self._delete(table, table.key_of(self._item(table)))
        for table, item in self._left:
            self._delete(table, table.key_of(item))
        for version in list(self._stores.versions(OBJECTS)):
            self._stores.delete(version.key)

    def is_planted(self, table: Table, item: Item) -> bool:
        """Whether an item is a mark; one of an earlier check is remembered, to be removed."""
        key = item[table.keys[0]]["S"]
        if not check_items.PLANTED.fullmatch(key):
            return False
        if key != self._key(table.suffix):
            self._left.append((table, item))
        return True

    def _delete(self, table: Table, key: Item) -> None:
        self._wiring.dynamodb.delete_item(TableName=table.name, Key=key)

    def _item(self, table: Table) -> Item:
        """The item that is planted in a table: a mark in each form, and one in each place that an item has."""
        place = {name: self._word(table.suffix, name) for name in ITEM_PLACES}
        hidden = (_fitting(form, self._text(table.suffix)) for form in FORMS)
        item: dict[str, Value] = {f"m{number}": value for number, value in enumerate(hidden)}
        item |= {
            table.keys[0]: text(self._key(table.suffix)),
            **{name: text(check_items.SORT_KEY) for name in table.keys[1:]},
            place["name of an attribute"]: {"NULL": True},
            "nested": {"M": {place["name in a map"]: {"L": [{"BOOL": True}, text(place["list"])]}}},
            "texts": {"SS": [place["set of texts"]]},
            "numbers": {"NS": [place["set of numbers"]]},
            "count": {"N": place["number"]},
            "blob": binary(b"\xff\xfe" + place["bytes"].encode()),
        }
        if "expires" in table.attributes:
            item["expires"] = {"N": str(int(self._wiring.clock().timestamp()) + LIFETIME_SECONDS)}
        return item

    def _objects(self) -> Iterator[tuple[str, bytes, dict[str, str]]]:
        """Keys, bodies and metadata: a text with every form that is one, and bytes with all others."""
        hidden = [form.hide(self._text(BUCKET)) for form in FORMS]
        texts = [each for each in hidden if _is_text(each)]
        others = [each for each in hidden if not _is_text(each)]
        folder = f"{OBJECTS}{self._run}"
        yield f"{folder}/{self._word(BUCKET, 'key')}", b"\n".join(texts), {"note": self._word(BUCKET, "metadata")}
        yield f"{folder}/bytes", b"\xff".join(others), {}
        word = self._word(BUCKET, "edge of a piece").encode()
        yield f"{folder}/edge", b"." * (CHUNK - len(word) // 2) + word + b".", {}

    def _places(self, store: str) -> tuple[str, ...]:
        if store != BUCKET:
            return ITEM_PLACES
        return (*OBJECT_PLACES, OLD_VERSION) if self._versioned else OBJECT_PLACES

    def _has_versions(self) -> bool:
        answer = self._stores.s3.get_bucket_versioning(Bucket=self._stores.bucket)
        return bool(answer.get("Status") == "Enabled")

    def _key(self, store: str) -> str:
        return f"{check_items.PREFIX}{self._word(store, 'key')}"

    def _text(self, store: str) -> str:
        """The mark of a store that is hidden in every form; in each it looks different."""
        return f"Zaphöd \"Ünï\" <{self._word(store, 'forms')[:16]}> & 'Co'?"

    def _word(self, store: str, place: str) -> str:
        """The mark of one place: 32 digits, of the ten where a number is wanted, else hexadecimal."""
        digest = sha256(f"{self._run} {store} {place}".encode()).hexdigest()
        return str(int(digest, 16))[:32] if "number" in place else digest[:32]


def _name(store: str, place: str = "") -> str:
    return f"mark of {store}: {place}" if place else f"mark of {store}"


def _fitting(form: Form, mark: str) -> Value:
    """A hidden mark as a text where it is one, so that both kinds of attributes hold marks.

    A raw digest is bytes, also if these happen to be a text: once in some thousand digests they are.
    """
    content = form.hide(mark)
    return text(content.decode()) if _is_text(content) and not form.name.endswith(RAW) else binary(content)


def _is_text(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True
