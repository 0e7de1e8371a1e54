"""One's profile as a page."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chalicelib.settings import Settings
from chalicelib.site.catalogue import LANGUAGES
from tests.api.pages.browsing import Browser
from tests.support.calls import meanwhile, unreachable
from tests.support.stage import Stage, running_stage

PATH = "/my/account"
EVIL = "\"'></textarea><script>alert(1)</script>&lt;"
TEXTS = {
    "bio": "I teach.\nAnd learn.",
    "goals": "All of it",
    "mailing_address": "1 Road\nTown",
    "country": "US",
    "state": "CA",
    "level_of_education": "m",
    "gender": "f",
}


def account(stage: Stage, username: str) -> dict[str, Any]:
    """The account as its owner sees it."""
    found: dict[str, Any] = stage.api.get(f"/api/user/v1/accounts/{username}", as_=username).json
    return found


def updates(stage: Stage, username: str) -> int:
    """How often the profile was changed."""
    return stage.events_of(username).count("ProfileUpdated")


def test_what_is_shown(browser: Browser, ada: str):
    """The account's fields, and where those are changed that have pages of their own."""
    page = browser.get(PATH)
    assert (200, "Profile") == (page.status, page.heading)
    for shown in (ada, f"{ada}@example.com", "Nov 24, 2026", "November 24, 2026"):
        assert shown in page.words
    links = {link.attributes["href"] for link in page.all("a")}
    assert {"/my/name", "/my/address", "/my/privacy"} <= links
    assert "1990" == page.form(PATH).values["year_of_birth"]
    assert len(page.html.encode()) < 50_000


def test_all_fields_saved(stage: Stage, browser: Browser, ada: str):
    """Each of them reaches the account, and is shown afterwards."""
    more = {"speaks_de": "on", "speaks_zh_HANT": "on", "link_x": "ada", "extended_0": "Ringo"}
    page = browser.send(PATH, **TEXTS, **more, year_of_birth="1985", phone_number="+1 (800) 555")
    assert (303, f"{PATH}?done=saved") == (page.status, page.location)
    found = account(stage, ada)
    assert TEXTS == {name: found[name] for name in TEXTS}
    assert (1985, "+1800555") == (found["year_of_birth"], found["phone_number"])
    assert [{"code": "de"}, {"code": "zh_HANT"}] == found["language_proficiencies"]
    assert [{"platform": "x", "social_link": "https://www.x.com/ada"}] == found["social_links"]
    assert [{"field_name": "favorite_beatle", "field_value": "Ringo"}] == found["extended_profile"]
    assert 1 == updates(stage, ada)
    page = browser.follow()
    assert "Your profile is saved." == page.notice
    more["link_x"] = "https://www.x.com/ada"
    assert (TEXTS | more).items() <= page.form(PATH).values.items()
    assert "German, Traditional Chinese" in page.words


def test_all_fields_cleared(stage: Stage, browser: Browser, ada: str):
    """An empty field empties the account's."""
    browser.send(PATH, **TEXTS, speaks_de="on", link_x="ada", extended_0="Ringo", phone_number="1")
    emptied = dict.fromkeys([*TEXTS, "year_of_birth", "phone_number", "link_x", "extended_0"], "")
    browser.get(PATH)
    assert 303 == browser.send(PATH, **emptied, speaks_de=None).status
    found = account(stage, ada)
    assert {None} == {found[name] for name in [*TEXTS, "year_of_birth", "phone_number"]}
    assert ([], [], []) == tuple(found[name] for name in ("language_proficiencies", "social_links", "extended_profile"))


