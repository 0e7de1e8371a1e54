"""Pages for calls of the API that do not work, so that nobody is left without a way on, or without what they typed."""

from collections.abc import Mapping

from chalicelib.api import csrf
from chalicelib.api.pages.faults import WHOLE, faults_of
from chalicelib.api.pages.inner import Reply
from chalicelib.api.pages.visit import ONCE, Visit
from chalicelib.events.idempotency import Answer


def failed(visit: Visit, reply: Reply, back: str) -> Answer:
    """What to show in place of a page that a refused call was needed for.

    Without a session: to the login. A form that was sent can be sent again as it was; `back` leads anywhere else.
    """
    if reply.status == 401:
        return session_ended(visit) if visit.request.method == "POST" else visit.sign_in_first()
    if reply.status == 404:
        return visit.show("not_found.html", 404)
    message = faults_of(reply).get(WHOLE, "")
    if visit.request.method == "POST":
        return visit.show("send_again.html", reply.status, message=message, back=back, kept=kept(visit))
    return visit.show("failed.html", reply.status, message=message, back=back)


def session_ended(visit: Visit) -> Answer:
    """A form came when nobody was signed in any more: it can be sent again after a login."""
    return visit.show("session_ended.html", kept=kept(visit))


def kept(visit: Visit) -> Mapping[str, str]:
    """What a form brought, to be sent again; never a password."""
    own = (csrf.FIELD, ONCE)
    return {name: value for name, value in visit.fields.items() if name not in own and "password" not in name}
