"""Where people may be sent on to, and whose pages are trusted (spec 40, sections 2 and 4)."""

import re
import string
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.api.origins import here, is_secure, is_trusted, origin_of, safe_target
from chalicelib.api.request import Request
from chalicelib.settings import Settings

BASE = "https://accounts.example"
PAGE = "https://pages.example"
FURTHER = "https://further.example:8443"
SETTINGS = Settings(base_url=BASE, cors_origins=[PAGE], redirect_origins=[FURTHER])
KNOWN = {BASE, PAGE, FURTHER}


def request(**headers: str) -> Request:
    """A request with these headers."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request("GET", "/login", "/login", {}, {}, {"host": "accounts.example", **sent}, {}, b"", "r", "192.0.2.1")


def led_to(target: str, base: str = f"{BASE}/login") -> str:
    """The origin that a browser goes to, by the URL standard's basic parser as far as http(s) goes.

    Written from the standard and not from `urllib`: tabs and line ends are dropped, what surrounds is trimmed, a
    backslash is a slash, any number of slashes after a special scheme leads to a host, and before `@` is a user.
    """
    text = re.sub(r"[\t\n\r]", "", target.strip("".join(map(chr, range(0x21))))).replace("\\", "/")
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.\-]*):", text)
    base_scheme, _, base_host = base.partition("://")
    if scheme and scheme[1].lower() not in ("http", "https"):
        return f"{scheme[1].lower()}:"
    chosen, rest = (scheme[1].lower(), text[scheme.end() :]) if scheme else (base_scheme, text)
    if not rest.startswith("//") and (not scheme or chosen == base_scheme):
        return f"{base_scheme}://{base_host.partition('/')[0]}"
    authority = re.split(r"[/?#]", rest.lstrip("/"), maxsplit=1)[0]
    host, colon, port = authority.rpartition("@")[2].lower().partition(":")
    usual = {"http": "80", "https": "443"}[chosen]
    number = port.lstrip("0") or port[:1]
    return f"{chosen}://{host}" if not colon or number in ("", usual) else f"{chosen}://{host}:{number}"


TRICKS = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "\x00//evil.example",
    "\x1f//evil.example",
    "\u00a0//evil.example",
    "\u2028//evil.example",
    "/\u2028/evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "https:\\\\evil.example",
    "https:\\evil.example",
    "HTTPS://evil.example",
    "http://accounts.example",
    "https://accounts.example.evil.example",
    "https://accounts.example@evil.example",
    "https://accounts.example:443@evil.example",
    "https://pages.example%40evil.example",
    "https://evil.example#@accounts.example",
    "https://evil.example?@accounts.example",
    "https://evil.example\\@accounts.example",
    "https://evil.example/https://accounts.example",
    "https://accounts.example\\.evil.example",
    "https://accounts.example:8443",
    "https://accounts.example.",
    "https://accounts\u3002example",
    "https://accounts.example\uff0fevil",
    "https://pages\u200b.example",
    "https://further.example",
    "https://[::1]",
    "https://[::1",
    "https://accounts.example:port",
    "https://accounts.example:99999",
    "https://accounts.example:\uff14\uff14\uff13",
    "https://",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "file:///etc/passwd",
    "ftp://accounts.example",
    "blob:https://accounts.example/x",
    "ws://accounts.example",
    "evil.example",
    "evil",
    "?next=x",
    "#x",
    "",
    ".",
    "../x",
    "/x\r\nSet-Cookie: a=b",
    "/x\nLocation: https://evil.example",
    "/x y",
    "/\x7f",
    "/\x85",
    "/\ud800",
]


@pytest.mark.parametrize("target", TRICKS)
def test_tricks(target: str):
    """Nothing of this is followed."""
    assert safe_target(target, request(), SETTINGS) is None


@pytest.mark.parametrize("target", [None, 7, True, ["/x"], {"a": "/x"}, b"/x"])
def test_what_is_no_text(target: Any):
    """A JSON body can hold anything."""
    assert safe_target(target, request(), SETTINGS) is None


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        ("/", "/"),
        ("/x/?a=b&c=%2F#d", "/x/?a=b&c=%2F#d"),
        ("/\u00e9", "/%C3%A9"),
        ('/"><script>', "/%22%3E%3Cscript%3E"),
        ("/x//y", "/x//y"),
        ("/@evil.example", "/@evil.example"),
        ("/:80", "/:80"),
        ("/https://evil.example", "/https://evil.example"),
        (BASE, BASE),
        (f"{BASE}:443/x", f"{BASE}:443/x"),
        (f"{PAGE}/account?x=1", f"{PAGE}/account?x=1"),
        ("HTTPS://Pages.Example/x", "HTTPS://Pages.Example/x"),
        (f"{FURTHER}/", f"{FURTHER}/"),
        (f"{PAGE}?@evil.example", f"{PAGE}?@evil.example"),
        (f"{PAGE}#@evil.example", f"{PAGE}#@evil.example"),
    ],
)
def test_followed(target: str, shown: str):
    """Paths of this service and addresses of known origins, in ASCII as a header holds them."""
    assert shown == safe_target(target, request(), SETTINGS)
    assert led_to(target) in KNOWN


PIECES = [
    "/",
    "//",
    "\\",
    "@",
    ":",
    "?",
    "#",
    "%2f",
    "%5c",
    ".",
    "..",
    "\t",
    "\n",
    "\r",
    " ",
    "\u3002",
    "\uff0f",
    "[",
    "]",
]
PIECES += [
    *KNOWN,
    "https:",
    "http:",
    "javascript:",
    "evil.example",
    "accounts.example",
    "443",
    "0",
    "\x00",
    "\u00a0",
    ";",
]


@given(st.one_of(st.text(max_size=40), st.lists(st.sampled_from(PIECES), max_size=9).map("".join)))
@example("/\t/evil.example")
@example("https:/\\evil.example")
def test_nothing_leads_elsewhere(target: str):
    """Whatever is let through leads a browser to a known origin; as a header it is one line of printable ASCII."""
    shown = safe_target(target, request(), SETTINGS)
    if shown is not None:
        assert set(shown) <= set(string.ascii_letters + string.digits + string.punctuation) - set('"<>\\^`{|}')
        assert led_to(target) in KNOWN
        assert led_to(shown) in KNOWN


@pytest.mark.parametrize("trick", ["//evil.example", "/\\evil.example", "/\t/evil.example", "https:/evil.example:80"])
def test_the_second_parser_follows_tricks(trick: str):
    """The parser that the property is checked with goes where browsers go."""
    assert "evil.example" in led_to(trick, base="http://accounts.example/login")


class TestOrigins:
    """Origins as browsers write them."""

    @pytest.mark.parametrize(
        ("address", "origin"),
        [
            ("https://a.example/x?y#z", "https://a.example"),
            ("https://a.example:443", "https://a.example"),
            ("http://a.example:80/", "http://a.example"),
            ("http://a.example:443/", "http://a.example:443"),
            ("HTTP://A.Example:8000", "http://a.example:8000"),
            ("http://[2001:DB8::1]:8000/", "http://[2001:db8::1]:8000"),
            ("https://user@a.example", None),
            ("//a.example", None),
            ("/x", None),
            ("null", None),
            ("", None),
            ("https://", None),
            ("https://a.example:x", None),
            ("https://[", None),
            ("ftp://a.example", None),
        ],
    )
    def test_of_an_address(self, address: str, origin: str | None):
        """Without the usual port, in lower case; or none."""
        assert origin == origin_of(address)

    @given(st.text(max_size=60))
    def test_of_anything(self, text: str):
        """No text is an error."""
        found = origin_of(text)
        assert found is None or found == origin_of(found)

    @pytest.mark.parametrize("origin", [PAGE, BASE, "https://sent.example"])
    def test_trusted(self, origin: str):
        """Configured ones, BASE_URL's, and that under which the request was sent."""
        assert is_trusted(origin, request(host="sent.example"), SETTINGS)

    @pytest.mark.parametrize(
        "origin",
        [
            "",
            "null",
            "*",
            FURTHER,
            "http://accounts.example",
            "http://pages.example",
            "https://pages.example:8443",
            "https://pages.example.evil.example",
            "https://evil.pages.example",
            "https://pages.example/",
            " https://pages.example",
            "https://evil.example, https://pages.example",
        ],
    )
    def test_not_trusted(self, origin: str):
        """Nobody else; not an origin to which people are merely sent on, and none that only looks like a known one."""
        assert not is_trusted(origin, request(), SETTINGS)

    @pytest.mark.parametrize("host", ["", "@", "a@accounts.example", "evil.example/", "[", "a b", ":", "x:y"])
    def test_a_strange_host_is_nobody(self, host: str):
        """A `Host` that is none makes nothing trusted but what is configured, and is no error."""
        assert not is_trusted("https://a.example", request(host=host), SETTINGS)
        assert is_trusted(BASE, request(host=host), SETTINGS)


class TestHttps:
    """How a request came."""

    @pytest.mark.parametrize(
        ("base", "forwarded", "secure"),
        [
            ("http://a", "https", True),
            ("http://a", "HTTPS , http", True),
            ("https://a", "http", False),
            ("https://a", "http,https", False),
            ("https://a", "", True),
            ("http://a", "", False),
            ("http://a", "httpsx", False),
        ],
    )
    def test_is_secure(self, base: str, forwarded: str, secure: bool):
        """As the first proxy says, or as BASE_URL does without a word."""
        headers = {"x_forwarded_proto": forwarded} if forwarded else {}
        assert secure == is_secure(request(**headers), Settings(base_url=base))

    @pytest.mark.parametrize(
        ("base", "path"),
        [("https://a", "/x"), ("https://a/", "/x"), ("https://a/v1", "/v1/x"), ("https://a/v1/", "/v1/x")],
    )
    def test_here(self, base: str, path: str):
        """A path as browsers know it, below a stage's own."""
        assert path == here("/x", Settings(base_url=base))
