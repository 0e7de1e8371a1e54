"""A browser's session: renewed, listed, ended, while things fail or happen at once (spec 40, sections 3 and 6)."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from tests.support.api import PASSWORD, Api
from tests.support.calls import meanwhile, recorded, unreachable
from tests.support.gateway import Answer
from tests.support.oauth import claims_of, refresh
from tests.support.stage import Stage, running_stage
from tests.support.threads import at_once

LOGIN = "/api/user/v2/account/login_session/"
ME = "/api/user/v1/me"


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """The service without limits by source address."""
    with running_stage(rate_limits=False) as running:
        yield running


@dataclass
class Browser:
    """Keeps cookies, and sends them along with the CSRF token."""

    api: Api
    cookies: dict[str, str] = field(default_factory=dict)

    def send(self, method: str, path: str, *, known: bool = True, csrf: bool = True, **how: object) -> Answer:
        """One request."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        headers |= {"USE-JWT-COOKIE": "true"} if known else {}
        headers |= {"X-CSRFToken": self.cookies["csrftoken"]} if csrf and "csrftoken" in self.cookies else {}
        headers |= how.pop("headers", {})  # type: ignore[arg-type, call-overload]
        answer = self.api.request(method, path, headers=headers, **how)  # type: ignore[arg-type]
        for header in answer.cookies:
            self._take(header)
        return answer

    def log_in(self, username: str, password: str = PASSWORD) -> Answer:
        """Log in as pages do."""
        self.send("GET", "/csrf/api/v1/token")
        body = f"email_or_username={username}&password={password}".encode()
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.send("POST", LOGIN, body=body, headers=form)

    @property
    def token(self) -> str:
        """The access token in the cookies."""
        return f"{self.cookies['edx-jwt-cookie-header-payload']}.{self.cookies['edx-jwt-cookie-signature']}"

    def _take(self, header: str) -> None:
        name, _, value = header.partition(";")[0].partition("=")
        if "Max-Age=0" in header:
            self.cookies.pop(name, None)
        else:
            self.cookies[name] = value


@pytest.fixture
def browser(stage: Stage, ada: str) -> Browser:
    """A browser in which somebody has logged in."""
    opened = Browser(stage.api)
    assert 200 == opened.log_in(ada).status
    return opened


def live(stage: Stage, username: str) -> list[str]:
    """The ids of somebody's sessions."""
    return [each.session_id for each in stage.wiring.sessions.list_live(stage.id_of(username), stage.clock())]


class TestRefresh:
    """POST /login_refresh."""

    def test_renewed(self, browser: Browser):
        """Fresh cookies, all three, of the same session, without a CSRF token."""
        before = dict(browser.cookies)
        answer = browser.send("POST", "/login_refresh", csrf=False)
        assert (200, True) == (answer.status, answer.json["success"])
        changed = [name for name in before if before[name] != browser.cookies[name]]
        assert {"edx-jwt-cookie-header-payload", "edx-jwt-cookie-signature", "rollcall-refresh"} == set(changed)
        assert claims_of(f"{before['edx-jwt-cookie-header-payload']}.x")["sid"] == claims_of(browser.token)["sid"]
        assert 200 == browser.send("GET", ME).status

    @pytest.mark.parametrize("cookie", [None, "", "x", "é", "A" * 150, '"', "a" * 5000])
    def test_dead(self, stage: Stage, cookie: str | None):
        """401 with a JSON string and no cookie."""
        answer = Browser(stage.api, {} if cookie is None else {"rollcall-refresh": cookie}).send(
            "POST", "/login_refresh"
        )
        assert (401, "Unauthorized", ()) == (answer.status, answer.json, answer.cookies)

    def test_a_tokens_refresh_token_is_no_cookie(self, stage: Stage, ada: str):
        """What an OAuth client got carries no browser's session on, and is not used up by the attempt."""
        pair = stage.api.grant(ada).json
        assert (
            401 == Browser(stage.api, {"rollcall-refresh": pair["refresh_token"]}).send("POST", "/login_refresh").status
        )
        assert 200 == refresh(stage.api, pair).status

    def test_a_cookie_is_no_clients_refresh_token(self, stage: Stage, browser: Browser):
        """Nor the other way."""
        assert 400 == refresh(stage.api, {"refresh_token": browser.cookies["rollcall-refresh"]}).status
        assert 200 == browser.send("POST", "/login_refresh").status

    def test_two_tabs_at_once(self, stage: Stage, ada: str, browser: Browser):
        """Both get a working session, and it is one."""
        tabs = [Browser(stage.api, dict(browser.cookies)) for _ in range(2)]
        answers = at_once(*(lambda tab=tab: tab.send("POST", "/login_refresh").status for tab in tabs))
        assert [200, 200] == list(answers)
        assert [200, 200] == [tab.send("GET", ME).status for tab in tabs]
        assert [200, 200] == [tab.send("POST", "/login_refresh").status for tab in tabs]
        assert 1 == len(live(stage, ada))

    def test_a_stolen_cookie(self, stage: Stage, browser: Browser):
        """A cookie that was replaced a minute ago ends the session, for the thief and for the owner."""
        thief = Browser(stage.api, dict(browser.cookies))
        browser.send("POST", "/login_refresh")
        stage.clock.advance(seconds=61)
        assert 401 == thief.send("POST", "/login_refresh").status
        assert [401, 401] == [browser.send("GET", ME).status, browser.send("POST", "/login_refresh").status]

    @pytest.mark.parametrize("operation", ["GetItem", "PutItem"])
    def test_the_store_out_of_reach(self, stage: Stage, browser: Browser, operation: str):
        """503, and the session goes on afterwards, even much later."""
        with unreachable(stage.wiring.dynamodb, operation):
            answer = browser.send("POST", "/login_refresh")
        assert (503, "2", ()) == (answer.status, answer.headers["retry-after"], answer.cookies)
        stage.clock.advance(minutes=5)
        assert 200 == browser.send("POST", "/login_refresh").status

    def test_an_outage_of_the_key_service_logs_nobody_out(self, stage: Stage, browser: Browser):
        """503 while nothing can be signed; when that is over the browser, which got no other cookie, goes on."""
        with unreachable(stage.wiring.kms):
            answer = browser.send("POST", "/login_refresh")
        assert (503, "2", ()) == (answer.status, answer.headers["retry-after"], answer.cookies)
        stage.clock.advance(minutes=5)
        assert 200 == browser.send("POST", "/login_refresh").status

    def test_an_outage_of_the_key_service_ends_no_grant(self, stage: Stage, ada: str):
        """The same at the token endpoint."""
        pair = stage.api.grant(ada).json
        with unreachable(stage.wiring.kms):
            assert 503 == refresh(stage.api, pair).status
        stage.clock.advance(minutes=5)
        assert 200 == refresh(stage.api, pair).status

    def test_a_refresh_while_logging_out(self, stage: Stage, ada: str, browser: Browser):
        """A refresh that has read its session brings it not back."""
        tab = Browser(stage.api, dict(browser.cookies))
        with meanwhile(stage.wiring.dynamodb, "PutItem", lambda: browser.send("GET", "/logout")):
            assert 401 == tab.send("POST", "/login_refresh").status
        assert [] == live(stage, ada)


