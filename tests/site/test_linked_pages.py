"""The small pages behind links of mails, as markup."""

import re
from typing import Any

import pytest

from chalicelib.site.frame import Frame
from chalicelib.site.rendering import render
from tests.api.pages.markup import Markup

EVIL = "\"'><script>alert(1)</script>&lt;<!--"
ELSEWHERE = re.compile(r"(?:src|href)=\"(?![#/])|url\(|@import|<script|<link|<img|<iframe| on[a-z]+=", re.IGNORECASE)
KEYED: dict[str, dict[str, Any]] = {
    "activated.html": {},
    "address_confirmed.html": {},
    "address_taken.html": {},
    "dead_link.html": {},
    "link_failed.html": {},
    "new_password.html": {"path": "/confirm/a-key/", "fault": "A fault."},
    "password_set.html": {},
    "plain_front.html": {},
}


def shown(template: str, **frame: Any) -> Markup:
    """A page as a browser reads it."""
    return Markup(render(template, Frame(**frame), **KEYED[template]))


@pytest.mark.parametrize("template", KEYED)
@pytest.mark.parametrize("language", ["en", "de", "ar"])
def test_loads_nothing_and_runs_nothing(template: str, language: str) -> None:
    """No script, nothing from elsewhere, one heading, a title that names the platform, and the language."""
    page = shown(template, platform_name="Campus", language=language)
    assert None is ELSEWHERE.search(page.html)
    assert page.heading
    assert [language] == [each.attributes["lang"] for each in page.all("html")]
    assert "Campus" in page.all("title")[0].words


@pytest.mark.parametrize("template", KEYED)
def test_the_address_is_told_to_nobody(template: str) -> None:
    """Its only form is its own: one at the foot would send the key of the address along."""
    forms = [form.action for form in shown(template, path="/confirm/a-key/").forms]
    assert (["/confirm/a-key/"] if template == "new_password.html" else []) == forms


@pytest.mark.parametrize("template", KEYED)
def test_text_is_text(template: str) -> None:
    """Whatever the platform is called, it stays in its place."""
    tags = [element.tag for element in shown(template, platform_name="P").elements]
    page = shown(template, platform_name=EVIL)
    assert tags == [element.tag for element in page.elements]
    assert EVIL in page.all("title")[0].text


def test_the_new_password() -> None:
    """It is typed twice, never shown, known to password managers; the fault is heard with its fields."""
    page = Markup(render("new_password.html", Frame(csrf=EVIL), path="/confirm/a-key/", fault=EVIL))
    form = page.form("/confirm/a-key/")
    assert {"csrfmiddlewaretoken": EVIL, "new_password1": "", "new_password2": ""} == form.values
    fields = page.all("input", type="password")
    assert ["new-password"] * 2 == [each.attributes["autocomplete"] for each in fields]
    assert [each.attributes["id"] for each in fields] == [each.attributes["for"] for each in page.all("label")]
    assert ["new_password1-hint fault", "fault"] == [each.attributes["aria-describedby"] for each in fields]
    assert (EVIL, EVIL) == (page.by_id("fault").text, page.all("p", role="alert")[0].text)


def test_without_a_fault() -> None:
    """Nothing points to what is not there."""
    page = Markup(render("new_password.html", Frame(), path="/confirm/a-key/", fault=""))
    assert "" == page.alert
    fields = page.all("input", type="password")
    assert ["new_password1-hint", None] == [each.attributes.get("aria-describedby") for each in fields]
    assert [None, None] == [each.attributes.get("aria-invalid") for each in fields]
