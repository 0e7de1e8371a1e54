"""The cookies of a session, as they are written and read (spec 40, section 3)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.api.cookies import Cookie, has_any, no_session, session_cookies, token_in_cookies, written
from chalicelib.api.request import Request, cookies_of
from chalicelib.settings import Settings

PAYLOAD, SIGNATURE = "edx-jwt-cookie-header-payload", "edx-jwt-cookie-signature"
REFRESH, CSRF = "rollcall-refresh", "csrftoken"
PLAIN = Settings(base_url="http://accounts.example")


def request(cookies: dict[str, str] | None = None, **headers: str) -> Request:
    """A request with these cookies and headers."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request("POST", "/x", "/x", {}, {}, sent, cookies or {}, b"", "r", "192.0.2.1")


def attributes(header: str) -> tuple[str, dict[str, str]]:
    """The pair of a `Set-Cookie` header, and its attributes."""
    pair, *rest = header.split("; ")
    return pair, {name: value for name, _, value in (part.partition("=") for part in rest)}


def test_a_session():
    """The token in two parts, of which scripts can read the first, and the refresh token; each with its lifetime."""
    given_cookies = [attributes(each) for each in session_cookies("h.p.s", "r-1", request(), PLAIN)]
    lax = {"Path": "/", "SameSite": "Lax"}
    assert [
        (f"{PAYLOAD}=h.p", {**lax, "Max-Age": "3600"}),
        (f"{SIGNATURE}=s", {**lax, "Max-Age": "3600", "HttpOnly": ""}),
        (f"{REFRESH}=r-1", {**lax, "Max-Age": str(28 * 24 * 3600), "HttpOnly": ""}),
    ] == given_cookies


def test_over_https():
    """Secure exactly then."""
    secure = session_cookies("h.p.s", "r", request(x_forwarded_proto="https"), PLAIN)
    assert [True] * 3 == ["Secure" in attributes(each)[1] for each in secure]
    forwarded = session_cookies("h.p.s", "r", request(x_forwarded_proto="http"), Settings(base_url="https://a.example"))
    assert [False] * 3 == ["Secure" in attributes(each)[1] for each in forwarded]


@pytest.mark.parametrize(
    ("chosen", "proto", "shown"),
    [("None", "https", "None"), ("None", "http", "Lax"), ("Strict", "http", "Strict"), ("Lax", "https", "Lax")],
)
def test_same_site(chosen: Any, proto: str, shown: str):
    """Browsers refuse `None` without `Secure`: it is `Lax` then."""
    settings = Settings(cookie_same_site=chosen)
    header = written(Cookie("a", "b", 1), request(x_forwarded_proto=proto), settings)
    assert shown == attributes(header)[1]["SameSite"]


def test_domain():
    """From the setting, and absent by default."""
    named = written(Cookie("a", "b", 1), request(), Settings(cookie_domain="example.org"))
    assert ("example.org", None) == (
        attributes(named)[1].get("Domain"),
        attributes(written(Cookie("a", "b", 1), request(), PLAIN))[1].get("Domain"),
    )


def test_taken_away():
    """The same cookies, with the same path and domain, for no time; the CSRF token stays."""
    settings = Settings(base_url="http://a", cookie_domain="example.org")
    begun = [attributes(each) for each in session_cookies("h.p.s", "r", request(), settings)]
    ended = [attributes(each) for each in no_session(request(), settings)]
    assert [f"{name}=" for name in (PAYLOAD, SIGNATURE, REFRESH)] == [pair for pair, _ in ended]
    assert [{**found, "Max-Age": "0"} for _, found in begun] == [found for _, found in ended]


def test_values_are_not_shown():
    """No value stands in the text of a cookie or of a request."""
    assert "secret" not in repr(Cookie("a", "secret", 1)) + repr(request({"a": "secret"}))


@pytest.mark.parametrize(
    ("cookies", "token"),
    [
        ({PAYLOAD: "h.p", SIGNATURE: "s"}, "h.p.s"),
        ({PAYLOAD: "h.p"}, None),
        ({SIGNATURE: "s"}, None),
        ({PAYLOAD: "", SIGNATURE: "s"}, None),
        ({PAYLOAD: "h.p", SIGNATURE: ""}, None),
        ({}, None),
    ],
)
def test_the_token(cookies: dict[str, str], token: str | None):
    """Only both together are one."""
    assert token == token_in_cookies(request(cookies), PLAIN)


@pytest.mark.parametrize("name", [PAYLOAD, SIGNATURE, REFRESH, CSRF])
def test_a_browser_is_known_by_any(name: str):
    """Each cookie of ours tells of a browser, an empty one too; others do not."""
    assert has_any(request({name: ""}), PLAIN)
    assert not has_any(request({f"{name}2": "x", "sessionid": "x"}), PLAIN)


@pytest.mark.parametrize(
    ("header", "cookies"),
    [
        ("a=1; b=2", {"a": "1", "b": "2"}),
        ("a=1;b=2 ;  c = 3", {"a": "1", "b": "2", "c": "3"}),
        ("a=1; a=2", {"a": "1"}),
        ('a="1"', {"a": "1"}),
        ("a=x=y==", {"a": "x=y=="}),
        ("a", {}),
        ("; ;;", {}),
        ("a=", {"a": ""}),
    ],
)
def test_reading(header: str, cookies: dict[str, str]):
    """Of two with one name the first counts: that of the closest path."""
    assert cookies == cookies_of(header)


@given(st.text())
def test_reading_anything(header: str):
    """No header is an error."""
    assert all("=" in header for _ in cookies_of(header))
