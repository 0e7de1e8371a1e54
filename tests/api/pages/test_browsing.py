"""The browser of these tests itself."""

from tests.api.pages.browsing import Browser
from tests.api.pages.markup import Markup
from tests.support.api import PASSWORD


def test_a_form_is_sent(anonymous: Browser):
    """With its tokens; a refused one shows what was typed, and its faults."""
    page = anonymous.send("/signup", username="x", email="x", name="Ada", password=PASSWORD)
    assert (200, "Ada") == (page.status, page.form("/signup").values["name"])
    assert {"username", "email"} == page.faults.keys()
    page = anonymous.send("/signup", username="browsing", email="browsing@example.com", password=PASSWORD)
    assert (303, "/signup/done") == (page.status, page.location)
    assert "Look into your mail" == anonymous.follow().heading


def test_a_forged_form(anonymous: Browser):
    """It has no token."""
    assert 403 == anonymous.forge("/signup", username="forged").status


def test_signed_in(browser: Browser, ada: str):
    """The pages know who it is."""
    assert "/my/account" == browser.get("/").location
    assert ada in browser.get("/forgotten").words


def test_markup():
    """Fields as a browser sends them."""
    page = Markup(
        '<form action="/x"><input name="a" value="1"><input type="checkbox" name="b" checked>'
        '<input type="checkbox" name="c" value="2"><textarea name="d">\nline\n</textarea>'
        '<select name="e"><option value="3"></option><option value="4" selected></select></form>'
    )
    form = page.form("/x")
    assert {"a": "1", "b": "on", "d": "line\n", "e": "4"} == form.values
    assert {"b": ["on"], "c": ["2"], "e": ["3", "4"]} == form.choices
