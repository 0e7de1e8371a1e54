"""Social links (spec 10, section 7.3)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http import expectations as expect
from tests.http.case_names import brief
from tests.http.service_client import Caller, Service

FACEBOOK = "https://www.facebook.com/"
X = "https://www.x.com/"
LINKEDIN = "https://www.linkedin.com/in/"


@pytest.fixture(scope="module")
def owner(service: Service) -> Caller:
    """An account for this module's links."""
    return service.new_account()


def link(platform: str, value: object) -> dict[str, object]:
    """Return one item of the list."""
    return {"platform": platform, "social_link": value}


def patched(caller: Caller, *links: dict[str, object]) -> list[dict[str, Any]]:
    """PATCH the links; return the list that the answer and a new GET both show."""
    response = caller.patch({"social_links": list(links)})
    expect.status(200, response)
    shown: list[dict[str, Any]] = response.json()["social_links"]
    assert shown == caller.account()["social_links"]
    return shown


def emptied(caller: Caller) -> None:
    """Remove every link."""
    assert [] == patched(caller, *(link(each, "") for each in ("facebook", "x", "linkedin")))


@pytest.mark.parametrize(
    ("platform", "value", "stored"),
    [
        ("facebook", "ada", f"{FACEBOOK}ada"),
        ("facebook", "ada.lovelace-1815_x", f"{FACEBOOK}ada.lovelace-1815_x"),
        ("facebook", "https://www.facebook.com/ada", f"{FACEBOOK}ada"),
        ("facebook", "https://www.facebook.com/ada/", f"{FACEBOOK}ada"),
        ("facebook", "http://facebook.com/ada", f"{FACEBOOK}ada"),
        ("facebook", "facebook.com/ada", f"{FACEBOOK}ada"),
        ("facebook", "https://m.facebook.com/ada", f"{FACEBOOK}ada"),
        ("facebook", "HTTPS://WWW.FACEBOOK.COM/ada", f"{FACEBOOK}ada"),
        ("facebook", "https://www.facebook.com/ada?foo=bar", f"{FACEBOOK}ada?foo=bar"),
        ("facebook", "javascript:alert(1)//facebook.com/ada", f"{FACEBOOK}ada"),
        ("facebook", "https://evil.example/?u=facebook.com/ada", f"{FACEBOOK}ada"),
        ("x", "ada", f"{X}ada"),
        ("x", "https://x.com/ada", f"{X}ada"),
        ("x", "https://www.x.com/ada/", f"{X}ada"),
        ("x", "X.COM/ada", f"{X}ada"),
        ("linkedin", "ada", f"{LINKEDIN}ada"),
        ("linkedin", "https://www.linkedin.com/in/ada", f"{LINKEDIN}ada"),
        ("linkedin", "linkedin.com/in/ada/", f"{LINKEDIN}ada"),
        ("linkedin", "https://se.linkedin.com/in/ada?trk=x", f"{LINKEDIN}ada?trk=x"),
        ("facebook", "a" * 75, FACEBOOK + "a" * 75),
    ],
    ids=brief,
)
def test_stored_links(owner: Caller, platform: str, value: str, stored: str) -> None:
    """The stored link is rebuilt from the name, never the input itself (spec 10, section 7.3)."""
    emptied(owner)
    assert [link(platform, stored)] == patched(owner, link(platform, value))


@pytest.mark.parametrize(
    ("platform", "value"),
    [
        ("facebook", "https://elsewhere.example/ada"),
        ("facebook", "https://www.x.com/ada"),
        ("x", "https://www.facebook.com/ada"),
        ("linkedin", "https://www.linkedin.com/ada"),
        ("linkedin", "https://www.linkedin.com/company/ada"),
        ("facebook", "facebook.com/a/b"),
        ("facebook", "https://www.facebook.com/ada/photos/"),
        ("facebook", "https://www.facebook.com/ada//"),
        ("facebook", "https://www.facebook.com/"),
        ("facebook", "/"),
        ("facebook", "a/b"),
        ("facebook", "//evil.example"),
        ("facebook", "https://evil.example"),
        ("facebook", "javascript:alert(1)//x"),
    ],
    ids=brief,
)
def test_refused_links(owner: Caller, platform: str, value: str) -> None:
    """Another site, a deeper path, no name: 400 `social_links` (spec 10, section 7.3)."""
    before = owner.account()
    assert {"social_links"} == expect.field_errors(owner.patch({"social_links": [link(platform, value)]}))
    assert before == owner.account()


