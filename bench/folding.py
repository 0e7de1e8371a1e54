"""How fast histories are folded and verified: events a second on one core."""

from collections.abc import Iterator, Mapping, Sequence

from bench.canned import body
from bench.canned_ledger import CannedLedger
from bench.histories import AGGREGATE, History, history
from bench.table import Table, at_least, microseconds, rate
from bench.timing import Work, medians
from chalicelib.accounts.account import Account
from chalicelib.events import codec
from chalicelib.events.dynamo import Item
from chalicelib.events.event import Event
from chalicelib.events.history import PAGE
from chalicelib.events.keys import AccountKeys
from chalicelib.events.verification import verify

LENGTH, ROUNDS = 10_000, 9
KINDS = {"profile changes alone": 0, "two logins to a change": 2}
NOTE = (
    "Profile changes are the largest events there are, with old and new values; logins are smaller, and a real account "
    "surely has more of them."
)
QUICK_LENGTH, QUICK_ROUNDS = 30, 2
TARGETS = {
    "fold decoded events": 400_000,
    "decode and fold": 200_000,
    "verify items in memory": 50_000,
    "read and verify": 25_000,
}


def fold(*, quick: bool) -> list[Table]:
    """Folding, decoding and verification of long histories of two kinds."""
    length, rounds = (QUICK_LENGTH, QUICK_ROUNDS) if quick else (LENGTH, ROUNDS)
    columns = {kind: medians(works(canned(length, logins)), rounds) for kind, logins in KINDS.items()}
    names = list(next(iter(columns.values())))
    rows = [[name, *cells(columns, name, length), target(name)] for name in names]
    heads = [head for kind in KINDS for head in (kind, "each")]
    goals = [
        at_least(f"To {name}, events a second", [length / times[name] for times in columns.values()], least, rate)
        for name, least in TARGETS.items()
    ]
    return [Table(f"Folding and verifying {length:,} events", ("", *heads, "Target"), rows, NOTE, goals)]


def cells(columns: Mapping[str, Mapping[str, float]], name: str, length: int) -> Iterator[str]:
    """Events a second and the time of one, for each kind of history."""
    for times in columns.values():
        yield rate(length / times[name])
        yield microseconds(times[name] / length)


def target(name: str) -> str:
    """What design asks for."""
    return rate(TARGETS[name]) if name in TARGETS else "-"


def canned(length: int, logins: int) -> CannedLedger:
    """An account whose history is read through botocore, page by page."""
    ledger = CannedLedger(history(length, logins=logins))
    ledger.canned.answers["Query"] = list(query_pages(ledger.history.event_items))
    return ledger


def works(ledger: CannedLedger) -> dict[str, Work]:
    """What is measured, from the fold alone to all that verification does."""
    kept = ledger.history
    keys = AccountKeys(ledger.ring, kept.account, ledger.key)
    parts = parts_of(kept)

    def verify_in_memory() -> None:
        expect(verify(kept.head, kept.event_items, kept.account, keys, AGGREGATE).ok)

    def read_pages() -> None:
        expect(sum(1 for _ in ledger.ledger.event_items(kept.account)) == len(kept.events))

    def read_and_verify() -> None:
        ledger.key_cached()
        expect(ledger.ledger.verify(kept.account).ok)

    return {
        "fold decoded events": lambda: expect(folded(kept.events) == kept.loaded.state),
        "decode and fold": lambda: expect(folded(decoded(parts)) == kept.loaded.state),
        "verify items in memory": verify_in_memory,
        "read and verify": read_and_verify,
        "read alone: botocore, pages of 1,000": read_pages,
    }


def expect(holds: bool) -> None:
    """Stop a benchmark whose work came out wrong."""
    if not holds:
        raise AssertionError("the benchmark's own result is wrong")


def folded(events: Sequence[Event] | Iterator[Event]) -> Account | None:
    """The state after these events."""
    state: Account | None = None
    for event in events:
        state = AGGREGATE.fold(state, event)
    return state


def parts_of(history: History) -> list[codec.Parts]:
    """The parts of each event in the clear, as they are once unsealed."""
    return [codec.encode(event, event.schema_number) for event in history.events]


def decoded(parts: Sequence[codec.Parts]) -> Iterator[Event]:
    """The events of opened parts."""
    for each in parts:
        yield codec.decode_event(codec.clear_of(each.plain), each.personal, AGGREGATE.event_types)


def query_pages(event_items: Sequence[Item]) -> Iterator[bytes]:
    """The history as the Query of the service gets it, page by page, without partition keys."""
    for start in range(0, len(event_items), PAGE):
        page = [
            {name: value for name, value in item.items() if name != "pk"} for item in event_items[start : start + PAGE]
        ]
        more = start + PAGE < len(event_items)
        last = {"LastEvaluatedKey": {name: event_items[start + len(page) - 1][name] for name in ("pk", "sk")}}
        yield body({"Items": page, "Count": len(page), "ScannedCount": len(page), **(last if more else {})})
