"""The small pages, and the frame that all pages have."""

import re
from base64 import b64encode
from hashlib import sha256

import pytest

from chalicelib.site.markup import HTML_HEADERS
from chalicelib.site.pages import activated_page, dead_activation_page, page

ELSEWHERE = re.compile(r"(?:src|href)=\"(?!#)|url\(|@import|<script|<link|<img|<iframe| on[a-z]+=", re.IGNORECASE)


def style_of(html: str) -> str:
    return html.partition("<style>")[2].partition("</style>")[0]


@pytest.mark.parametrize("html", [page("T", ["p"]), activated_page("P"), dead_activation_page("P")])
def test_loads_nothing_and_runs_nothing(html: str) -> None:
    """A page has no script, no reference to elsewhere, one heading, a language and a title."""
    assert None is ELSEWHERE.search(html)
    assert 1 == html.count("<h1>")
    assert html.startswith('<!doctype html>\n<html lang="en">')
    assert 1 == html.count("<title>")
    assert 1 == html.count("<main")


def test_policy_allows_the_style_and_nothing_else() -> None:
    """The policy names the hash of the very style that the page has."""
    digest = b64encode(sha256(style_of(page("T", [])).encode()).digest()).decode()
    policy = HTML_HEADERS["Content-Security-Policy"].split("; ")

    assert "default-src 'none'" == policy[0]
    assert f"style-src 'sha256-{digest}'" == policy[1]
    assert "frame-ancestors 'none'" in policy


def test_no_referrer() -> None:
    """The key in a page's path goes to nobody."""
    assert "no-referrer" == HTML_HEADERS["Referrer-Policy"]


def test_text_is_escaped() -> None:
    """Title and paragraphs are text, whatever they hold."""
    html = page("<b>&", ['</p><script>"'])
    assert "<h1>&lt;b&gt;&amp;</h1>" in html
    assert "<p>&lt;/p&gt;&lt;script&gt;&quot;</p>" in html


def test_pages_name_the_platform() -> None:
    """Both activation pages name the platform, escaped."""
    assert "A&amp;B" in activated_page("A&B")
    assert "A&amp;B" in dead_activation_page("A&B")
