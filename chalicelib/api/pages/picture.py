"""One's picture: the one that is shown, another one, or none."""

from collections.abc import Mapping

from chalicelib.api.pages.failing import failed, session_ended
from chalicelib.api.pages.faults import WHOLE, faults_of
from chalicelib.api.pages.inner import Body, Reply
from chalicelib.api.pages.page import Pages
from chalicelib.api.pages.visit import Visit
from chalicelib.api.parts import MULTIPART
from chalicelib.api.picture_bodies import PART
from chalicelib.events.idempotency import Answer
from chalicelib.images.formats import FORMATS
from chalicelib.images.refusals import in_words

pages = Pages("Site: one's own account")
PATH = "/my/picture"
REMOVAL = "/my/picture/removal"
ACCOUNT = "/api/user/v1/accounts/{username}"
IMAGE = "/api/user/v1/accounts/{username}/image"
ABOUT_THE_FILE = frozenset({400, 413, 415})
"""Statuses of the API that say what is wrong with what was sent."""


@pages.get(PATH, "One's picture")
def show_picture(visit: Visit) -> Answer:
    """The picture, and the forms to send another one and to remove it."""
    return _page(visit)


@pages.post(PATH, "Send one's picture", ("POST", IMAGE), media_type=MULTIPART)
def send_picture(visit: Visit) -> Answer:
    """Hand the form on as it came: the API looks for the file in it."""
    body = Body(visit.request.body, visit.request.headers.get("content-type", ""))
    reply = visit.call("POST", IMAGE, body, once=True, username=visit.me.username)
    if reply.ok:
        return visit.go(PATH, done="saved")
    return _refused(visit, reply, PART if reply.status in ABOUT_THE_FILE else WHOLE)


@pages.post(REMOVAL, "Remove one's picture", ("DELETE", IMAGE))
def remove_picture(visit: Visit) -> Answer:
    """Go back to the default picture."""
    reply = visit.call("DELETE", IMAGE, once=True, username=visit.me.username)
    return visit.go(PATH, done="removed") if reply.ok else _refused(visit, reply, WHOLE)


def _refused(visit: Visit, reply: Reply, field: str) -> Answer:
    if reply.status == 401:
        return session_ended(visit)
    return _page(visit, faults_of(reply, field))


def _page(visit: Visit, faults: Mapping[str, str] | None = None) -> Answer:
    reply = visit.call("GET", ACCOUNT, username=visit.me.username)
    if not reply.ok:
        return failed(visit, reply, PATH)
    limits = visit.services.picture_limits
    return visit.show(
        "picture.html",
        image=reply.content["profile_image"],
        faults=faults or {},
        accepted=",".join(kind for each in FORMATS for kind in (*each.content_types, *each.extensions)),
        most=in_words(limits.max_bytes),
        least=in_words(limits.min_bytes),
    )
