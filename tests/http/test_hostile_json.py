"""Hostile bodies: 4xx, quickly, in the error format of the contract (spec 50, section 8)."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.http import raw_http
from tests.http.case_names import brief
from tests.http.raw_http import RawAnswer
from tests.http.service_client import ADMIN_ACCOUNTS, MERGE_PATCH, REGISTRATION, TOKEN_PATH, Caller, Service

TEN_MB = 10 * 1024 * 1024
QUICKLY_SECONDS = 10
FORM = "application/x-www-form-urlencoded"
LOGIN_FORM = b"grant_type=password&client_id=login-service-client-id&username=nobody_here&password="
Patch = Callable[[bytes], RawAnswer]


@pytest.fixture(scope="module")
def patch(service: Service, writer: Caller) -> Patch:
    """PATCH the writer's account with bytes over a connection of its own."""

    def send(body: bytes) -> RawAnswer:
        headers = {"Authorization": f"JWT {writer.token}", "Content-Type": MERGE_PATCH}
        return raw_http.exchange(service.url, raw_http.request("PATCH", writer.path, headers, body))

    return send


def refused(answer: RawAnswer) -> None:
    """Expect a 4xx, quickly, with a JSON object."""
    assert 400 <= answer.status < 500, (answer.status, answer.body[:500])
    assert answer.seconds < QUICKLY_SECONDS
    assert isinstance(answer.json(), dict)


def nested(depth: int, opening: bytes, closing: bytes, inside: bytes = b"1") -> bytes:
    """Return JSON so deep."""
    return opening * depth + inside + closing * depth


DEEP = {
    "lists": nested(10_000, b"[", b"]"),
    "objects": nested(10_000, b'{"a":', b"}"),
    "in a field": b'{"bio": ' + nested(10_000, b"[", b"]") + b"}",
    "in a list field": b'{"social_links": ' + nested(10_000, b"[", b"]") + b"}",
    "in an unknown field": b'{"unknown": ' + nested(10_000, b'{"a":', b"}") + b"}",
    "in a value that may be any": b'{"extended_profile": [{"field_name": "favorite_beatle", "field_value": '
    + nested(10_000, b"[", b"]")
    + b"}]}",
    "never closed": b"[" * 100_000,
    "never closed objects": b'{"a":' * 100_000,
    "a hundred thousand": b'{"bio": ' + nested(100_000, b"[", b"]") + b"}",
}


@pytest.mark.parametrize("which", DEEP)
def test_deep_json(patch: Patch, which: str) -> None:
    """JSON of depth 10,000 is a 4xx (spec 50, section 8)."""
    refused(patch(DEEP[which]))


@pytest.mark.parametrize("path", [REGISTRATION, ADMIN_ACCOUNTS])
@pytest.mark.parametrize("which", ["lists", "objects", "in a field", "never closed"])
def test_deep_json_elsewhere(service: Service, superuser: Caller, path: str, which: str) -> None:
    """JSON of depth 10,000 is a 4xx on the other JSON routes too (spec 50, section 8)."""
    headers = {"Authorization": f"JWT {superuser.token}", "Content-Type": "application/json"}
    refused(raw_http.exchange(service.url, raw_http.request("POST", path, headers, DEEP[which])))


