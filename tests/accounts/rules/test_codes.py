"""Fields whose values come from a table: languages, countries, states, gender, education, privacy."""

import subprocess
import sys

import pytest

from chalicelib.accounts.rules.choices import account_privacy, gender, level_of_education
from chalicelib.accounts.rules.fault import RuleError
from chalicelib.accounts.rules.languages import LANGUAGES, language_proficiencies
from chalicelib.accounts.rules.regions import STATES, countries, country, state

NO_CODES = ["zz", "M", " m", "m ", 5, 0, 1.5, True, False, [], {}, ["m"], "\0", "\ud800"]
CLEARABLE = [gender, level_of_education, country, state]


@pytest.mark.parametrize("rule", CLEARABLE)
@pytest.mark.parametrize("value", [None, ""])
def test_null_and_empty_clear(rule, value):
    """Null and the empty text clear these fields (spec 10, section 7)."""
    assert rule(value) is None


@pytest.mark.parametrize("rule", [*CLEARABLE, account_privacy])
@pytest.mark.parametrize("value", NO_CODES)
def test_anything_else_is_refused(rule, value):
    """What is not in the table exactly as sent is refused."""
    with pytest.raises(RuleError):
        rule(value)


@pytest.mark.parametrize("value", ["m", "f", "o"])
def test_genders(value):
    """Three genders."""
    assert value == gender(value)


@pytest.mark.parametrize("value", ["p", "m", "b", "a", "hs", "jhs", "el", "none", "other", "o"])
def test_levels_of_education(value):
    """All levels, "other" in both spellings, stored as sent (D4)."""
    assert value == level_of_education(value)


@pytest.mark.parametrize("value", ["all_users", "private", "custom"])
def test_privacies(value):
    """Three values of `account_privacy`."""
    assert value == account_privacy(value)


def test_null_privacy_deletes():
    """Null deletes the preference."""
    assert account_privacy(None) is None


@pytest.mark.parametrize("value", ["", "  ", "ALL_USERS", "public"])
def test_other_privacies_are_refused(value):
    """Empty, blank or another text is refused."""
    with pytest.raises(RuleError):
        account_privacy(value)


@pytest.mark.parametrize("value", ["US", "DE", "XK", "TW", "AQ"])
def test_countries(value):
    """ISO 3166-1 alpha-2 and `XK`."""
    assert value == country(value)


@pytest.mark.parametrize("value", ["us", "USA", "XX", "UK", "EU", "--"])
def test_other_countries_are_refused(value):
    """No small letters, no other lists."""
    with pytest.raises(RuleError):
        country(value)


def test_restricted_country_is_refused():
    """A restricted country is refused, another is not, and clearing is always allowed."""
    with pytest.raises(RuleError):
        country("IR", frozenset({"IR", "CU"}))
    assert "DE" == country("DE", frozenset({"IR", "CU"}))
    assert country("", frozenset({"IR"})) is None


def test_country_table():
    """249 countries of the standard and Kosovo, all of two capitals."""
    assert 250 == len(countries())
    assert all(code.isascii() and code.isupper() and len(code) == 2 for code in countries())


def test_country_table_is_read_late():
    """Importing the rules does not read the table of countries."""
    program = "import sys, chalicelib.accounts.rules.registry; print('pycountry' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "False" == answer.stdout.strip()


def test_state_table():
    """50 states, the capital's district and three for the forces (spec 10, section 12)."""
    assert 54 == len(set(STATES)) == len(STATES)
    assert all(value == state(value) for value in STATES)
    assert {"DC", "AA", "AE", "AP"} < set(STATES)


@pytest.mark.parametrize("value", ["PR", "ca", "California"])
def test_other_states_are_refused(value):
    """Territories, small letters and names are refused."""
    with pytest.raises(RuleError):
        state(value)


def test_language_table():
    """186 codes, in the order of the contract (spec 10, section 12)."""
    assert 186 == len(set(LANGUAGES)) == len(LANGUAGES)
    assert ("aa", "ab", "zu") == (LANGUAGES[0], LANGUAGES[1], LANGUAGES[-1])
    assert ("zh", "zh_HANS", "zh_HANT", "cu") == LANGUAGES[28:32]
    assert {2} == {len(code) for code in LANGUAGES if not code.startswith("zh_")}


def test_languages_are_sorted():
    """The codes come sorted; an empty list empties the field; other keys of an item do not matter."""
    assert ("en", "zh_HANS") == language_proficiencies([{"code": "zh_HANS"}, {"code": "en", "x": 1}])
    assert () == language_proficiencies([])


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "en",
        {},
        5,
        ["en"],
        [None],
        [{}],
        [{"code": None}],
        [{"code": ""}],
        [{"code": "xx"}],
        [{"code": "EN"}],
        [{"code": "zh_hans"}],
        [{"code": ["en"]}],
        [{"code": 5}],
        [{"code": "en"}, {"code": "en"}],
    ],
)
def test_refused_languages(value):
    """Not a list, an item not an object or without a known code, twice the same (spec 10, section 7)."""
    with pytest.raises(RuleError):
        language_proficiencies(value)
