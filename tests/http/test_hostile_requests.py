"""Hostile requests: odd paths, headers, methods and framing; never a 5xx (spec 50, section 8)."""

from __future__ import annotations

import pytest

from tests.http import raw_http
from tests.http.case_names import brief
from tests.http.raw_http import RawConnection
from tests.http.service_client import ME, MERGE_PATCH, Caller, Service

ACCOUNTS = "/api/user/v1/accounts/"
PATHS = [
    "/api/user/v1/accounts/a%2Fb",
    "/api/user/v1/accounts/a%2fb%2f",
    "/api/user/v1/accounts/%00",
    "/api/user/v1/accounts/learner%00",
    "/api/user/v1/accounts/%ff",
    "/api/user/v1/accounts/%ED%A0%80",
    "/api/user/v1/accounts/%C0%80",
    "/api/user/v1/accounts/%",
    "/api/user/v1/accounts/%zz",
    "/api/user/v1/accounts/%u0041",
    "/api/user/v1/accounts/%25",
    "/api/user/v1/accounts/%2525%2500",
    "/api/user/v1/accounts/learner%20",
    "/api/user/v1/accounts/learner%0d%0aX-Injected:%20yes",
    "/api/user/v1/accounts/..",
    "/api/user/v1/accounts/.",
    "/api/user/v1/accounts/%2e%2e",
    "/api/user/v1/accounts/../me",
    "/api/user/v1/accounts//",
    "/api/user/v1/accounts///learner//",
    "/api/user/v1/accounts/learner;x=1",
    "/api/user/v1/accounts/learner#x",
    "/api/user/v1/accounts/learner\\",
    "/api/user/v1/accounts/{username}",
    "/api/user/v1/accounts/<b>",
    "/api/user/v1/accounts/'%20OR%201=1--",
    "/api/user/v1/accounts/" + "a" * 5000,
    "/api/user/v1/accounts/" + "%F0%9F%98%80" * 200,
    "/api/user/v1/accounts/\xff\xfe",
    "/api/user/v1/accounts/learner?view=%ff",
    "/api/user/v1/accounts/learner?view=%00",
    "/api/user/v1/accounts/learner?view=shared&view=x",
    "/api/user/v1/accounts/learner?%ff=%ff&&&==&=",
    "/api/user/v1/accounts/learner?",
    "/api/user/v1/accounts/learner??",
    "/api/user/v1/accounts/learner?" + "a=b&" * 2000,
    "/api//user/v1/me",
    "//api/user/v1/me",
    "//evil.example/api/user/v1/me",
    "/",
    "//",
    "/////",
    "/../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/api/user/v1/me/../../../..",
    "/activate/",
    "/activate/%00",
    "/activate/a%2Fb",
    "http://127.0.0.1/heartbeat",
    "http://evil.example/heartbeat",
    "*",
    "heartbeat",
    "/heartbeat%3f",
    "/HEARTBEAT",
    "/_local/outbox",
    "/_local/outbox?to=%00",
    "/_local/run/",
    "/_local/run/%00",
]
SERVED = [
    "/heartbeat",
    "/openapi.json",
    "/api-docs",
    "/oauth2/jwks",
    ME,
    "/api/user/v1/accounts/learner",
    "/api/user/v1/accounts/no_such_user",
    "/activate/unknown",
    "/nothing",
    "/oauth2/access_token",
]


@pytest.mark.parametrize("method", ["GET", "PATCH", "POST", "DELETE"])
@pytest.mark.parametrize("path", PATHS, ids=brief)
def test_odd_paths(service: Service, writer: Caller, method: str, path: str) -> None:
    """An odd path is never a 5xx, and no header is smuggled in (spec 50, section 8)."""
    headers = {"Authorization": f"JWT {writer.token}", "Content-Type": MERGE_PATCH}
    body = b'{"unknown": 1}' if method != "GET" else b""
    answer = raw_http.exchange(service.url, raw_http.request(method, path, headers, body))
    assert answer.status < 500, answer
    assert "x-injected" not in answer.headers
    assert b"root:" not in answer.body


@pytest.mark.parametrize("name", ["a%2Fb", "%00", "%ff", "%ED%A0%80", "learner%00", "%zz"])
def test_odd_usernames_are_not_found(service: Service, writer: Caller, name: str) -> None:
    """What is no username is nobody's: 4xx (spec 10, section 5)."""
    headers = {"Authorization": f"JWT {writer.token}"}
    answer = raw_http.exchange(service.url, raw_http.request("GET", ACCOUNTS + name, headers))
    assert answer.status in (400, 404)


