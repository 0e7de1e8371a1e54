"""Logging in with a browser (spec 40, sections 2 and 8): what is told, to whom, and while things fail."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from tests.support.api import PASSWORD
from tests.support.calls import meanwhile, recorded, unreachable
from tests.support.gateway import Answer
from tests.support.stage import Stage, running_stage
from tests.support.threads import at_once

V1 = "/api/user/v1/account/login_session/"
V2 = "/api/user/v2/account/login_session/"
ME = "/api/user/v1/me"
REFRESH = "rollcall-refresh"


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """The service without limits by source address."""
    with running_stage(
        rate_limits=False, support_link="https://help.example", cors_origins=["https://p.example"]
    ) as run:
        yield run


@pytest.fixture(scope="module")
def limited() -> Iterator[Stage]:
    """The service with low limits."""
    with running_stage(login_source_limit=8, login_name_limit=3) as running:
        yield running


def log_in(stage: Stage, name: str, password: str = PASSWORD, **more: Any) -> Answer:
    """Version 2, as JSON."""
    how = {key: more.pop(key) for key in ("headers", "query") if key in more}
    return stage.api.post_json(V2, {"email_or_username": name, "password": password, **more}, **how)


def wrong(stage: Stage, name: str, times: int = 1) -> list[Any]:
    """Wrong passwords in a row; what is answered."""
    return [log_in(stage, name, "wrong").json for _ in range(times)]


def cookies_of(answer: Answer) -> dict[str, str]:
    """The cookies of an answer."""
    return dict(header.partition(";")[0].split("=", 1) for header in answer.cookies)


def test_success(stage: Stage, ada: str):
    """Three cookies that work; `last_login` is set."""
    answer = log_in(stage, ada)
    assert {"success": True, "redirect_url": None} == answer.json
    assert {"edx-jwt-cookie-header-payload", "edx-jwt-cookie-signature", REFRESH} == set(cookies_of(answer))
    cookie = "; ".join(f"{name}={value}" for name, value in cookies_of(answer).items())
    own = stage.api.get(ME, headers={"Cookie": cookie, "USE-JWT-COOKIE": "true"})
    assert (200, ada) == (own.status, own.json[0]["username"] if isinstance(own.json, list) else own.json["username"])
    assert "LoggedIn" == stage.events_of(ada)[-1]


class TestRefused:
    """What is told of a login that failed."""

    def test_the_way_to_the_lock(self, stage: Stage, ada: str):
        """Two plain refusals, three that count down, the lock; then also with the right password, for 30 minutes."""
        told = wrong(stage, ada, 6)
        codes = ["incorrect-email-or-password"] * 2 + ["failed-login-attempt"] * 3 + ["account-locked-out"]
        assert codes == [each["error_code"] for each in told]
        assert [1, 2, 3, 4, 5] == [each["context"]["failure_count"] for each in told[:5]]
        assert [3, 2, 1] == [each["context"]["remaining_attempts"] for each in told[2:5]]
        assert {"locked_out_period": 30} == told[5]["context"]
        right = log_in(stage, ada)
        assert (400, "account-locked-out", ()) == (right.status, right.json["error_code"], right.cookies)
        stage.clock.advance(minutes=30, seconds=1)
        assert 200 == log_in(stage, ada).status
        assert 1 == wrong(stage, ada)[0]["context"]["failure_count"]

    @pytest.mark.parametrize("typed", ["ghost-{}", "ghost-{}@example.com", "é {}", "{}\u0000"])
    def test_the_same_for_nobody(self, stage: Stage, ada: str, typed: str):
        """Byte for byte but for what was typed, and as many requests to the store, all the way to the lock."""
        log_in(stage, ada)
        name = typed.format(ada)
        for _ in range(7):
            with recorded(stage.wiring.dynamodb) as known:
                first = log_in(stage, ada, "wrong")
            with recorded(stage.wiring.dynamodb) as other:
                second = log_in(stage, name, "wrong")
            assert known == other
            assert {**first.json, "email": ""} == {**second.json, "email": ""}
            assert (ada, name) == (first.json["email"], second.json["email"])
            assert first.status == second.status

    def test_other_spellings_of_a_name(self, stage: Stage, ada: str):
        """Counted together or apart, but alike for a name that somebody has and one that nobody has (B7)."""
        told = [
            [wrong(stage, name)[0]["context"]["failure_count"] for name in (each, each.upper(), each.title())]
            for each in (ada, f"ghost{ada}")
        ]
        assert told[0] == told[1]

    def test_what_was_typed_and_no_more(self, stage: Stage, ada: str):
        """No address is told to whoever types a name (B3)."""
        assert f"{ada}@" not in json.dumps(wrong(stage, ada, 7))

    def test_all_doors_count_together(self, stage: Stage, ada: str):
        """Both versions, the page and the token endpoint (B8)."""
        wrong(stage, ada, 2)
        stage.api.post_json(V1, {"email": f"{ada}@example.com".upper(), "password": "wrong"})
        stage.api.grant(ada, "wrong")
        assert ["failed-login-attempt", "account-locked-out"] == [each["error_code"] for each in wrong(stage, ada, 2)]
        assert 400 == stage.api.grant(ada).status

    def test_many_at_once(self, stage: Stage, ada: str):
        """Guesses sent together do not get past the lock: at most six are tried."""
        at_once(*[lambda: log_in(stage, ada, "wrong")] * 12)
        assert "account-locked-out" == log_in(stage, ada).json["error_code"]

    def test_version_1_takes_addresses_alone(self, stage: Stage, ada: str):
        """A username there is nobody's address."""
        answers = [
            stage.api.post_json(V1, {"email": each, "password": PASSWORD}) for each in (ada, f"{ada}@example.com")
        ]
        assert [400, 200] == [answer.status for answer in answers]
        assert "incorrect-email-or-password" == answers[0].json["error_code"]

    @pytest.mark.parametrize(
        "content",
        [
            {},
            {"email_or_username": "x"},
            {"password": "x"},
            {"email_or_username": "", "password": "x"},
            {"email_or_username": "x", "password": ""},
            {"email_or_username": 7, "password": "x"},
            {"email_or_username": None, "password": None},
            {"email_or_username": ["x"], "password": {"a": 1}},
        ],
    )
    def test_a_field_missing(self, stage: Stage, content: Any):
        """400 without `error_code`; nothing is counted, nothing looked up."""
        with recorded(stage.wiring.dynamodb) as calls:
            answer = stage.api.post_json(V2, content)
        assert (400, False, True) == (answer.status, answer.json["success"], "error_code" not in answer.json)
        assert [] == calls

    @pytest.mark.parametrize("name", ["x" * 100_000, "\ufdfa" * 1000, "a\x00b", "\u202e", "'\"<script>"])
    @pytest.mark.parametrize("password", ["wrong", "x" * 100_000, "\x00"])
    def test_odd_texts(self, stage: Stage, name: str, password: str):
        """Refused like any other."""
        answer = log_in(stage, stage.fresh(name), password)
        assert (400, "incorrect-email-or-password") == (answer.status, answer.json["error_code"])

    @pytest.mark.parametrize(
        ("body", "content_type"),
        [
            (b"{", "application/json"),
            (b"[]", "application/json"),
            (b'{"email_or_username": "\\ud800", "password": "x"}', "application/json"),
            (b"\xff", "application/x-www-form-urlencoded"),
            (b"email_or_username=%ff&password=x", "application/x-www-form-urlencoded"),
            (b"x", "text/plain"),
            (b"", ""),
        ],
    )
    def test_odd_bodies(self, stage: Stage, body: bytes, content_type: str):
        """Never 500."""
        answer = stage.api.request("POST", V2, headers={"Content-Type": content_type}, body=body)
        assert answer.status in (400, 415)