class TestLogout:
    """GET and POST /logout."""

    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_over(self, stage: Stage, ada: str, browser: Browser, method: str):
        """Refresh and access are dead, the cookies gone but for the CSRF token."""
        old = Browser(stage.api, dict(browser.cookies))
        assert 302 == browser.send(method, "/logout", known=False, csrf=False).status
        assert ["csrftoken"] == list(browser.cookies)
        assert [401, 401] == [old.send("GET", ME).status, old.send("POST", "/login_refresh").status]
        assert [] == live(stage, ada)

    def test_only_this_one(self, stage: Stage, ada: str, browser: Browser):
        """Other sessions go on."""
        other = Browser(stage.api)
        other.log_in(ada)
        browser.send("GET", "/logout")
        assert 200 == other.send("GET", ME).status

    def test_with_one_cookie_left(self, stage: Stage, ada: str, browser: Browser):
        """Either part tells which session it is."""
        browser.cookies.pop("rollcall-refresh")
        browser.send("GET", "/logout")
        assert [] == live(stage, ada)

    @pytest.mark.parametrize("cookies", [{}, {"rollcall-refresh": "x"}, {"edx-jwt-cookie-signature": "é"}])
    def test_without_a_session(self, stage: Stage, cookies: dict[str, str]):
        """The same answer."""
        answer = Browser(stage.api, cookies).send("GET", "/logout")
        assert (302, "/", 3) == (answer.status, answer.headers["location"], len(answer.cookies))

    def test_anothers_token_in_the_cookies(self, stage: Stage, ada: str, browser: Browser, new_account):
        """Parts of two logins are none: nobody's session ends by them."""
        other = Browser(stage.api)
        name = new_account()
        other.log_in(name)
        mixed = dict(browser.cookies) | {"edx-jwt-cookie-signature": other.cookies["edx-jwt-cookie-signature"]}
        mixed.pop("rollcall-refresh")
        Browser(stage.api, mixed).send("GET", "/logout")
        assert [1, 1] == [len(live(stage, each)) for each in (ada, name)]

    def test_head_changes_nothing(self, stage: Stage, ada: str, browser: Browser):
        """A link checker logs nobody out."""
        assert () == browser.send("HEAD", "/logout").cookies
        assert 1 == len(live(stage, ada))

    @pytest.mark.parametrize(
        "target", ["//evil.example", "https://evil.example", "/%0d%0aSet-Cookie:a=b", "javascript:1"]
    )
    def test_onward(self, stage: Stage, target: str):
        """Nowhere else, and no header of the client's."""
        for name in ("redirect_url", "next"):
            answer = stage.api.get("/logout", query=f"{name}={target}")
            assert "evil" not in answer.headers["location"]
            assert not answer.headers["location"].startswith("javascript")
            assert "\n" not in answer.headers["location"]
            assert 3 == len(answer.cookies)

    def test_the_store_out_of_reach(self, stage: Stage, browser: Browser):
        """503, the cookies stay, and the next try succeeds."""
        before = dict(browser.cookies)
        with unreachable(stage.wiring.dynamodb):
            assert 503 == browser.send("GET", "/logout").status
        assert before == browser.cookies
        assert 302 == browser.send("GET", "/logout").status


