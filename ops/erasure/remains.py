"""What must be gone of an account, item by item and key by key, whatever it holds."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from chalicelib.accounts.account import Account
from chalicelib.events import items
from chalicelib.events.aggregate import Loaded
from chalicelib.events.claims import Claim, ClaimKind
from chalicelib.events.classification import Purpose
from chalicelib.events.dynamo import Item, batch_get, call
from chalicelib.events.keys import KeyRing, KeyState
from chalicelib.events.sealing import subject_of, unlabelled
from chalicelib.exports.store import NOTE as EXPORT
from chalicelib.exports.store import key_of as export_key
from chalicelib.images.store import INCOMING, SERVED
from chalicelib.images.uploads import PICTURE, UPLOAD
from chalicelib.projections.quarantine import PARTITION as QUARANTINE
from chalicelib.wiring import Wiring
from ops.erasure.places import key_shown
from ops.erasure.stores import Table

PASSES_BY_ITSELF = "runs out by itself"


class Remnant(NamedTuple):
    """One thing that must be gone, or must be there: in which store, where, and what is wrong."""

    store: str
    item: str
    what: str


class Fence(NamedTuple):
    """A destroyed key: what it was for, the row whose key it was, its last version, and since when it is gone."""

    purpose: str
    row: int | None
    through: int
    at: str


@dataclass
class Residue:
    """What stays on purpose, counted."""

    events: int = 0
    sealed_parts: int = 0
    tombstones: int = 0
    running_out: int = 0
    records: int = 0
    erasure_entries: int = 0
    certificates: int = 0


@dataclass
class Objects:
    """The keys of objects of the account, and of those that others have noted as theirs."""

    own: set[str] = field(default_factory=set)
    own_prefixes: set[str] = field(default_factory=set)
    of_others: set[str] = field(default_factory=set)

    def is_own(self, key: str) -> bool:
        """Whether an object is the account's."""
        return key in self.own or any(key.startswith(prefix) for prefix in self.own_prefixes)


