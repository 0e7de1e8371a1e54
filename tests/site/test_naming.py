"""Names of countries, states and languages."""

import pytest

from chalicelib.accounts.rules.languages import LANGUAGES
from chalicelib.accounts.rules.regions import STATES as CODES
from chalicelib.accounts.rules.regions import countries
from chalicelib.site import catalogue
from chalicelib.site.naming import STATES, Names, by_name


@pytest.mark.parametrize("language", catalogue.LANGUAGES)
def test_every_code_has_a_name(language: str):
    """In every language of the pages."""
    names = Names(language)
    assert [] == [code for code in countries() if names.country(code) == code]
    assert [] == [code for code in LANGUAGES if names.language(code) == code]


def test_states():
    """Exactly those of the contract."""
    assert set(CODES) == STATES.keys()
    assert ("District of Columbia", "Armed Forces Pacific") == (STATES["DC"], STATES["AP"])


@pytest.mark.parametrize(
    ("language", "country", "spoken"), [("en", "Sweden", "Traditional Chinese"), ("de", "Schweden", "Chinesisch")]
)
def test_in_a_language(language: str, country: str, spoken: str):
    """As its speakers say it."""
    assert country == Names(language).country("SE")
    assert spoken in Names(language).language("zh_HANT")


def test_unknown_codes():
    """As they are: what was imported may hold any."""
    names = Names("en")
    assert ("QQ", "QQ", "qq", "x_y_z") == (
        names.country("QQ"),
        names.state("QQ"),
        names.language("qq"),
        names.language("x_y_z"),
    )


def test_order():
    """Accents and capitals do not count."""
    given = [("1", "Zypern"), ("2", "Österreich"), ("3", "Oman"), ("4", "Polen"), ("5", "Åland")]
    assert ["Åland", "Oman", "Österreich", "Polen", "Zypern"] == [name for _, name in by_name(given)]
