"""What ends sessions and tokens, all at once when the answer is there (spec 40, section 6; B5)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import httpx
import pytest

from tests.http import expectations as expect
from tests.http import tokens
from tests.http.address_changes import email_changed
from tests.http.browser_client import LOGOUT, Browser
from tests.http.case_names import brief
from tests.http.reset_client import REVOKE, done, held, link_token, reset_path, set_by
from tests.http.retirement_client import REPLACE, deactivate_path, leave, username_worker_of, without_slash
from tests.http.service_client import LOGIN_CLIENT, ME, Caller, Service, new_password, unique_name
from tests.http.test_concurrency import at_once
from tests.support.waiting import eventually

KINDS = ["refresh_token", "access_token"]
WORKER = {"client_id": "retirement-worker", "client_secret": "retirement-worker-secret"}


@pytest.fixture
def person(service: Service) -> Caller:
    """An adult."""
    return service.new_account(profile={"year_of_birth": 1980})


def granted(service: Service, account: Caller, kind: str = "jwt") -> dict[str, str]:
    """Begin a session by token."""
    response = service.password_grant(account.username, account.password, kind)
    expect.status(200, response)
    body: dict[str, str] = response.json()
    return body


def revoke(service: Service, token: str, **fields: str) -> httpx.Response:
    """Ask the revocation endpoint, as the login client unless another is named."""
    return service.http.post(REVOKE, data={"client_id": LOGIN_CLIENT, "token": token, **fields})


def revoked(response: httpx.Response) -> None:
    """Expect the one answer for known and unknown tokens; it is not stored."""
    expect.status(200, response)
    assert "no-store" in response.headers["Cache-Control"]


def ended(service: Service, body: dict[str, str]) -> None:
    """Expect a dead session: access and refresh."""
    for prefix in ("JWT", "Bearer"):
        expect.unauthorized(service.me(f"{prefix} {body['access_token']}"))
    expect.oauth_error(service.refresh(body["refresh_token"]), "invalid_grant")


def living(service: Service, body: dict[str, str]) -> None:
    """Expect a session that lives: access and refresh."""
    expect.status(200, service.me(f"JWT {body['access_token']}"))
    expect.status(200, service.refresh(body["refresh_token"]))


# --- revoke_token


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("token_type", ["jwt", "bearer"])
def test_revoked(service: Service, person: Caller, kind: str, token_type: str) -> None:
    """200; that token's session is dead, access and refresh, whichever of the two was sent; others live."""
    body, other = granted(service, person, token_type), granted(service, person)
    revoked(revoke(service, body[kind]))
    ended(service, body)
    living(service, other)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("hint", [*KINDS, "something_else", ""])
def test_a_hint_is_a_hint(service: Service, person: Caller, kind: str, hint: str) -> None:
    """`token_type_hint`, right, wrong or unknown, hinders nothing (RFC 7009, section 2.1)."""
    body = granted(service, person)
    revoked(revoke(service, body[kind], token_type_hint=hint))
    ended(service, body)


@pytest.mark.parametrize("kind", KINDS)
def test_all_children_die(service: Service, person: Caller, kind: str) -> None:
    """One child revoked: parent, siblings and grandchildren are dead, the session being one."""
    parent = granted(service, person)
    children = [service.refresh(parent["refresh_token"]).json() for _ in range(2)]
    grandchild = service.refresh(children[0]["refresh_token"]).json()
    revoked(revoke(service, children[1][kind]))
    for each in (parent, *children, grandchild):
        ended(service, each)


def test_the_one_before_is_its_session_s(service: Service, person: Caller) -> None:
    """A refresh token that was just replaced still names its session."""
    parent = granted(service, person)
    child = service.refresh(parent["refresh_token"]).json()
    revoked(revoke(service, parent["refresh_token"]))
    ended(service, child)


@pytest.mark.parametrize("token", ["unknown", "a.b.c", "\x00", "é" * 40, "A" * 5000, "-"], ids=brief)
def test_unknown_tokens(service: Service, token: str) -> None:
    """200 also for unknown tokens."""
    revoked(revoke(service, token))


def test_forged_tokens(service: Service, person: Caller) -> None:
    """A token with another signature or other claims is an unknown one: 200, nobody is logged out."""
    body = granted(service, person)
    access = body["access_token"]
    for each in (
        tokens.unsigned(access, "none"),
        tokens.with_claims(access, iat=1),
        tokens.with_header(access, kid="x"),
        access.rsplit(".", 1)[0],
        body["refresh_token"][:-1],
        f"{body['refresh_token']}x",
    ):
        revoked(revoke(service, each))
    living(service, body)


def test_revoked_already(service: Service, person: Caller) -> None:
    """Again: 200."""
    body = granted(service, person)
    for _ in range(3):
        for kind in KINDS:
            revoked(revoke(service, body[kind]))
    ended(service, body)


