"""Whether an account's history is whole, and its head is what the events come to.

The chain is over sealed parts, so this holds after a key is destroyed, too.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, NamedTuple

from chalicelib.events import items
from chalicelib.events.aggregate import Aggregate, S
from chalicelib.events.chain import GENESIS, link
from chalicelib.events.dynamo import Item
from chalicelib.events.erasures import ENDS_A_KEY
from chalicelib.events.errors import CorruptItemError
from chalicelib.events.event import Event
from chalicelib.events.sealing import OF_A_ROW, OpeningKeys, Slot, unlabelled
from chalicelib.events.transaction import MAX_ITEMS


@dataclass(frozen=True)
class Violation:
    """One thing that does not hold: where (`event` or `head`), at which version, and what."""

    place: str
    version: int
    what: str


class Ending(NamedTuple):
    """An event with which a key may have ended: its type's name, and when it was, as the erasure ledger writes it."""

    event: str
    at: str


@dataclass(frozen=True)
class Verdict:
    """What a verification found in `events` events of an account."""

    account: str
    events: int
    violations: tuple[Violation, ...]

    @property
    def ok(self) -> bool:
        """Whether there are no violations."""
        return not self.violations


def verify(
    head: Item, event_items: Iterable[Item], account: str, keys: OpeningKeys, aggregate: Aggregate[S]
) -> Verdict:
    """Check the events up to the head's version, then the head against them.

    Stops at the first event that does not hold: nothing is known of what follows it.
    """
    through = items.head_version(head, account)
    walk = Walk(account, keys, aggregate)
    for item in event_items:
        if walk.version == through:
            break
        what = walk.step(item)
        if what is not None:
            return Verdict(account, walk.version, (Violation("event", walk.version + 1, what),))
    return Verdict(account, walk.version, tuple(_head_violations(head, walk)))


class Walk(Generic[S]):
    """Walks along a history: `state`, `digest` and `version` are those of the events that held so far.

    `recent` are the last of these, `began` when the first one was; `slots` are the rows that anything was sealed for,
    with the time of the first event that was; `endings` what may have ended a key, by its version.
    """

    def __init__(self, account: str, keys: OpeningKeys, aggregate: Aggregate[S]) -> None:
        self.account = account
        self.keys = keys
        self.aggregate = aggregate
        self.state: S | None = None
        self.digest = GENESIS
        self.version = 0
        self.recent: deque[Event] = deque(maxlen=MAX_ITEMS)
        self.began: datetime | None = None
        self.slots: dict[Slot, datetime] = {}
        self.endings: dict[int, Ending] = {}

    def step(self, item: Item) -> str | None:
        """Take the next event; what does not hold of it, if anything."""
        version = self.version + 1
        if items.event_version(item) != version:
            return "missing"
        try:
            sealed = items.sealed_parts(item)
            digest = link(self.digest, item["p"]["S"], sealed)
            if digest != item["d"]["B"]:
                return "digest"
            event = items.open_event(item, sealed, self.account, version, self.keys, self.aggregate.event_types)
        except KeyError as error:
            return f"no {error.args[0]}"
        except CorruptItemError as error:
            return error.why
        self.state = self.aggregate.fold(self.state, event)
        self.digest, self.version = digest, version
        self.recent.append(event)
        if version == 1:
            self.began = event.at
        if type(event) in ENDS_A_KEY:
            self.endings[version] = Ending(type(event).__name__, event.at.isoformat())
        for purpose, blob in sealed.items():
            if blob[:1] == OF_A_ROW:
                self.slots.setdefault((purpose, unlabelled(blob)[0] or 0), event.at)
        return None


def _head_violations(head: Item, walk: Walk[S]) -> Iterator[Violation]:
    version = items.head_version(head, walk.account)
    if version != walk.version:
        yield Violation("head", version, "later than the events")
        return
    if items.head_digest(head, walk.account) != walk.digest:
        yield Violation("head", version, "digest")
    if items.head_schema(head, walk.account) != walk.aggregate.state_schema:
        return
    try:
        loaded = items.read_head(head, walk.account, walk.keys, walk.aggregate)
    except CorruptItemError as error:
        yield Violation("head", version, error.why)
        return
    if loaded.state != walk.state:
        yield Violation("head", version, "state")
