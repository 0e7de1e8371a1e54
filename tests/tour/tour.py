"""README's tour as a script: its shell blocks in order, and the output that the page shows for each."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

README = Path(__file__).resolve().parents[2] / "README.md"
SHOWN_ADDRESS = "127.0.0.1:8000"
WILDCARD = "..."
SECONDS = 120
_FENCE = re.compile(r"^```(shell|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_MARK = "=== end of block"


@dataclass(frozen=True)
class Step:
    """One shell block and the output that follows it; a block without shown output must print nothing."""

    line: int
    command: str
    shown: str


def steps(page: str) -> list[Step]:
    """The steps of the section "Tour"; a text block belongs to the shell block before it."""
    start = page.index("\n## Tour\n")
    end = page.index("\n## ", start + 1)
    blocks = [(match.group(1), match.group(2), match.start()) for match in _FENCE.finditer(page, start, end)]
    found = []
    for index, (kind, content, place) in enumerate(blocks):
        if kind == "shell":
            shown = blocks[index + 1][1] if blocks[index + 1 : index + 2] and blocks[index + 1][0] == "text" else ""
            found.append(Step(page.count("\n", 0, place) + 1, content, shown))
    return found


def run(tour: list[Step], address: str) -> list[str]:
    """What bash prints for each step, one shell for all of them; addresses come out as the page shows them.

    A step that was not reached, because the shell ended before it, has no entry.
    """
    script = "".join(f"{step.command}\nprintf '%s\\n' '{_MARK}'\n" for step in tour)
    finished = subprocess.run(
        ["bash"],
        input=script.replace(SHOWN_ADDRESS, address),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return finished.stdout.replace(address, SHOWN_ADDRESS).split(f"{_MARK}\n")[:-1]


def fits(shown: str, printed: str) -> bool:
    """Whether `printed` is what the page shows, where `...` stands for anything, line ends included."""
    parts = (re.escape(part) for part in shown.strip().split(WILDCARD))
    return re.fullmatch(".*?".join(parts), printed.strip(), re.DOTALL) is not None
