"""Items of the ledger to objects and back: heads, events and credentials, sealed and opened.

Each purpose has an attribute of its own, named after it, and a key of its own; an item may carry several.
"""

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import TypeVar

from pydantic import BaseModel
from pydantic_core import to_json

from chalicelib.events import codec
from chalicelib.events.aggregate import Aggregate, Loaded
from chalicelib.events.chain import link
from chalicelib.events.classification import Purpose
from chalicelib.events.codec import MalformedPartError, Parts
from chalicelib.events.dynamo import Item, Value, binary, number, text
from chalicelib.events.erasures import Erasure
from chalicelib.events.errors import CorruptItemError, ErasedKeyError, UnknownKeyError
from chalicelib.events.event import Event
from chalicelib.events.sealing import (
    DataKey,
    DataKeys,
    OpeningKeys,
    Place,
    SealBrokenError,
    Slot,
    labelled,
    subject_of,
    unlabelled,
)

HEAD = "HEAD"
CREDENTIAL = "CREDENTIAL"
CLAIM_SORT_KEY = "CLAIM"
EVENT_PREFIX = "E#"
LAST_EVENT = "E#999999999999"
ATTRIBUTES = tuple((str(purpose.value), purpose) for purpose in Purpose)
"""The attribute of each purpose as plain text, which a dictionary finds in a fifth of the time of an enumeration's."""

ERASED_KEY = re.compile(rf"([0-9a-f]{{32}})(?:\.([1-9][0-9]*))?#({'|'.join(Purpose)})")
"""The partition key of an entry of the erasure ledger, which is that of the key's row."""

OF_EVERY_ENTRY = frozenset({"pk", "account", "through", "at", "fingerprint", "event"})
S = TypeVar("S", bound=BaseModel)


def account_pk(account: str) -> str:
    """The partition of an account."""
    return f"A#{account}"


def account_of(item: Item) -> str:
    """The account in whose partition an item stands."""
    return str(item["pk"]["S"]).removeprefix(account_pk(""))


def event_sk(version: int) -> str:
    """The sort key of an event: `E#` and 12 digits."""
    return f"{EVENT_PREFIX}{version:012d}"


def event_version(item: Item) -> int:
    """The version of an event item, from its sort key."""
    return int(item["sk"]["S"][len(EVENT_PREFIX) :])


def head_key(account: str) -> Item:
    """The head's key, on the wire."""
    return {"pk": text(account_pk(account)), "sk": text(HEAD)}


def credential_key(account: str) -> Item:
    """The credential's key, on the wire."""
    return {"pk": text(account_pk(account)), "sk": text(CREDENTIAL)}


def claim_key(pk: str) -> Item:
    """The key of a claim's item, on the wire."""
    return {"pk": text(pk), "sk": text(CLAIM_SORT_KEY)}


def seal(parts: Parts, keys: DataKeys, place: Place) -> dict[Purpose, bytes]:
    """The sealed parts, each for its purpose at `place`. Raises `ErasedKeyError`, `UnknownKeyError`."""
    sealed = {}
    for purpose, content in parts.personal.items():
        if purpose not in keys:
            raise UnknownKeyError(place.account, purpose)
        key = keys[purpose]
        if key is None:
            raise ErasedKeyError(place.account, purpose)
        sealed[purpose] = labelled(key.seal(content, place.of(purpose)), key.row)
    return sealed


def sealed_parts(item: Item) -> dict[Purpose, bytes]:
    """The sealed parts of an item, as they are stored."""
    return {purpose: item[name]["B"] for name, purpose in ATTRIBUTES if name in item}


def slots_of(item: Item) -> dict[Purpose, int]:
    """The rows whose keys open parts of an item."""
    found = {}
    for purpose, blob in sealed_parts(item).items():
        row, _ = unlabelled(blob)
        if row is not None:
            found[purpose] = row
    return found