@pytest.mark.parametrize("path", SERVED)
@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
def test_head_and_options(service: Service, writer: Caller, method: str, path: str) -> None:
    """HEAD has no body, OPTIONS any; the connection can be used on (spec 50, section 8)."""
    headers = {"Authorization": f"JWT {writer.token}"}
    answer = raw_http.exchange(service.url, raw_http.request(method, path, headers), method)
    assert answer.status < 500


@pytest.mark.parametrize("path", SERVED)
@pytest.mark.parametrize("accept", [None, "text/html,application/xhtml+xml;q=0.9", "application/json", "x", "\xff"])
def test_any_accept_header_gets_the_same(service: Service, writer: Caller, path: str, accept: str | None) -> None:
    """What the client accepts, if it says so at all, never makes an error of an answer (spec 50, section 8)."""
    headers = {"Authorization": f"JWT {writer.token}"}
    usual = raw_http.exchange(service.url, raw_http.request("GET", path, {**headers, "Accept": "*/*"}))
    given = headers if accept is None else {**headers, "Accept": accept}
    assert usual.status == raw_http.exchange(service.url, raw_http.request("GET", path, given)).status


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Junk", "a" * 1_000_000),
        ("Cookie", "a=b; " * 200_000),
        ("Authorization", "JWT " + "a" * 1_000_000),
        ("A" * 1_000_000, "x"),
    ],
    ids=brief,
)
def test_huge_headers(service: Service, name: str, value: str) -> None:
    """A huge header is a 4xx, quickly (spec 50, section 8)."""
    answer = raw_http.exchange(service.url, raw_http.request("GET", "/heartbeat", {name: value}))
    assert 400 <= answer.status < 500
    assert answer.seconds < 10
    assert isinstance(answer.json(), dict)


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Junk": "a" * 60_000},
        {"Cookie": "a" * 20_000},
        {f"X-Junk-{number}": "x" for number in range(90)},
        {f"X-Junk-{number}": "x" for number in range(5_000)},
        {"Cookie": b"\xff\xfe=\x01; ;;;==;"},
        {"Cookie": "edx-jwt-cookie-header-payload=a.b; edx-jwt-cookie-signature=c", "USE-JWT-COOKIE": "true"},
        {"Cookie": "edx-jwt-cookie-header-payload=; edx-jwt-cookie-signature=", "USE-JWT-COOKIE": "true"},
        {"Accept": "a" * 10_000},
        {"Accept-Language": "\xff" * 1000},
        {"Host": ""},
        {"Host": "evil.example"},
        {"Host": "a b"},
        {"Host": "[::1"},
        {"X-Forwarded-For": "1.2.3.4, <b>", "X-Forwarded-Proto": "gopher", "X-Forwarded-Host": "x\x7f"},
        {"Origin": "null"},
        {"Origin": "\xff"},
        {"Content-Encoding": "gzip", "Content-Length": "3"},
        {"X-HTTP-Method-Override": "DELETE"},
        {"If-Match": b"\xff", "If-None-Match": "*", "If-Modified-Since": "x", "Range": "bytes=9-1"},
        {"Expect": "100-continue"},
        {"Upgrade": "websocket", "Connection": "Upgrade"},
        {"Upgrade": "h2c", "Connection": "Upgrade, HTTP2-Settings", "HTTP2-Settings": "x"},
    ],
    ids=brief,
)
def test_odd_headers(service: Service, headers: dict[str, str | bytes]) -> None:
    """Odd headers are never a 5xx (spec 50, section 8)."""
    body = b"abc" if "Content-Length" in headers else b""
    for path in ("/heartbeat", ME):
        answer = raw_http.exchange_or_end(service.url, raw_http.request("GET", path, headers, body))
        assert answer is None or answer.status < 500, answer


@pytest.mark.parametrize("value", [b"JWT \xff\xfe", b"JWT a\tb", b"\x01", b"Bearer \xed\xa0\x80.a.b", b"JWT", b"JWT "])
def test_authorization_of_odd_bytes(service: Service, value: bytes) -> None:
    """Odd bytes in Authorization are 401, or no HTTP at all: 400 (spec 10, section 2)."""
    answer = raw_http.exchange_or_end(service.url, raw_http.request("GET", ME, {"Authorization": value}))
    assert answer is None or answer.status in (400, 401), answer


