"""`rollcall queue`: the retirement queue by state and age. Counted by the index, so nobody's row is opened."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.wiring import Wiring
from ops.output import Output
from ops.running import Json, running

FAR = datetime(9999, 1, 1, tzinfo=UTC)
AGES: Sequence[tuple[str, int]] = (("under 1 day", 0), ("1 to 7 days", 1), ("7 to 30 days", 7), ("over 30 days", 30))
"""Names of ages, and after how many days each begins."""

WIDTH = 40
BAR = "█"
SLIVER = "▏"


def queue(as_json: Json = False) -> None:
    """Count the retirements by state and age, as a table and bars."""
    with running(as_json=as_json) as job:
        now = job.wiring.clock()
        states = [_state(job.wiring, name, now) for name in job.wiring.states.names]
        standing = [state for state in states if state["rows"]]
        content = {"at": now.isoformat(), "rows": sum(state["rows"] for state in states), "states": standing}
        job.out.document(content, lambda: _print(job.out, content))


def _state(wiring: Wiring, name: str, now: datetime) -> dict[str, Any]:
    """How many rows are in a state, and how old they are."""
    rows = wiring.queue.count_older_than([name], FAR)
    if not rows:
        return {"state": name, "rows": 0, "oldest": None, "ages": {}}
    older = [wiring.queue.count_older_than([name], now - timedelta(days=days)) for _, days in AGES[1:]]
    counts = [before - after for before, after in zip([rows, *older], [*older, 0], strict=True)]
    oldest = wiring.queue.older_than([name], FAR, limit=1)
    return {
        "state": name,
        "rows": rows,
        "oldest": oldest[0].created.isoformat() if oldest else None,
        "ages": {age: count for (age, _), count in zip(AGES, counts, strict=True)},
    }


def _print(out: Output, content: dict[str, Any]) -> None:
    states = content["states"]
    if not states:
        out.line("The queue is empty.")
        return
    ages = [age for age, _ in AGES]
    most = max(state["rows"] for state in states)
    rows = [
        [
            state["state"],
            state["rows"],
            *(state["ages"][age] for age in ages),
            (state["oldest"] or "")[:10],
            bar(state["rows"], most),
        ]
        for state in states
    ]
    out.table(("State", "Rows", *ages, "Oldest", ""), rows, numbers=("Rows", *ages))


def bar(count: int, most: int) -> str:
    """A bar as long as `count` is beside `most`; the smallest number still shows."""
    return BAR * round(WIDTH * count / most) or SLIVER