def test_with_its_slash(service: Service, person: Caller) -> None:
    """The path with its slash does the same (section 1)."""
    body = granted(service, person)
    fields = {"client_id": LOGIN_CLIENT, "token": body["refresh_token"]}
    revoked(service.http.post(f"{without_slash(REVOKE)}/", data=fields))
    ended(service, body)


@pytest.mark.parametrize("kind", KINDS)
def test_another_client(service: Service, person: Caller, kind: str) -> None:
    """A client ends nothing of another's (RFC 7009, section 2.1)."""
    body = granted(service, person)
    response = revoke(service, body[kind], **WORKER)
    assert response.status_code in (200, 400, 401), response.text
    living(service, body)


@pytest.mark.parametrize("client", [{}, {"client_id": ""}, {"client_id": "nobody"}, {"client_id": "retirement-worker"}])
def test_no_client(service: Service, person: Caller, client: dict[str, str]) -> None:
    """Without a client, an unknown one, or one without its secret: an OAuth error, nothing dies."""
    body = granted(service, person)
    response = service.http.post(REVOKE, data={"token": body["refresh_token"], **client})
    expect.oauth_error(response, "invalid_client", "invalid_request")
    living(service, body)


def test_a_wrong_secret(service: Service) -> None:
    """A client with a secret must know it, and may not be guessed by revoking."""
    body = service.grant(grant_type="client_credentials", token_type="jwt", **WORKER).json()
    response = revoke(service, body["access_token"], client_id="retirement-worker", client_secret="wrong")
    expect.oauth_error(response, "invalid_client")
    expect.status(200, service.me(f"JWT {body['access_token']}"))


@pytest.mark.parametrize("fields", [{}, {"token": ""}])
def test_no_token(service: Service, fields: dict[str, str]) -> None:
    """Without a token: invalid_request."""
    response = service.http.post(REVOKE, data={"client_id": LOGIN_CLIENT, **fields})
    expect.oauth_error(response, "invalid_request")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_only_posts(service: Service, method: str) -> None:
    """Other methods: 405."""
    expect.status(405, service.http.request(method, REVOKE))


def test_many_at_once(service: Service, person: Caller) -> None:
    """Eight at once, by either token: 200 each, the session is dead."""
    body = granted(service, person)
    answers = at_once([lambda kind=kind: revoke(service, body[kind]) for kind in KINDS * 4])  # type: ignore[misc]
    assert [200] * 8 == [each.status_code for each in answers]
    ended(service, body)


@pytest.mark.parametrize("attempt", range(3))
def test_beside_a_refresh(service: Service, person: Caller, attempt: int) -> None:
    """Revoked while it is refreshed: no child gets away."""
    body = granted(service, person)
    ending, refreshed = at_once(
        [lambda: revoke(service, body["refresh_token"]), lambda: service.refresh(body["refresh_token"])]
    )
    revoked(ending)
    ended(service, body)
    if refreshed.status_code == 200:
        ended(service, refreshed.json())


# --- logout


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_logout(service: Service, person: Caller, method: str) -> None:
    """That session dies, refresh and access, by cookie and as a token; all others live."""
    everything, browser = held(service, person), Browser(service).logged_in(person)
    token, kept = browser.token, dict(browser.cookies)
    response = browser.request(method, LOGOUT)
    assert response.status_code in (200, 302), response.text
    expect.status(401, browser.get(ME, cookies=kept))
    expect.unauthorized(service.me(f"JWT {token}"))
    expect.status(401, browser.post("/login_refresh", cookies=kept))
    everything.lives()


# --- the account's


def reset(service: Service, account: Caller) -> None:
    """Set a new password by mail."""
    done(set_by(service, link_token(service, account.email), new_password()))


def deactivated(service: Service, account: Caller) -> None:
    """Make the password unusable."""
    expect.status(200, service.seed("superuser").post(deactivate_path(account.username)))


def gone(service: Service, account: Caller) -> None:
    """Leave."""
    expect.status(204, leave(account))


def gone_by_browser(service: Service, account: Caller) -> None:
    """Leave by cookies."""
    browser = Browser(service).logged_in(account)
    fields = {"password": account.password}
    expect.status(204, browser.post("/api/user/v1/accounts/deactivate_logout/", data=fields))


CAUSES: dict[str, Callable[[Service, Caller], None]] = {
    "reset": reset,
    "deactivate": deactivated,
    "leaving": gone,
    "leaving by cookie": gone_by_browser,
}


@pytest.mark.parametrize("cause", CAUSES)
def test_everything_dies(service: Service, person: Caller, cause: str) -> None:
    """JWTs, Bearer tokens, refresh tokens, replaced ones too, cookies: all of the account's, none of another's."""
    mine, other = held(service, person), service.new_account()
    theirs = held(service, other)
    mine.lives()
    CAUSES[cause](service, person)
    mine.is_dead()
    expect.unauthorized(person.get(ME))
    theirs.lives()