class TestOwnSessions:
    """GET and DELETE .../sessions."""

    def test_listed(self, stage: Stage, ada: str, browser: Browser):
        """Newest first, of two kinds, the present one marked; nothing but what is promised."""
        stage.clock.advance(milliseconds=1)
        stage.api.grant(ada)
        shown = browser.send("GET", f"/api/user/v1/accounts/{ada}/sessions").json
        assert [("token", False), ("browser", True)] == [(each["kind"], each["current"]) for each in shown]
        assert {"id", "created", "last_used", "kind", "current"} == set(shown[0])

    def test_an_id_opens_nothing(self, stage: Stage, ada: str, browser: Browser):
        """It is neither a token nor a cookie."""
        (found,) = live(stage, ada)
        assert 401 == stage.api.get(ME, token=found).status
        assert 401 == Browser(stage.api, {"rollcall-refresh": found}).send("POST", "/login_refresh").status

    @pytest.mark.parametrize("method", ["GET", "DELETE"])
    def test_of_others(self, stage: Stage, ada: str, browser: Browser, new_account, method: str):
        """404, for staff too; nothing ends."""
        paths = [f"/api/user/v1/accounts/{ada}/sessions", f"/api/user/v1/accounts/nobody-{ada}/sessions"]
        for caller in (new_account(), "staff", "superuser"):
            assert [404, 404] == [stage.api.request(method, path, as_=caller).status for path in paths]
        (session,) = live(stage, ada)
        stranger = new_account()
        for owner in (ada, stranger):
            path = f"/api/user/v1/accounts/{owner}/sessions/{session}"
            assert 404 == stage.api.request("DELETE", path, as_=stranger).status
        assert [session] == live(stage, ada)

    def test_end_all_others(self, stage: Stage, ada: str, browser: Browser):
        """Only the present one goes on, access and refresh; the CSRF token is needed."""
        pair, path = stage.api.grant(ada).json, f"/api/user/v1/accounts/{ada}/sessions"
        assert 403 == browser.send("DELETE", path, csrf=False).status
        assert 2 == len(live(stage, ada))
        assert 204 == browser.send("DELETE", path).status
        assert 401 == stage.api.get(ME, token=pair["access_token"]).status
        assert 400 == refresh(stage.api, pair).status
        assert [200, 200] == [browser.send("GET", ME).status, browser.send("POST", "/login_refresh").status]

    def test_end_the_present_one(self, stage: Stage, ada: str, browser: Browser):
        """Dead at once; an unknown or malformed id is 404."""
        path = f"/api/user/v1/accounts/{ada}/sessions"
        for wrong in ("0" * 32, "x", "%2e%2e", "%00", "a" * 3000):
            assert 404 == browser.send("DELETE", f"{path}/{wrong}").status
        (session,) = live(stage, ada)
        assert 204 == browser.send("DELETE", f"{path}/{session}").status
        assert [401, 401] == [browser.send("GET", ME).status, browser.send("POST", "/login_refresh").status]

    def test_ended_though_nobody_was_told(self, stage: Stage, ada: str, browser: Browser):
        """The same request again gets its answer, though the first one broke off; another key finds nothing."""
        pair, path = stage.api.grant(ada).json, f"/api/user/v1/accounts/{ada}/sessions"
        other = next(each for each in browser.send("GET", path).json if not each["current"])["id"]
        token = browser.token
        keyed = {"Idempotency-Key": "end it"}
        with unreachable(stage.wiring.dynamodb, "TransactWriteItems"):
            assert 503 == stage.api.request("DELETE", f"{path}/{other}", token=token, headers=keyed).status
        assert 401 == stage.api.get(ME, token=pair["access_token"]).status
        for wrong in (other, "0" * 32, "a" * 3000):
            answer = stage.api.request("DELETE", f"{path}/{wrong}", token=token, headers={"Idempotency-Key": "new"})
            assert 404 == answer.status
        for _ in range(2):
            assert 204 == stage.api.request("DELETE", f"{path}/{other}", token=token, headers=keyed).status

    def test_a_refresh_while_it_is_ended(self, stage: Stage, ada: str, browser: Browser):
        """Ended from another device while it is carried on: it ends."""
        token, (session,) = browser.token, live(stage, ada)
        path = f"/api/user/v1/accounts/{ada}/sessions/{session}"
        with meanwhile(stage.wiring.dynamodb, "PutItem", lambda: stage.api.request("DELETE", path, token=token)):
            assert 401 == browser.send("POST", "/login_refresh").status
        assert [] == live(stage, ada)

    def test_requests(self, stage: Stage, browser: Browser, ada: str):
        """A list is two requests to the store, however many sessions there are."""
        stage.api.grant(ada)
        with recorded(stage.wiring.dynamodb) as calls:
            browser.send("GET", f"/api/user/v1/accounts/{ada}/sessions")
        assert ["BatchGetItem", "Query"] == calls
