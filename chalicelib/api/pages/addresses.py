"""One's addresses: the one of the account, the one for getting back in, and what waits for its link."""

from collections.abc import Mapping

from chalicelib.api.pages.failing import failed, session_ended
from chalicelib.api.pages.faults import WHOLE, faults_of
from chalicelib.api.pages.inner import as_merge_patch
from chalicelib.api.pages.page import Pages
from chalicelib.api.pages.visit import Visit
from chalicelib.events.idempotency import Answer

pages = Pages("Site: one's own account")
PATH = "/my/address"
RECOVERY = "/my/address/recovery"
ACCOUNT = "/api/user/v1/accounts/{username}"
EMAIL, SECONDARY = "email", "secondary_email"


@pages.get(PATH, "One's e-mail address and recovery address")
def show_addresses(visit: Visit) -> Answer:
    """Both addresses, those that wait for their link, and the forms to ask for others."""
    return _page(visit)


@pages.post(PATH, "Ask for another e-mail address", ("PATCH", ACCOUNT))
def ask_for_address(visit: Visit) -> Answer:
    """Have a link mailed to the new address. Whether somebody has it does not show (decision 014)."""
    return _ask(visit, EMAIL, "asked")


@pages.post(RECOVERY, "Ask for a recovery address", ("PATCH", ACCOUNT))
def ask_for_recovery_address(visit: Visit) -> Answer:
    """Have a link mailed to it; it counts once that was opened."""
    return _ask(visit, SECONDARY, "recovery")


def _ask(visit: Visit, field: str, done: str) -> Answer:
    typed = visit.typed(field)
    reply = visit.call("PATCH", ACCOUNT, as_merge_patch({field: typed}), once=True, username=visit.me.username)
    if reply.ok:
        return visit.go(PATH, done=done)
    if reply.status == 401:
        return session_ended(visit)
    return _page(visit, {field: typed}, faults_of(reply, field if reply.status == 400 else WHOLE))


def _page(visit: Visit, typed: Mapping[str, str] | None = None, faults: Mapping[str, str] | None = None) -> Answer:
    """The page. What waits is told by the visitor's own account: no route of the API shows a pending address."""
    reply = visit.call("GET", ACCOUNT, username=visit.me.username)
    if not reply.ok:
        return failed(visit, reply, PATH)
    me = visit.me
    return visit.show(
        "address.html",
        email=reply.content[EMAIL],
        waiting=me.pending_email,
        since=me.email_requested.isoformat() if me.email_requested else None,
        recovery=me.recovery_email,
        recovery_waiting=me.pending_secondary_email,
        recovery_since=me.secondary_email_requested.isoformat() if me.secondary_email_requested else None,
        typed={EMAIL: "", SECONDARY: "", **(typed or {})},
        faults=faults or {},
    )
