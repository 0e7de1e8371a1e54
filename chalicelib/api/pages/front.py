"""The front door, signing up, and asking for a new password."""

from chalicelib.api.answers import html
from chalicelib.api.linked_pages import frame_of
from chalicelib.api.pages.faults import faults_of
from chalicelib.api.pages.inner import as_json
from chalicelib.api.pages.page import For, Pages
from chalicelib.api.pages.visit import Visit, visit_of
from chalicelib.api.routing import Exchange, Responds
from chalicelib.events.idempotency import Answer
from chalicelib.site.rendering import render

pages = Pages("Site: front door")
REGISTRATION = "/api/user/v2/account/registration"
RESET = "/password_reset"
SIGN_UP = "/signup"
FORGOTTEN = "/forgotten"
ASKED = ("username", "email", "name", "password", "country", "year_of_birth")
"""The fields of the form to sign up, in their order; the last two may stay empty."""


@pages.area.route(
    "GET",
    "/",
    summary="The front page",
    public=True,
    answers={200: Responds("A page.", None, "text/html"), 303: Responds("Signed in: to one's own account.")},
)
def get_front_page(exchange: Exchange) -> Answer:
    """What this service is, and the ways in."""
    settings = exchange.services.settings
    if not settings.site:
        return html(render("plain_front.html", frame_of(settings, exchange.request)))
    visit = visit_of(exchange)
    return visit.show("front.html") if visit.account is None else visit.go("/my/account")


@pages.get(SIGN_UP, "A form to sign up", For.ANYBODY)
def show_sign_up(visit: Visit) -> Answer:
    """The form for an account; who has one is led there."""
    return _sign_up(visit) if visit.account is None else visit.go("/my/account")


@pages.post(SIGN_UP, "Sign up", ("POST", REGISTRATION), audience=For.ANYBODY)
def sign_up(visit: Visit) -> Answer:
    """Make an account; its address gets a link that activates it."""
    sent = {name: visit.typed(name) for name in ASKED if visit.typed(name)}
    reply = visit.call("POST", REGISTRATION, as_json(sent))
    if not reply.ok:
        return _sign_up(visit, faults_of(reply))
    return visit.go(f"{SIGN_UP}/done")


@pages.get(f"{SIGN_UP}/done", "What to do after signing up", For.ANYBODY)
def show_signed_up(visit: Visit) -> Answer:
    """Look into the mail."""
    return visit.show("signed_up.html")


@pages.get(FORGOTTEN, "A form that asks for a new password", For.ANYBODY)
def show_forgotten(visit: Visit) -> Answer:
    """Ask for a link by which a new password can be chosen."""
    return visit.show("forgotten.html", typed="", faults={})


@pages.post(FORGOTTEN, "Ask for a new password", ("POST", RESET), audience=For.ANYBODY)
def ask_for_password(visit: Visit) -> Answer:
    """Have a link mailed, if anybody has the address; the page says the same in any case."""
    reply = visit.call("POST", RESET, as_json({"email": visit.typed("email")}))
    if not reply.ok:
        return visit.show("forgotten.html", typed=visit.typed("email"), faults=faults_of(reply))
    return visit.go(f"{FORGOTTEN}/done")


@pages.get(f"{FORGOTTEN}/done", "What to do after asking for a new password", For.ANYBODY)
def show_asked(visit: Visit) -> Answer:
    """Look into the mail."""
    return visit.show("password_asked.html")


def _sign_up(visit: Visit, faults: dict[str, str] | None = None) -> Answer:
    typed = {name: "" if name == "password" else visit.typed(name) for name in ASKED}
    return visit.show("signup.html", typed=typed, faults=faults or {})