LARGE: dict[str, Callable[[], bytes]] = {
    "a text of 300": lambda: b'{"bio": "' + b"a" * TEN_MB + b'"}',
    "a text of 32 KiB": lambda: b'{"goals": "' + b"a" * TEN_MB + b'"}',
    "an unknown field": lambda: b'{"unknown": "' + b"a" * TEN_MB + b'"}',
    "a list": lambda: b'{"language_proficiencies": [' + b'{"code": "en"},' * (TEN_MB // 15) + b'{"code": "sv"}]}',
    "many fields": lambda: b"{" + b",".join(b'"f%d": 1' % number for number in range(700_000)) + b"}",
    "a number": lambda: b'{"year_of_birth": ' + b"1" * TEN_MB + b"}",
    "blanks": lambda: b" " * TEN_MB,
    "no JSON": lambda: b"\xff" * TEN_MB,
}


@pytest.mark.parametrize("which", LARGE)
def test_large_bodies(patch: Patch, which: str) -> None:
    """A body of 10 MB is a 4xx (spec 50, section 8)."""
    refused(patch(LARGE[which]()))


FROM_ANYBODY: dict[str, tuple[str, str, bytes, bytes]] = {
    "JSON registration": (REGISTRATION, "application/json", b'{"username": "', b"a"),
    "registration": (REGISTRATION, FORM, b"username=", b"a"),
    "many form fields": (REGISTRATION, FORM, b"", b"a=b&"),
    "token": (TOKEN_PATH, FORM, LOGIN_FORM, b"a"),
    "provisioning": (ADMIN_ACCOUNTS, "application/json", b'{"username": "', b"a"),
    "method not served": ("/api/user/v1/accounts/learner", "application/json", b"", b"a"),
    "path not served": ("/nothing", "application/json", b"", b"a"),
}


@pytest.mark.parametrize("which", FROM_ANYBODY)
def test_large_bodies_from_anybody(service: Service, which: str) -> None:
    """A body of 10 MB from nobody in particular is a 4xx on any route (spec 50, section 8)."""
    path, content_type, start, filling = FROM_ANYBODY[which]
    body = start + filling * (TEN_MB // len(filling))
    content = raw_http.request("POST", path, {"Content-Type": content_type}, body)
    refused(raw_http.exchange(service.url, content))


HOSTILE = {
    "NUL escaped": rb'{"bio": "a\u0000b"}',
    "NUL raw": b'{"bio": "a\x00b"}',
    "NUL between": b'{"bio":\x00 "a"}',
    "control character raw": b'{"bio": "a\x01b"}',
    "lone high surrogate": rb'{"bio": "\ud800"}',
    "lone low surrogate": rb'{"bio": "a\udc00b"}',
    "two high surrogates": rb'{"goals": "\ud800\ud800"}',
    "surrogates the wrong way round": rb'{"mailing_address": "\udc00\ud800"}',
    "surrogate in name": rb'{"name": "A\udfff"}',
    "surrogate in city": rb'{"city": "\ud800"}',
    "surrogate in phone number": rb'{"phone_number": "1\ud800"}',
    "surrogate in a code": rb'{"country": "\ud800"}',
    "surrogate in a language": rb'{"language_proficiencies": [{"code": "\ud800"}]}',
    "surrogate in a link": rb'{"social_links": [{"platform": "x", "social_link": "a\ud800"}]}',
    "surrogate in a platform": rb'{"social_links": [{"platform": "\ud800", "social_link": "a"}]}',
    "surrogate in privacy": rb'{"account_privacy": "\ud800"}',
    "surrogate in extended profile": (
        rb'{"extended_profile": [{"field_name": "favorite_beatle", "field_value": "\ud800"}]}'
    ),
    "surrogate deeper in extended profile": (
        rb'{"extended_profile": [{"field_name": "favorite_beatle", "field_value": {"a": ["\ud800"]}}]}'
    ),
    "surrogate in a field's name": rb'{"\ud800": 1}',
    "surrogate in an unknown field": rb'{"unknown": "\ud800"}',
    "bad UTF-8": b'{"bio": "\xff"}',
    "bad UTF-8 alone": b"\xff\xfe\xfd",
    "surrogate in UTF-8": b'{"bio": "\xed\xa0\x80"}',
    "overlong UTF-8": b'{"bio": "\xc0\x80"}',
    "UTF-8 cut off": b'{"bio": "\xe2\x82"}',
    "UTF-8 beyond Unicode": b'{"bio": "\xf4\x90\x80\x80"}',
    "UTF-16": json.dumps({"bio": "a"}).encode("utf-16-le"),
    "UTF-16 with its mark": json.dumps({"bio": "a"}).encode("utf-16"),
    "UTF-32": json.dumps({"bio": "a"}).encode("utf-32"),
    "Latin-1": '{"bio": "é"}'.encode("latin-1"),
    "1e400": b'{"year_of_birth": 1e400}',
    "-1e400": b'{"year_of_birth": -1e400}',
    "1e400 as text": b'{"goals": 1e400}',
    "1e400 as name": b'{"name": 1e400}',
    "1e400 as phone number": b'{"phone_number": 1e400}',
    "1e400 in extended profile": (b'{"extended_profile": [{"field_name": "favorite_beatle", "field_value": 1e400}]}'),
    "5,000 digits": b'{"year_of_birth": ' + b"9" * 5000 + b"}",
    "a huge exponent": b'{"year_of_birth": 1e99999999999}',
    "NaN": b'{"year_of_birth": NaN}',
    "NaN as text": b'{"goals": NaN}',
    "Infinity": b'{"year_of_birth": Infinity}',
    "-Infinity": b'{"goals": -Infinity}',
    "NaN alone": b"NaN",
    "a name twice": b'{"bio": "a", "bio": "b"}',
    "a name twice, spelt differently": rb'{"bio": "a", "b\u0069o": "b"}',
    "a name twice inside": b'{"language_proficiencies": [{"code": "en", "code": "sv"}]}',
    "two values": b'{"bio": "a"}{"bio": "b"}',
    "a comment": b'{"bio": "a" /* b */}',
}


@pytest.mark.parametrize("which", HOSTILE)
def test_hostile_json(patch: Patch, writer: Caller, which: str) -> None:
    """NUL, lone surrogates, bad UTF-8, 1e400, NaN, names twice: 4xx, nothing changes (spec 50, section 8)."""
    before = writer.account()
    refused(patch(HOSTILE[which]))
    assert before == writer.account()


ODD_BUT_HARMLESS = {
    "5,000 digits of a fraction": b'{"year_of_birth": 0.' + b"9" * 5000 + b"}",
    "5,000 digits as text": b'{"goals": ' + b"9" * 5000 + b"}",
    "a long fraction as text": b'{"goals": 0.' + b"1" * 5000 + b"}",
    "NUL in an unknown field": rb'{"unknown": "\u0000"}',
    "NaN in an unknown field": b'{"unknown": NaN}',
    "1e400 in an unknown field": b'{"unknown": 1e400}',
    "byte order mark": b"\xef\xbb\xbf{}",
    "depth 500 in an unknown field": b'{"unknown": ' + nested(500, b"[", b"]") + b"}",
    "depth 60 in extended profile": b'{"extended_profile": [{"field_name": "favorite_beatle", "field_value": '
    + nested(60, b"[", b"]")
    + b"}]}",
    "noncharacters": '{"bio": "\ufffe\uffff\U0010ffff"}'.encode(),
    "a very long name of a field": b'{"' + b"a" * 100_000 + b'": 1}',
    "10,000 unknown fields": json.dumps({f"f{number}": number for number in range(10_000)}).encode(),
    "10,000 languages": json.dumps({"language_proficiencies": [{"code": "en"}] * 10_000}).encode(),
    "10,000 links": json.dumps(
        {"social_links": [{"platform": f"p{n}", "social_link": "a"} for n in range(10_000)]}
    ).encode(),
    "10,000 extended fields": json.dumps(
        {"extended_profile": [{"field_name": f"f{n}", "field_value": "a"} for n in range(10_000)]}
    ).encode(),
}


@pytest.mark.parametrize("which", ODD_BUT_HARMLESS)
def test_odd_json_is_no_crash(patch: Patch, which: str) -> None:
    """Whatever the spec leaves open is answered below 500 (spec 50, section 8)."""
    assert patch(ODD_BUT_HARMLESS[which]).status < 500


def test_a_whole_surrogate_pair_is_text(patch: Patch, writer: Caller) -> None:
    """A pair of surrogates is one character, and text (spec 50, section 8)."""
    assert patch(rb'{"bio": "\ud83d\ude00"}').status == 200
    assert writer.account()["bio"] == "😀"


@pytest.mark.parametrize("field", ["username", "email", "name", "password", "country", "goals"])
@pytest.mark.parametrize("value", [r"ab\ud800cd", r"\udfff", r"ab\u0000cd"])
@pytest.mark.parametrize("path", [REGISTRATION, ADMIN_ACCOUNTS])
def test_surrogates_and_nul_in_a_new_account(
    service: Service, superuser: Caller, path: str, field: str, value: str
) -> None:
    """Lone surrogates in a new account are a 4xx, NUL is no crash (spec 50, section 8)."""
    fields = json.dumps({**service.registration(), field: "?HERE?"}).replace("?HERE?", value)
    headers = {"Authorization": f"JWT {superuser.token}", "Content-Type": "application/json"}
    answer = raw_http.exchange(service.url, raw_http.request("POST", path, headers, fields.encode()))
    assert answer.status < 500, answer
    if r"\u0000" not in value and not (path == ADMIN_ACCOUNTS and field in ("country", "goals")):
        refused(answer)


@pytest.mark.parametrize(
    "body",
    [
        b"%",
        b"%ff=%ff",
        b"grant_type=%ff",
        b"grant_type=password&client_id=%00",
        b"grant_type=password&client_id=login-service-client-id&username=%00&password=%00",
        b"grant_type=password&client_id=login-service-client-id&username=%ED%A0%80&password=%ED%A0%80",
        b"grant_type=password&client_id=login-service-client-id&username=%ff%fe&password=%zz",
        b"grant_type=password&client_id=login-service-client-id&username=a&username=b&password=c&password=d",
        b"grant_type=password&client_id=login-service-client-id&username=" + b"a" * 100_000 + b"&password=b",
        b"grant_type=refresh_token&client_id=login-service-client-id&refresh_token=%00%ff",
        b"grant_type=client_credentials&client_id=retirement-worker&client_secret=%ED%A0%80",
        b"\xff\xfe\x00",
        b"=&=&=",
        b"&" * 10_000,
        b'{"grant_type": "password"}',
    ],
    ids=brief,
)
def test_hostile_token_requests(service: Service, body: bytes) -> None:
    """Hostile forms at the token endpoint are a 4xx (spec 50, section 8)."""
    content = raw_http.request("POST", TOKEN_PATH, {"Content-Type": FORM}, body)
    refused(raw_http.exchange(service.url, content))


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=utf-16",
        "application/json; charset=bogus",
        f"{FORM}; charset=utf-16",
        f"{FORM}; charset=bogus",
        "multipart/form-data",
        "multipart/form-data; boundary=x",
        "text/plain",
        ";;;",
        "/",
        "application/json" * 500,
        "\xff\xfe",
        "",
    ],
    ids=brief,
)
@pytest.mark.parametrize("path", [REGISTRATION, TOKEN_PATH, ADMIN_ACCOUNTS])
def test_odd_content_types(service: Service, superuser: Caller, path: str, content_type: str) -> None:
    """Whatever the content type says of a body that fits none is a 4xx (spec 50, section 8)."""
    headers = {"Authorization": f"JWT {superuser.token}", "Content-Type": content_type}
    body = '{"username": "x"}'.encode("utf-16")
    refused(raw_http.exchange(service.url, raw_http.request("POST", path, headers, body)))


@pytest.mark.parametrize(
    "charset", ["utf-16", "utf-7", "latin-1", "bogus", "", '"', "utf-8; x=" + "y" * 5000], ids=brief
)
def test_odd_charsets_of_a_patch(service: Service, writer: Caller, charset: str) -> None:
    """A charset that is not UTF-8 is ignored or refused, never a crash (spec 10, section 6)."""
    headers = {"Authorization": f"JWT {writer.token}", "Content-Type": f"{MERGE_PATCH}; charset={charset}"}
    content = raw_http.request("PATCH", writer.path, headers, b'{"bio": "+AGE-"}')
    answer = raw_http.exchange(service.url, content)
    assert answer.status in (200, 400, 415)
    assert writer.account()["bio"] != "a"


def test_a_patch_said_to_be_in_utf_16(service: Service, writer: Caller) -> None:
    """A body in UTF-16 that says so is a 4xx (spec 50, section 8)."""
    headers = {"Authorization": f"JWT {writer.token}", "Content-Type": f"{MERGE_PATCH}; charset=utf-16"}
    body = '{"bio": "utf-16"}'.encode("utf-16")
    refused(raw_http.exchange(service.url, raw_http.request("PATCH", writer.path, headers, body)))
