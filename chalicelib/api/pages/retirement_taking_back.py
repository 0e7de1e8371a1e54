"""Taking somebody's retirement back: asked once more, then done."""

from datetime import datetime, timedelta
from typing import Any

from chalicelib.api.pages.failing import failed
from chalicelib.api.pages.faults import WHOLE, faults_of
from chalicelib.api.pages.inner import as_json
from chalicelib.api.pages.page import For, Pages
from chalicelib.api.pages.retirement_board import PATH as BOARD
from chalicelib.api.pages.visit import Visit
from chalicelib.api.rights import Right
from chalicelib.events.idempotency import Answer

pages = Pages("Site: retirement board")
PATH = f"{BOARD}/{{id}}/cancel"
STATUS = "/api/user/v1/accounts/{username}/retirement_status"
CANCEL = "/api/user/v1/accounts/cancel_retirement"
WHO = "username"


@pages.get(PATH, "Whether to take a retirement back", For.CANCELLING)
def ask_about_cancelling(visit: Visit) -> Answer:
    """Whose it is, and what it means."""
    return _page(visit, visit.request.last(WHO) or "")


@pages.post(PATH, "Take a retirement back", ("POST", CANCEL), audience=For.CANCELLING)
def cancel(visit: Visit) -> Answer:
    """The person has the address again."""
    reply = visit.call("POST", CANCEL, as_json({"retirement_id": visit.request.parameters["id"]}), once=True)
    if reply.ok:
        return visit.go(BOARD if visit.has(Right.RETIRE) else "/staff", done="cancelled")
    if reply.status == 400:
        return _page(visit, visit.typed(WHO), faults_of(reply).get(WHOLE, ""))
    return failed(visit, reply, BOARD)


def _page(visit: Visit, username: str, fault: str = "") -> Answer:
    """The question. `username` (the original one) leads to whose retirement it is; without one its number must do."""
    number = visit.request.parameters["id"]
    if not number.isascii() or not number.isdecimal():
        return visit.show("not_found.html", 404)
    row: dict[str, Any] | None = None
    if username and visit.has(Right.RETIRE):
        reply = visit.call("GET", STATUS, username=username)
        if not reply.ok and not (fault and reply.status == 404):
            return failed(visit, reply, BOARD)
        row = reply.content if reply.ok else None
        if row is not None and str(row["id"]) != number:
            return visit.show("not_found.html", 404)
    return visit.show(
        "retirement_cancel.html",
        number=number,
        row=row,
        until=_until(visit, row),
        fault=fault,
        back=BOARD if visit.has(Right.RETIRE) else "/staff",
    )


def _until(visit: Visit, row: dict[str, Any] | None) -> str:
    """When the cool-off ends; empty if that is not known."""
    if row is None:
        return ""
    days = timedelta(days=visit.services.settings.cool_off_days)
    return (datetime.fromisoformat(row["created"]) + days).isoformat()
