"""The profile picture, chosen from a file and shown by the browser (spec 30)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.visitor import NewVisitor, Place, Visitor, call, ready
from tests.http.pictures import CONTENT_TYPES, file_of, oriented

SIDE = 500


def choose(page: Page, content: bytes, name: str = "me.jpg", kind: str = "jpg") -> None:
    """Choose a file in the page's field."""
    page.locator("#photo").set_input_files({"name": name, "mimeType": CONTENT_TYPES[kind], "buffer": content})


def picture(page: Page) -> tuple[str, int]:
    """Reload the page; return the address of the picture that it shows, and the picture's width."""
    page.reload()
    ready(page)
    shown = page.locator("#picture")
    shown.evaluate("picture => picture.decode()")
    return shown.get_attribute("src") or "", shown.evaluate("picture => picture.naturalWidth")


def test_a_photo(new_visitor: NewVisitor, place: Place) -> None:
    """A photo is uploaded as the page does it, shown in its full size, replaced, and removed again."""
    visitor = new_visitor(place)
    page = visitor.signed_in()
    default, width = picture(page)
    assert SIDE == width

    choose(page, oriented(6))
    assert (204, "") == call(page, "uploadPhoto")
    first, width = picture(page)
    assert SIDE == width
    assert first != default
    assert call(page, "account").body["profile_image"]["has_image"] is True

    choose(page, file_of("png"), "me.PNG", "png")
    assert (204, "") == call(page, "uploadPhoto")
    second, width = picture(page)
    assert SIDE == width
    assert second not in (default, first)

    assert (204, "") == call(page, "removePhoto")
    assert (default, SIDE) == picture(page)
    assert call(page, "account").body["profile_image"]["has_image"] is False


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"Dear diary, this is a text.\n" * 20, "diary.jpg"), (b"", "empty.jpg"), (b"x" * 1_048_577, "large.jpg")],
    ids=["a text", "empty", "too large"],
)
def test_what_is_no_photo(visitor: Visitor, content: bytes, name: str) -> None:
    """The page reads why a file is refused, and the picture stays (spec 30, section 2)."""
    page = visitor.signed_in()
    visitor.expects(f"400 {visitor.account.path}/image")
    choose(page, content, name)
    status, body = call(page, "uploadPhoto")
    assert (400, {"developer_message", "user_message"}) == (status, set(body))
    assert call(page, "account").body["profile_image"]["has_image"] is False
