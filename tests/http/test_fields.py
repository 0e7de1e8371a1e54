"""The writable fields of PATCH account that hold no free text, row by row (spec 10, section 7)."""

from __future__ import annotations

import pytest

from tests.http import expectations as expect
from tests.http.case_names import brief
from tests.http.code_tables import LANGUAGES, STATES
from tests.http.field_writing import NOT_TEXT, cleared, refused, stored
from tests.http.service_client import Caller, Service

# --- gender, level of education


@pytest.mark.parametrize("value", ["m", "f", "o"])
def test_gender(writer: Caller, value: str) -> None:
    """`gender`: m, f, o (spec 10, section 7)."""
    assert value == stored(writer, "gender", value)


@pytest.mark.parametrize("empty", [None, ""])
def test_gender_cleared(writer: Caller, empty: object) -> None:
    """`gender`: null and empty clear it (spec 10, section 7)."""
    cleared(writer, "gender", "m", empty)


@pytest.mark.parametrize("value", ["x", "M", "male", " m", 5, "m\x00", *NOT_TEXT])
def test_gender_refused(writer: Caller, value: object) -> None:
    """`gender`: anything else is 400 (spec 10, section 7)."""
    refused(writer, "gender", value)


@pytest.mark.parametrize("value", ["p", "m", "b", "a", "hs", "jhs", "el", "none", "other", "o"])
def test_level_of_education(writer: Caller, value: str) -> None:
    """`level_of_education`: the codes, both for Other given back as stored (spec 10, section 7, D4)."""
    assert value == stored(writer, "level_of_education", value)


@pytest.mark.parametrize("empty", [None, ""])
def test_level_of_education_cleared(writer: Caller, empty: object) -> None:
    """`level_of_education`: null and empty clear it (spec 10, section 7)."""
    cleared(writer, "level_of_education", "p", empty)


@pytest.mark.parametrize("value", ["x", "P", "phd", "None", " p", 5, *NOT_TEXT])
def test_level_of_education_refused(writer: Caller, value: object) -> None:
    """`level_of_education`: anything else is 400 (spec 10, section 7)."""
    refused(writer, "level_of_education", value)


# --- year of birth


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1990, 1990),
        ("1991", 1991),
        (1992.0, 1992),
        (0, 0),
        (-5, -5),
        (9999, 9999),
        (2147483647, 2147483647),
        (-2147483648, -2147483648),
    ],
)
def test_year_of_birth(service: Service, value: object, expected: int) -> None:
    """`year_of_birth`: whole, also as text, also 1990.0, no range but 32 bits (spec 10, section 7)."""
    seen = stored(service.new_account(), "year_of_birth", value)
    assert expected == seen
    assert type(seen) is int


def test_year_of_birth_cleared(service: Service) -> None:
    """`year_of_birth`: null clears it (spec 10, section 7)."""
    cleared(service.new_account(), "year_of_birth", 1990, None)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "abc",
        "19 90",
        "1990a",
        "0x7c6",
        1990.5,
        "1990.5",
        2147483648,
        -2147483649,
        "2147483648",
        10**30,
        1e300,
        "9" * 400,
        "1990\x00",
        *NOT_TEXT,
    ],
    ids=brief,
)
def test_year_of_birth_refused(writer: Caller, value: object) -> None:
    """`year_of_birth`: empty, text, fractions, true, false, over 32 bits are 400 (spec 10, section 7)."""
    refused(writer, "year_of_birth", value)


# --- country, state


@pytest.mark.parametrize("value", ["SE", "US", "XK", "GB", "TW", "AQ", "ZW"])
def test_country(writer: Caller, value: str) -> None:
    """`country`: ISO 3166-1 alpha-2 in capitals, and XK (spec 10, section 7)."""
    assert value == stored(writer, "country", value)


@pytest.mark.parametrize("empty", [None, ""])
def test_country_cleared(writer: Caller, empty: object) -> None:
    """`country`: null and empty clear it (spec 10, section 7)."""
    cleared(writer, "country", "SE", empty)


@pytest.mark.parametrize(
    "value", ["se", "Se", "ZZ", "UK", "EU", "SWE", "Sweden", "--", " SE", "S", 5, 752, "SE\x00", *NOT_TEXT]
)
def test_country_refused(writer: Caller, value: object) -> None:
    """`country`: anything else is 400 (spec 10, section 7)."""
    refused(writer, "country", value)


def test_every_state(writer: Caller) -> None:
    """`state`: 50 states, DC, AA, AE, AP (spec 10, sections 7 and 12)."""
    assert 54 == len(STATES)
    for value in STATES:
        response = writer.patch({"state": value})
        expect.status(200, response)
        assert value == response.json()["state"]


@pytest.mark.parametrize("empty", [None, ""])
def test_state_cleared(writer: Caller, empty: object) -> None:
    """`state`: null and empty clear it (spec 10, section 7)."""
    cleared(writer, "state", "MA", empty)