def unseal(sealed: Mapping[Purpose, bytes], keys: OpeningKeys, place: Place) -> dict[Purpose, bytes]:
    """The opened parts; nothing where a key is destroyed. Raises `UnknownKeyError`, `CorruptItemError`.

    A part is left out only if its key is known to be destroyed, never because nobody looked for the key.
    """
    opened = {}
    for purpose, blob in sealed.items():
        row, content = unlabelled(blob)
        slot: Slot = purpose if row is None else (purpose, row)
        try:
            key = keys[slot]
        except KeyError:
            raise UnknownKeyError(place.account, purpose) from None
        if key is not None:
            opened[purpose] = _open(key, content, place.of(purpose))
    return opened


def _open(key: DataKey, blob: bytes, place: Place) -> bytes:
    try:
        return key.open(blob, place)
    except SealBrokenError as error:
        raise CorruptItemError(place.account, f"{place.kind} {place.version}", str(error)) from None


def event_item(event: Event, previous: bytes, keys: DataKeys) -> tuple[Item, bytes]:
    """The item of `event` after the digest `previous`, and its own digest."""
    parts = codec.encode(event, event.schema_number)
    sealed = seal(parts, keys, Place("event", event.account, event.version, Purpose.PROFILE, event.schema_number))
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


def read_event(item: Item, account: str, version: int, keys: OpeningKeys, types: Mapping[str, type[Event]]) -> Event:
    """The event of an item; raises `CorruptItemError`, `UnknownEventTypeError`, `UnknownKeyError`."""
    return open_event(item, sealed_parts(item), account, version, keys, types)


def open_event(
    item: Item,
    sealed: Mapping[Purpose, bytes],
    account: str,
    version: int,
    keys: OpeningKeys,
    types: Mapping[str, type[Event]],
) -> Event:
    """As `read_event`, for who has taken the sealed parts out of the item already."""
    try:
        clear = codec.clear_of(_attribute(item, "p", "S"))
        personal = {}
        if sealed:
            personal = unseal(sealed, keys, Place("event", account, version, Purpose.PROFILE, clear.schema))
        event = codec.decode_event(clear, personal, types)
    except MalformedPartError as error:
        raise CorruptItemError(account, f"event {version}", str(error)) from None
    if event.account != account or event.version != version:
        raise CorruptItemError(account, f"event {version}", "belongs to another place")
    return event


def head_item(loaded: Loaded[S], aggregate: Aggregate[S], events: Sequence[Event]) -> Item:
    """The head after `events`: the whole state, and what the last commit changed."""
    parts = codec.encode(loaded.state, aggregate.state_schema, defaults=False)
    place = Place("head", loaded.account, loaded.version, Purpose.PROFILE, aggregate.state_schema)
    item: dict[str, Value] = {
        **head_key(loaded.account),
        "v": number(loaded.version),
        "p": text(parts.plain),
        "d": binary(loaded.digest),
        "last": text(last_commit(events)),
    }
    for purpose, blob in seal(parts, loaded.keys, place).items():
        item[purpose] = binary(blob)
    return item


def last_commit(events: Sequence[Event]) -> str:
    """What a head says of the commit that wrote it."""
    return to_json([_summary(event) for event in events]).decode()


def _summary(event: Event) -> dict[str, object]:
    """What the feed tells of an event; nothing personal."""
    return {
        "type": type(event).__name__,
        "version": event.version,
        "at": event.at.isoformat(),
        "fields": event.changed_fields(),
    }


def head_schema(item: Item, account: str) -> int:
    """The schema number of a head's state; raises `CorruptItemError`."""
    try:
        return codec.clear_of(_attribute(item, "p", "S")).schema
    except MalformedPartError as error:
        raise CorruptItemError(account, "head", str(error)) from None


def head_version(item: Item, account: str) -> int:
    """The version of a head; raises `CorruptItemError`."""
    try:
        return int(_attribute(item, "v", "N"))
    except ValueError as error:
        raise CorruptItemError(account, "head", str(error)) from None


def head_digest(item: Item, account: str) -> bytes:
    """The digest of the event that a head ends with; raises `CorruptItemError`."""
    try:
        digest: bytes = item["d"]["B"]
    except KeyError:
        raise CorruptItemError(account, "head", "no d") from None
    return digest


