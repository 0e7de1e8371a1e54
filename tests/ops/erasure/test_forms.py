"""The forms of a text, against what other programs write."""

import base64
import hashlib
import json
from urllib.parse import quote

import pytest

from ops.erasure.choosing import chosen, is_common, stands_alone
from ops.erasure.control import _fitting, _is_text
from ops.erasure.forms import FORMS, MOST_BYTES, base64_core
from ops.erasure.searching import Buffer, Hit, Searcher, Sought, text_of

TEXT = "Zoë 'O' <Brien> & Söhne?"
MARK = "Zoë \"Ünï\" <O> & 'Söhne'?"
"""Looks different in every form."""

BY_HAND = {
    "plain": "xx Zoë 'O' <Brien> & Söhne? xx".encode(),
    "in other capitals": "zOË 'o' <BRIEN> & SÖHNE?".encode(),
    "UTF-16 LE": TEXT.encode("utf-16-le"),
    "UTF-16 BE": TEXT.encode("utf-16-be"),
    "hex, lower case": TEXT.encode().hex().encode(),
    "hex, upper case": TEXT.encode().hex().upper().encode(),
    "base64, 0 bytes into a group": base64.b64encode(TEXT.encode()),
    "base64, 1 bytes into a group": base64.b64encode(b"1234" + TEXT.encode() + b"5"),
    "base64, 2 bytes into a group": base64.b64encode(b"12" + TEXT.encode() + b"3456"),
    "percent-encoding of all bytes": "".join(f"%{byte:02x}" for byte in TEXT.encode()).encode(),
    "percent-encoding, usual": quote(TEXT, safe="").encode(),
    "percent-encoding of forms": b"a=Zo%C3%AB+%27O%27+%3CBrien%3E+%26+S%C3%B6hne%3F&b=",
    "JSON, all escaped": "".join(f"\\u{ord(letter):04x}" for letter in TEXT).encode(),
    "JSON, usual escapes": json.dumps([TEXT]).encode(),
    "HTML, usual escapes": b"Zo&#235; &#x27;O&#x27; &lt;Brien&gt; &amp; S&#246;hne?",
    "HTML, decimal": "".join(f"&#{ord(letter)};" for letter in TEXT).encode(),
    "HTML, hexadecimal": "".join(f"&#x{ord(letter):X};" for letter in TEXT).encode(),
    **{f"{name}, raw": getattr(hashlib, name)(TEXT.encode()).digest() for name in ("md5", "sha1", "sha512")},
    **{f"{name}, hex": getattr(hashlib, name)(TEXT.encode()).hexdigest().encode() for name in ("sha224", "sha384")},
    "sha256 of the case-folded text, hex": hashlib.sha256(TEXT.casefold().encode()).hexdigest().upper().encode(),
    "sha256, base64": base64.b64encode(hashlib.sha256(TEXT.encode()).digest()),
    "md5 of the case-folded text, base64": base64.urlsafe_b64encode(
        hashlib.new("md5", TEXT.casefold().encode(), usedforsecurity=False).digest()
    ),
}


def found(content, *sought, forms=FORMS):
    """What is found in some bytes."""
    buffer = Buffer()
    buffer.binary(content)
    return Searcher(sought or [Sought("it", TEXT)], forms).search(buffer)


@pytest.mark.parametrize("form", BY_HAND)
def test_a_form_is_found_as_others_write_it(form):
    """Written by hand or by another library, at any place of a buffer."""
    for filler in range(9):
        assert Hit("it", form) in found(b"." * filler + BY_HAND[form] + b"." * (8 - filler))


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_what_the_control_hides_is_found(form):
    """Each form finds what it hides, and nothing of somebody else."""
    assert Hit("it", form.name) in found(form.hide(MARK), Sought("it", MARK))
    assert set() == found(form.hide("Somebody Else Entirely"))


def test_normal_forms_of_unicode():
    """Letters with marks beside them are the same letters."""
    assert Hit("it", "plain") in found("Zoe\u0308 'O' <Brien> & So\u0308hne?".encode())


