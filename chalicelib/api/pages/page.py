"""How a page is declared: who may see it, which route of the API its form stands for, and what goes wrong around it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from chalicelib.api import csrf
from chalicelib.api.bodies import FORM
from chalicelib.api.errors import ForgedRequestError, NotFoundError
from chalicelib.api.pages.failing import session_ended
from chalicelib.api.pages.visit import Visit, visit_of
from chalicelib.api.parts import MOST_BYTES, MULTIPART
from chalicelib.api.rights import Right
from chalicelib.api.routing import Area, Exchange, Responds, Takes
from chalicelib.events.idempotency import Answer

Show = Callable[[Visit], Answer]
Twin = tuple[str, str]
"""Method and path of a route of the API."""

PAGE = Responds("The page.", None, "text/html")
ONWARD = Responds("To the login and back, or on to the next page.")
REFUSED = Responds("Not for this visitor, or a form without its CSRF token.", None, "text/html")
TOO_LARGE = Responds("More was sent than is read.", None, "text/html")
UNKNOWN = Responds("There is no such page, or the site is switched off.", None, "text/html")


class For(StrEnum):
    """Whom a page is for."""

    ANYBODY = "anybody"
    PERSON = "a person who is signed in"
    STAFF = "staff"
    RETIRING = "whoever may drive retirements"
    CANCELLING = "whoever may cancel retirements"


RIGHTS = MappingProxyType({For.RETIRING: Right.RETIRE, For.CANCELLING: Right.CANCEL})
OFFICES = (For.STAFF, *RIGHTS)
"""Audiences to which not everybody with an account belongs."""


@dataclass(frozen=True)
class Declared:
    """A page as it was declared; `twins` are the routes of the API that its form may call to change something."""

    method: str
    path: str
    audience: For
    twins: tuple[Twin, ...]
    summary: str


class Pages:
    """Pages of one part of the site. They are routes of `area`, and all of them are also in `declared`."""

    def __init__(self, tag: str) -> None:
        self.area = Area(tag)
        self.declared: list[Declared] = []

    def get(self, path: str, summary: str, audience: For = For.PERSON) -> Callable[[Show], Show]:
        """Serve `path` with what the decorated function shows."""
        return self._page("GET", path, summary, audience, ())

    def post(
        self, path: str, summary: str, *twins: Twin, audience: For = For.PERSON, media_type: str = FORM
    ) -> Callable[[Show], Show]:
        """Take the form that is sent to `path`; what it changes, it changes by the routes `twins`."""
        return self._page("POST", path, summary, audience, twins, media_type)

    def _page(
        self, method: str, path: str, summary: str, audience: For, twins: tuple[Twin, ...], media_type: str = FORM
    ) -> Callable[[Show], Show]:
        def add(show: Show) -> Show:
            def handler(exchange: Exchange) -> Answer:
                return _answer(exchange, audience, show)

            handler.__name__ = show.__name__
            handler.__doc__ = show.__doc__
            self.declared.append(Declared(method, path, audience, twins, summary))
            takes = Takes({"type": "object"}, (media_type,)) if method == "POST" else None
            answers = _answers(method, audience)
            self.area.route(method, path, summary=summary, public=True, takes=takes, answers=answers)(handler)
            return show

        return add


def _answers(method: str, audience: For) -> Mapping[int, Responds]:
    found = {200: PAGE, 303: ONWARD, 404: UNKNOWN}
    if method == "POST":
        found[413] = TOO_LARGE
    if method == "POST" or audience in OFFICES:
        found[403] = REFUSED
    return MappingProxyType(found)


def _answer(exchange: Exchange, audience: For, show: Show) -> Answer:
    if not exchange.services.settings.site:
        raise NotFoundError
    visit = visit_of(exchange)
    sends = exchange.request.method == "POST"
    if sends and (refusal := _unreadable(visit) or _forged(visit)) is not None:
        return refusal
    if audience is not For.ANYBODY and visit.account is None:
        return session_ended(visit) if sends else visit.sign_in_first()
    if not _may(visit, audience):
        return visit.show("forbidden.html", 403)
    return show(visit)


def _may(visit: Visit, audience: For) -> bool:
    if audience is For.STAFF:
        return visit.me.staff
    needed = RIGHTS.get(audience)
    return needed is None or visit.has(needed)


def _unreadable(visit: Visit) -> Answer | None:
    """The page that refuses what is too large for its token to be found in it."""
    request = visit.request
    limit = MOST_BYTES if request.content_type == MULTIPART else visit.services.settings.body_limit_bytes
    return visit.show("too_large.html", 413) if len(request.body) > limit else None


def _forged(visit: Visit) -> Answer | None:
    """The page that refuses a form which no page of ours has sent to this browser.

    It offers nothing to be sent again: what came may be another site's.
    """
    try:
        csrf.require(visit.services, visit.request)
    except ForgedRequestError:
        return visit.show("form_refused.html", 403)
    return None
