"""Social links."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.accounts.rules.fault import RuleError
from chalicelib.accounts.rules.social_links import STUBS, merged_links, social_links


def one(platform, link):
    return social_links([{"platform": platform, "social_link": link}])[platform]


@pytest.mark.parametrize(
    ("platform", "link", "stored"),
    [
        ("facebook", "edX", "https://www.facebook.com/edX"),
        ("facebook", "www.facebook.com/edX", "https://www.facebook.com/edX"),
        ("facebook", "facebook.com/edX/", "https://www.facebook.com/edX"),
        ("facebook", "HTTP://Facebook.com/edX/", "https://www.facebook.com/edX"),
        ("x", "https://www.x.com/edX/", "https://www.x.com/edX"),
        ("x", "x.com/edX?foo=bar", "https://www.x.com/edX?foo=bar"),
        ("x", "x.com/test.user", "https://www.x.com/test.user"),
        ("x", 5, "https://www.x.com/5"),
        ("linkedin", "www.linkedin.com/in/ada-1234", "https://www.linkedin.com/in/ada-1234"),
        ("linkedin", "@ada", "https://www.linkedin.com/in/@ada"),
        ("facebook", "https://evil.example/?u=facebook.com/ada", "https://www.facebook.com/ada"),
    ],
)
def test_links_are_rebuilt(platform, link, stored):
    """A bare name, or what follows the stub, becomes a link to the platform (spec 10, section 7.3)."""
    assert stored == one(platform, link)


@pytest.mark.parametrize(
    ("platform", "link"),
    [
        ("facebook", "www.evilwebsite.com/123"),
        ("x", "https://www.x.com/edX/123s"),
        ("x", "https://www.x.com/edX//"),
        ("linkedin", "www.linkedin.com/ada"),
        ("linkedin", "www.evilwebsite.com/123?www.linkedin.com/edX"),
        ("facebook", "https://www.facebook.com/"),
        ("facebook", "facebook.com//"),
        ("facebook", "   "),
        ("facebook", None),
        ("facebook", True),
        ("facebook", ["edX"]),
        ("facebook", {"a": 1}),
        ("facebook", "ed\0X"),
        ("facebook", "ed\ud800X"),
        ("twitter", "edX"),
        ("Facebook", "edX"),
        ("", "edX"),
        (None, "edX"),
        (["x"], "edX"),
    ],
)
def test_refused_links(platform, link):
    """Another site, a deeper path, no name, null, an unknown platform: refused (spec 10, section 7.3)."""
    with pytest.raises(RuleError):
        social_links([{"platform": platform, "social_link": link}])


@pytest.mark.parametrize(
    "value",
    [None, "", {}, "x", 5, ["x"], [None], [[]], [{}], [{"platform": "x"}], [{"social_link": "edX"}]],
)
def test_refused_shapes(value):
    """Not a list, items that are no objects, a missing key: refused."""
    with pytest.raises(RuleError):
        social_links(value)


@pytest.mark.parametrize("links", [("a", "b"), ("a", ""), ("", "")])
def test_same_platform_twice_is_refused(links):
    """Each platform comes once, also when a link is to be removed."""
    with pytest.raises(RuleError):
        social_links([{"platform": "x", "social_link": link} for link in links])


def test_empty_link_removes():
    """The empty text removes the platform, and no item changes nothing."""
    assert {"x": None} == social_links([{"platform": "x", "social_link": ""}])
    assert {} == social_links([])


def test_lengths():
    """100 characters fit, of the input and of the rebuilt link."""
    name = "n" * (100 - len("https://www.x.com/"))
    assert 100 == len(one("x", name))
    with pytest.raises(RuleError):
        one("x", name + "n")
    with pytest.raises(RuleError):
        one("x", "https://example.com/" + "e" * 80 + "/x.com/ada")


def test_answers_are_sorted():
    """The links of a patch, and those after it, are sorted by platform."""
    patch = social_links([{"platform": "x", "social_link": "a"}, {"platform": "facebook", "social_link": "b"}])
    assert ["facebook", "x"] == list(patch)
    assert ["facebook", "linkedin", "x"] == list(merged_links({"linkedin": "l"}, patch))


def test_merging():
    """Platforms not named stay, named ones are replaced or removed, whether they were there or not."""
    current = {"facebook": "old", "linkedin": "l"}
    assert {"facebook": "new"} == merged_links(current, {"facebook": "new", "linkedin": None, "x": None})


@given(st.sampled_from(sorted(STUBS)), st.text(max_size=60), st.booleans())
def test_stored_links_lead_to_the_platform(platform, typed, with_stub):
    """Whatever is typed, what is stored leads to the platform's own pages and no deeper."""
    typed = STUBS[platform] + typed if with_stub else typed
    try:
        stored = one(platform, typed)
    except RuleError:
        return
    start = f"https://www.{STUBS[platform]}"
    assert stored is None or (stored.startswith(start) and len(start) < len(stored) <= 100)
    assert stored is None or "/" not in stored.removeprefix(start)
