"""One's picture as a page."""

from typing import Any

import pytest

from tests.api.pages.browsing import Browser
from tests.support.calls import unreachable
from tests.support.pictures import picture
from tests.support.stage import Stage

PATH = "/my/picture"
REMOVAL = "/my/picture/removal"


def image(stage: Stage, username: str) -> dict[str, Any]:
    """The account's picture."""
    found: dict[str, Any] = stage.api.get(f"/api/user/v1/accounts/{username}", as_=username).json["profile_image"]
    return found


def test_none(stage: Stage, browser: Browser, ada: str):
    """The default picture; nothing to be removed; limits in words, and the script of the preview."""
    page = browser.get(PATH)
    assert (200, "Picture") == (page.status, page.heading)
    assert image(stage, ada)["image_url_full"] == page.all("img", class_="portrait")[0].attributes["src"]
    assert not page.has_form(REMOVAL)
    assert "A JPEG, PNG or GIF file of 100 bytes to 1 MB." in page.words
    (field,) = page.all("input", type="file")
    assert "hidden" in page.by_id(field.attributes["data-preview"] or "").attributes
    assert 1 == len(page.all("script"))
    assert "script-src 'sha256-" in page.answer.headers["content-security-policy"]


def test_sent_and_removed(stage: Stage, browser: Browser, ada: str):
    """It is shown, and can be removed."""
    page = browser.send(PATH, file=("me.png", "image/png", picture("PNG")))
    assert (303, f"{PATH}?done=saved") == (page.status, page.location)
    shown = image(stage, ada)
    assert shown["has_image"]
    page = browser.follow()
    assert "This is your picture now." == page.notice
    assert shown["image_url_full"] == page.all("img", alt="Your picture")[0].attributes["src"]
    page = browser.send(REMOVAL)
    assert (303, f"{PATH}?done=removed") == (page.status, page.location)
    assert not image(stage, ada)["has_image"]
    assert "Your picture is removed." == browser.follow().notice


def test_twice(stage: Stage, browser: Browser, ada: str):
    """A double click counts once, for both forms."""
    form = browser.get(PATH).form(PATH)
    file = {"file": ("me.jpg", "image/jpeg", picture())}
    assert [303, 303] == [browser.post(PATH, form.values | file, multipart=True).status for _ in range(2)]
    removal = browser.get(PATH).form(REMOVAL)
    assert [303, 303] == [browser.resend(REMOVAL, removal).status for _ in range(2)]
    assert ["ProfileImageSet", "ProfileImageRemoved"] == stage.events_of(ada)[-2:]
    assert 1 == stage.events_of(ada).count("ProfileImageSet")


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (("me.png", "image/png", b"x" * 2_000_000), "no larger than"),
        (("me.png", "image/png", b"x"), "at least"),
        (("me.svg", "image/svg+xml", b"<svg/>" * 50), "one of these formats"),
        (("me.png", "image/png", picture()), "not what the ending of its name says"),
        (("", "application/octet-stream", b""), "at least"),
    ],
)
def test_refused(stage: Stage, browser: Browser, ada: str, file: tuple[str, str, bytes], message: str):
    """The message of the contract stands beside the field; another one can be chosen at once."""
    page = browser.send(PATH, file=file)
    assert (200, {"file"}) == (page.status, page.faults.keys())
    assert message in page.faults["file"]
    assert not image(stage, ada)["has_image"]
    assert 303 == browser.send(PATH, file=("me.jpg", "image/jpeg", picture())).status


def test_larger_than_anything_may_be(stage: Stage, browser: Browser, ada: str):
    """More than the gateway takes: the page says it, though the form's token cannot be read."""
    page = browser.send(PATH, file=("me.png", "image/png", b"x" * 10_500_000))
    assert (413, "This is too large") == (page.status, page.heading)
    assert page.all("a", href=PATH)
    assert not image(stage, ada)["has_image"]


def test_without_a_file(browser: Browser):
    """The form alone."""
    assert {"file"} == browser.send(PATH).faults.keys()


@pytest.mark.parametrize("away", ["dynamodb", "_s3"])
def test_while_something_is_away(stage: Stage, browser: Browser, ada: str, away: str):
    """It is said above the form, and can be tried again."""
    browser.get(PATH)
    with unreachable(getattr(stage.wiring, away), "TransactWriteItems", "PutObject"):
        page = browser.send(PATH, file=("me.jpg", "image/jpeg", picture()))
    assert 200 == page.status
    assert "Try again" in page.alert
    assert not image(stage, ada)["has_image"]
    assert 303 == browser.send(PATH, file=("me.jpg", "image/jpeg", picture())).status


def test_without_a_session(browser: Browser, anonymous: Browser):
    """To the login; a file is asked for again."""
    assert "/login?next=%2Fmy%2Fpicture" == anonymous.get(PATH).location
    browser.get(PATH)
    for name in [name for name in browser.cookies if name != "csrftoken"]:
        del browser.cookies[name]
    assert "Your session has ended" == browser.send(PATH, file=("me.jpg", "image/jpeg", picture())).heading


def test_forged(stage: Stage, browser: Browser, ada: str):
    """Nothing changes."""
    browser.send(PATH, file=("me.jpg", "image/jpeg", picture()))
    file = {"file": ("other.png", "image/png", picture("PNG"))}
    assert 403 == browser.post(PATH, file, multipart=True).status
    assert 403 == browser.forge(REMOVAL).status
    assert "ProfileImageSet" == stage.events_of(ada)[-1]
    assert 1 == stage.events_of(ada).count("ProfileImageSet")
