"""Languages of the pages, and their catalogues of text (gettext); English is in the templates themselves."""

from collections.abc import Iterable
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from types import MappingProxyType

CATALOGUES = Path(__file__).parent / "locale"
SOURCE = "en"
LANGUAGES = MappingProxyType({"en": "English", "de": "Deutsch", "ar": "العربية"})
"""What people can choose, each by the name that its speakers give it."""

RIGHT_TO_LEFT = frozenset({"ar"})


def language_for(wanted: Iterable[str]) -> str:
    """The first language of `wanted` (tags such as `de`, `de-AT`, `de_AT`) that there is; English without any."""
    for tag in wanted:
        primary = tag.replace("_", "-").partition("-")[0].lower()
        if primary in LANGUAGES:
            return primary
    return SOURCE


def accepted_languages(header: str) -> list[str]:
    """The tags of an `Accept-Language` header, best first; what cannot be read is left out."""
    weighed = []
    for place, part in enumerate(header.split(",")):
        tag, _, weight = part.strip().partition(";")
        quality = _quality(weight)
        if tag and quality > 0:
            weighed.append((-quality, place, tag.strip()))
    return [tag for _, _, tag in sorted(weighed)]


def direction(language: str) -> str:
    """`rtl` or `ltr`, as HTML says it."""
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"


@cache
def translations(language: str) -> NullTranslations:
    """The catalogue of a language, read from its `.po` file once a process."""
    if language == SOURCE:
        return NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with (CATALOGUES / f"{language}.po").open("rb") as text:
        catalogue = read_po(text, locale=language, abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


def _quality(weight: str) -> float:
    name, _, value = weight.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return min(float(value), 1.0)
    except ValueError:
        return 0.0
