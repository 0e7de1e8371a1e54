"""Languages of the pages: every text is translated, and every translation fits its text."""

from __future__ import annotations

import pytest
from babel.messages.catalog import Message

from chalicelib.site.catalogue import accepted_languages, direction, language_for, translations
from tests.site.catalogues import TRANSLATED, texts, there_is, translated

ENOUGH = 100
"""There are more texts than this; fewer would mean that they are not found."""


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_there(language: str) -> None:
    """A catalogue holds the texts of the templates, and none that is gone."""
    wanted = texts(there_is())
    assert len(wanted) > ENOUGH
    assert wanted == texts(translated(language))


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_translated(language: str) -> None:
    """None is empty, and none waits for somebody to look at it."""
    assert [] == [message.id for message in translated(language) if message.id and (message.fuzzy or not _all(message))]


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_translation_fits(language: str) -> None:
    """It takes the values that its text takes, in each of its plural forms."""
    assert [] == [
        message.id
        for message in translated(language)
        if message.id and not all(_places(form) <= _values(message) for form in _forms(message))
    ]
    assert [] == [
        message.id
        for message in translated(language)
        if isinstance(message.id, str) and message.id and _places(str(message.string)) != _values(message)
    ]


def test_what_is_asked_for() -> None:
    """The first language that there is, by its primary tag; English without any."""
    assert "de" == language_for(["fr", "de-AT", "ar"])
    assert "ar" == language_for(["AR_EG"])
    assert "en" == language_for(["", "xx", "tlh"])
    assert "en" == language_for([])


def test_what_a_browser_accepts() -> None:
    """By weight, then by place; what is refused or cannot be read is left out."""
    assert ["de", "en", "fr"] == accepted_languages("fr;q=0.3, de, en;q=0.8, ar;q=0")
    assert ["de"] == accepted_languages("de;q=1.5")
    assert [] == accepted_languages("")
    assert [] == accepted_languages(";q=1,  ,en;q=x")


def test_directions() -> None:
    """Arabic goes from right to left."""
    assert ("rtl", "ltr", "ltr") == (direction("ar"), direction("de"), direction("en"))


def test_a_translation_is_used() -> None:
    """What a catalogue says is what a page shows; English is the text itself."""
    assert "Anmelden" == translations("de").gettext("Sign in")
    assert "Sign in" == translations("en").gettext("Sign in")


def _forms(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string)


def _all(message: Message) -> bool:
    return all(_forms(message))


def _values(message: Message) -> set[str]:
    wanted = [message.id] if isinstance(message.id, str) else list(message.id)
    return set.union(*(_places(text) for text in wanted))


def _places(text: str) -> set[str]:
    """The names between `%(` and `)s`."""
    return {part.partition(")")[0] for part in text.split("%(")[1:]}
