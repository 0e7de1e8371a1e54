"""The choice of a language at the foot of every page."""

from urllib.parse import urlencode

from chalicelib.api.answers import with_cookies
from chalicelib.api.bodies import FORM
from chalicelib.api.origins import safe_target
from chalicelib.api.pages.inner import Body
from chalicelib.api.pages.page import For, Pages
from chalicelib.api.pages.visit import Visit
from chalicelib.events.idempotency import Answer

pages = Pages("Site: front door")
SET_LANGUAGE = "/i18n/setlang"


@pages.post("/language", "Choose the language of the pages", ("POST", SET_LANGUAGE), audience=For.ANYBODY)
def choose_language(visit: Visit) -> Answer:
    """Keep the choice in a cookie of this browser, and go back to the page."""
    form = urlencode({"language": visit.typed("language")}, errors="replace").encode()
    reply = visit.call("POST", SET_LANGUAGE, Body(form, FORM))
    onward = safe_target(visit.typed("back"), visit.request, visit.services.settings)
    back = onward if onward and onward.startswith("/") else "/"
    return with_cookies(visit.go(back), reply.answer.cookies)
