"""The page, from words and records: `python -m bench --render` writes it anew without measuring."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from bench.catalogue import BENCHMARKS
from bench.page.record import DOCS, Kept, Record, read
from bench.page.words import Words, words_of
from bench.table import Goal, grid

HEAD = """# Benchmarks

What Rollcall costs, beside what it was compared with. The targets are ours; where one is missed, the page says what
bounds it.

**Reproduce.** `make bench` measures all of it and writes this page and its charts anew, which takes well over an hour;
`.venv/bin/python -m bench NAME ...` measures and prints what is named, `--record` also keeps it here, `--quick` is a
smoke run whose figures mean nothing (the tests run it, so that no benchmark rots). Sections are of the days that they
name; those that name no load stood on this page before it was made of records, and say in a note what was known of it.

**How.** What computes is measured in CPU time of the process (`time.process_time`), as medians, the things to be
compared taken in turn in one run, each benchmark in a process of its own. "HTTP canned" means that botocore does all
its work (parameters, signature, retries, parsing) and at its `before-send` event gets an answer made beforehand.
People and their changes are invented but have the size of real ones (`bench/people.py`): a profile of 14 fields, and
changes that touch one or two of them. Accounts are made by the service's own decisions and its own ledger, sealed and
chained.

**How far to trust it.** The cores are shared with other work; each section says the load of the machine before and
after its run and, since that is noted, how long ten million additions took right before it, for they are not always
as fast. Trust
numbers of requests and bytes, which are exact; then ratios within a table, then figures within a table, then those of
two tables. A target in milliseconds that is missed on a slow day says less than a ratio that is missed.

## In short

{summary}

Without a target: {others}.

"""
SECTION = """## {title}

{question}

**Setup.** {setup}

**Versions.** {versions}

**Command.** `python -m bench {name}`

**Figures**

{figures}

**Bottleneck.** {bottleneck}

**Verdict.** {verdict}
"""
PATH = DOCS / "benchmarks.md"


class NoVerdictError(Exception):
    """A benchmark has neither goals nor words for a verdict."""


def page(docs: Path = DOCS) -> str:
    """The whole page; raises `FileNotFoundError` if a benchmark has no words or was never recorded."""
    sections = {name: (words_of(name), read(name, docs)) for name in BENCHMARKS}
    return "\n".join([head(sections), *(section(words, record) for words, record in sections.values())])


def head(sections: Mapping[str, tuple[Words, Record]]) -> str:
    """How it was measured, and every goal with its verdict."""
    rows = [
        [_link(words.title), goal.what, goal.target, goal.measured, _verdict(goal)]
        for words, record in sections.values()
        for goal in record.goals
    ]
    others = [_link(words.title) for words, record in sections.values() if not record.goals]
    summary = grid(("Benchmark", "Goal", "Target", "Measured", "Verdict"), rows)
    return HEAD.format(summary=summary, others=", ".join(others))


def section(words: Words, record: Record) -> str:
    """One benchmark, as all of them are told."""
    text = SECTION.format(
        title=words.title,
        question=words.question,
        setup=words.setup,
        versions=_versions(record),
        name=record.benchmark,
        figures="\n\n".join(figure for table in record.tables for figure in _figures(table)),
        bottleneck=words.bottleneck,
        verdict=_verdicts(words, record),
    )
    return f"{text}\n**Notes.** {words.notes}\n" if words.notes else text


def _versions(record: Record) -> str:
    """As in: 2026-11-29, 2 cores, Linux x86_64, load 0.1 before and 0.9 after, 12 s; CPython 3.11.7, pydantic 2.12."""
    load = "" if record.load is None else f", load {record.load[0]} before and {record.load[1]} after"
    pace = "" if record.pace is None else f", ten million additions in {record.pace:.2f} s"
    took = f", {record.seconds} s" if record.seconds else ""
    where = f"{record.day}, {record.machine}{load}{pace}{took}"
    return f"{where}; {', '.join(f'{name} {version}' for name, version in record.versions.items())}."


def _figures(kept: Kept) -> Iterator[str]:
    yield kept.table().markdown()
    if kept.chart is not None:
        yield f"![{kept.chart_title}](charts/{kept.chart}.svg)"


def _verdicts(words: Words, record: Record) -> str:
    if not record.goals and not words.verdict:
        raise NoVerdictError(record.benchmark)
    met = "; ".join(f"{goal.what}: {goal.measured} ({goal.target}), {_verdict(goal)}" for goal in record.goals)
    return "\n\n".join(part for part in (f"{met}." if met else "", words.verdict) if part)


def _verdict(goal: Goal) -> str:
    return goal.verdict if goal.reached else f"**{goal.verdict}**"


def _link(title: str) -> str:
    """A section of this page, as GitHub makes its anchors."""
    anchor = "".join(letter for letter in title.lower().replace(" ", "-") if letter.isalnum() or letter in "-_")
    return f"[{title}](#{anchor})"
