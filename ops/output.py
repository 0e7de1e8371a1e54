"""What a command says: one JSON document, or text and tables for people; progress for those who look on.

`rich` is imported when something is shown to people: a script that reads JSON need not wait for it.
"""

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""What could move the cursor, or turn the order of letters round, in a terminal that shows people's own texts."""

WIDE = 160
"""Columns, where nobody says how wide the paper is."""

Advance = Callable[[int], None]


def harmless(text: object) -> str:
    """A text as a terminal may be given it: control characters written out."""
    return CONTROL.sub(lambda found: f"\\x{ord(found.group()):02x}", str(text))


def _text(content: object) -> "Text":
    from rich.text import Text

    return Text(harmless(content))


class Output:
    """Standard output for results, standard error for progress and complaints."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json

    @cached_property
    def _console(self) -> "Console":
        from rich.console import Console

        width = None if sys.stdout.isatty() else WIDE
        return Console(markup=False, highlight=False, emoji=False, width=width)

    @cached_property
    def _errors(self) -> "Console":
        from rich.console import Console

        return Console(stderr=True, markup=False, highlight=False, emoji=False)

    def document(self, content: Any, render: Callable[[], None]) -> None:
        """Say a result: `content` as the JSON document, or what `render` says to people."""
        if self.as_json:
            sys.stdout.write(f"{json.dumps(content, ensure_ascii=False, indent=2)}\n")
            sys.stdout.flush()
        else:
            render()

    def line(self, text: str) -> None:
        """A line for people."""
        if not self.as_json:
            self._console.print(_text(text), soft_wrap=True)

    def table(self, headings: Sequence[str], rows: Sequence[Sequence[object]], numbers: Sequence[str] = ()) -> None:
        """A table for people; the columns named in `numbers` are aligned at the right."""
        from rich.table import Table

        table = Table(box=None, pad_edge=False, show_edge=False, header_style="bold")
        for heading in headings:
            right = heading in numbers
            table.add_column(heading, justify="right" if right else "left", overflow="fold", no_wrap=right)
        for row in rows:
            table.add_row(*map(_text, row))
        self._console.print(table)

    def facts(self, facts: Mapping[str, object]) -> None:
        """Names and values, one a line."""
        width = max(map(len, facts), default=0)
        for name, value in facts.items():
            self.line(f"{name.ljust(width)}  {value}")

    def notice(self, text: str) -> None:
        """A line for people who look on: on standard error, and only if that is a terminal."""
        if self._errors.is_terminal:
            self._errors.print(_text(text), soft_wrap=True)

    def complaint(self, text: str) -> None:
        """A line on standard error, whoever reads it."""
        sys.stderr.write(f"rollcall: {harmless(text)}\n")

    @contextmanager
    def progress(self, what: str, total: int | None) -> Iterator[Advance]:
        """A bar on standard error if that is a terminal; gives a function that moves it forward."""
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self._errors, disable=not self._errors.is_terminal, transient=True) as bar:
            task = bar.add_task(what, total=total)
            yield lambda count: bar.advance(task, count)
