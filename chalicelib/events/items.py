"""Items of the ledger to objects and back: heads, events and credentials, sealed and opened."""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import TypeVar

from pydantic import BaseModel

from chalicelib.events import codec
from chalicelib.events.aggregate import Aggregate, Loaded
from chalicelib.events.chain import link
from chalicelib.events.classification import Purpose
from chalicelib.events.codec import MalformedPartError, Parts
from chalicelib.events.dynamo import Item, Value, binary, number, text
from chalicelib.events.errors import CorruptItemError, UnknownKeyError
from chalicelib.events.event import Event
from chalicelib.events.sealing import DataKey, Place, SealBrokenError

HEAD = "HEAD"
CREDENTIAL = "CREDENTIAL"
S = TypeVar("S", bound=BaseModel)


def account_pk(account: str) -> str:
    """The partition of an account."""
    return f"A#{account}"


def event_sk(version: int) -> str:
    """The sort key of an event: `E#` and 12 digits."""
    return f"E#{version:012d}"


def head_key(account: str) -> Item:
    """The head's key, on the wire."""
    return {"pk": text(account_pk(account)), "sk": text(HEAD)}


def credential_key(account: str) -> Item:
    """The credential's key, on the wire."""
    return {"pk": text(account_pk(account)), "sk": text(CREDENTIAL)}


def seal(parts: Parts, key: DataKey | None, place: Place) -> dict[Purpose, bytes]:
    """The sealed parts. Only the account's own `profile` purpose is sealed with `key`."""
    sealed = {}
    for purpose, content in parts.personal.items():
        if key is None or key.purpose != purpose:
            raise UnknownKeyError(place.account, purpose)
        sealed[purpose] = key.seal(content, place)
    return sealed


def unseal(item: Item, key: DataKey | None, place: Place) -> dict[Purpose, bytes]:
    """The opened parts; nothing where the key is destroyed."""
    blob = item.get(place.purpose)
    if blob is None or key is None:
        return {}
    try:
        return {place.purpose: key.open(blob["B"], place)}
    except SealBrokenError as error:
        raise CorruptItemError(place.account, f"{place.kind} {place.version}", str(error)) from None


def event_item(event: Event, previous: bytes, key: DataKey | None) -> tuple[Item, bytes]:
    """The item of `event` after the digest `previous`, and its own digest."""
    parts = codec.encode(event, event.schema_number)
    sealed = seal(parts, key, Place("event", event.account, event.version, Purpose.PROFILE, event.schema_number))
    digest = link(previous, parts.plain, sealed)
    item: dict[str, Value] = {
        "pk": text(account_pk(event.account)),
        "sk": text(event_sk(event.version)),
        "p": text(parts.plain),
        "d": binary(digest),
    }
    for purpose, blob in sealed.items():
        item[purpose] = binary(blob)
    return item, digest


def read_event(item: Item, account: str, version: int, key: DataKey | None, types: Mapping[str, type[Event]]) -> Event:
    """The event of an item; raises `CorruptItemError`, `UnknownEventTypeError`."""
    try:
        plain = item["p"]["S"]
        schema = codec.header_of(plain)[1]
        personal = unseal(item, key, Place("event", account, version, Purpose.PROFILE, schema))
        event = codec.decode_event(plain, personal, types)
    except (MalformedPartError, KeyError) as error:
        raise CorruptItemError(account, f"event {version}", str(error)) from None
    if event.account != account or event.version != version:
        raise CorruptItemError(account, f"event {version}", "belongs to another place")
    return event


def head_item(loaded: Loaded[S], aggregate: Aggregate[S], events: Sequence[Event]) -> Item:
    """The head after `events`: the whole state, and what the last commit changed."""
    parts = codec.encode(loaded.state, aggregate.state_schema, defaults=False)
    place = Place("head", loaded.account, loaded.version, Purpose.PROFILE, aggregate.state_schema)
    last = [
        {
            "type": type(event).__name__,
            "version": event.version,
            "at": event.at.isoformat(),
            "fields": event.changed_fields(),
        }
        for event in events
    ]
    item: dict[str, Value] = {
        **head_key(loaded.account),
        "v": number(loaded.version),
        "p": text(parts.plain),
        "d": binary(loaded.digest),
        "last": text(json.dumps(last, separators=(",", ":"))),
    }
    for purpose, blob in seal(parts, loaded.key, place).items():
        item[purpose] = binary(blob)
    return item


def head_schema(item: Item) -> int:
    """The schema number of a head's state."""
    return codec.header_of(item["p"]["S"])[1]


def read_head(item: Item, account: str, key: DataKey | None, aggregate: Aggregate[S]) -> Loaded[S]:
    """The account of a head item; raises `CorruptItemError`."""
    try:
        version = int(item["v"]["N"])
        plain = item["p"]["S"]
        place = Place("head", account, version, Purpose.PROFILE, codec.header_of(plain)[1])
        personal = unseal(item, key, place)
        state = codec.parse(aggregate.state_type, codec.joined(plain, personal))
    except (MalformedPartError, KeyError) as error:
        raise CorruptItemError(account, "head", str(error)) from None
    return Loaded(account, state, version, item["d"]["B"], key)


def fingerprint(password_hash: str) -> str:
    """What an event says of a password hash: enough to check that the credential is the one it speaks of."""
    return sha256(b"credential:" + password_hash.encode()).hexdigest()


def credential_item(account: str, version: int, password_hash: str, key: DataKey) -> Item:
    """The credential that the commit ending at `version` stores."""
    place = Place("credential", account, version, Purpose.PROFILE, 1)
    return {
        **credential_key(account),
        "v": number(version),
        Purpose.PROFILE: binary(key.seal(password_hash.encode(), place)),
    }


def read_credential(item: Item, account: str, key: DataKey | None) -> str | None:
    """The password hash of a credential item; null once the key is destroyed."""
    place = Place("credential", account, int(item["v"]["N"]), Purpose.PROFILE, 1)
    opened = unseal(item, key, place)
    return opened[Purpose.PROFILE].decode() if opened else None
