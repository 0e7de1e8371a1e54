"""What a benchmark is about, in words that hold for any run of it: `words/NAME.md`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "words"
PARTS = ("Setup", "Versions", "Bottleneck")
OPTIONAL = ("Verdict", "Notes")


class WordsError(Exception):
    """A file has not the parts that it must have."""


@dataclass(frozen=True)
class Words:
    """Title, what is asked, how it is measured, which distributions matter, and what bounds the figures.

    `verdict` is for a benchmark without goals; `notes` may be empty.
    """

    title: str
    question: str
    setup: str
    packages: Sequence[str]
    bottleneck: str
    verdict: str
    notes: str


def words_of(name: str, folder: Path = FOLDER) -> Words:
    """The words of one benchmark; raises `FileNotFoundError`, `WordsError`."""
    return parsed((folder / f"{name}.md").read_text())


def parsed(text: str) -> Words:
    """Split a file at its headings. Raises `WordsError`."""
    top, *rest = text.split("\n## ")
    heading, _, question = top.partition("\n")
    parts = {title: content.strip() for title, _, content in (part.partition("\n") for part in rest)}
    _check(heading, question, parts)
    packages = [package.strip() for package in parts["Versions"].split(",")]
    optional = (parts.get(title, "") for title in OPTIONAL)
    return Words(heading[2:], question.strip(), parts["Setup"], packages, parts["Bottleneck"], *optional)


def _check(heading: str, question: str, parts: Mapping[str, str]) -> None:
    if not heading.startswith("# ") or not question.strip():
        raise WordsError("the file begins with `# Title` and a sentence")
    if not set(PARTS) <= set(parts) <= {*PARTS, *OPTIONAL} or not all(parts.values()):
        raise WordsError(f"the parts are {', '.join(PARTS)}, and perhaps {' and '.join(OPTIONAL)}")