@pytest.mark.parametrize("value", ["ma", "ZZ", "PR", "GU", "Massachusetts", " MA", 5, *NOT_TEXT])
def test_state_refused(writer: Caller, value: object) -> None:
    """`state`: anything else is 400 (spec 10, section 7)."""
    refused(writer, "state", value)


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        ({"country": "US"}, ("US", "MA")),
        ({"country": "SE"}, ("SE", None)),
        ({"country": None}, (None, None)),
        ({"country": ""}, (None, None)),
        ({"country": "SE", "state": "NY"}, ("SE", None)),
        ({"country": "US", "state": "NY"}, ("US", "NY")),
        ({"country": "US", "state": None}, ("US", None)),
        ({"state": "NY"}, ("US", "NY")),
        ({"goals": "something else"}, ("US", "MA")),
        ({}, ("US", "MA")),
    ],
)
def test_country_and_state(writer: Caller, patch: dict[str, object], expected: tuple[str | None, str | None]) -> None:
    """A country other than US removes the state, even one sent along (spec 10, section 7)."""
    expect.status(200, writer.patch({"country": "US", "state": "MA"}))
    expect.status(200, writer.patch(patch))
    account = writer.account()
    assert expected == (account["country"], account["state"])


def test_a_state_without_a_country(service: Service) -> None:
    """A state may be set without naming a country (spec 10, section 7)."""
    caller = service.new_account()
    assert "MA" == stored(caller, "state", "MA")
    assert caller.account()["country"] is None


# --- languages


def test_languages_replace_the_list(writer: Caller) -> None:
    """`language_proficiencies` replace the whole list; answers are sorted by code (spec 10, section 7)."""
    first = [{"code": "sv"}, {"code": "en"}, {"code": "zh_HANT"}]
    assert [{"code": "en"}, {"code": "sv"}, {"code": "zh_HANT"}] == stored(writer, "language_proficiencies", first)
    assert [{"code": "de"}] == stored(writer, "language_proficiencies", [{"code": "de"}])
    assert [] == stored(writer, "language_proficiencies", [])


def test_every_language(writer: Caller) -> None:
    """All 186 codes of the table are accepted, at once too (spec 10, section 12)."""
    assert 186 == len(LANGUAGES)
    expected = [{"code": code} for code in sorted(LANGUAGES)]
    assert expected == stored(writer, "language_proficiencies", [{"code": code} for code in LANGUAGES])
    stored(writer, "language_proficiencies", [])


@pytest.mark.parametrize(
    "value",
    [
        None,
        "en",
        5,
        True,
        {},
        {"code": "en"},
        ["en"],
        [None],
        [[]],
        [{}],
        [{"language": "en"}],
        [{"code": "??"}],
        [{"code": "EN"}],
        [{"code": "zh_hans"}],
        [{"code": "en-US"}],
        [{"code": ""}],
        [{"code": None}],
        [{"code": []}],
        [{"code": {}}],
        [{"code": "en"}, {"code": "en"}],
        [{"code": "en"}, {"code": "sv"}, {"code": "en"}],
        [{"code": "en\x00"}],
    ],
)
def test_languages_refused(writer: Caller, value: object) -> None:
    """Not a list, an item no object, without code, an unknown code, twice the same (spec 10, section 7)."""
    refused(writer, "language_proficiencies", value)


# --- account privacy


@pytest.mark.parametrize("value", ["all_users", "private", "custom"])
def test_account_privacy(writer: Caller, value: str) -> None:
    """`account_privacy`: the three values (spec 10, section 7)."""
    assert value == stored(writer, "account_privacy", value)


def test_account_privacy_null(writer: Caller) -> None:
    """`account_privacy`: null deletes the preference, the default holds again (spec 10, section 7)."""
    assert "private" == stored(writer, "account_privacy", "private")
    assert "all_users" == stored(writer, "account_privacy", None)


@pytest.mark.parametrize("value", ["", " ", "nobody", "ALL_USERS", " private", 5, "private\x00", *NOT_TEXT])
def test_account_privacy_refused(writer: Caller, value: object) -> None:
    """`account_privacy`: empty, blank and any other text are 400 (spec 10, section 7)."""
    refused(writer, "account_privacy", value)


def test_account_privacy_is_in_force(writer: Caller, learner: Caller) -> None:
    """What a stranger sees follows the setting at once (spec 10, sections 2 and 5.1)."""
    for value, fields in (
        ("private", expect.PUBLIC),
        ("all_users", expect.SHARED),
        ("custom", expect.PUBLIC),
        (None, expect.SHARED),
    ):
        expect.status(200, writer.patch({"account_privacy": value}))
        assert fields == set(learner.account(writer.username))


def test_account_privacy_of_a_minor(service: Service) -> None:
    """It is stored for a minor, and reads `private` until they are old enough (spec 10, section 7)."""
    caller = service.new_account(profile={"year_of_birth": service.now().year - 5})
    assert "private" == stored(caller, "account_privacy", "all_users")
    assert "private" == stored(caller, "account_privacy", "custom")
    assert "custom" == caller.patch({"year_of_birth": 1990}).json()["account_privacy"]
