"""The small pages, and the frame that all pages have."""

import re
from base64 import b64encode
from hashlib import sha256

import pytest

from chalicelib.api.answers import html as html_answer
from chalicelib.api.answers import keyed_page
from chalicelib.site.markup import html_headers
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
    policy = html_headers()["Content-Security-Policy"].split("; ")

    assert "default-src 'none'" == policy[0]
    assert f"style-src 'sha256-{digest}'" == policy[1]
    assert "form-action 'self'" in policy
    assert "base-uri 'none'" in policy
    assert "frame-ancestors 'none'" in policy


def test_forms_may_lead_on() -> None:
    """Browsers hold a form to the list through redirects, too: where it may end is named, and nothing is loosened."""
    plain = html_headers()["Content-Security-Policy"].split("; ")
    policy = html_headers(["https://a.example", "https://b.example:8443"])["Content-Security-Policy"].split("; ")
    assert ["form-action 'self' https://a.example https://b.example:8443"] == [
        part for part in policy if part not in plain
    ]


def test_no_referrer() -> None:
    """The key in a page's path goes to nobody, not even to this service's other pages; others have no word of it."""
    assert "no-referrer" == keyed_page(page("T", [])).headers["Referrer-Policy"]
    assert "Referrer-Policy" not in html_answer(page("T", [])).headers


def test_text_is_escaped() -> None:
    """Title and paragraphs are text, whatever they hold."""
    html = page("<b>&", ['</p><script>"'])
    assert "<h1>&lt;b&gt;&amp;</h1>" in html
    assert "<p>&lt;/p&gt;&lt;script&gt;&quot;</p>" in html


def test_pages_name_the_platform() -> None:
    """Both activation pages name the platform, escaped."""
    assert "A&amp;B" in activated_page("A&B")
    assert "A&amp;B" in dead_activation_page("A&B")
