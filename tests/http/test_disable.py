"""Support: disabling and enabling an account (spec 50, section 3)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.http import expectations as expect
from tests.http import retirement_client as retirement
from tests.http.case_names import brief
from tests.http.operations_client import (
    UTC_TIME,
    WRONG_TEXTS,
    Browser,
    disable,
    disable_history,
    disabled,
    enable,
    enabled,
    support_path,
)
from tests.http.service_client import ME, Caller, Service, new_password, unique_name

ACTS = ["disable", "enable"]


@pytest.fixture
def owner(service: Service) -> Caller:
    """An adult."""
    return service.new_account(profile={"year_of_birth": 1980})


def dead(service: Service, *refresh_tokens: str) -> None:
    """Expect that refresh tokens are dead."""
    for token in refresh_tokens:
        expect.oauth_error(service.refresh(token), "invalid_grant")


def locked_out(service: Service, owner: Caller) -> None:
    """Expect that no door opens with the right password."""
    for name in (owner.username, owner.email):
        for kind in ("jwt", "bearer"):
            expect.oauth_error(service.password_grant(name, owner.password, kind), "invalid_grant")
        browser = Browser(service)
        expect.status(400, browser.sign_in(name, owner.password))
        assert {"edx-jwt-cookie-header-payload", "edx-jwt-cookie-signature"}.isdisjoint(browser.http.cookies)
        expect.status(401, browser.refresh())


# --- the row


def test_the_row(owner: Caller, staff: Caller) -> None:
    """200 with the row: exactly four keys (spec 50, section 3)."""
    row = disabled(staff, owner.username, "was rude")
    assert ("was rude", True, "staff") == (row["comment"], row["disabled"], row["created_by"])
    assert UTC_TIME.fullmatch(row["created"])
    row = enabled(staff, owner.username, "was sorry")
    assert ("was sorry", False, "staff") == (row["comment"], row["disabled"], row["created_by"])


@pytest.mark.parametrize("comment", ["", " ", "😀 שלום <b>", "line\nline", "x" * 2000], ids=brief)
def test_comments(owner: Caller, staff: Caller, comment: str) -> None:
    """A comment is any text, and may be empty (spec 50, section 3)."""
    assert comment == disabled(staff, owner.username, comment)["comment"]
    assert [comment] == [row["comment"] for row in disable_history(staff, owner.username)]


def test_the_list(owner: Caller, staff: Caller) -> None:
    """The rows, newest first, just as they were answered; at first none (spec 50, section 3)."""
    assert [] == disable_history(staff, owner.username)
    rows = []
    for number in range(3):
        rows.append(disabled(staff, owner.username, f"rude {number}"))
        rows.append(enabled(staff, owner.username, f"sorry {number}"))
    assert rows[::-1] == disable_history(staff, owner.username)


def test_created_by_the_present_name(service: Service, owner: Caller, staff: Caller) -> None:
    """`created_by` is looked up by account id when it is read (spec 50, section 3)."""
    helper = service.new_account(is_staff=True)
    disabled(helper, owner.username)
    worker, other = retirement.username_worker_of(service), unique_name()
    expect.status(200, worker.post(retirement.REPLACE, json={"username_mappings": [{helper.username: other}]}))
    assert [other] == [row["created_by"] for row in disable_history(staff, owner.username)]


def test_created_by_somebody_retired(service: Service, owner: Caller, staff: Caller) -> None:
    """`created_by` is null once that account is retired (spec 50, section 3)."""
    helper, worker = service.new_account(is_staff=True), retirement.worker_of(service)
    disabled(helper, owner.username, "kept")
    retirement.nothing(204, retirement.leave(helper))
    retirement.moved(worker, helper.username, "RETIRING_LMS")
    retirement.nothing(204, retirement.retire(worker, helper.username))
    assert [("kept", None)] == [(row["comment"], row["created_by"]) for row in disable_history(staff, owner.username)]


# --- what disabling does


def test_it_reads_as_before(owner: Caller, staff: Caller, learner: Caller) -> None:
    """A disabled account reads as before, `is_active` unchanged, to everybody (spec 50, section 3)."""
    before = [caller.account(owner.username) for caller in (staff, learner)]
    disabled(staff, owner.username)
    assert before == [caller.account(owner.username) for caller in (staff, learner)]
    enabled(staff, owner.username)
    assert before == [caller.account(owner.username) for caller in (staff, learner)]


@pytest.mark.parametrize("active", [True, False])
def test_tokens_die_at_once(service: Service, staff: Caller, active: bool) -> None:
    """Access tokens of either type stop working at once, refresh tokens too (spec 50, section 3)."""
    owner = service.new_account(is_active=active)
    grants = [service.password_grant(owner.username, owner.password, kind).json() for kind in ("jwt", "bearer")]
    for grant in grants:
        expect.status(200, service.me(f"Bearer {grant['access_token']}"))
    disabled(staff, owner.username)
    for token in [owner.token, *(grant["access_token"] for grant in grants)]:
        expect.unauthorized(service.me(f"JWT {token}"))
    expect.unauthorized(owner.patch({"bio": "x"}))
    expect.unauthorized(retirement.leave(owner))
    dead(service, *(grant["refresh_token"] for grant in grants))


def test_sessions_die_at_once(service: Service, owner: Caller, staff: Caller) -> None:
    """A browser's session stops at once (spec 40, section 6; spec 50, section 3)."""
    browser = Browser(service)
    expect.status(200, browser.sign_in(owner.username, owner.password))
    expect.status(200, browser.me())
    disabled(staff, owner.username)
    expect.unauthorized(browser.me())
    expect.status(401, browser.refresh())


