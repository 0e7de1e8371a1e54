"""Looking for many byte strings at once, in every form, in one pass over the bytes.

A string of 15 bytes or more covers eight bytes that begin at a multiple of eight, wherever it stands; one of 7 or more
covers four that begin at a multiple of four. So a buffer is read as a list of whole numbers, every eight and every four
bytes of it, and compared as a set with those that any needle can show there. That is done by the interpreter itself, at
the same speed for ten needles and for ten thousand. What meets is then looked for as it is.
"""

import re
import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ops.erasure.forms import FORMS, MOST_BYTES, OTHER_CAPITALS, PLAIN, Form, encoded

WIDE, NARROW = 8, 4
LEAST_WIDE, LEAST_NARROW = 2 * WIDE - 1, 2 * NARROW - 1
"""The shortest needle that covers a whole number of that width, wherever it stands."""

AS_WORDS = (PLAIN, OTHER_CAPITALS)
"""In these forms what is short is looked for as a word of its own; in any other it is not looked for."""

BETWEEN = b"\xff"
"""What stands between two pieces of a buffer; no text holds it."""

CONTINUED = 0x80
"""The upper two bits of a byte that goes on with a letter."""

CUT_OFF = "unexpected end of data"

ALONE = rb"(?<![0-9a-z_\x80-\xfe])(?:%b)(?![0-9a-z_\x80-\xfe])"
"""A word: neither letters nor digits beside it."""


class Sought(NamedTuple):
    """A text that is looked for. `alone`: in plain, in any capitals, only where it stands as a word, in texts.

    `forms` are those to look for, if they are not all.
    """

    name: str
    text: str
    alone: bool = False
    forms: tuple[str, ...] = ()


class Hit(NamedTuple):
    """Which text was found, and in which form."""

    name: str
    form: str


class Needle(NamedTuple):
    """A byte string, in small letters as well, and what it stands for."""

    folded: bytes
    exact: bytes | None
    hit: Hit


@dataclass
class Buffer:
    """Bytes to look through: texts, and what is none."""

    texts: list[bytes] = field(default_factory=list)
    others: list[bytes] = field(default_factory=list)

    def text(self, text: str) -> None:
        """Add a text, and its case-folded form where small letters of ASCII are not enough."""
        self.texts.append(encoded(text))
        if not text.isascii():
            self.texts.append(encoded(text.casefold()))

    def binary(self, content: bytes) -> None:
        """Add bytes, which may be a text."""
        text = text_of(content)
        if text is None:
            self.others.append(content)
        else:
            self.text(text)


def text_of(content: bytes) -> str | None:
    """Bytes as the text that they are, or a piece of a text: a letter that was cut at either end is left out."""
    start = next((place for place in range(min(4, len(content))) if content[place] & 0xC0 != CONTINUED), 0)
    try:
        return content[start:].decode()
    except UnicodeDecodeError as error:
        if error.reason != CUT_OFF:
            return None
        return content[start : start + error.start].decode()


class Searcher:
    """Looks for texts in forms. Arguments: the texts, and the forms."""

    def __init__(self, sought: Sequence[Sought], forms: Collection[Form] = FORMS) -> None:
        self._wide: dict[int, list[Needle]] = {}
        self._narrow: dict[int, list[Needle]] = {}
        self.size = 0
        """How many byte strings are looked for."""
        self.left_out: set[Hit] = set()
        """Texts and forms of which a byte string is not looked for, as it is too short to be told from chance."""
        words: dict[bytes, list[Hit]] = {}
        for each in sought:
            for needle in _needles(each, forms):
                short = len(needle.folded) < LEAST_NARROW
                if needle.hit.form in AS_WORDS and (each.alone or short):
                    words.setdefault(needle.folded, []).append(needle.hit)
                elif short:
                    self.left_out.add(needle.hit)
                    continue
                else:
                    self._add(needle)
                self.size += 1
        self._words = words
        choice = b"|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
        self._word = re.compile(ALONE % choice) if words else None

    def _add(self, needle: Needle) -> None:
        """Index a needle of `LEAST_NARROW` bytes or more by what it can show."""
        width = WIDE if len(needle.folded) >= LEAST_WIDE else NARROW
        index = self._wide if width == WIDE else self._narrow
        for start in range(width):
            number = int.from_bytes(needle.folded[start : start + width], sys.byteorder)
            index.setdefault(number, []).append(needle)

    def search(self, buffer: Buffer) -> set[Hit]:
        """Everything that is found in a buffer."""
        texts = BETWEEN.join(buffer.texts)
        raw = BETWEEN.join((texts, *buffer.others))
        folded = raw.lower()
        found = {needle.hit for needle in self._meeting(folded) if _holds(needle, raw, folded)}
        if self._word is not None:
            for word in set(self._word.findall(folded[: len(texts)])):
                found.update(self._words[word])
        return found

    def _meeting(self, folded: bytes) -> Iterator[Needle]:
        if self._wide:
            numbers = memoryview(folded)[: len(folded) // WIDE * WIDE].cast("Q").tolist()
            for number in self._wide.keys() & numbers:
                yield from self._wide[number]
        if self._narrow:
            numbers = memoryview(folded)[: len(folded) // NARROW * NARROW].cast("I").tolist()
            for number in self._narrow.keys() & numbers:
                yield from self._narrow[number]


def _needles(sought: Sought, forms: Collection[Form]) -> Iterator[Needle]:
    """The byte strings of a text. A form in which it looks as it does in plain is not told apart from that."""
    plain: set[bytes] = set()
    for form in forms:
        if sought.forms and form.name not in sought.forms:
            continue
        spelled = {found[:MOST_BYTES] for found in form.spell(sought.text)}
        if form.name == PLAIN:
            plain = {each.lower() for each in spelled}
        for each in spelled:
            if form.name == PLAIN or each.lower() not in plain:
                yield Needle(each.lower(), each if form.exact else None, Hit(sought.name, form.name))


def _holds(needle: Needle, raw: bytes, folded: bytes) -> bool:
    return needle.folded in folded if needle.exact is None else needle.exact in raw
