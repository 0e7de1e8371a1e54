"""What happened to one account, for support, and the account as it was at any version."""

from chalicelib.api.pages.failing import failed
from chalicelib.api.pages.page import For, Pages
from chalicelib.api.pages.staff_account import ACCOUNT, PATH, path_of, rows_of
from chalicelib.api.pages.visit import Visit
from chalicelib.events.idempotency import Answer
from chalicelib.site.naming import Names

pages = Pages("Site: support")
ENTRIES = "25"
"""How many entries a page has."""


@pages.get(f"{PATH}/history", "Somebody's history", For.STAFF)
def show_history(visit: Visit) -> Answer:
    """Entries, newest first; each leads to the account as it was after it."""
    username, cursor = visit.request.parameters["username"], visit.request.last("cursor")
    query = {"limit": ENTRIES} | ({} if cursor is None else {"cursor": cursor})
    reply = visit.call("GET", f"{ACCOUNT}/history", query=query, username=username)
    if not reply.ok:
        return failed(visit, reply, path_of(username))
    return visit.show(
        "staff_history.html",
        username=username,
        entries=reply.content["results"],
        onward=reply.content["next"],
        first=cursor is None,
        names=Names(visit.language),
    )


@pages.get(f"{PATH}/at", "Somebody's account as it was", For.STAFF)
def show_account_then(visit: Visit) -> Answer:
    """All fields at `version`; of an account that is erased there is nothing left to show."""
    username, version = visit.request.parameters["username"], visit.request.last("version") or ""
    reply = visit.call("GET", f"{ACCOUNT}/at", query={"version": version}, username=username)
    if not reply.ok:
        return failed(visit, reply, f"{path_of(username)}/history")
    return visit.show(
        "staff_account_then.html",
        username=username,
        version=version,
        account=reply.content,
        rows=rows_of(reply.content),
        names=Names(visit.language),
    )