@pytest.mark.parametrize("platform", ["twitter", "myspace", "Facebook", "", "X", None, 5, [], {}])
def test_other_platforms(owner: Caller, platform: Any) -> None:
    """An unknown platform, `twitter` too, is 400 (spec 10, section 7.3)."""
    assert {"social_links"} == expect.field_errors(owner.patch({"social_links": [link(platform, "ada")]}))


@pytest.mark.parametrize(
    "value",
    [
        None,
        "x",
        5,
        True,
        {},
        {"platform": "x", "social_link": "ada"},
        ["x"],
        [None],
        [[]],
        [{}],
        [{"social_link": "ada"}],
        [link("x", "ada"), link("x", "eva")],
        [link("x", "ada"), link("facebook", "ada"), link("x", "")],
    ],
)
def test_other_shapes(owner: Caller, value: object) -> None:
    """Twice a platform, a missing key, items that are no objects, not a list: 400 (spec 10, section 7.3)."""
    before = owner.account()
    assert {"social_links"} == expect.field_errors(owner.patch({"social_links": value}))
    assert before == owner.account()


@pytest.mark.parametrize(
    "bad", [{"platform": "x"}, link("x", None), link("x", []), link("x", True), link("x", {"a": 1})]
)
def test_a_missing_or_non_text_link(owner: Caller, bad: dict[str, object]) -> None:
    """A missing or non-text `social_link` is 400, in either shape (spec 10, section 7.3)."""
    before = owner.account()
    response = owner.patch({"social_links": [link("facebook", "must_not_be_stored"), bad]})
    expect.refused_on_storing("social_links", response)
    assert before == owner.account()


@pytest.mark.parametrize(
    ("platform", "value"),
    [
        ("facebook", "a" * 101),
        ("facebook", f"{FACEBOOK}{'a' * 76}"),
        ("facebook", "a" * 76),
        ("linkedin", "a" * 100),
        ("x", "x.com/" + "a" * 94),
        ("x", "a" * 100_000),
    ],
    ids=brief,
)
def test_too_long(owner: Caller, platform: str, value: str) -> None:
    """Input over 100, or a rebuilt link over 100: 400 (spec 10, section 7.3)."""
    before = owner.account()
    expect.refused_on_storing("social_links", owner.patch({"social_links": [link(platform, value)]}))
    assert before == owner.account()


def test_platforms_merge_and_are_sorted(owner: Caller) -> None:
    """Platforms not named stay, named ones are replaced; sorted by platform (spec 10, section 7.3)."""
    emptied(owner)
    patched(owner, link("x", "ada"))
    patched(owner, link("facebook", "ada"))
    assert [link("facebook", f"{FACEBOOK}ada"), link("linkedin", f"{LINKEDIN}ada"), link("x", f"{X}ada")] == (
        patched(owner, link("linkedin", "ada"))
    )
    assert [link("facebook", f"{FACEBOOK}eva"), link("linkedin", f"{LINKEDIN}ada"), link("x", f"{X}ada")] == (
        patched(owner, link("facebook", "eva"))
    )


def test_removal(owner: Caller) -> None:
    """`""` removes a platform; not having it is no fault; `[]` changes nothing (spec 10, section 7.3)."""
    emptied(owner)
    patched(owner, link("x", "ada"), link("facebook", "ada"))
    assert [link("facebook", f"{FACEBOOK}ada")] == patched(owner, link("x", ""))
    assert [link("facebook", f"{FACEBOOK}ada")] == patched(owner, link("x", ""), link("linkedin", ""))
    assert [link("facebook", f"{FACEBOOK}ada")] == patched(owner)
