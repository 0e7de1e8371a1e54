"""Heartbeat, and the headers of every answer (spec 50, section 5; spec 40, section 8)."""

from __future__ import annotations

import re
import time

import httpx
import pytest

from tests.http import expectations as expect
from tests.http.case_names import brief
from tests.http.service_client import ADMIN_ACCOUNTS, ME, Caller, Service

REQUEST_ID = r"[A-Za-z0-9._-]{1,128}"


def answers(service: Service, caller: Caller, headers: dict[str, str]) -> dict[str, httpx.Response]:
    """Return one answer of each sort."""
    http = service.http
    return {
        "200": http.get("/heartbeat", headers=headers),
        "200 personal": caller.get(caller.path, headers=headers),
        "HTML": http.get("/api-docs", headers=headers),
        "JWKS": http.get("/oauth2/jwks", headers=headers),
        "token": http.post("/oauth2/access_token", headers=headers, data={"grant_type": "x"}),
        "400": caller.patch({"country": "ZZ"}, headers=headers),
        "401": http.get(ME, headers=headers),
        "403": caller.post(ADMIN_ACCOUNTS, json={}, headers=headers),
        "404": caller.get("/api/user/v1/accounts/no_such_user", headers=headers),
        "404 unmatched": http.get("/nothing", headers=headers),
        "405": caller.request("DELETE", caller.path, headers=headers),
        "415": caller.request("PATCH", caller.path, headers=headers, content=b"{}"),
        "activation": http.get("/activate/unknown", headers=headers),
    }


def test_heartbeat(service: Service) -> None:
    """200 `{"status": "ok"}` within two seconds, without a token (spec 50, section 5)."""
    start = time.monotonic()
    response = service.http.get("/heartbeat")
    assert time.monotonic() - start < 2
    expect.status(200, response)
    assert {"status": "ok"} == response.json()


def test_every_answer_has_a_request_id(service: Service, writer: Caller) -> None:
    """Every answer has X-Request-ID, each its own (spec 50, section 5)."""
    seen = {sort: each.headers.get("X-Request-ID", "") for sort, each in answers(service, writer, {}).items()}
    assert {} == {sort: each for sort, each in seen.items() if not re.fullmatch(REQUEST_ID, each)}
    assert len(seen) == len(set(seen.values()))


@pytest.mark.parametrize("sent", ["abc-1._Z", "x" * 128, "0", "-", "..", "_"], ids=brief)
def test_a_good_request_id_is_echoed(service: Service, writer: Caller, sent: str) -> None:
    """X-Request-ID is echoed if it has the right form (spec 50, section 5)."""
    seen = answers(service, writer, {"X-Request-ID": sent})
    assert {} == {
        sort: each.headers.get("X-Request-ID")
        for sort, each in seen.items()
        if each.headers.get("X-Request-ID") != sent
    }


@pytest.mark.parametrize(
    "sent",
    [b"", b"x" * 129, b"a b", b"<x>", b"a,b", b"a/b", "é".encode(), b"\xff", b"a\tb", b"%0d%0a", b'"a"'],
    ids=brief,
)
def test_a_bad_request_id_is_replaced(service: Service, sent: bytes) -> None:
    """Any other X-Request-ID gives a new one (spec 50, section 5)."""
    for path in ("/heartbeat", "/nothing", ME):
        response = service.http.get(path, headers=[(b"X-Request-ID", sent)])
        seen = response.headers.get("X-Request-ID", "")
        assert re.fullmatch(REQUEST_ID, seen)
        assert sent != seen.encode()


def test_every_answer_is_not_to_be_sniffed(service: Service, writer: Caller) -> None:
    """X-Content-Type-Options: nosniff on every answer (spec 50, section 5)."""
    seen = answers(service, writer, {})
    assert [] == [sort for sort, each in seen.items() if each.headers.get("X-Content-Type-Options") != "nosniff"]


def test_personal_data_is_not_stored(service: Service, writer: Caller, learner: Caller) -> None:
    """Cache-Control: no-store on personal data (spec 50, section 5)."""
    fields = service.registration()
    personal = {
        "account": writer.get(writer.path),
        "shared account": learner.get(writer.path),
        "me": writer.get(ME),
        "patch": writer.patch({}),
        "admin": service.seed("superuser").post(ADMIN_ACCOUNTS, json=fields),
        "token": service.password_grant(writer.username, writer.password),
    }
    assert [] == [what for what, each in personal.items() if "no-store" not in each.headers.get("Cache-Control", "")]


def test_a_stack_trace_is_never_shown(service: Service, writer: Caller) -> None:
    """No answer holds a stack trace (spec 40, section 8)."""
    assert [] == [sort for sort, each in answers(service, writer, {}).items() if "Traceback" in each.text]