class TestInactive:
    """An account that is not active."""

    def test_the_right_password(self, stage: Stage):
        """No session, and another activation link, which replaces the one before."""
        username = stage.new_account(is_active=False)
        answer = log_in(stage, username)
        assert (400, "inactive-user", ()) == (answer.status, answer.json["error_code"], answer.cookies)
        assert {"platformName": "Rollcall", "supportLink": "https://help.example"} == answer.json["context"]
        assert username == answer.json["email"]
        assert 1 == len(stage.mailbox.to(f"{username}@example.com"))
        assert [] == stage.wiring.sessions.list_live(stage.id_of(username), stage.clock())

    def test_a_wrong_one(self, stage: Stage):
        """No mail, and nothing that tells of it."""
        username = stage.new_account(is_active=False)
        assert "incorrect-email-or-password" == wrong(stage, username)[0]["error_code"]
        assert [] == stage.mailbox.to(f"{username}@example.com")

    def test_mail_down(self, stage: Stage, monkeypatch: pytest.MonkeyPatch):
        """503, and the link before still stands."""
        username = stage.new_account(is_active=False)
        before = stage.events_of(username)
        monkeypatch.setattr(stage.mailbox, "down", True)
        answer = log_in(stage, username)
        assert (503, "2") == (answer.status, answer.headers["retry-after"])
        assert before == stage.events_of(username)