def test_no_door_opens(service: Service, owner: Caller, staff: Caller) -> None:
    """A disabled account can't log in, at the token endpoint or with a browser (spec 50, section 3)."""
    disabled(staff, owner.username)
    locked_out(service, owner)


def test_a_wrong_password_tells_nothing_else(service: Service, owner: Caller, staff: Caller) -> None:
    """Who knows no password does not learn that somebody is disabled (spec 40, B7)."""
    disabled(staff, owner.username)
    wrong = service.password_grant(owner.username, "not-the-Passw0rd")
    unknown = service.password_grant(unique_name(), "not-the-Passw0rd")
    assert (wrong.status_code, wrong.json()) == (unknown.status_code, unknown.json())


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_new_password_opens_nothing(service: Service, owner: Caller, staff: Caller, when: str) -> None:
    """No password reset lets a disabled account in, however it was asked for (spec 50, section 3)."""
    if when == "after":
        disabled(staff, owner.username)
    expect.status(200, service.http.post("/password_reset/", data={"email": owner.email}))
    if when == "before":
        disabled(staff, owner.username)
    chosen = new_password()
    links = [link for mail in service.outbox(owner.email) for link in mail["links"] if "reset_confirm" in link]
    assert when == "after" or links
    for link in links:
        token = link.split("/password_reset_confirm/")[1].strip("/")
        browser = Browser(service)
        browser.http.post(f"/password/reset/{token}/", data={"new_password1": chosen, "new_password2": chosen})
        assert 401 == browser.me().status_code
    for password in (owner.password, chosen):
        owner.password = password
        locked_out(service, owner)


def test_an_activation_link_opens_nothing(service: Service, staff: Caller) -> None:
    """Activating a disabled account does not enable it (spec 50, section 3)."""
    fields = service.registration()
    expect.status(200, service.register(**fields))
    disabled(staff, fields["username"])
    link = next(link for link in service.outbox(fields["email"])[-1]["links"] if "/activate/" in link)
    service.http.get(link)
    locked_out(service, Caller(service.http, **{name: fields[name] for name in ("username", "email", "password")}))


def test_client_credentials(clock_service: Service) -> None:
    """A client whose service account is disabled gets no token, and its tokens are dead (spec 50, section 3)."""
    worker = retirement.username_worker_of(clock_service)
    name = "username_replacement_service_worker"
    grant = {"grant_type": "client_credentials", "client_id": "username-worker", "token_type": "jwt"}
    secret = "username-worker-secret"
    staff = clock_service.seed("staff")
    disabled(staff, name)
    expect.unauthorized(worker.get(ME))
    response = clock_service.grant(**grant, client_secret=secret)
    expect.oauth_error(response, "invalid_grant", "invalid_client", "unauthorized_client")
    enabled(staff, name)
    expect.unauthorized(worker.get(ME))
    expect.status(200, clock_service.grant(**grant, client_secret=secret))


