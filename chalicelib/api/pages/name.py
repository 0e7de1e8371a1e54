"""One's name, and asking for another one."""

from collections.abc import Mapping

from chalicelib.api.pages.failing import failed, session_ended
from chalicelib.api.pages.faults import WHOLE, faults_of
from chalicelib.api.pages.inner import as_json
from chalicelib.api.pages.page import Pages
from chalicelib.api.pages.visit import Visit
from chalicelib.events.idempotency import Answer

pages = Pages("Site: one's own account")
PATH = "/my/name"
ACCOUNT = "/api/user/v1/accounts/{username}"
NAME_CHANGE = "/api/user/v1/accounts/name_change"
NAME, NEW_NAME = "name", "new_name"
"""What the form calls the field, and what the API calls it in a refusal."""


@pages.get(PATH, "One's name")
def show_name(visit: Visit) -> Answer:
    """The name, the one that waits for approval, and the form to ask for another."""
    return _page(visit)


@pages.post(PATH, "Ask for another name", ("POST", NAME_CHANGE))
def ask_for_name(visit: Visit) -> Answer:
    """Ask for it; a request that waits already is replaced."""
    reply = visit.call("POST", NAME_CHANGE, as_json({NAME: visit.typed(NAME)}), once=True)
    if reply.ok:
        return visit.go(PATH, done="asked")
    if reply.status == 401:
        return session_ended(visit)
    faults = faults_of(reply, NAME if reply.status == 400 else WHOLE)
    return _page(visit, {NAME if field == NEW_NAME else field: message for field, message in faults.items()})


def _page(visit: Visit, faults: Mapping[str, str] | None = None) -> Answer:
    reply = visit.call("GET", ACCOUNT, username=visit.me.username)
    if not reply.ok:
        return failed(visit, reply, PATH)
    requested = visit.me.name_requested
    return visit.show(
        "name.html",
        name=reply.content[NAME],
        waiting=visit.me.pending_name,
        since=requested.isoformat() if requested else None,
        typed=visit.typed(NAME),
        faults=faults or {},
    )
