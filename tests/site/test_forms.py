"""Pages with a form."""

from html.parser import HTMLParser

import pytest

from chalicelib.site.forms import login_page, new_password_page, password_set_page
from tests.site.test_pages import ELSEWHERE

EVIL = "\"'><script>alert(1)</script>&lt;<!--"


class Form(HTMLParser):
    """What a browser makes of a page: its tags, and the fields of its form."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.forms: list[dict[str, str | None]] = []
        self.inputs: dict[str, dict[str, str | None]] = {}
        self.labels: list[str | None] = []
        self.alerts: list[str | None] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        found = dict(attrs)
        self.tags.append(tag)
        if tag == "form":
            self.forms.append(found)
        if tag == "input":
            self.inputs[found["name"] or ""] = found
        if tag == "label":
            self.labels.append(found["for"])
        if found.get("role") == "alert":
            self.alerts.append(found["id"])


PAGES = {
    "login": login_page("Campus", "/login", "token", "/next", "ada", "A fault."),
    "new password": new_password_page("Campus", "/confirm/x/", "token", "A fault."),
    "set": password_set_page("Campus"),
}


@pytest.mark.parametrize("html", PAGES.values(), ids=PAGES)
def test_loads_nothing_and_runs_nothing(html: str) -> None:
    """No script, nothing from elsewhere, one heading, a language and a title that names the platform."""
    assert None is ELSEWHERE.search(html)
    assert 1 == html.count("<h1>")
    assert html.startswith('<!doctype html>\n<html lang="en">')
    assert "Campus" in html


def test_the_login() -> None:
    """It posts the name, the password, where to go and the token to where it says."""
    form = Form(PAGES["login"])

    assert [{"method": "post", "action": "/login"}] == form.forms
    assert {"csrfmiddlewaretoken", "next", "email_or_username", "password"} == set(form.inputs)
    assert ["token", "/next", "ada"] == [
        form.inputs[name].get("value") for name in ("csrfmiddlewaretoken", "next", "email_or_username")
    ]
    assert ("hidden", "hidden") == (form.inputs["csrfmiddlewaretoken"]["type"], form.inputs["next"]["type"])


def test_the_new_password() -> None:
    """It posts the password twice, with the token."""
    form = Form(PAGES["new password"])

    assert [{"method": "post", "action": "/confirm/x/"}] == form.forms
    assert {"csrfmiddlewaretoken", "new_password1", "new_password2"} == set(form.inputs)


@pytest.mark.parametrize(
    ("html", "kinds"),
    [
        (PAGES["login"], {"password": "current-password"}),
        (PAGES["new password"], {"new_password1": "new-password", "new_password2": "new-password"}),
    ],
)
def test_passwords(html: str, kinds: dict[str, str]) -> None:
    """Never shown, never filled in by us, and known to password managers."""
    inputs = Form(html).inputs
    assert kinds == {name: found["autocomplete"] for name, found in inputs.items() if found["type"] == "password"}
    assert [None] * len(kinds) == [inputs[name].get("value") for name in kinds]


@pytest.mark.parametrize("html", [PAGES["login"], PAGES["new password"]])
def test_every_field_has_a_label(html: str) -> None:
    """And whoever hears the page hears the fault with the field."""
    form = Form(html)
    seen = [found for found in form.inputs.values() if found["type"] != "hidden"]
    assert [found["id"] for found in seen] == form.labels
    assert ["fault"] == form.alerts
    assert {"fault"} == {found["aria-describedby"] for found in seen}


def test_without_a_fault() -> None:
    """Nothing points to what is not there."""
    for html in (login_page("P", "/login", "t", ""), new_password_page("P", "/x", "t")):
        assert [] == Form(html).alerts
        assert "aria-describedby" not in html


def test_text_is_text() -> None:
    """Whatever was typed, asked for or configured stays in its place, and comes back as it was."""
    plain = Form(login_page("P", "/a", "t", "n", "typed", "fault")).tags
    form = Form(login_page(EVIL, EVIL, EVIL, EVIL, EVIL, EVIL))

    assert plain == form.tags
    assert EVIL == form.forms[0]["action"]
    assert [EVIL] * 3 == [form.inputs[name]["value"] for name in ("csrfmiddlewaretoken", "next", "email_or_username")]


def test_text_is_text_on_the_other_page() -> None:
    """The same for a new password."""
    plain = Form(new_password_page("P", "/a", "t", "fault")).tags
    form = Form(new_password_page(EVIL, EVIL, EVIL, EVIL))

    assert (plain, EVIL) == (form.tags, form.inputs["csrfmiddlewaretoken"]["value"])
    assert "<script" not in password_set_page(EVIL)