def ready(service: Service, account: Caller, cause: str) -> Callable[[], httpx.Response]:
    """Return the one request that ends everything, all else being prepared."""
    if cause == "reset":
        return partial(set_by, service, link_token(service, account.email), new_password())
    if cause == "deactivate":
        return partial(service.seed("superuser").post, deactivate_path(account.username))
    return partial(leave, account)


@pytest.mark.parametrize("cause", ["reset", "deactivate", "leaving"])
@pytest.mark.parametrize("attempt", range(3))
def test_nothing_is_refreshed_meanwhile(service: Service, person: Caller, cause: str, attempt: int) -> None:
    """A refresh beside it brings no child that lives on."""
    bodies = [granted(service, person) for _ in range(3)]
    refreshing = [partial(service.refresh, each["refresh_token"]) for each in bodies]
    ending, *answers = at_once([ready(service, person, cause), *refreshing])
    assert ending.status_code in (200, 204), ending.text
    for each in [*bodies, *(answer.json() for answer in answers if answer.status_code == 200)]:
        ended(service, each)


@pytest.mark.parametrize("cause", ["reset", "deactivate", "leaving"])
@pytest.mark.parametrize("attempt", range(3))
def test_nobody_logs_in_meanwhile(service: Service, person: Caller, cause: str, attempt: int) -> None:
    """A login beside it, with the password that was good a moment ago, brings no session that lives on."""
    browsers = [Browser(service) for _ in range(2)]
    granting = [partial(service.password_grant, person.username, person.password)] * 2
    entering = [partial(each.login, person) for each in browsers]
    ending, *answers = at_once([ready(service, person, cause), *granting, *entering])
    assert ending.status_code in (200, 204), ending.text
    for each in (answer.json() for answer in answers[:2] if answer.status_code == 200):
        ended(service, each)
    for each in browsers:
        expect.status(401, each.get(ME, cookies=dict(each.cookies)))
        expect.status(401, each.post("/login_refresh"))


def test_the_session_that_set_it_lives(service: Service, person: Caller) -> None:
    """Set by the cookies of a session of the account: that one lives, the others die."""
    others, browser = held(service, person), Browser(service).logged_in(person)
    fields = dict.fromkeys(("new_password1", "new_password2"), new_password())
    done(browser.post(reset_path(link_token(service, person.email)), data=fields))
    expect.status(200, browser.get(ME))
    expect.status(200, browser.post("/login_refresh"))
    others.is_dead()


def test_the_token_that_set_it_lives(service: Service, person: Caller) -> None:
    """Set by a token of the account: its session lives, the others die."""
    others, body = held(service, person), granted(service, person)
    fields = dict.fromkeys(("new_password1", "new_password2"), new_password())
    headers = {"Authorization": f"JWT {body['access_token']}"}
    done(service.http.post(reset_path(link_token(service, person.email)), data=fields, headers=headers))
    living(service, body)
    others.is_dead()


def test_another_s_session_is_none_of_the_account(service: Service, person: Caller) -> None:
    """Set while somebody else is logged in: all of the account's sessions die, the other's live."""
    mine, other = held(service, person), service.new_account()
    theirs = held(service, other)
    fields = dict.fromkeys(("new_password1", "new_password2"), new_password())
    done(other.post(reset_path(link_token(service, person.email)), data=fields))
    mine.is_dead()
    theirs.lives()
    expect.status(200, service.password_grant(other.username, other.password))


def test_logins_afterwards_live(service: Service, person: Caller) -> None:
    """A login right after the new password is not caught by the revocation."""
    password = new_password()
    done(set_by(service, link_token(service, person.email), password))
    held(service, service.login(person.username, password)).lives()


def test_what_ends_nothing(service: Service, person: Caller) -> None:
    """Another name or address, a wrong password, and a login elsewhere end no session."""
    everything = held(service, person)
    expect.status(200, person.patch({"name": "Another Name"}))
    email_changed(service, person)
    service.password_grant(person.username, "not-the-Passw0rd")
    granted(service, person)
    everything.lives()


def test_a_token_is_the_account_s_not_the_name_s(service: Service, person: Caller) -> None:
    """After a username replacement tokens, refresh tokens and cookies speak for the account, not for the old name."""
    everything, wanted = held(service, person), unique_name()
    answer = username_worker_of(service).post(REPLACE, json={"username_mappings": [{person.username: wanted}]})
    expect.status(200, answer)
    newcomer = service.new_account(username=person.username)
    assert {"username": newcomer.username} == newcomer.get(ME).json()

    def renamed() -> None:
        assert {"username": wanted} == person.get(ME).json()

    eventually(renamed)
    refreshed = service.refresh(everything.refresh[0]).json()
    assert wanted == tokens.claims(refreshed["access_token"])["preferred_username"]
    assert {"username": wanted} == service.me(f"JWT {refreshed['access_token']}").json()
    expect.status(200, everything.browser.post("/login_refresh"))
    assert {"username": wanted} == everything.browser.get(ME).json()
