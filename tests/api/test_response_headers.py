"""The headers of each kind of answer (spec 40, section 8; docs/security.md)."""

from typing import Any

import pytest
from chalice import Response

from chalicelib.api.response_headers import response_headers
from chalicelib.settings import Settings
from tests.support.api import JSON, Api
from tests.support.gateway import Answer
from tests.support.stage import Stage

NOTHING_RUNS = "default-src 'none'; frame-ancestors 'none'"
ME = "/api/user/v1/me"
PICTURE = "/static/images/profiles/default_30.png"
ORIGIN = "https://pages.example"
KINDS: dict[str, tuple[int, str, str, dict[str, Any]]] = {
    "JSON": (200, "GET", ME, {"as_": "learner"}),
    "account": (200, "GET", "/api/user/v1/accounts/learner", {"as_": "learner"}),
    "page": (200, "GET", "/login", {}),
    "preflight": (204, "OPTIONS", ME, {"headers": {"Origin": ORIGIN}}),
    "head": (200, "HEAD", ME, {"as_": "learner"}),
    "picture": (200, "GET", PICTURE, {}),
    "malformed": (400, "POST", "/api/user/v2/account/registration/", {"headers": {"Content-Type": JSON}, "body": b"{"}),
    "nobody": (401, "GET", ME, {}),
    "forbidden": (403, "GET", "/api/user/v1/accounts/staff/history", {"as_": "learner"}),
    "unserved": (404, "GET", "/nothing/here", {}),
    "method": (405, "PUT", ME, {"as_": "learner"}),
}


@pytest.fixture(scope="module", params=list(KINDS))
def answered(request: pytest.FixtureRequest, api: Api) -> tuple[str, Answer]:
    """One answer of each kind."""
    status, method, path, how = KINDS[request.param]
    answer = api.request(method, path, **how)
    assert status == answer.status, answer.text
    return request.param, answer


def test_safety(answered: tuple[str, Answer]):
    """No type is guessed, nothing is framed, and a referrer goes to nobody else."""
    _, answer = answered
    expected = {"x-content-type-options": "nosniff", "x-frame-options": "DENY", "referrer-policy": "same-origin"}
    assert expected == {name: answer.headers[name] for name in expected}


def test_policy(answered: tuple[str, Answer]):
    """Nothing runs or loads in what is no page; a page says what may, and is framed by nobody either."""
    kind, answer = answered
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "frame-ancestors 'none'" in policy
    assert (kind == "page") == (policy != NOTHING_RUNS)


def test_keeping(answered: tuple[str, Answer]):
    """Only what is the same for everybody may be kept."""
    kind, answer = answered
    expected = "public, max-age=86400" if kind == "picture" else "no-store"
    assert expected == answer.headers["cache-control"]


def test_a_page_of_a_link_tells_nobody_its_address(api: Api):
    """Pages whose address holds a key send no referrer at all, not even to this service."""
    assert "no-referrer" == api.request("GET", "/activate/unknown").headers["referrer-policy"]


def completed(base_url: str, sent: dict[str, str]) -> dict[str, str]:
    """What the middleware makes of an answer without headers."""

    class Request:
        """As much of one as it looks at."""

        headers = sent
        method = "GET"

    return response_headers(Settings(base_url=base_url))(Request(), lambda _: Response("")).headers


@pytest.mark.parametrize(
    ("base_url", "sent", "strict"),
    [
        ("https://accounts.example", {}, True),
        ("https://accounts.example", {"X-Forwarded-Proto": "https"}, True),
        ("http://127.0.0.1:8000", {"x-forwarded-proto": "https"}, True),
        ("https://accounts.example", {"X-Forwarded-Proto": "http"}, False),
        ("http://127.0.0.1:8000", {}, False),
    ],
)
def test_strict_transport(base_url: str, sent: dict[str, str], *, strict: bool):
    """Over https, by the gateway's word or else by BASE_URL, browsers are told to stay there for a year; else not."""
    expected = "max-age=31536000" if strict else None
    assert expected == completed(base_url, sent).get("Strict-Transport-Security")


def test_an_unexpected_error_has_them_too(api: Api, stage: Stage, monkeypatch: pytest.MonkeyPatch):
    """Not even a 500 goes out without them."""

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError

    token = api.token("learner")
    monkeypatch.setattr(stage.wiring.verifier, "verify", fail)
    answer = api.request("GET", ME, token=token)
    assert (500, NOTHING_RUNS) == (answer.status, answer.headers["content-security-policy"])