def test_base64_of_a_long_text_is_that_of_its_beginning():
    """Of a long text its first bytes are looked for, so that one which was cut off is found as well."""
    long = "All that there is to say of me. " * 40
    assert MOST_BYTES < len(long)
    assert found(base64.b64encode(long.encode()), Sought("it", long))
    assert found(long[:300].encode(), Sought("it", long))
    assert base64_core(b"abcdef", 0) == b"YWJjZGVm"


def test_a_word_is_found_where_it_stands_alone():
    """A short value counts in plain as a word of a text; within others, or within bytes that are none, it is chance."""
    short = Sought("it", "Tate", alone=True)
    assert {"plain"} == {hit.form for hit in found(b'{"a":"TATE"}', short)}
    assert set() == found(b'{"a":"potatelike"}', short)
    assert set() == found(b"\x80\xffTATE\xff\x80", short)
    assert found(hashlib.sha256(b"Tate").digest(), short)


@pytest.mark.parametrize("content", ["ünal", "ÜNAL", "ÜnAl", "u\u0308nal"])
def test_a_short_word_is_found_in_any_capitals_and_normal_form(content):
    """Letters beyond ASCII as well; within a longer word it is chance."""
    short = Sought("it", "Ünal", alone=True)
    assert found(f'{{"a":"{content}"}}'.encode(), short)
    assert set() == found(f"t{content}".encode(), short)


def test_forms_that_are_too_short_are_counted():
    """Base64 of four or five bytes is not looked for; of six it is, and so is all of a longer text."""
    in_base64 = {Hit("it", each.name) for each in FORMS if each.name.startswith("base64")}
    assert in_base64 == Searcher([Sought("it", "Tate", alone=True)]).left_out
    assert in_base64 == Searcher([Sought("it", "Tates", alone=True)]).left_out
    assert set() == Searcher([Sought("it", "Tatest", alone=True), Sought("other", TEXT)]).left_out


@pytest.mark.parametrize("content", [b"", b"\0", b"\xff", b"%", "ß".encode()[:1]])
def test_small_buffers(content):
    """Nothing is found in next to nothing."""
    assert set() == found(content)


def test_a_text_that_was_cut_within_a_letter():
    """Pieces of a text are texts; bytes that are none stay bytes."""
    content = "añoñ".encode()
    assert ["añoñ", "oñ", "año"] == [text_of(content), text_of(content[2:]), text_of(content[:-1])]
    assert text_of(b"\xfe\xff\x00") is None
    assert text_of(b"a\xc3b") is None


class TestChoosing:
    """Which values are looked for."""

    VOCABULARY = "state\naccountregistered\nprivate"

    def test_values_that_say_nothing_are_counted(self):
        """Short and empty ones, short numbers, and words that the service writes about everybody."""
        done = chosen(["", "  ", "abc", "1990", "1234567", "Tate", "PRIVATE", "Ada Lovelace"], self.VOCABULARY)
        assert (8, 3, 4) == (done.given, done.too_short, done.common)
        assert [("value 8", "Ada Lovelace")] == [(each.name, each.text) for each in done.sought]

    def test_the_same_value_is_looked_for_once(self):
        """Spaces around it do not count."""
        assert 1 == len(chosen(["Ada Lovelace", " Ada Lovelace "], self.VOCABULARY).sought)

    @pytest.mark.parametrize(
        ("text", "alone"),
        [("Anna", True), ("annabel", True), ("annabell", False), ("deadbeef", True), ("5551234567", True)],
    )
    def test_what_chance_could_write_must_stand_alone(self, text, alone):
        """Less than eight bytes, or less than twelve digits of ids."""
        assert alone == stands_alone(text)

    def test_common(self):
        """A part of a common word is common, a longer word is not."""
        assert is_common("registered", self.VOCABULARY)
        assert not is_common("registered nurse", self.VOCABULARY)


def test_a_raw_digest_that_happens_to_be_a_text():
    """It is planted as the bytes that it is: as a text it would be read with other letters, and not be found."""
    marks = (f"mark {number}" for number in range(100_000))
    digests = ((mark, hashlib.md5(mark.encode(), usedforsecurity=False).digest()) for mark in marks)
    form = next(form for form in FORMS if form.name == "md5, raw")
    mark = next(mark for mark, digest in digests if _is_text(digest) and _is_text(form.hide(mark)))
    assert {"B"} == set(_fitting(form, mark))
