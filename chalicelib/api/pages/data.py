"""One's data: everything that is held on a person, to be taken along."""

from chalicelib.api.answers import with_cookies
from chalicelib.api.pages.failing import failed
from chalicelib.api.pages.page import Pages
from chalicelib.api.pages.visit import Visit
from chalicelib.events.idempotency import Answer

pages = Pages("Site: one's own account")
PATH = "/my/data"
DOWNLOAD = "/my/data/download"
EXPORT = "/api/user/v1/accounts/{username}/export"


@pages.get(PATH, "What one's data are")
def show_data(visit: Visit) -> Answer:
    """What is in the document, and the link to it."""
    return visit.show("data.html")


@pages.get(DOWNLOAD, "One's data")
def download_data(visit: Visit) -> Answer:
    """The document as the API gives it: an attachment, or the way to where a large one lies."""
    reply = visit.call("GET", EXPORT, username=visit.me.username)
    if reply.status in (200, 303):
        return with_cookies(reply.answer, visit.cookies)
    return failed(visit, reply, PATH)
