"""Finding a person, for support: by exact username, by address, or by number."""

from dataclasses import dataclass, field
from typing import Any

from chalicelib.api.pages.failing import failed
from chalicelib.api.pages.faults import WHOLE, faults_of
from chalicelib.api.pages.inner import Reply
from chalicelib.api.pages.page import For, Pages
from chalicelib.api.pages.visit import Visit
from chalicelib.api.rights import Right
from chalicelib.events.idempotency import Answer

pages = Pages("Site: support")
PATH = "/staff"
ACCOUNTS = "/api/user/v1/accounts"
ASKED = "q"


@dataclass(frozen=True)
class Search:
    """What a search has found: accounts, or what the API says of an address that is retired, or why it was refused."""

    accounts: list[dict[str, Any]] = field(default_factory=list, repr=False)
    retired: dict[str, Any] | None = None
    fault: str = ""
    broken: Reply | None = None


@pages.get(PATH, "Find a person", For.STAFF)
def show_search(visit: Visit) -> Answer:
    """The form and, once something was asked for, what was found."""
    asked = (visit.request.last(ASKED) or "").strip()
    search = _search(visit, asked) if asked else Search()
    if search.broken is not None:
        return failed(visit, search.broken, PATH)
    return visit.show(
        "staff_search.html",
        asked=asked,
        found=search.accounts,
        retired=search.retired,
        faults={ASKED: search.fault} if search.fault else {},
        may_see_board=visit.has(Right.RETIRE),
        may_cancel=visit.has(Right.CANCEL),
    )


def _search(visit: Visit, asked: str) -> Search:
    """All accounts that the text may mean: a username of digits looks like a number, too."""
    accounts: dict[str, dict[str, Any]] = {}
    for parameter in _parameters(asked):
        reply = visit.call("GET", ACCOUNTS, query={parameter: asked})
        if reply.ok:
            accounts |= {each["username"]: each for each in reply.content}
        elif reply.status == 404:
            if isinstance(reply.content, dict) and "can_cancel_retirement" in reply.content:
                return Search(retired=reply.content)
        elif reply.status == 400:
            return Search(fault=faults_of(reply).get(WHOLE, ""))
        else:
            return Search(broken=reply)
    return Search(list(accounts.values()))


def _parameters(asked: str) -> list[str]:
    if "@" in asked:
        return ["email"]
    return ["lms_user_id", "username"] if asked.isascii() and asked.isdecimal() else ["username"]