class TestNothingDiffers:
    """A form that was sent as it was shown changes nothing."""

    def test_as_it_was(self, stage: Stage, browser: Browser, ada: str):
        """Also where a browser has its own line ends, or where the text came with them."""
        further = [{"field_name": "favorite_beatle", "field_value": "e\nf"}]
        stage.api.patch(ada, {"bio": "a\r\nb", "goals": "c\nd", "extended_profile": further})
        page = browser.get(PATH)
        crlf = {name: value.replace("\n", "\r\n") for name, value in page.form(PATH).values.items()}
        before = stage.events_of(ada)
        assert 303 == browser.post(PATH, crlf).status
        assert before == stage.events_of(ada)

    def test_twice(self, stage: Stage, browser: Browser, ada: str):
        """A double click counts once."""
        form = browser.get(PATH).form(PATH)
        assert [303, 303] == [browser.resend(PATH, form, bio="Once").status for _ in range(2)]
        assert 1 == updates(stage, ada)


class TestRefused:
    """The form again, as it was typed."""

    def test_beside_the_fields(self, stage: Stage, browser: Browser, ada: str):
        """All messages of the contract, and nothing lost; nothing saved."""
        typed = {"bio": "b" * 301, "year_of_birth": "soon", "link_x": "a/b/c", "goals": EVIL, "extended_0": "Paul"}
        page = browser.send(PATH, **typed, speaks_eo="on")
        assert 200 == page.status
        assert {"bio", "year_of_birth", "link_x"} == page.faults.keys()
        assert "300" in page.faults["bio"]
        assert (typed | {"speaks_eo": "on"}).items() <= page.form(PATH).values.items()
        assert 0 == updates(stage, ada)
        assert 303 == browser.send(PATH, bio="b", year_of_birth="1980", link_x="a").status
        assert (EVIL, "b") == (account(stage, ada)["goals"], account(stage, ada)["bio"])

    def test_one_of_several_links(self, browser: Browser):
        """The API does not say which."""
        assert {"social_links"} == browser.send(PATH, link_x="ada", link_facebook="a/b/c").faults.keys()

    def test_escaped(self, stage: Stage, browser: Browser, ada: str):
        """Text is text, whatever it is."""
        stage.api.patch(ada, {"bio": EVIL, "goals": EVIL, "mailing_address": EVIL})
        page = browser.get(PATH)
        assert EVIL == page.form(PATH).values["bio"]
        assert "<script>" not in page.html

    def test_too_much(self, browser: Browser, ada: str):
        """More than is read of a form, and more than the API stores of a text."""
        page = browser.send(PATH, bio="b" * 1_200_000)
        assert (413, "This is too large") == (page.status, page.heading)
        page = browser.send(PATH, goals="g" * 40_000)
        assert {"goals"} == page.faults.keys()

    def test_while_the_store_is_away(self, stage: Stage, browser: Browser, ada: str):
        """The form is there again, and can be sent."""
        browser.get(PATH)
        with unreachable(stage.wiring.dynamodb, "TransactWriteItems"):
            page = browser.send(PATH, bio="Kept")
        assert (200, "Kept") == (page.status, page.form(PATH).values["bio"])
        assert "busy" in page.alert
        assert 303 == browser.send(PATH).status
        assert "Kept" == account(stage, ada)["bio"]


class TestMeanwhile:
    """The account changed between showing the form and sending it."""

    def test_elsewhere(self, stage: Stage, browser: Browser, ada: str):
        """Nothing is overwritten unseen; what is stored now stands above, and what was typed is kept."""
        browser.get(PATH)
        stage.api.patch(ada, {"bio": "Newer", "country": "SE"})
        page = browser.send(PATH, bio="Mine", country="")
        assert 200 == page.status
        assert "Newer" in page.alert
        assert "Sweden" in page.alert
        assert ("Mine", "") == tuple(page.form(PATH).values[name] for name in ("bio", "country"))
        assert "Newer" == account(stage, ada)["bio"]
        assert 303 == browser.send(PATH, country="SE").status
        assert ("Mine", "SE") == (account(stage, ada)["bio"], account(stage, ada)["country"])

    def test_in_the_same_instant(self, stage: Stage, browser: Browser, ada: str):
        """Between the page's reading and its writing."""
        browser.get(PATH)
        with meanwhile(stage.wiring.dynamodb, "TransactWriteItems", lambda: stage.api.patch(ada, {"bio": "Newer"})):
            page = browser.send(PATH, bio="Mine")
        assert "Newer" in page.alert
        assert "Newer" == account(stage, ada)["bio"]

    def test_something_else(self, stage: Stage, browser: Browser, ada: str):
        """A login, or a preference, is not about the form."""
        browser.get(PATH)
        stage.api.grant(ada)
        assert 303 == browser.send(PATH, bio="Mine").status
        assert "Mine" == account(stage, ada)["bio"]


