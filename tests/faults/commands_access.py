"""Commands about who gets in: logins, tokens, sessions, password resets."""

import re

from tests.faults.asking import ACCOUNT, V1, Prepare, after, done, posts, sends, somebody
from tests.faults.scene import Case, Scene
from tests.faults.trying import Command
from tests.support.api import FORM, LOGIN_CLIENT, PASSWORD
from tests.support.gateway import Answer

RESET = re.compile(r"/password_reset_confirm/([A-Za-z0-9_.%~-]+)/")
CSRF = {"Cookie": "csrftoken={csrf}", "X-CSRFToken": "{csrf}"}
BROWSER = {"Cookie": "csrftoken={csrf}; {cookies}", "X-CSRFToken": "{csrf}", "USE-JWT-COOKIE": "true"}
NEW = {"new_password1": "another-Passw0rd", "new_password2": "another-Passw0rd"}
SOON = 5
"""Seconds after which a client refreshes again that has had no answer: within the grace of the token before."""


def by_name(case: Case) -> dict[str, str]:
    """The form of a login by username."""
    return {"email_or_username": case.people[0], "password": PASSWORD}


def by_address(case: Case) -> dict[str, str]:
    """The form of a login by address."""
    return {"email": f"{case.people[0]}@example.com", "password": PASSWORD}


def keep_csrf(scene: Scene, case: Case) -> None:
    """Keep a browser's CSRF token."""
    case.facts["csrf"] = scene.world.api.get("/csrf/api/v1/token").json["csrfToken"]


def keep_cookies(scene: Scene, case: Case) -> None:
    """Log in with a browser, and keep its cookies."""
    answer = posts("/api/user/v2/account/login_session", by_name, kind=FORM, as_=None, headers=CSRF)(scene.world, case)
    assert 200 == answer.status
    case.facts["cookies"] = "; ".join(header.partition(";")[0] for header in answer.cookies)


def keep_grant(scene: Scene, case: Case) -> None:
    """Keep the tokens of a password grant."""
    case.facts |= scene.world.api.grant(case.people[0]).json


def keep_session(scene: Scene, case: Case) -> None:
    """Keep the id of another session than the present one."""
    keep_grant(scene, case)
    found = scene.world.api.get(f"{V1}/accounts/{case.people[0]}/sessions", as_=case.people[0]).json
    case.facts["session"] = next(each["id"] for each in found if not each["current"])


def keep_reset(scene: Scene, case: Case) -> None:
    """Keep the link of a password reset."""
    found = RESET.search(scene.newest_mail())
    assert found is not None
    case.facts["reset"] = found[1]


def granted(grant: str, **fields: str):
    """The form of a grant of the login page's client."""
    return lambda case: {
        "grant_type": grant,
        "client_id": LOGIN_CLIENT,
        **{name: value.format(username=case.people[0], **case.facts) for name, value in fields.items()},
    }


def redirected(answer: Answer) -> bool:
    """Whether a page's form was taken."""
    return answer.status == 302


def reset_done(answer: Answer) -> bool:
    """Whether a reset says that it is done."""
    return answer.status == 200 and answer.json["reset_status"] is True


browser: Prepare = after(somebody(), keep_csrf, keep_cookies)
asked_for_reset: Prepare = after(
    somebody(),
    keep_csrf,
    done(posts("/password_reset", lambda case: {"email": by_address(case)["email"]}, kind=FORM, as_=None, headers={})),
    keep_reset,
)
TOKEN = "/oauth2/access_token"
SERVICE = {
    "grant_type": "client_credentials",
    "client_id": "retirement-worker",
    "client_secret": "retirement-worker-secret",
}

LOGINS = (
    Command(
        "log in by address",
        (
            "POST /api/user/v1/account/login_session",
            "POST /user_api/v1/account/login_session",
            "POST /login_ajax",
        ),
        after(somebody(), keep_csrf),
        posts("/api/user/v1/account/login_session", by_address, kind=FORM, as_=None, headers=CSRF),
    ),
    Command(
        "log in by name",
        ("POST /api/user/v2/account/login_session", "POST /user_api/v2/account/login_session"),
        after(somebody(), keep_csrf),
        posts("/api/user/v2/account/login_session", by_name, kind=FORM, as_=None, headers=CSRF),
    ),
    Command(
        "log in on the page",
        ("POST /login",),
        after(somebody(), keep_csrf),
        posts("/login", by_name, kind=FORM, as_=None, headers=CSRF),
        claims=redirected,
    ),
    Command(
        "refresh a login",
        ("POST /login_refresh",),
        browser,
        posts("/login_refresh", {}, as_=None, headers=BROWSER),
        pause=SOON,
    ),
    Command(
        "log out",
        ("POST /logout", "GET /logout"),
        browser,
        posts("/logout", {}, as_=None, headers=BROWSER),
        claims=redirected,
    ),
)

TOKENS = (
    Command(
        "password grant",
        (f"POST {TOKEN}",),
        somebody(),
        posts(TOKEN, granted("password", username="{username}", password=PASSWORD), kind=FORM, as_=None, headers={}),
    ),
    Command(
        "refresh grant",
        (f"POST {TOKEN}",),
        after(somebody(), keep_grant),
        posts(TOKEN, granted("refresh_token", refresh_token="{refresh_token}"), kind=FORM, as_=None, headers={}),
        pause=SOON,
    ),
    Command(
        "client credentials", (f"POST {TOKEN}",), somebody(), posts(TOKEN, SERVICE, kind=FORM, as_=None, headers={})
    ),
    Command(
        "revoke a token",
        ("POST /oauth2/revoke_token",),
        after(somebody(), keep_grant),
        posts(
            "/oauth2/revoke_token",
            lambda case: {"client_id": LOGIN_CLIENT, "token": case.facts["refresh_token"]},
            kind=FORM,
            as_=None,
            headers={},
        ),
    ),
    Command(
        "log in by a process that has just started",
        (f"POST {TOKEN}",),
        somebody(),
        posts(TOKEN, granted("password", username="{username}", password=PASSWORD), kind=FORM, as_=None, headers={}),
        cold=True,
    ),
)

SESSIONS = (
    Command(
        "end other sessions",
        ("DELETE /api/user/v1/accounts/{username}/sessions",),
        after(somebody(), keep_session),
        sends("DELETE", ACCOUNT + "/sessions"),
    ),
    Command(
        "end a session",
        ("DELETE /api/user/v1/accounts/{username}/sessions/{session_id}",),
        after(somebody(), keep_session),
        sends("DELETE", ACCOUNT + "/sessions/{session}"),
    ),
)

RESETS = (
    Command(
        "ask for a reset",
        ("POST /password_reset",),
        somebody(),
        posts("/password_reset", lambda case: {"email": by_address(case)["email"]}, kind=FORM, as_=None, headers={}),
    ),
    Command(
        "ask for a password",
        ("POST /account/password",),
        somebody(),
        posts("/account/password", lambda case: {"email": by_address(case)["email"]}, kind=FORM, as_=None, headers={}),
    ),
    Command(
        "reset on the page",
        ("POST /password_reset_confirm/{link}",),
        asked_for_reset,
        posts("/password_reset_confirm/{reset}/", NEW, kind=FORM, as_=None, headers=CSRF),
        claims=redirected,
    ),
    Command(
        "reset by link",
        ("POST /password/reset/{link}",),
        asked_for_reset,
        posts("/password/reset/{reset}/", NEW, kind=FORM, as_=None, headers={}),
        claims=reset_done,
    ),
)

COMMANDS = (*LOGINS, *TOKENS, *SESSIONS, *RESETS)
