"""`rollcall erase --check`: whether anything of a person is left, in one pass over every store (spec 50, section 6)."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chalicelib.accounts.account import Account
from chalicelib.events.aggregate import Loaded
from chalicelib.events.dynamo import Item
from chalicelib.events.errors import CorruptItemError, UnknownEventTypeError, UnknownKeyError
from chalicelib.events.keys import CACHE_SECONDS
from chalicelib.projections.findings import shape
from chalicelib.projections.scanning import Page
from chalicelib.wiring import Wiring
from ops.erasure.choosing import Chosen, chosen, vocabulary_of
from ops.erasure.control import BUCKET, OBJECTS, Control
from ops.erasure.forms import FORMS, Form
from ops.erasure.places import attribute_shown, key_shown, object_shown
from ops.erasure.remains import Fence, Remains, Remnant, Residue
from ops.erasure.searching import Hit, Searcher
from ops.erasure.stores import Stores, Table, whole

UNREADABLE = (CorruptItemError, UnknownKeyError, UnknownEventTypeError)


class UnknownIdError(LookupError):
    """Nothing tells of an account of this id: neither a head nor a key nor the erasure ledger."""


class ControlFailedError(Exception):
    """The scan has not found all that was planted for it: what it does not find proves nothing. `missing` says what."""

    def __init__(self, missing: list[str]) -> None:
        super().__init__(f"{len(missing)} planted marks were not found")
        self.missing = missing


@dataclass(frozen=True)
class Surroundings:
    """What a check needs of the world: whom to tell how much was read since, and a way to wait (seconds)."""

    tell: Callable[[int], None]
    wait: Callable[[float], None]


@dataclass
class Checked:
    """What a check came to."""

    account: str
    version: int
    chosen: Chosen
    values_given: bool
    planted: int
    forms_too_short: int = 0
    tables: dict[str, int] = field(default_factory=dict)
    versions: int = 0
    unfinished: int = 0
    queues: dict[str, int] = field(default_factory=dict)
    of_others: int = 0
    fences: list[Fence] = field(default_factory=list)
    residue: Residue = field(default_factory=Residue)
    retired_claims: int = 0
    retired_names: int = 0
    findings: list[Remnant] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    @property
    def items(self) -> int:
        """How many items of tables were read."""
        return sum(self.tables.values())


class Check:
    """Looks for what is left of an account.

    Arguments: the services; the account's id; the person's values (null: none are given); the surroundings; where to
    look, and in which forms (by default everywhere, and in all).
    """

    def __init__(
        self,
        wiring: Wiring,
        account: str,
        values: Collection[str] | None,
        around: Surroundings,
        stores: Stores | None = None,
        forms: Collection[Form] = FORMS,
    ) -> None:
        self._wiring = wiring
        self._around = around
        self._stores = stores or Stores(wiring)
        self._loaded, self._readable = _loaded(wiring, account)
        self._control = Control(wiring, self._stores, wiring.random_bytes(16).hex())
        self._chosen = chosen(values or (), f"{vocabulary_of(wiring)}\n{_meant_to_stay(account, self._loaded)}")
        self._searcher = Searcher([*self._chosen.sought, *self._control.sought], forms)
        self._remains = Remains(wiring, account, wiring.clock())
        self._names = {each.name for each in self._chosen.sought}
        self._seen: dict[str, set[Hit]] = defaultdict(set)
        version = 0 if self._loaded is None else self._loaded.version
        planted = len(self._control.marks)
        self._checked = Checked(account, version, self._chosen, values is not None, planted)
        self._checked.forms_too_short = sum(hit.name in self._names for hit in self._searcher.left_out)

    def run(self) -> Checked:
        """Read everything. Raises `UnknownIdError`, `ControlFailedError`, `StoreUnavailableError`."""
        try:
            self._control.plant()
            self._read_tables()
            self._read_bucket()
            self._read_queues()
        finally:
            self._control.remove()
        missing = self._control.missing(self._seen)
        if missing:
            raise ControlFailedError(missing)
        if not self._remains.known:
            raise UnknownIdError
        self._judge()
        self._wait_for_caches()
        return self._checked

    def _judge(self) -> None:
        done, remains = self._checked, self._remains
        done.findings += remains.findings(self._loaded, readable=self._readable)
        done.fences, done.residue = remains.fences, remains.residue
        if self._loaded is not None:
            state = self._loaded.state
            done.retired_claims = len(state.username_digits) + len(state.email_digits)
            done.retired_names = bool(state.retired_username) + bool(state.retired_email)

    def _wait_for_caches(self) -> None:
        """Other processes may remember a key for a while after it was destroyed; only then is it gone everywhere."""
        newest = max((datetime.fromisoformat(fence.at) for fence in self._checked.fences), default=None)
        if newest is not None:
            bound = timedelta(seconds=CACHE_SECONDS)
            # A fence may seem to lie ahead, by a clock that differs from ours.
            left = min(newest + bound - self._wiring.clock(), bound)
            if left > timedelta(0):
                self._around.wait(left.total_seconds())

    def _read_tables(self) -> None:
        for table in self._stores.tables:
            count = 0
            for page in self._stores.pages(table):
                count += self._take(table, page)
                self._around.tell(len(page))
            self._checked.tables[table.name] = count

    def _take(self, table: Table, page: Page) -> int:
        """Look through a page; how many items are not planted."""
        if self._searcher.search(whole(page, table.attributes)):
            for item in page:
                self._locate(table, item)
        own = [item for item in page if not self._control.is_planted(table, item)]
        for item in own:
            self._remains.take(table, item)
        return len(own)

    def _locate(self, table: Table, item: Item) -> None:
        """Find out which attributes of an item hold something."""
        found = {name: self._searcher.search(whole([{name: value}], table.attributes)) for name, value in item.items()}
        if self._control.is_planted(table, item):
            self._seen[table.suffix].update(*found.values())
            return
        place = _shape(table, item) if any(found[name] for name in table.keys) else key_shown(table, item)
        for name, hits in found.items():
            self._found(table.name, f"{place}, {attribute_shown(table, name)}", hits)

    def _read_bucket(self) -> None:
        objects, done = self._remains.objects, self._checked
        for version, hits in self._stores.looked_through(self._stores.versions(), self._searcher.search):
            self._around.tell(1)
            if version.key.startswith(OBJECTS):
                self._seen[BUCKET] |= hits
                continue
            done.versions += 1
            if objects.is_own(version.key):
                self._add(BUCKET, object_shown(version.key), "an object of the account")
            if hits and version.key in objects.of_others:
                done.of_others += 1
            elif hits:
                self._found(BUCKET, object_shown(version.key), hits)
        for upload in self._stores.unfinished():
            done.unfinished += 1
            if objects.is_own(upload.key):
                self._add(BUCKET, object_shown(upload.key), "an unfinished upload of the account")
            elif upload.key not in objects.of_others:
                self._add(BUCKET, object_shown(upload.key), "an unfinished upload of nobody, which cannot be read")

    def _read_queues(self) -> None:
        for queue in self._stores.queues():
            name = queue.rpartition("/")[2]
            self._checked.queues[name] = 0
            for message, buffer in self._stores.messages(queue):
                self._checked.queues[name] += 1
                self._found(f"queue {name}", message, self._searcher.search(buffer))

    def _found(self, store: str, place: str, hits: set[Hit]) -> None:
        """Note the values that were found; which ones only by their numbers in the file."""
        for hit in sorted(hits):
            if hit.name in self._names:
                self._add(store, place, f"{hit.name}: {hit.form}")

    def _add(self, store: str, place: str, what: str) -> None:
        self._checked.findings.append(Remnant(store, place, what))


def _loaded(wiring: Wiring, account: str) -> tuple[Loaded[Account] | None, bool]:
    """The account, and whether it could be read; one that there is not can."""
    try:
        return wiring.ledger.load(account), True
    except UNREADABLE:
        return None, False


def _meant_to_stay(account: str, loaded: Loaded[Account] | None) -> str:
    """What an erased account keeps for ever, one a line: looking for it would find what must be there."""
    return "\n".join(_kept(account, loaded)).casefold()


def _kept(account: str, loaded: Loaded[Account] | None) -> Iterator[str]:
    yield account
    if loaded is not None:
        state = loaded.state
        yield from (state.retired_username, state.retired_email, *state.username_digits, *state.email_digits)


def _shape(table: Table, item: Item) -> str:
    return " ".join(shape(item[name]["S"]) for name in table.keys)
