"""Names that wait for approval, for support."""

from chalicelib.api.pages.failing import failed
from chalicelib.api.pages.page import For, Pages
from chalicelib.api.pages.staff_account import NAMES as PATH
from chalicelib.api.pages.visit import Visit
from chalicelib.events.idempotency import Answer

pages = Pages("Site: support")
WAITING = "/api/user/v1/admin/name_changes"
ROWS = "20"
"""How many names a page has."""


@pages.get(PATH, "Names that wait for approval", For.STAFF)
def show_waiting_names(visit: Visit) -> Answer:
    """Oldest first; each can be approved, or refused with a comment, by the forms of its account's page."""
    cursor = visit.request.last("cursor")
    query = {"limit": ROWS} | ({} if cursor is None else {"cursor": cursor})
    reply = visit.call("GET", WAITING, query=query)
    if not reply.ok:
        return failed(visit, reply, PATH)
    content = reply.content
    return visit.show("staff_names.html", waiting=content["results"], onward=content["next"], first=cursor is None)
