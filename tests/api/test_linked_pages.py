"""Pages behind links of mails: in the reader's language, and telling nobody the link."""

import pytest

from tests.api.pages.markup import Markup
from tests.support.gateway import Answer
from tests.support.resets import link_for
from tests.support.stage import Stage

NOWHERE = f"{'0' * 32}-{'A' * 43}"
DEAD = [f"/activate/{NOWHERE}/", f"/email_confirm/{NOWHERE}/", f"/password_reset_confirm/{NOWHERE}/"]


def language(answer: Answer) -> str | None:
    """The language that a page says it is in."""
    return Markup(answer.text).all("html")[0].attributes["lang"]


@pytest.mark.parametrize("path", DEAD)
def test_a_dead_link(stage: Stage, path: str):
    """A page of the site in the browser's language, which runs nothing and tells nobody its address."""
    answer = stage.api.get(path, headers={"Accept-Language": "de-AT, en;q=0.5"})
    assert (404, "de", "no-referrer") == (answer.status, language(answer), answer.headers["referrer-policy"])
    assert "script-src" not in answer.headers["content-security-policy"]
    assert NOWHERE not in answer.text


def test_the_language_that_was_chosen(stage: Stage):
    """The cookie of this browser comes first."""
    name = stage.wiring.settings.cookie_language_name
    answer = stage.api.get(DEAD[0], headers={"Accept-Language": "de", "Cookie": f"{name}=ar"})
    assert "ar" == language(answer)


def test_a_new_password(stage: Stage, ada: str):
    """The form knows its link only as where it leads; nothing else on the page names it."""
    link = link_for(stage, ada)
    answer = stage.api.get(f"/password_reset_confirm/{link}/", headers={"Accept-Language": "de"})
    assert (200, "de") == (answer.status, language(answer))
    assert [f"/password_reset_confirm/{link}/"] == [form.action for form in Markup(answer.text).forms]
    assert 1 == answer.text.count(link)


def test_the_page_after_a_reset(stage: Stage):
    """In the same language, with the way in."""
    answer = stage.api.get("/password_reset_complete", headers={"Accept-Language": "de"})
    assert (200, "de") == (answer.status, language(answer))
    assert Markup(answer.text).all("a", href="/login")
