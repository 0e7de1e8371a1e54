"""One's sessions: where one is signed in, and ending that; and a link to choose another password."""

from collections.abc import Mapping

from chalicelib.api.answers import with_cookies
from chalicelib.api.pages.failing import failed, session_ended
from chalicelib.api.pages.faults import WHOLE, faults_of
from chalicelib.api.pages.inner import Reply, as_json
from chalicelib.api.pages.page import Pages
from chalicelib.api.pages.visit import Visit
from chalicelib.events.idempotency import Answer

pages = Pages("Site: one's own account")
PATH = "/my/sessions"
END = "/my/sessions/end"
END_OTHERS = "/my/sessions/others"
PASSWORD = "/my/sessions/password"  # noqa: S105 - a path
ALL = "/api/user/v1/accounts/{username}/sessions"
ONE = "/api/user/v1/accounts/{username}/sessions/{session_id}"
LOGOUT = "/logout"
ASK_FOR_PASSWORD = "/account/password"  # noqa: S105 - a path
SESSION = "session"


@pages.get(PATH, "One's sessions")
def show_sessions(visit: Visit) -> Answer:
    """Those that go on, newest first, each with a button that ends it."""
    return _page(visit)


@pages.post(END, "End a session", ("DELETE", ONE), ("POST", LOGOUT))
def end_session(visit: Visit) -> Answer:
    """End it; one that is over already counts as ended. The present one leads to the front page."""
    listed = visit.call("GET", ALL, username=visit.me.username)
    if not listed.ok:
        return failed(visit, listed, PATH)
    wanted = visit.typed(SESSION)
    session = next((each for each in listed.content if each["id"] == wanted), None)
    if session is None:
        return visit.go(PATH, done="ended")
    reply = visit.call("DELETE", ONE, username=visit.me.username, session_id=wanted)
    if not reply.ok and reply.status != 404:
        return _refused(visit, reply)
    if session["current"]:
        return with_cookies(visit.go("/", done="signed-out"), visit.call("POST", LOGOUT).answer.cookies)
    return visit.go(PATH, done="ended")


@pages.post(END_OTHERS, "End all other sessions", ("DELETE", ALL))
def end_other_sessions(visit: Visit) -> Answer:
    """Only this browser stays signed in."""
    reply = visit.call("DELETE", ALL, once=True, username=visit.me.username)
    return visit.go(PATH, done="others") if reply.ok else _refused(visit, reply)


@pages.post(PASSWORD, "Ask for a link to choose another password", ("POST", ASK_FOR_PASSWORD))
def ask_for_password(visit: Visit) -> Answer:
    """Have the link mailed to one's own address."""
    reply = visit.call("POST", ASK_FOR_PASSWORD, as_json({"email": visit.me.email}))
    return visit.go(PATH, done="password") if reply.ok else _refused(visit, reply)


def _refused(visit: Visit, reply: Reply) -> Answer:
    return session_ended(visit) if reply.status == 401 else _page(visit, {WHOLE: " ".join(faults_of(reply).values())})


def _page(visit: Visit, faults: Mapping[str, str] | None = None) -> Answer:
    reply = visit.call("GET", ALL, username=visit.me.username)
    if not reply.ok:
        return failed(visit, reply, PATH)
    return visit.show("sessions.html", sessions=reply.content, email=visit.me.email, faults=faults or {})
