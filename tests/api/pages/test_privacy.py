"""Who may see one's profile, as a page, and what others see."""

from collections.abc import Callable
from typing import Any

from tests.api.pages.browsing import Browser
from tests.api.pages.preferring import prefer, preferences
from tests.support.calls import unreachable
from tests.support.stage import Stage

PATH = "/my/privacy"
PREVIEW = "/my/preview"
EVIL = "<script>alert(1)</script>"


def seen(stage: Stage, username: str) -> dict[str, Any]:
    """The account as a stranger gets it."""
    found: dict[str, Any] = stage.api.get(f"/api/user/v1/accounts/{username}", as_=stage.new_account("other")).json
    return found


class TestChoice:
    """The visibility of the whole."""

    def test_at_first(self, browser: Browser):
        """Everybody; each field of the contract can be chosen."""
        page = browser.get(PATH)
        assert (200, "Privacy", "all_users") == (page.status, page.heading, page.form(PATH).values["account_privacy"])
        assert ["all_users", "private", "custom"] == page.form(PATH).choices["account_privacy"]
        fields = [name.removeprefix("visibility.") for name in page.form(PATH).names if name.startswith("visibility.")]
        shared = {"bio", "course_certificates", "country", "date_joined", "language_proficiencies"}
        assert shared | {"level_of_education", "name", "social_links", "time_zone"} == set(fields)

    def test_private(self, stage: Stage, browser: Browser, ada: str):
        """Others see nothing but what everybody sees."""
        page = browser.send(PATH, account_privacy="private")
        assert (303, f"{PATH}?done=saved") == (page.status, page.location)
        assert {"account_privacy": "private"} == preferences(stage, ada)
        assert {"account_privacy", "profile_image", "username"} == seen(stage, ada).keys()
        assert "Your choice is saved." == browser.follow().notice

    def test_custom(self, stage: Stage, browser: Browser, ada: str):
        """Exactly the fields that are ticked; unticked again, they are hidden."""
        browser.send(PATH, **{"account_privacy": "custom", "visibility.name": "on", "visibility.bio": "on"})
        assert "all_users" == preferences(stage, ada)["visibility.name"]
        assert {"name", "bio"} <= seen(stage, ada).keys()
        assert "country" not in seen(stage, ada)
        form = browser.follow().form(PATH)
        assert {"visibility.name", "visibility.bio"} == {name for name in form.values if "visibility" in name}
        browser.send(PATH, **{"visibility.bio": None})
        assert "bio" not in seen(stage, ada)
        assert "name" in seen(stage, ada)

    def test_nothing_differs(self, stage: Stage, browser: Browser, ada: str):
        """Nothing is stored."""
        before = stage.events_of(ada)
        assert 303 == browser.send(PATH).status
        assert before == stage.events_of(ada)

    def test_refused(self, stage: Stage, browser: Browser, ada: str):
        """A choice that is none: the message of the contract, and the ticks stay."""
        page = browser.send(PATH, **{"account_privacy": "nobody", "visibility.bio": "on"})
        assert (200, {"account_privacy"}) == (page.status, page.faults.keys())
        assert "visibility.bio" in page.form(PATH).values
        assert {} == preferences(stage, ada)

    def test_changed_meanwhile(self, stage: Stage, browser: Browser, ada: str):
        """Nobody opens a profile that was closed in another window."""
        browser.get(PATH)
        prefer(stage, ada, {"account_privacy": "private"})
        page = browser.send(PATH, account_privacy="custom")
        assert "Nobody but me" in page.alert
        assert "custom" == page.form(PATH).values["account_privacy"]
        assert "private" == preferences(stage, ada)["account_privacy"]

    def test_while_the_store_is_away(self, stage: Stage, browser: Browser):
        """The choice is kept."""
        browser.get(PATH)
        with unreachable(stage.wiring.dynamodb, "TransactWriteItems"):
            page = browser.send(PATH, account_privacy="private")
        assert "busy" in page.alert
        assert "private" == page.form(PATH).values["account_privacy"]


class TestPreview:
    """What others see."""

    def test_filled(self, stage: Stage, browser: Browser, ada: str):
        """In words, with labels; on both pages; nothing that is not shown."""
        fields = {"bio": EVIL, "country": "SE", "level_of_education": "m", "goals": "Hidden"}
        links = {"social_links": [{"platform": "x", "social_link": "ada"}], "language_proficiencies": [{"code": "eo"}]}
        stage.api.patch(ada, fields | links)
        for path in (PATH, PREVIEW):
            page = browser.get(path)
            for word in (EVIL, "Sweden", "Master's", "Esperanto", "Country", ada, "November 24, 2026"):
                assert word in page.words
            assert "Hidden" not in page.words
            assert EVIL not in page.html
            assert page.all("a", href="https://www.x.com/ada")
            assert page.all("img", alt="Picture")
        assert "What others see" == page.heading

    def test_private(self, stage: Stage, browser: Browser, ada: str):
        """The username and the picture."""
        stage.api.patch(ada, {"bio": "Hidden", "account_privacy": "private"})
        assert "Hidden" not in browser.get(PREVIEW).words
        assert "Nothing more." in browser.page.words

    def test_empty(self, browser: Browser):
        """What could be seen is named."""
        browser.get(PREVIEW)
        assert "you have not filled them in: About me, Country, Languages that I speak" in browser.page.words

    def test_consent(self, signed_in: Callable[[str], Browser], child: str):
        """Private, whatever is chosen."""
        browser = signed_in(child)
        assert 303 == browser.send(PATH, account_privacy="custom").status
        assert "custom" == browser.follow().form(PATH).values["account_privacy"]
        assert "private, whatever you choose" in browser.page.words
        assert "Nothing more." in browser.get(PREVIEW).words


def test_without_a_session(anonymous: Browser):
    """To the login and back."""
    assert "/login?next=%2Fmy%2Fprivacy" == anonymous.get(PATH).location
    assert "/login?next=%2Fmy%2Fpreview" == anonymous.get(PREVIEW).location


def test_forged(stage: Stage, browser: Browser, ada: str):
    """Nothing changes."""
    assert 403 == browser.forge(PATH, account_privacy="private").status
    assert {} == preferences(stage, ada)
