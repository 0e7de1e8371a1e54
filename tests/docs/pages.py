"""The project's pages, and the few things that tests want to know of one."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORDS = ROOT / "bench" / "page" / "words"
_CODE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^(#{1,6}) (.+)$", re.MULTILINE)
_CELL_END = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True)
class Page:
    """One page in Markdown."""

    path: Path

    @property
    def text(self) -> str:
        """All of it."""
        return self.path.read_text(encoding="utf-8")

    @property
    def prose(self) -> str:
        """All but its blocks of code."""
        return _CODE.sub("", self.text)

    def section(self, heading: str) -> str:
        """What stands under a heading, without what stands under others of its level or above."""
        found = next(match for match in _HEADING.finditer(self.prose) if match.group(2) == heading)
        rest = self.prose[found.end() :]
        level = len(found.group(1))
        following = (match.start() for match in _HEADING.finditer(rest) if len(match.group(1)) <= level)
        return rest[: next(following, len(rest))]

    @property
    def headings(self) -> list[str]:
        """Every heading in order."""
        return [match.group(2) for match in _HEADING.finditer(self.prose)]

    @property
    def anchors(self) -> set[str]:
        """What a link to a place in this page may name, as GitHub makes it of the headings."""
        return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in self.headings}


def page(name: str) -> Page:
    """The page at a path from the root of the repository."""
    return Page(ROOT / name)


def pages() -> list[Page]:
    """Every page of the repository; the words that docs/benchmarks.md is made of are read there."""
    return [Page(path) for path in files() if path.suffix == ".md" and path.parent != WORDS]


def files() -> list[Path]:
    """Every file of the repository, those that are not committed yet among them."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    names = sorted(set(listed.stdout.split("\0")) - {""})
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def rows(text: str) -> list[list[str]]:
    """The cells of every row of the tables in a text."""
    lines = (line.strip() for line in text.splitlines())
    found = [_cells(line) for line in lines if line.startswith("|") and line.endswith("|")]
    return [cells for cells in found if not all(set(cell) <= {"-", ":"} for cell in cells)]


def by_name(text: str) -> dict[str, list[str]]:
    """The rows of the tables in a text by what their first cell names in backticks, each of several names."""
    return {name: cells[1:] for cells in rows(text) for name in re.findall(r"`([^`]+)`", cells[0])}


def _cells(line: str) -> list[str]:
    return [cell.strip().replace("\\|", "|") for cell in _CELL_END.split(line[1:-1])]
