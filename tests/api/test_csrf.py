"""Requests that another site's page may have forged (spec 40, section 4)."""

from typing import Any

import pytest

from chalicelib.api import csrf
from chalicelib.api.errors import ForgedRequestError
from chalicelib.api.request import Request
from tests.support.gateway import form_body
from tests.support.stage import Stage

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=b"
HERE = "http://accounts.example"


def request(cookies: dict[str, str] | None = None, body: bytes = b"", **headers: str) -> Request:
    """A POST with these cookies and headers."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request("POST", "/x", "/x", {}, {}, {"host": "accounts.example", **sent}, cookies or {}, body, "r", "s")


@pytest.fixture
def token(stage: Stage) -> str:
    """A fresh token."""
    return csrf.token_for(stage.wiring, request())


def forged(stage: Stage, sent: Request, check: Any = csrf.require) -> bool:
    """Whether the request is refused."""
    try:
        check(stage.wiring, sent)
    except ForgedRequestError:
        return True
    return False


def part(name: str, value: str) -> bytes:
    """A multipart body of one field."""
    return f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n--b--\r\n'.encode()


class TestToken:
    """What a page must send."""

    def test_in_the_header(self, stage: Stage, token: str):
        """As in the cookie."""
        assert not forged(stage, request({"csrftoken": token}, x_csrftoken=token))

    def test_in_a_form(self, stage: Stage, token: str):
        """Both kinds of forms; the header comes first."""
        field = {"csrfmiddlewaretoken": token}
        assert not forged(stage, request({"csrftoken": token}, form_body(field), content_type=FORM))
        multipart = part("csrfmiddlewaretoken", token)
        assert not forged(stage, request({"csrftoken": token}, multipart, content_type=MULTIPART))
        assert forged(stage, request({"csrftoken": token}, form_body(field), content_type=FORM, x_csrftoken="x"))

    @pytest.mark.parametrize(
        ("body", "content_type"),
        [
            (b"csrfmiddlewaretoken=%ff", FORM),
            (b"\xff", FORM),
            (b"a&" * 300, FORM),
            (b"--b", MULTIPART),
            (b"", "multipart/form-data"),
            (b'{"csrfmiddlewaretoken": "x"}', "application/json"),
            (b"csrfmiddlewaretoken=", FORM),
            (b"csrfmiddlewaretoken=\xc3\xa9", FORM),
            (b"x" * 1_100_000, FORM),
        ],
    )
    def test_none_that_can_be_read(self, stage: Stage, token: str, body: bytes, content_type: str):
        """Refused, and no other error."""
        assert forged(stage, request({"csrftoken": token}, body, content_type=content_type))

    @pytest.mark.parametrize(
        "planted",
        ["", "x", "0" * 64, "a" * 32, "é" * 64, "\u0660" * 64, "a" * 1000],
    )
    def test_planted(self, stage: Stage, planted: str):
        """A value that was not made here counts nowhere, though cookie and header agree."""
        assert forged(stage, request({"csrftoken": planted}, x_csrftoken=planted))

    def test_made_of_pieces(self, stage: Stage, token: str):
        """Neither the random part of one with the tag of another, nor a part."""
        other = csrf.token_for(stage.wiring, request())
        for made in (token[:32] + other[32:], token[:-1], token + "0", token.upper(), token[1:] + token[0]):
            assert forged(stage, request({"csrftoken": made}, x_csrftoken=made))

    def test_anothers(self, stage: Stage, token: str):
        """A genuine token fits its own cookie alone, and none without a cookie."""
        other = csrf.token_for(stage.wiring, request())
        assert forged(stage, request({"csrftoken": token}, x_csrftoken=other))
        assert forged(stage, request(x_csrftoken=token))
        assert forged(stage, request({"csrftoken": token}))

    def test_kept(self, stage: Stage, token: str):
        """A browser keeps what it has, so what a page has in memory stays good; a planted one is replaced."""
        assert token == csrf.token_for(stage.wiring, request({"csrftoken": token}))
        fresh = csrf.token_for(stage.wiring, request({"csrftoken": "0" * 64}))
        assert len(token) == len(fresh)
        assert not forged(stage, request({"csrftoken": fresh}, x_csrftoken=fresh))

    def test_tokens_differ(self, stage: Stage):
        """128 random bits."""
        assert 20 == len({csrf.token_for(stage.wiring, request())[:32] for _ in range(20)})

    def test_a_lone_surrogate(self, stage: Stage):
        """What is no text is no token either."""
        assert forged(stage, request({"csrftoken": "a" * 32 + "\ud800" * 32}, x_csrftoken="x"))


class TestPage:
    """Whose page has sent a request."""

    @pytest.mark.parametrize("origin", [HERE, "http://127.0.0.1:8000"])
    def test_ours(self, stage: Stage, token: str, origin: str):
        """The host that was asked, and BASE_URL's."""
        assert not forged(stage, request({"csrftoken": token}, x_csrftoken=token, origin=origin))

    @pytest.mark.parametrize("origin", ["null", "", "https://evil.example", "https://accounts.example", "file://"])
    def test_others(self, stage: Stage, token: str, origin: str):
        """A fitting token does not help."""
        assert forged(stage, request({"csrftoken": token}, x_csrftoken=token, origin=origin))

    @pytest.mark.parametrize(
        ("referrer", "refused"),
        [
            ("https://accounts.example/x", False),
            ("https://evil.example/https://accounts.example", True),
            ("https://accounts.example.evil.example/", True),
            ("https://accounts.example@evil.example/", True),
            ("http://accounts.example/", True),
            ("", True),
            ("about:blank", True),
        ],
    )
    def test_referrer_over_https(self, stage: Stage, token: str, referrer: str, refused: bool):
        """Stands in for an `Origin` that is missing, over https alone."""
        fields = {"x_csrftoken": token, "referer": referrer}
        assert refused == forged(stage, request({"csrftoken": token}, x_forwarded_proto="https", **fields))
        assert not forged(stage, request({"csrftoken": token}, **fields))

    def test_the_origin_wins(self, stage: Stage, token: str):
        """A good `Referer` does not make up for a bad `Origin`."""
        headers = {"x_forwarded_proto": "https", "x_csrftoken": token, "referer": "https://accounts.example/"}
        assert forged(stage, request({"csrftoken": token}, origin="https://evil.example", **headers))

    def test_neither(self, stage: Stage, token: str):
        """Without both the token decides."""
        assert not forged(stage, request({"csrftoken": token}, x_csrftoken=token, x_forwarded_proto="https"))


class TestBrowsers:
    """What must show a token before a login (B2)."""

    def test_a_plain_client(self, stage: Stage):
        """Without cookies of ours and `Origin` nothing is asked."""
        assert not forged(stage, request({"other": "x"}), csrf.require_of_browsers)

    @pytest.mark.parametrize(
        "name", ["csrftoken", "rollcall-refresh", "edx-jwt-cookie-signature", "edx-jwt-cookie-header-payload"]
    )
    def test_by_its_cookies(self, stage: Stage, name: str):
        """Any cookie of ours makes it a browser."""
        assert forged(stage, request({name: "x"}), csrf.require_of_browsers)

    @pytest.mark.parametrize("origin", [HERE, "null", ""])
    def test_by_its_origin(self, stage: Stage, origin: str):
        """So does an `Origin`, an empty one too."""
        assert forged(stage, request(origin=origin), csrf.require_of_browsers)