def test_disabled_staff_can_do_nothing(service: Service, owner: Caller, staff: Caller) -> None:
    """Staff and superusers are disabled like anybody, at once (spec 50, section 3)."""
    helper = service.new_account(is_staff=True, is_superuser=True)
    disabled(staff, helper.username)
    expect.unauthorized(disable(helper, owner.username))
    expect.unauthorized(enable(helper, helper.username))
    assert [] == disable_history(staff, owner.username)


def test_parallel_logins_do_not_slip_through(service: Service, owner: Caller, staff: Caller) -> None:
    """A login at the same moment gives no token that works afterwards (spec 50, section 3)."""
    with ThreadPoolExecutor(5) as pool:
        logins = [pool.submit(service.password_grant, owner.username, owner.password) for _ in range(4)]
        expect.status(200, pool.submit(disable, staff, owner.username).result())
    for login in logins:
        if login.result().status_code == 200:
            grant = login.result().json()
            expect.unauthorized(service.me(f"JWT {grant['access_token']}"))
            dead(service, grant["refresh_token"])
    locked_out(service, owner)


# --- what enabling does


def test_enabling_lets_in_again(service: Service, owner: Caller, staff: Caller) -> None:
    """The old password opens every door again (spec 50, section 3)."""
    disabled(staff, owner.username)
    enabled(staff, owner.username)
    fresh = service.login(owner.username, owner.password)
    expect.status(200, fresh.patch({"bio": "back"}))
    browser = Browser(service)
    expect.status(200, browser.sign_in(owner.email, owner.password))
    expect.status(200, browser.me())


def test_enabling_revives_nothing(service: Service, owner: Caller, staff: Caller) -> None:
    """Enabling revives no old token (spec 50, section 3)."""
    browser, refresh = Browser(service), service.password_grant(owner.username, owner.password).json()["refresh_token"]
    expect.status(200, browser.sign_in(owner.username, owner.password))
    disabled(staff, owner.username)
    enabled(staff, owner.username)
    expect.unauthorized(owner.get(ME))
    dead(service, refresh)
    expect.unauthorized(browser.me())
    expect.status(401, browser.refresh())
    service.login(owner.username, owner.password)
    expect.unauthorized(owner.get(ME))
    dead(service, refresh)


# --- refusals


def test_twice(owner: Caller, staff: Caller) -> None:
    """Disabling twice, enabling an enabled one: 409, and no row (spec 50, section 3)."""
    expect.status(409, enable(staff, owner.username))
    disabled(staff, owner.username)
    expect.status(409, disable(staff, owner.username, "again"))
    enabled(staff, owner.username)
    expect.status(409, enable(staff, owner.username, "again"))
    assert 2 == len(disable_history(staff, owner.username))


@pytest.mark.parametrize("act", ACTS)
def test_a_retired_account(service: Service, staff: Caller, act: str) -> None:
    """A retired account: 409, before and after the cleanup (spec 50, section 3)."""
    worker = retirement.worker_of(service)
    gone = retirement.retired(service, worker)
    name = retirement.row_of(worker, gone.username)["retired_username"]
    expect.status(409, staff.post(support_path(name, act), json={"comment": ""}))
    retirement.moved(worker, gone.username, "COMPLETE")
    retirement.nothing(204, retirement.cleanup(worker, gone.username))
    expect.status(409, staff.post(support_path(name, act), json={"comment": ""}))
    assert [] == disable_history(staff, name)


def test_comments_die_with_retire(service: Service, staff: Caller) -> None:
    """After `retire` the rows stay, the comments are empty (spec 20, section 8.1)."""
    worker, caller = retirement.worker_of(service), retirement.learner_of(service)
    disabled(staff, caller.username, "a comment on a person")
    enabled(staff, caller.username, "another comment")
    before = disable_history(staff, caller.username)
    fresh = service.login(caller.username, caller.password)
    retirement.nothing(204, retirement.leave(fresh, caller.password))
    assert before == disable_history(staff, caller.username)
    retirement.moved(worker, caller.username, "RETIRING_LMS")
    retirement.nothing(204, retirement.retire(worker, caller.username))
    name = retirement.row_of(worker, caller.username)["retired_username"]
    assert [{**row, "comment": ""} for row in before] == disable_history(staff, name)
    expect.status(404, staff.get(support_path(caller.username, "disable_history")))


