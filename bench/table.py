"""Tables of results, as Markdown, and the goals that are judged by them; what is printed is what is written."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.charts import Chart


@dataclass(frozen=True)
class Goal:
    """A target, what was measured, and whether that reaches it."""

    what: str
    target: str
    measured: str
    reached: bool

    @property
    def verdict(self) -> str:
        """In a word."""
        return "reached" if self.reached else "missed"


@dataclass(frozen=True)
class Table:
    """One table: what it shows, columns and rows, what must be known to read it, goals, and its figures as a chart."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""
    goals: Sequence[Goal] = ()
    chart: Chart | None = None

    def markdown(self) -> str:
        """The table in Markdown, columns padded so that it reads well unrendered; without goals and chart."""
        note = f"\n\n{self.note}" if self.note else ""
        return f"**{self.title}**\n\n{grid(self.columns, self.rows)}{note}"


def grid(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The lines of a table in Markdown."""
    widths = [max(len(row[place]) for row in (columns, *rows)) for place in range(len(columns))]
    lines = [_line(columns, widths), f"|{'|'.join('-' * (width + 2) for width in widths)}|"]
    return "\n".join(lines + [_line(row, widths) for row in rows])


def at_most(what: str, measured: Sequence[float], limit: float, shown: Callable[[float], str]) -> Goal:
    """A goal that all of `measured` reach if the largest of them is not above `limit`."""
    return Goal(what, f"at most {shown(limit)}", span(measured, shown), max(measured) <= limit)


def at_least(what: str, measured: Sequence[float], limit: float, shown: Callable[[float], str]) -> Goal:
    """A goal that all of `measured` reach if the smallest of them is not below `limit`."""
    return Goal(what, f"at least {shown(limit)}", span(measured, shown), min(measured) >= limit)


def span(values: Sequence[float], shown: Callable[[float], str]) -> str:
    """The smallest to the largest, or the one."""
    least, most = shown(min(values)), shown(max(values))
    return least if least == most else f"{least} to {most}"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"


def milliseconds(seconds: float) -> str:
    """A time, to the hundredth of a millisecond."""
    return f"{seconds * 1000:.2f} ms"


def microseconds(seconds: float) -> str:
    """A time, to the tenth of a microsecond."""
    return f"{seconds * 1e6:,.1f} µs"


def rate(per_second: float) -> str:
    """So many a second."""
    return f"{per_second:,.0f}/s"


def ratio(value: float) -> str:
    """So many times as much."""
    return f"{value:.2f}x"


def count(value: float) -> str:
    """A whole number."""
    return f"{value:,.0f}"


def share(value: float) -> str:
    """A part of the whole, to the tenth of a hundredth."""
    return f"{value:.1%}"