MALFORMED = {
    "no version": b"GET /heartbeat\r\n\r\n",
    "another protocol": b"SSH-2.0-x\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "a strange version": b"GET /heartbeat HTTP/9.9\r\nHost: x\r\n\r\n",
    "no number of a version": b"GET /heartbeat HTTP/x\r\nHost: x\r\n\r\n",
    "blank in the path": b"GET /heart beat HTTP/1.1\r\nHost: x\r\n\r\n",
    "no method": b" /heartbeat HTTP/1.1\r\nHost: x\r\n\r\n",
    "small letters": b"get /heartbeat HTTP/1.1\r\nHost: x\r\n\r\n",
    "an odd method": b"G\xffT /heartbeat HTTP/1.1\r\nHost: x\r\n\r\n",
    "a very long line": b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "no host": b"GET /heartbeat HTTP/1.1\r\n\r\n",
    "HTTP/1.0": b"GET /heartbeat HTTP/1.0\r\n\r\n",
    "a header without colon": b"GET /heartbeat HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n",
    "blank before the colon": b"GET /heartbeat HTTP/1.1\r\nHost : x\r\n\r\n",
    "a folded header": b"GET /heartbeat HTTP/1.1\r\nHost: x\r\nX-A: a\r\n b\r\n\r\n",
    "NUL in a header": b"GET /heartbeat HTTP/1.1\r\nHost: x\r\nX-A: a\x00b\r\n\r\n",
    "bare CR in a header": b"GET /heartbeat HTTP/1.1\r\nHost: x\r\nX-A: a\rb\r\n\r\n",
    "bare LF": b"GET /heartbeat HTTP/1.1\nHost: x\n\n\r\n\r\n",
    "two hosts": b"GET /heartbeat HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    "length no number": b"POST /oauth2/access_token HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n",
    "length negative": b"POST /oauth2/access_token HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "length with a sign": b"POST /oauth2/access_token HTTP/1.1\r\nHost: x\r\nContent-Length: +3\r\n\r\nabc",
    "two lengths": (
        b"POST /oauth2/access_token HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"
    ),
    "a huge length": (
        b"POST /oauth2/access_token HTTP/1.1\r\nHost: x\r\nContent-Length: " + b"9" * 30 + b"\r\n\r\nabc"
    ),
    "length and chunks": (
        b"POST /oauth2/access_token HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    ),
    "an unknown coding": (
        b"POST /oauth2/access_token HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: magic\r\n\r\n0\r\n\r\n"
    ),
    "a bad chunk size": (
        b"POST /oauth2/access_token HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nabc\r\n0\r\n\r\n"
    ),
    "a negative chunk": (
        b"POST /oauth2/access_token HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nabc\r\n0\r\n\r\n"
    ),
}


@pytest.mark.parametrize("which", MALFORMED)
def test_malformed_http(service: Service, which: str) -> None:
    """What is no HTTP is a 4xx or the end of its connection; the service lives on (spec 50, section 8)."""
    connection = RawConnection(service.url)
    connection.send(MALFORMED[which])
    connection.half_close()
    answer = connection.answer_or_end()
    connection.close()
    raw_http.alive(service.url)
    assert answer is None or answer.status < 500, answer


def test_a_chunked_patch(service: Service, writer: Caller) -> None:
    """A chunked body is read, or refused with a 4xx; the connection lives on (spec 50, section 8)."""
    headers = {
        "Authorization": f"JWT {writer.token}",
        "Content-Type": MERGE_PATCH,
        "Transfer-Encoding": "chunked",
    }
    body = b'8\r\n{"bio": \r\n9;x=y\r\n"chunked"\r\n1\r\n}\r\n0\r\nTrailer: x\r\n\r\n'
    answer = raw_http.exchange(service.url, raw_http.request("PATCH", writer.path, headers, body))
    assert answer.status == 200 or 400 <= answer.status < 500, answer
    if answer.status == 200:
        assert writer.account()["bio"] == "chunked"


def test_half_a_request(service: Service) -> None:
    """Who hangs up in the middle harms nobody (spec 50, section 8)."""
    for part in (
        b"",
        b"GET",
        b"GET / HTTP/1.1\r\nHost",
        b"PATCH / HTTP/1.1\r\nContent-Length: 100\r\n\r\nabc",
    ):
        connection = RawConnection(service.url)
        connection.send(part)
        connection.close()
    raw_http.alive(service.url)


def test_idle_connections_do_not_stop_others(service: Service) -> None:
    """Thirty connections that say nothing do not keep the service from answering (spec 50, section 8)."""
    idle = [RawConnection(service.url) for _ in range(30)]
    try:
        for connection in idle:
            connection.send(b"GET /heartbeat HTTP/1.1\r\nHost: x\r\n")
        raw_http.alive(service.url)
    finally:
        for connection in idle:
            connection.close()


def test_many_requests_on_one_connection(service: Service) -> None:
    """One connection carries many requests (keep-alive)."""
    connection = RawConnection(service.url)
    try:
        for _ in range(100):
            raw_http.still_alive(connection)
    finally:
        connection.close()
