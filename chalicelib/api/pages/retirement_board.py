"""The retirement board: every row by its state, and the way to take one back."""

from collections.abc import Sequence
from datetime import UTC, timedelta
from functools import partial

from chalicelib.api.pages.board import ENDS, Row, columns_of
from chalicelib.api.pages.failing import failed
from chalicelib.api.pages.inner import Reply
from chalicelib.api.pages.page import For, Pages
from chalicelib.api.pages.visit import Visit
from chalicelib.api.rights import Right
from chalicelib.events.idempotency import Answer
from chalicelib.site.lasting import lasting

pages = Pages("Site: retirement board")
PATH = "/staff/retirements"
QUEUE = "/api/user/v1/accounts/retirement_queue"
BY_DATE = "/api/user/v1/accounts/retirements_by_status_and_date"
LIMIT = 500
"""How many rows are asked for if all of them are too much for one answer."""

CARDS, CARDS_OF_ONE = 8, 100
"""How many cards a column shows among all, and alone."""

DAYS_BEHIND = 7
"""Of what has ended, the board shows what had its cool-off and so many days."""


@pages.get(PATH, "The retirement board", For.RETIRING)
def show_board(visit: Visit) -> Answer:
    """The states as columns; with `state` one of them alone, and more of its cards."""
    settings, now = visit.services.settings, visit.services.clock().astimezone(UTC)
    states = visit.services.states.names
    alone = visit.request.last("state")
    if alone is not None and alone not in states:
        return visit.show("not_found.html", 404)
    days = settings.cool_off_days + DAYS_BEHIND
    queue, cut = _queue(visit, [state for state in states if state not in ENDS])
    since, until = (now - timedelta(days=days)).date().isoformat(), now.date().isoformat()
    ended = {state: _by_date(visit, state, since, until) for state in ENDS}
    broken = next((reply for reply in (queue, *ended.values()) if not reply.ok and reply.status != 400), None)
    if broken is not None or not queue.ok:
        return failed(visit, broken or queue, PATH)
    rows: list[Row] = [row for reply in (queue, *ended.values()) if reply.ok for row in reply.content]
    cards = CARDS if alone is None else CARDS_OF_ONE
    columns = columns_of(states, rows, now, timedelta(days=settings.cool_off_days), cards)
    return visit.show(
        "retirement_board.html",
        columns=columns,
        shown=[column for column in columns if alone in (None, column.state)],
        alone=alone,
        longest=max((column.count for column in columns), default=0) or 1,
        cut=LIMIT if cut else 0,
        unknown=[state for state, reply in ended.items() if not reply.ok],
        ends=ENDS,
        days=days,
        now=now.isoformat(),
        lasts=partial(lasting, language=visit.language),
        may_cancel=visit.has(Right.CANCEL),
    )


def _queue(visit: Visit, states: Sequence[str]) -> tuple[Reply, bool]:
    """All rows in some states; if that is too much for one answer the oldest, and true."""
    query: dict[str, str | Sequence[str]] = {"cool_off_days": "0", "states": states}
    reply = visit.call("GET", QUEUE, query=query)
    if reply.status != 400:
        return reply, False
    return visit.call("GET", QUEUE, query=query | {"limit": str(LIMIT)}), True


def _by_date(visit: Visit, state: str, since: str, until: str) -> Reply:
    return visit.call("GET", BY_DATE, query={"state": state, "start_date": since, "end_date": until})
