"""What all pages are sent with: their policy, and who is told where a reader comes from."""

from base64 import b64encode
from hashlib import sha256

from chalicelib.api.answers import html as html_answer
from chalicelib.api.answers import keyed_page
from chalicelib.site.frame import Frame
from chalicelib.site.markup import document, html_headers
from chalicelib.site.rendering import render


def style_of(html: str) -> str:
    """The style that a page has in it."""
    return html.partition("<style>")[2].partition("</style>")[0]


def test_policy_allows_the_style_and_nothing_else() -> None:
    """The policy names the hash of the very style that the pages have."""
    policy = html_headers()["Content-Security-Policy"].split("; ")
    for page in (document("T", "B"), render("activated.html", Frame())):
        digest = b64encode(sha256(style_of(page).encode()).digest()).decode()
        assert f"style-src 'sha256-{digest}'" == policy[1]
    assert "default-src 'none'" == policy[0]
    assert {"form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"} == set(policy[2:])


def test_forms_may_lead_on() -> None:
    """Browsers hold a form to the list through redirects, too: where it may end is named, and nothing is loosened."""
    plain = html_headers()["Content-Security-Policy"].split("; ")
    policy = html_headers(["https://a.example", "https://b.example:8443"])["Content-Security-Policy"].split("; ")
    assert ["form-action 'self' https://a.example https://b.example:8443"] == [
        part for part in policy if part not in plain
    ]


def test_no_referrer() -> None:
    """The key in a page's path goes to nobody, not even to this service's other pages; others have no word of it."""
    assert "no-referrer" == keyed_page("page").headers["Referrer-Policy"]
    assert "Referrer-Policy" not in html_answer("page").headers