class Remains:
    """Takes every item of every table, and judges what there is of one account.

    Arguments: the services; the account's id; the time.
    """

    def __init__(self, wiring: Wiring, account: str, now: datetime) -> None:
        self._wiring = wiring
        self.account = account
        self._now = int(now.timestamp())
        self._login = wiring.digests.of("login", account.encode())
        self._keys: dict[str, Item] = {}
        self._entries: dict[str, Item] = {}
        self._needed: set[str] = {KeyRing.partition_key(account, Purpose.PROFILE)}
        self._suspects: list[tuple[Table, Item, str]] = []
        self._uploads: dict[str, str] = {}
        self.head: Item | None = None
        self.residue = Residue()
        self.objects = Objects()

    def take(self, table: Table, item: Item) -> None:
        """Take an item; what is wrong with it is looked at again later."""
        getattr(self, f"_take_{table.suffix.replace('-', '_')}")(table, item)

    @property
    def known(self) -> bool:
        """Whether anything tells of such an account."""
        return self.head is not None or bool(self._keys) or bool(self._entries)

    @property
    def fences(self) -> list[Fence]:
        """The keys that are destroyed."""
        rows = (row for row in self._keys.values() if _state(row) == KeyState.ERASED and "through" in row)
        found = [Fence(*_named(row["pk"]["S"]), int(row["through"]["N"]), row["at"]["S"]) for row in rows]
        return sorted(found, key=lambda each: (each.purpose, each.row or 0))

    def findings(self, loaded: Loaded[Account] | None, *, readable: bool) -> list[Remnant]:
        """Everything that is wrong. `loaded` is the account as its head tells it; `readable`: there was no fault."""
        found = [Remnant(table.name, key_shown(table, item), what) for table, item, what in self._still()]
        found += self._of_keys()
        found += self._of_head(loaded, readable=readable)
        if loaded is not None:
            found += self._of_claims(loaded.state)
        return found

    def _still(self) -> Iterator[tuple[Table, Item, str]]:
        """What was wrong and is so when it is read once more."""
        claims = self._allowed_claims()
        for table, item, what in self._suspects:
            if what == "a claim" and item["pk"]["S"] in claims:
                continue
            answer = call(
                self._wiring.dynamodb.get_item, TableName=table.name, Key=table.key_of(item), ConsistentRead=True
            )
            if answer.get("Item") is not None and self._is_still(item, answer["Item"]):
                yield table, item, what

    def _is_still(self, before: Item, now: Item) -> bool:
        """A row of a view that was written anew as a tombstone is gone."""
        return not ("sealed" in before or "row" in before) or "sealed" in now or "row" in now

    def _take_ledger(self, table: Table, item: Item) -> None:
        pk, sk = item["pk"]["S"], item["sk"]["S"]
        if pk == items.account_pk(self.account):
            self._take_own(table, item, sk)
        elif sk == items.CLAIM_SORT_KEY:
            if item.get("a", {}).get("S") == self.account:
                self._suspects.append((table, item, "a claim"))
        elif sk == "CMD" and (item.get("a", {}).get("S") == self.account or pk.startswith(f"I#{self.account}#")):
            self.residue.records += 1
            if item.get("a", {}).get("S") == self.account:
                self._take_sealed(item)

    def _take_own(self, table: Table, item: Item, sk: str) -> None:
        self._take_sealed(item)
        if sk == items.HEAD:
            self.head = item
        elif sk == items.CREDENTIAL:
            self._suspects.append((table, item, "the password hash"))
        elif sk.startswith(items.EVENT_PREFIX):
            self.residue.events += 1
            if "ProfileImage" in item["p"]["S"]:
                self._take_picture(json.loads(item["p"]["S"]))

    def _take_sealed(self, item: Item) -> None:
        """The keys that opened what is sealed here must all be destroyed."""
        for purpose, blob in items.sealed_parts(item).items():
            row, _ = unlabelled(blob)
            self._needed.add(KeyRing.partition_key(subject_of(self.account, row), purpose))
            self.residue.sealed_parts += 1

    def _take_picture(self, event: Mapping[str, Any]) -> None:
        for name in ("image", "replaced"):
            if event.get(name):
                self.objects.own_prefixes.add(f"{SERVED}{event[name]}_")
        if event.get("upload"):
            self.objects.own.add(INCOMING + event["upload"])

    def _take_keys(self, _: Table, item: Item) -> None:
        pk = item["pk"]["S"]
        if pk.startswith((f"{self.account}#", f"{self.account}.")):
            self._keys[pk] = item
            self._needed.add(pk)

    def _take_erasures(self, _: Table, item: Item) -> None:
        pk = item["pk"]["S"]
        if pk.startswith(f"certificate#{self.account}#"):
            self.residue.certificates += 1
        elif pk.startswith((f"{self.account}#", f"{self.account}.")):
            self._entries[pk] = item
            self._needed.add(pk)
            self.residue.erasure_entries += 1

    def _take_short_lived(self, table: Table, item: Item) -> None:
        pk, sk = item["pk"]["S"], item["sk"]["S"]
        kind, _, rest = pk.partition("#")
        if kind == "O":
            self._take_note(rest, sk)
        what = self._of_short_lived(kind, rest, item)
        if what is None:
            return
        if what == PASSES_BY_ITSELF or int(item["expires"]["N"]) <= self._now:
            self.residue.running_out += 1
        else:
            self._suspects.append((table, item, what))

    def _of_short_lived(self, kind: str, rest: str, item: Item) -> str | None:
        """What an item of the short-lived table is of the account; null: nothing."""
        data = item.get("data", {}).get("S", "")
        own = {"S": "a session", "P": "a link of a password reset", "O": "a note of what is in S3"}
        if rest == self.account and kind in own:
            return own[kind]
        if kind == "L" and rest == f"account:{self.account}":
            return "a lease: somebody is at work on the account"
        if kind == "F" and rest == self._login:
            return "a counter of wrong passwords"
        if kind == "U" and f'"{self.account}"' in data:
            self.objects.own.add(INCOMING + rest)
            return "an upload that is open" if item.get("n", {}).get("N") == "0" else PASSES_BY_ITSELF
        if kind == "B" and f'"{self.account}"' in data:
            return "a cleanup that is under way"
        return None

    def _take_note(self, account: str, sk: str) -> None:
        """What somebody has in the bucket."""
        own = account == self.account
        keys = self.objects.own if own else self.objects.of_others
        if sk.startswith(EXPORT):
            keys.add(export_key(sk.removeprefix(EXPORT)))
        elif sk.startswith(UPLOAD):
            keys.add(INCOMING + sk.removeprefix(UPLOAD))
        elif sk.startswith(PICTURE) and own:
            self.objects.own_prefixes.add(f"{SERVED}{sk.removeprefix(PICTURE)}_")

    def _take_clients(self, table: Table, item: Item) -> None:
        if item.get("account", {}).get("S") == self.account:
            self._suspects.append((table, item, "an OAuth client that speaks for the account"))

    def _take_views(self, table: Table, item: Item) -> None:
        pk, sk = item["pk"]["S"], item["sk"]["S"]
        if pk == QUARANTINE and sk == self.account:
            self._suspects.append((table, item, "a projection that failed"))
        elif pk.startswith("V#") and pk.endswith(f"#{self.account}"):
            if "row" in item or "sealed" in item:
                self._suspects.append((table, item, "a row with content"))
            else:
                self.residue.tombstones += 1

    def _of_keys(self) -> Iterator[Remnant]:
        """Every key that ever sealed anything of the account: destroyed, and noted as that."""
        keys, entries = self._wiring.tables.keys.Meta.table_name, self._wiring.tables.erasures.Meta.table_name
        for pk in sorted(self._needed):
            row, entry = self._keys.get(pk), self._entries.get(pk)
            if row is None:
                yield Remnant(keys, pk, "no fence: a key of this name could be made again")
            elif _state(row) != KeyState.ERASED:
                yield Remnant(keys, pk, "the key is not destroyed")
                continue
            elif "wrapped" in row or "kek" in row:
                yield Remnant(keys, pk, "destroyed, and there is still something to unwrap")
            if entry is None:
                yield Remnant(entries, pk, "the erasure ledger has no entry")
            elif row is not None and row.get("through") != entry["through"]:
                yield Remnant(entries, pk, "the erasure ledger tells another version than the fence")

    def _of_head(self, loaded: Loaded[Account] | None, *, readable: bool) -> Iterator[Remnant]:
        if self.head is None and loaded is None:
            return
        place = f"A#{self.account} HEAD"
        table = self._wiring.ledger.table
        if loaded is None:
            if not readable:
                yield Remnant(table, place, "the account cannot be read")
            return
        state = loaded.state
        if not state.erased:
            yield Remnant(table, place, "the profile is not erased")
        if state.row is not None:
            yield Remnant(table, place, "the retirement row stands")
        if state.partner_row is not None:
            yield Remnant(table, place, "the partner row stands")

    def _allowed_claims(self) -> set[str]:
        """The claims that lead to an erased account for ever: by its number, and by what it is called now."""
        if self.head is None:
            return set()
        told = json.loads(self.head["p"]["S"])
        claims = [Claim(ClaimKind.NUMBER, str(told["number"]))]
        if told.get("retired_username"):
            claims.append(Claim(ClaimKind.USERNAME, told["retired_username"]))
            claims.append(Claim(ClaimKind.EMAIL, told["retired_email"]))
        return {self._wiring.ledger.claim_key(claim)["pk"]["S"] for claim in claims}

    def _of_claims(self, state: Account) -> Iterator[Remnant]:
        """The names and addresses that nobody may take again."""
        claims = [Claim(ClaimKind.RETIRED_USERNAME, digits) for digits in state.username_digits]
        claims += [Claim(ClaimKind.RETIRED_EMAIL, digits) for digits in state.email_digits]
        table, keys = self._wiring.ledger.table, [self._wiring.ledger.claim_key(claim) for claim in claims]
        found = {item["pk"]["S"] for item in batch_get(self._wiring.dynamodb, {table: keys})[table]} if keys else set()
        for key in keys:
            if key["pk"]["S"] not in found:
                yield Remnant(table, key["pk"]["S"], "no claim: the retired name could be taken again")


def _state(row: Item) -> str:
    return str(row.get("state", {}).get("S", ""))


def _named(pk: str) -> tuple[str, int | None]:
    """The purpose of a key, and the number of its row."""
    subject, _, purpose = pk.partition("#")
    row = subject.partition(".")[2]
    return purpose, int(row) if row.isdecimal() else None
