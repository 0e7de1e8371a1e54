"""Every page, as everybody meets it: axe-core, light and dark, both directions, narrow and wide, small, alone."""

from __future__ import annotations

import pytest

from chalicelib.api.pages import PARTS
from tests.browser.site.cases import BESIDE, FILES, NEVER_REFUSED, NOBODY, REFUSALS, VIEWS, Refused, View
from tests.browser.site.conftest import NewPerson
from tests.browser.site.looking import MOST_BYTES, complaints
from tests.browser.site.person import Person
from tests.browser.site.world import World

LANGUAGES = {"en": "ltr", "ar": "rtl"}
OPENED = {**VIEWS, **BESIDE}


def arrived(new_person: NewPerson, world: World, by: str) -> Person:
    """Somebody of the world before a browser."""
    return new_person(None if by == NOBODY else world.callers[by])


def test_every_page_has_a_case() -> None:
    """Whatever the site declares is looked at here."""
    declared = {f"{page.method} {page.path}" for part in PARTS for page in part.declared}
    opened, sent = {*VIEWS, *FILES}, {*REFUSALS, *NEVER_REFUSED}
    assert {name for name in declared if name.startswith("GET ")} == opened
    assert {name for name in declared if name.startswith("POST ")} == sent


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("view", OPENED.values(), ids=OPENED)
def test_a_page(new_person: NewPerson, world: World, view: View, language: str) -> None:
    """Nothing keeps anybody out; the first view is small, and nothing of it comes from elsewhere."""
    person = arrived(new_person, world, view.by).reads(language)
    path = view.address.format(**world.words)
    page = person.open(path)
    assert path.partition("?")[0] == person.path
    assert sum(each.request.sizes()["responseBodySize"] for each in person.asked) < MOST_BYTES
    assert LANGUAGES[language] == page.evaluate("getComputedStyle(document.documentElement).direction")
    assert [] == complaints(page)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("refused", REFUSALS.values(), ids=REFUSALS)
def test_a_refused_form(new_person: NewPerson, world: World, refused: Refused, language: str) -> None:
    """The form comes back with what was typed, says what is wrong, and keeps nobody out either."""
    person = arrived(new_person, world, refused.by).reads(language)
    person.open(refused.on.format(**world.words))
    page = person.send(refused.action.format(**world.words), **refused.typed)
    assert page.locator(".fault").count() > 0
    for name, value in refused.typed.items():
        one = page.locator(f'[name="{name}"]').first
        if one.evaluate("each => !['password', 'file', 'hidden', 'radio', 'checkbox'].includes(each.type)"):
            assert value == one.input_value(), name
    assert [] == complaints(page)
