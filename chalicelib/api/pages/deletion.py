"""Deleting one's account: what becomes of it, and the form that asks for it."""

from collections.abc import Mapping

from chalicelib.api.answers import with_cookies
from chalicelib.api.pages.failing import session_ended
from chalicelib.api.pages.faults import WHOLE, faults_of
from chalicelib.api.pages.inner import as_json
from chalicelib.api.pages.page import Pages
from chalicelib.api.pages.visit import Visit
from chalicelib.events.idempotency import Answer

pages = Pages("Site: one's own account")
PATH = "/my/deletion"
LEAVE = "/api/user/v1/accounts/deactivate_logout"
PASSWORD, AGREED = "password", "agreed"
ABOUT_THE_PASSWORD = frozenset({400, 403})
"""Statuses of the API that say what is wrong with the password that was sent."""


@pages.get(PATH, "How to delete one's account")
def show_deletion(visit: Visit) -> Answer:
    """What happens, until when there is a way back, and the form; or that accounts are not deleted here."""
    return _page(visit)


@pages.post(PATH, "Delete one's account", ("POST", LEAVE))
def delete_account(visit: Visit) -> Answer:
    """Leave, and be signed out everywhere."""
    if visit.typed(AGREED) != "yes":
        return _page(visit, agreed=False)
    reply = visit.call("POST", LEAVE, as_json({PASSWORD: visit.typed(PASSWORD)}), once=True)
    if reply.ok:
        return with_cookies(visit.go("/", done="left"), reply.answer.cookies)
    if reply.status == 401:
        return session_ended(visit)
    return _page(visit, faults_of(reply, PASSWORD if reply.status in ABOUT_THE_PASSWORD else WHOLE), agreed=True)


def _page(visit: Visit, faults: Mapping[str, str] | None = None, agreed: bool | None = None) -> Answer:
    """The page; `agreed` says whether the form that was sent had its tick, and is null if none was sent."""
    days = visit.services.settings.cool_off_days
    return visit.show("deletion.html", days=days, faults=faults or {}, agreed=agreed)