def check_head(item: Item, account: str, keys: OpeningKeys, aggregate: Aggregate[S]) -> None:
    """Raise `CorruptItemError` for a head of another type or a newer release, or one whose seal says another schema.

    So a head of an earlier schema is checked, too, whose state is not read. Raises `UnknownKeyError`.
    """
    version = head_version(item, account)
    try:
        clear = codec.clear_of(_attribute(item, "p", "S"))
    except MalformedPartError as error:
        raise CorruptItemError(account, "head", str(error)) from None
    if clear.type_name != aggregate.state_type.__name__ or clear.schema > aggregate.state_schema:
        raise CorruptItemError(account, "head", "format")
    unseal(sealed_parts(item), keys, Place("head", account, version, Purpose.PROFILE, clear.schema))


def read_head(item: Item, account: str, keys: OpeningKeys, aggregate: Aggregate[S]) -> Loaded[S]:
    """The account of a head item; raises `CorruptItemError`, `UnknownKeyError`.

    Once the state says that the profile is erased, its key is not given any more, wherever it may still be
    remembered: so nothing can be sealed with it again.
    """
    version = head_version(item, account)
    try:
        clear = codec.clear_of(_attribute(item, "p", "S"))
        place = Place("head", account, version, Purpose.PROFILE, clear.schema)
        personal = unseal(sealed_parts(item), keys, place)
        state = codec.parse(aggregate.state_type, codec.joined(clear.members, personal))
    except MalformedPartError as error:
        raise CorruptItemError(account, "head", str(error)) from None
    return loaded_account(account, state, version, head_digest(item, account), keys, aggregate)


def loaded_account(
    account: str, state: S, version: int, digest: bytes, keys: OpeningKeys, aggregate: Aggregate[S]
) -> Loaded[S]:
    """An account with the keys that its state still needs."""
    key = None if aggregate.is_erased(state) else keys[Purpose.PROFILE]
    rows = {purpose: keys[(purpose, row)] for purpose, row in aggregate.rows(state).items()}
    return Loaded(account, state, version, digest, key, rows)


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
    opened = unseal(sealed_parts(item), {Purpose.PROFILE: key}, place)
    return opened[Purpose.PROFILE].decode() if opened else None


def erasure_item(erasure: Erasure) -> Item:
    """The entry of the erasure ledger; what it does not say is left out."""
    said: dict[str, Value] = {
        "pk": text(f"{subject_of(erasure.account, erasure.row)}#{erasure.purpose}"),
        "account": text(erasure.account),
        "through": number(erasure.through),
        "at": text(erasure.at),
    }
    strings = {"fingerprint": erasure.fingerprint, "event": erasure.event, **erasure.kept}
    for name, value in strings.items():
        if value:
            said[name] = text(value) if isinstance(value, str) else {"L": [text(each) for each in value]}
    return said


def read_erasure(item: Item) -> Erasure:
    """The entry of an item; raises `CorruptItemError`."""
    name = ERASED_KEY.fullmatch(item["pk"]["S"])
    if name is None:
        raise CorruptItemError("", "erasure", "of no key")
    account, row, purpose = name.groups()
    kept = {key: _said(value) for key, value in item.items() if key not in OF_EVERY_ENTRY}
    try:
        said = {key: item[key]["S"] for key in ("fingerprint", "event") if key in item}
        through, at = int(item["through"]["N"]), item["at"]["S"]
    except (KeyError, ValueError):
        raise CorruptItemError(account, "erasure", "incomplete") from None
    return Erasure(account, Purpose(purpose), int(row) if row else None, through, at, kept=kept, **said)


def _said(value: Value) -> str | tuple[str, ...]:
    """A text, or several."""
    if "L" in value:
        return tuple(each.get("S", "") for each in value["L"])
    said: str = value.get("S", "")
    return said


def _attribute(item: Item, name: str, kind: str) -> str:
    """The attribute `name` of an item; raises `MalformedPartError`."""
    try:
        value: str = item[name][kind]
    except KeyError:
        raise MalformedPartError(f"no {name}") from None
    return value
