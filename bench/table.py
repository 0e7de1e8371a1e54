"""Tables of results, as Markdown; what is printed is what is written."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """One table: what it shows, the columns, the rows, and what must be known to read it."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""

    def markdown(self) -> str:
        """The table in Markdown, columns padded so that it reads well unrendered."""
        widths = [max(len(row[place]) for row in (self.columns, *self.rows)) for place in range(len(self.columns))]
        lines = [_line(self.columns, widths), f"|{'|'.join('-' * (width + 2) for width in widths)}|"]
        lines += [_line(row, widths) for row in self.rows]
        note = f"\n\n{self.note}" if self.note else ""
        return f"**{self.title}**\n\n" + "\n".join(lines) + note


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