@pytest.mark.parametrize("act", ACTS)
def test_oneself(service: Service, act: str) -> None:
    """Oneself: 400, and nothing happens (spec 50, section 3)."""
    own = service.new_account(is_staff=True)
    expect.status(400, own.post(support_path(own.username, act), json={"comment": "me"}))
    expect.status(200, own.get(ME))


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("comment", WRONG_TEXTS, ids=brief)
def test_what_is_no_comment(owner: Caller, staff: Caller, act: str, comment: object) -> None:
    """No `comment`, or no text: 400 (spec 50, section 3)."""
    path = support_path(owner.username, act)
    expect.status(400, staff.post(path, json={"comment": comment}))
    expect.status(400, staff.post(path, json={"comments": "x"}))
    assert [] == disable_history(staff, owner.username)


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'"x"', b"{}", b"\xff"])
def test_malformed(owner: Caller, staff: Caller, act: str, content: bytes) -> None:
    """Malformed JSON, or no object: 400 (spec 10, section 2)."""
    headers = {"Content-Type": "application/json"}
    expect.status(400, staff.post(support_path(owner.username, act), content=content, headers=headers))


@pytest.mark.parametrize("act", ACTS)
def test_content_types(owner: Caller, staff: Caller, act: str) -> None:
    """Another content type: 415 (spec 10, section 2)."""
    headers = {"Content-Type": "text/plain"}
    expect.detail(415, staff.post(support_path(owner.username, act), content=b'{"comment": ""}', headers=headers))


@pytest.mark.parametrize("size", [70_000, 400_000])
def test_a_comment_without_end(owner: Caller, staff: Caller, size: int) -> None:
    """A comment that the store can't hold is refused, and the account is as before (spec 50, section 8)."""
    expect.status(400, disable(staff, owner.username, "x" * size))
    assert [] == disable_history(staff, owner.username)
    expect.status(200, owner.get(ME))


def test_a_comment_with_a_nul(owner: Caller, staff: Caller) -> None:
    """U+0000 and lone surrogates never are a 5xx (spec 50, section 8)."""
    for content in (b'{"comment": "a\\u0000b"}', b'{"comment": "\\ud800"}'):
        headers = {"Content-Type": "application/json"}
        response = staff.post(support_path(owner.username, "disable"), content=content, headers=headers)
        expect.status(400, response)


@pytest.mark.parametrize("act", [*ACTS, "disable_history"])
def test_others(owner: Caller, anonymous: Caller, learner: Caller, bare_superuser: Caller, act: str) -> None:
    """Not staff: 403, whether or not the name exists; nobody: 401 (spec 50, section 3)."""
    method = "GET" if act == "disable_history" else "POST"
    for name in (owner.username, unique_name()):
        path = support_path(name, act)
        expect.unauthorized(anonymous.request(method, path, json={"comment": ""}))
        for caller in (owner, learner, bare_superuser):
            expect.detail(403, caller.request(method, path, json={"comment": ""}))


@pytest.mark.parametrize("act", [*ACTS, "disable_history"])
def test_unknown(staff: Caller, act: str) -> None:
    """Unknown: 404 (spec 50, section 3)."""
    method = "GET" if act == "disable_history" else "POST"
    expect.status(404, staff.request(method, support_path(unique_name(), act), json={"comment": ""}))


def test_methods_and_slashes(owner: Caller, staff: Caller) -> None:
    """With a trailing slash too; other methods are 405 (spec 00)."""
    for act in ACTS:
        expect.status(200, staff.post(f"{support_path(owner.username, act)}/", json={"comment": ""}))
        expect.detail(405, staff.get(support_path(owner.username, act)))
    assert 2 == len(staff.get(f"{support_path(owner.username, 'disable_history')}/").json())
    expect.detail(405, staff.post(support_path(owner.username, "disable_history"), json={"comment": ""}))
