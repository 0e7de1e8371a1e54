"""The text fields of PATCH account, row by row (spec 10, section 7)."""

from __future__ import annotations

import pytest

from tests.http import expectations as expect
from tests.http.case_names import brief
from tests.http.field_writing import NOT_TEXT, RIGHT_TO_LEFT, refused, stored
from tests.http.service_client import Caller

KIB_32 = 32 * 1024


# --- name


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Ada Lovelace", "Ada Lovelace"),
        ("A", "A"),
        ("  Ada \t\n", "Ada"),
        ("Two  blanks", "Two  blanks"),
        ("a" * 255, "a" * 255),
        ("  " + "b" * 255 + "  ", "b" * 255),
        ("😀" * 255, "😀" * 255),
        (5, "5"),
        (f"a{RIGHT_TO_LEFT}b", f"a{RIGHT_TO_LEFT}b"),
        ('O\'Neil & Sons "x"', 'O\'Neil & Sons "x"'),
        ("a:b //c", "a:b //c"),
    ],
    ids=brief,
)
def test_name(writer: Caller, value: object, expected: str) -> None:
    """`name`: 1..255 code points after trimming, a number as its digits (spec 10, section 7)."""
    assert expected == stored(writer, "name", value)


@pytest.mark.parametrize(
    "value",
    [None, "", " ", "\t\n ", "a" * 256, "😀" * 256, "a<b", "a>b", "a://b", "http://a", "a\x00b", *NOT_TEXT],
    ids=brief,
)
def test_name_refused(writer: Caller, value: object) -> None:
    """`name`: null, empty, blank, longer, `<`, `>`, `://` are 400 (spec 10, section 7)."""
    refused(writer, "name", value)


def test_the_same_name(writer: Caller) -> None:
    """Same name as now: 200, no history (spec 10, section 7.1)."""
    name, etag = stored(writer, "name", "The Same"), writer.etag()
    for again in (name, f"  {name} "):
        assert name == stored(writer, "name", again)
    assert etag == writer.etag()


def test_names_may_change_often(writer: Caller) -> None:
    """No proof is asked for: the hook of the local stage answers no (spec 10, section 7.1)."""
    for name in ("First  Name", "Wholly Other", "Third", "Fourth Of All", "First  Name"):
        assert name == stored(writer, "name", name)


# --- goals, mailing address, city


@pytest.mark.parametrize("field", ["goals", "mailing_address"])
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("some text", "some text"),
        ("  trimmed \n", "trimmed"),
        ("two\nlines", "two\nlines"),
        ("<script>alert('x')</script>&amp;", "<script>alert('x')</script>&amp;"),
        (RIGHT_TO_LEFT, RIGHT_TO_LEFT),
        (5, "5"),
        ("", ""),
        ("   ", ""),
        (None, None),
        ("a" * KIB_32, "a" * KIB_32),
        ("é" * (KIB_32 // 2), "é" * (KIB_32 // 2)),
        (" " + "a" * KIB_32 + " ", "a" * KIB_32),
    ],
    ids=brief,
)
def test_long_texts(writer: Caller, field: str, value: object, expected: str | None) -> None:
    """`goals`, `mailing_address`: any text up to 32 KiB, raw; null; `""` stays (spec 10, section 7)."""
    assert expected == stored(writer, field, value)


@pytest.mark.parametrize("field", ["goals", "mailing_address", "city"])
@pytest.mark.parametrize("value", ["a" * (KIB_32 + 1), "é" * (KIB_32 // 2 + 1), "a\x00b", "\x00", *NOT_TEXT], ids=brief)
def test_long_texts_refused(writer: Caller, field: str, value: object) -> None:
    """Neither text nor a number, U+0000, or longer: 400 (spec 10, section 7)."""
    refused(writer, field, value)


@pytest.mark.parametrize("value", ["Cambridge", "  Cambridge ", "", None, 5, "a" * KIB_32], ids=brief)
def test_city(writer: Caller, value: object) -> None:
    """`city` is accepted as the other texts, and is in no view (spec 10, sections 5.1 and 7)."""
    response = writer.patch({"city": value})
    expect.status(200, response)
    assert "city" not in response.json()


# --- bio


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("hello", "hello"),
        ("  hello  ", "hello"),
        ("x" * 300, "x" * 300),
        ("😀" * 300, "😀" * 300),
        (" " * 5 + "y" * 300 + "\n", "y" * 300),
        ("<b>raw</b>", "<b>raw</b>"),
        (RIGHT_TO_LEFT, RIGHT_TO_LEFT),
        (5, "5"),
        ("", None),
        (None, None),
    ],
    ids=brief,
)
def test_bio(writer: Caller, value: object, expected: str | None) -> None:
    """`bio`: up to 300 code points after trimming, raw; null and empty are null (spec 10, section 7)."""
    writer.patch({"bio": "before"})
    assert expected == stored(writer, "bio", value)


@pytest.mark.parametrize("value", ["x" * 301, "😀" * 301, "x" * 100_000, "a\x00b", *NOT_TEXT], ids=brief)
def test_bio_refused(writer: Caller, value: object) -> None:
    """`bio`: 301 and more, U+0000, and what is no text are 400 (spec 10, section 7)."""
    refused(writer, "bio", value)


# --- phone number


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("+1 (800) 555-5555", "+18005555555"),
        ("12+34", "1234"),
        (" +123", "123"),
        ("++12", "+12"),
        ("abc", None),
        ("", None),
        (None, None),
        ("5551234", "5551234"),
        (5551234, "5551234"),
        ("call 1 or 2, <b>3</b>", "123"),
        ("1" * 50, "1" * 50),
        ("+" + "1" * 49, "+" + "1" * 49),
        ("1" * 50 + "-" * 200, "1" * 50),
    ],
    ids=brief,
)
def test_phone_number(writer: Caller, value: object, expected: str | None) -> None:
    """`phone_number`: digits, and a `+` as the very first character (spec 10, section 7.2)."""
    writer.patch({"phone_number": "999"})
    assert expected == stored(writer, "phone_number", value)


@pytest.mark.parametrize("value", ["1" * 51, "+" + "1" * 50, "1" * 5000], ids=brief)
def test_phone_number_too_long(writer: Caller, value: str) -> None:
    """More than 50 characters left: 400, in either shape (spec 10, section 7.2)."""
    before = writer.account()
    expect.refused_on_storing("phone_number", writer.patch({"phone_number": value}))
    assert before == writer.account()


@pytest.mark.parametrize("value", NOT_TEXT)
def test_phone_number_refused(writer: Caller, value: object) -> None:
    """`phone_number`: neither text nor a number is 400 (spec 10, section 7)."""
    refused(writer, "phone_number", value)