class TestForged:
    """Logging somebody in from another site's page."""

    @pytest.mark.parametrize(
        "headers",
        [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Cookie": "csrftoken=x"}, {"Cookie": f"{REFRESH}=x"}],
    )
    def test_refused(self, stage: Stage, ada: str, headers: dict[str, str]):
        """403 before the password is looked at."""
        with recorded(stage.wiring.dynamodb) as calls:
            answer = log_in(stage, ada, headers=headers)
        assert (403, ()) == (answer.status, answer.cookies)
        assert [] == calls

    def test_a_configured_page(self, stage: Stage, ada: str):
        """With its token it may, and can read the answer, a failed one too."""
        token = stage.api.get("/csrf/api/v1/token").json["csrfToken"]
        headers = {"Origin": "https://p.example", "Cookie": f"csrftoken={token}", "X-CSRFToken": token}
        answers = [log_in(stage, ada, password, headers=headers) for password in (PASSWORD, "wrong")]
        assert [200, 400] == [answer.status for answer in answers]
        assert ["https://p.example"] * 2 == [answer.headers["access-control-allow-origin"] for answer in answers]


class TestNext:
    """Where to go then."""

    @pytest.mark.parametrize("target", ["/x?y=z", "https://p.example/x"])
    def test_followed(self, stage: Stage, ada: str, target: str):
        """A path of this service, or a configured origin."""
        assert target == log_in(stage, ada, next=target).json["redirect_url"]

    @pytest.mark.parametrize(
        "target", ["//evil.example", "https://evil.example", "/\\evil.example", "", 7, ["/x"], None]
    )
    def test_not_followed(self, stage: Stage, ada: str, target: Any):
        """The login succeeds all the same, and leads nowhere."""
        answer = log_in(stage, ada, next=target)
        assert (200, None) == (answer.status, answer.json["redirect_url"])


class TestPage:
    """The form of our own."""

    def test_text_is_text(self, stage: Stage):
        """Neither the target nor what was typed becomes markup."""
        evil = '/"><script>alert(1)</script>'
        page = stage.api.get("/login", query=f"next={quote(evil)}")
        assert 200 == page.status
        assert "<script" not in page.text
        token = cookies_of(page)["csrftoken"]
        fields = {"csrfmiddlewaretoken": token, "email_or_username": evil, "password": "wrong", "next": evil}
        again = stage.api.post_form("/login", fields, headers={"Cookie": f"csrftoken={token}"})
        assert (200, False) == (again.status, "<script" in again.text)
        assert "default-src 'none'" in again.headers["content-security-policy"]

    def test_signing_in(self, stage: Stage, ada: str):
        """302 onward; without the token 403; to nowhere else."""
        token = stage.api.get("/csrf/api/v1/token").json["csrfToken"]
        fields = {"email_or_username": ada, "password": PASSWORD, "next": "//evil.example"}
        cookie = {"Cookie": f"csrftoken={token}"}
        assert 403 == stage.api.post_form("/login", fields, headers=cookie).status
        assert 403 == stage.api.post_form("/login", fields).status
        answer = stage.api.post_form("/login", {**fields, "csrfmiddlewaretoken": token}, headers=cookie)
        assert (302, "/", 3) == (answer.status, answer.headers["location"], len(answer.cookies))


class TestAround:
    """Sessions before, and failures beside."""

    def test_the_session_before_ends(self, stage: Stage, ada: str):
        """A browser has one session: logging in anew ends its old one, and no other."""
        first, other = log_in(stage, ada), log_in(stage, ada)
        token = stage.api.get("/csrf/api/v1/token").json["csrfToken"]
        old = cookies_of(first)[REFRESH]
        headers = {"Cookie": f"csrftoken={token}; {REFRESH}={old}", "X-CSRFToken": token}
        assert 400 == log_in(stage, ada, "wrong", headers=headers).status
        assert 2 == len(stage.wiring.sessions.list_live(stage.id_of(ada), stage.clock()))
        assert 200 == log_in(stage, ada, headers=headers).status
        refreshed = [
            stage.api.request("POST", "/login_refresh", headers={"Cookie": f"{REFRESH}={value}"}).status
            for value in (old, cookies_of(other)[REFRESH])
        ]
        assert [401, 200] == refreshed

    @pytest.mark.parametrize("operation", ["BatchGetItem", "TransactWriteItems", "Query"])
    def test_the_store_out_of_reach(self, stage: Stage, ada: str, operation: str):
        """503 with a time to come back and no cookie, or it was not needed."""
        with recorded(stage.wiring.dynamodb) as calls:
            log_in(stage, ada)
        with unreachable(stage.wiring.dynamodb, operation):
            answer = log_in(stage, ada)
        if operation in calls:
            assert (503, "2", ()) == (answer.status, answer.headers["retry-after"], answer.cookies)
        else:
            assert 200 == answer.status

    def test_the_key_service_out_of_reach(self, stage: Stage, ada: str):
        """503, no cookie, and no session that nobody holds."""
        with unreachable(stage.wiring.kms):
            answer = log_in(stage, ada)
        assert (503, "2", ()) == (answer.status, answer.headers["retry-after"], answer.cookies)
        assert [] == stage.wiring.sessions.list_live(stage.id_of(ada), stage.clock())

    def test_a_lock_that_begins_meanwhile(self, stage: Stage, ada: str):
        """Six wrong passwords of somebody else while the right one is checked: it comes too late."""
        with meanwhile(stage.wiring.dynamodb, "DeleteItem", lambda: wrong(stage, ada, 6)):
            assert "account-locked-out" == log_in(stage, ada).json["error_code"]


class TestLimits:
    """Limits by name and by source address."""

    def test_of_a_name(self, limited: Stage):
        """The fourth of a name in any spelling is refused without a code, unknown or not; others may, and later all."""
        username = limited.new_account("limited")
        for name in (f"{username}@example.com", f"ghost-{username}@example.com"):
            limited.clock.advance(minutes=5, seconds=1)
            spellings = (name, name.upper(), name.title())
            assert all("error_code" in wrong(limited, each)[0] for each in spellings)
            refused = log_in(limited, name)
            assert (400, False) == (refused.status, "error_code" in refused.json)
        limited.clock.advance(minutes=5, seconds=1)
        assert 200 == log_in(limited, username).status

    def test_of_a_source(self, limited: Stage):
        """The ninth of a source is refused whoever is named, and is not counted as a wrong password."""
        limited.clock.advance(minutes=5, seconds=1)
        told = [wrong(limited, limited.fresh("limitedghost"))[0] for _ in range(9)]
        assert [True] * 8 + [False] == ["error_code" in each for each in told]
        limited.clock.advance(minutes=5, seconds=1)
        assert "error_code" in wrong(limited, limited.fresh("limitedghost"))[0]
