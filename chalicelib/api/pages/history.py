"""One's history: what changed, when, and by whom."""

from chalicelib.api.pages.failing import failed
from chalicelib.api.pages.page import Pages
from chalicelib.api.pages.visit import Visit
from chalicelib.events.idempotency import Answer
from chalicelib.site.naming import Names

pages = Pages("Site: one's own account")
PATH = "/my/history"
HISTORY = "/api/user/v1/accounts/{username}/history"
ENTRIES = 25
"""So many entries are on a page."""


@pages.get(PATH, "One's history")
def show_history(visit: Visit) -> Answer:
    """Entries, newest first, and the way to older ones."""
    cursor = visit.request.last("cursor")
    query = {"limit": str(ENTRIES)} | ({"cursor": cursor} if cursor else {})
    reply = visit.call("GET", HISTORY, query=query, username=visit.me.username)
    if not reply.ok:
        return failed(visit, reply, PATH)
    return visit.show(
        "own_history.html",
        entries=reply.content["results"],
        older=reply.content["next"],
        newest=cursor is None,
        names=Names(visit.language),
    )
