"""Names of countries, states and languages, as a reader's language has them (CLDR, by Babel)."""

import unicodedata
from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel import Locale

Choice = tuple[str, str]
"""A code, and its name."""

_STATES = """
AL Alabama, AK Alaska, AZ Arizona, AR Arkansas, AA Armed Forces Americas, AE Armed Forces Europe,
AP Armed Forces Pacific, CA California, CO Colorado, CT Connecticut, DE Delaware, DC District of Columbia, FL Florida,
GA Georgia, HI Hawaii, ID Idaho, IL Illinois, IN Indiana, IA Iowa, KS Kansas, KY Kentucky, LA Louisiana, ME Maine,
MD Maryland, MA Massachusetts, MI Michigan, MN Minnesota, MS Mississippi, MO Missouri, MT Montana, NE Nebraska,
NV Nevada, NH New Hampshire, NJ New Jersey, NM New Mexico, NY New York, NC North Carolina, ND North Dakota, OH Ohio,
OK Oklahoma, OR Oregon, PA Pennsylvania, RI Rhode Island, SC South Carolina, SD South Dakota, TN Tennessee, TX Texas,
UT Utah, VT Vermont, VA Virginia, WA Washington, WV West Virginia, WI Wisconsin, WY Wyoming
"""
STATES = dict(each.strip().split(" ", 1) for each in _STATES.split(","))
"""The states of the United States, and their forces' regions; they go by these names in every language."""

_BEYOND_CLDR = {"bh": "Bihari"}


class Names:
    """Names in one language of the pages; a code without a name is shown as it is."""

    def __init__(self, language: str) -> None:
        self._language = language

    @cached_property
    def _locale(self) -> "Locale":
        from babel import Locale

        return Locale.parse(self._language)

    def country(self, code: str) -> str:
        """The country with a code of ISO 3166-1."""
        return self._locale.territories.get(code, code)

    def state(self, code: str) -> str:
        """A state of the United States."""
        return STATES.get(code, code)

    def language(self, code: str) -> str:
        """The language with a code of the contract: `de`, `zh_HANS`."""
        primary, _, script = code.partition("_")
        known = self._locale.languages
        return known.get(f"{primary}_{script.title()}" if script else primary) or _BEYOND_CLDR.get(code, code)

    def countries(self, codes: Iterable[str]) -> list[Choice]:
        """Countries to choose from, by name."""
        return by_name((code, self.country(code)) for code in codes)

    def languages(self, codes: Iterable[str]) -> list[Choice]:
        """Languages to choose from, by name."""
        return by_name((code, self.language(code)) for code in codes)


def by_name(choices: Iterable[Choice]) -> list[Choice]:
    """Choices in the order in which people look for them: capitals and accents do not count."""
    return sorted(choices, key=lambda choice: (_plain(choice[1]), choice[0]))


def _plain(name: str) -> str:
    apart = unicodedata.normalize("NFKD", name.casefold())
    return "".join(character for character in apart if not unicodedata.combining(character))