class TestSession:
    """Who is not signed in."""

    def test_none(self, anonymous: Browser):
        """To the login and back."""
        page = anonymous.get(PATH)
        assert (303, "/login?next=%2Fmy%2Faccount") == (page.status, page.location)

    def test_ended_meanwhile(self, stage: Stage, browser: Browser, ada: str):
        """What was typed goes on from the next login."""
        browser.get(PATH)
        for name in [name for name in browser.cookies if name != "csrftoken"]:
            del browser.cookies[name]
        page = browser.send(PATH, bio="Kept", speaks_eo="on")
        assert "Your session has ended" == page.heading
        browser.signed_in(ada)
        assert 303 == browser.send(PATH).status
        assert ("Kept", [{"code": "eo"}]) == tuple(
            account(stage, ada)[name] for name in ("bio", "language_proficiencies")
        )

    def test_forged(self, stage: Stage, browser: Browser, ada: str):
        """Nothing changes."""
        assert 403 == browser.forge(PATH, bio="forged").status
        assert account(stage, ada)["bio"] is None


def test_who_needs_consent(stage: Stage, signed_in: Callable[[str], Browser], child: str):
    """The page says why the profile is private."""
    assert "a parent's consent" in signed_in(child).get(PATH).words
    nobody = stage.new_account(profile={"year_of_birth": None})
    assert "do not know your year of birth" in signed_in(nobody).get(PATH).words


def test_while_nothing_can_be_read(stage: Stage, browser: Browser):
    """A page says so; a form can be sent again."""
    browser.get(PATH)
    page_form = browser.page.form(PATH)
    with unreachable(stage.wiring.dynamodb):
        shown, sent = browser.get(PATH), browser.resend(PATH, page_form, bio="Kept")
    assert {503} == {shown.status, sent.status}


@pytest.mark.parametrize("language", LANGUAGES)
def test_size(stage: Stage, language: str):
    """Below 50 KB in every language, with a country that has many time zones."""
    username = stage.new_account(profile={"country": "US"})
    browser = Browser.of(stage, Accept_Language=language).signed_in(username)
    sizes = {
        path: len(browser.get(path).html.encode()) for path in (PATH, "/my/settings", "/my/privacy", "/my/picture")
    }
    assert {} == {path: size for path, size in sizes.items() if size >= 50_000}
    assert language == browser.page.all("html")[0].attributes["lang"]


def test_in_another_language(stage: Stage, ada: str):
    """Names of countries and languages too."""
    page = Browser.of(stage, Accept_Language="de").signed_in(ada).get(PATH)
    assert "Österreich" in page.words
    assert "Esperanto" in page.words
    assert "de" == page.all("html")[0].attributes["lang"]


@pytest.fixture(scope="module")
def strict() -> Iterator[Stage]:
    """A stage whose organisation keeps some fields, does not show others, and restricts a country."""
    shown = [name for name in Settings().admin_fields if name != "goals"]
    with running_stage(read_only_fields=["bio", "country"], admin_fields=shown, restricted_countries=["AQ"]) as run:
        yield run


def test_fields_that_are_kept(strict: Stage):
    """They are shown, and not editable; what is not shown cannot be edited either."""
    username = strict.new_account(profile={"country": "FI", "bio": "Fixed"})
    browser = Browser.of(strict).signed_in(username)
    page = browser.get(PATH)
    assert "Finland" in page.words
    assert "kept by your organisation" in page.words
    assert {"bio", "country", "goals"}.isdisjoint(page.form(PATH).names)
    assert 303 == browser.send(PATH, gender="o", bio="Mine").status
    found = account(strict, username)
    assert ("o", "Fixed", "FI") == (found["gender"], found["bio"], found["country"])
