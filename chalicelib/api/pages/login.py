"""The page to sign in on (spec 40, sections 1 and 2). It is served with or without the rest of the site."""

from chalicelib.api import csrf
from chalicelib.api.answers import redirect, with_cookies
from chalicelib.api.bodies import FORM, form, require_content_type, text_field
from chalicelib.api.browser_login import ANSWERS, NameAndPassword, credentials, target_of
from chalicelib.api.errors import SignInError
from chalicelib.api.origins import here, origin_of, safe_target
from chalicelib.api.pages.visit import Visit, visit_of
from chalicelib.api.routing import Area, Exchange, Parameter, Responds, Takes
from chalicelib.api.signing_in import cookies_of, sign_in, unreadable
from chalicelib.events.idempotency import Answer

area = Area("Site: signing in")
PATH = "/login"
NEXT = Parameter("next", "Where to go after the login: a path of this service, or an address of a configured origin.")


@area.route(
    "GET",
    PATH,
    summary="A page to sign in on",
    public=True,
    parameters=[NEXT],
    answers={200: Responds("A form.", None, "text/html")},
)
def get_login_page(exchange: Exchange) -> Answer:
    """A form that signs in and then follows `next`."""
    return _page(exchange, exchange.request.last("next"))


@area.route(
    "POST",
    PATH,
    summary="Sign in on the page",
    public=True,
    takes=Takes(NameAndPassword, (FORM,)),
    answers={
        200: Responds("The form again, and what was wrong.", None, "text/html"),
        302: Responds("Logged in; on to `next`."),
        403: ANSWERS[403],
    },
)
def post_login_page(exchange: Exchange) -> Answer:
    """Sign in with the form."""
    services, request = exchange.services, exchange.request
    require_content_type(request, FORM)
    fields = form(request, services.settings.body_limit_bytes)
    csrf.require(services, request)
    name, password = credentials(fields, "email_or_username")
    try:
        if not name or password is None:
            raise unreadable(name)
        login = sign_in(exchange, name, password)
    except SignInError as error:
        return _page(exchange, text_field(fields, "next"), name, error.message)
    onward = target_of(exchange, fields.get("next")) or here("/", services.settings)
    return with_cookies(redirect(onward), cookies_of(exchange, login))


def _page(exchange: Exchange, target: str | None, typed: str = "", fault: str = "") -> Answer:
    settings = exchange.services.settings
    followed = safe_target(target, exchange.request, settings) or ""
    # Browsers hold a form to this list on its way through redirects, too.
    ours = (origin_of(settings.base_url), origin_of(settings.landing_page))
    onward = dict.fromkeys((*settings.cors_origins, *settings.redirect_origins, *filter(None, ours)))
    visit: Visit = visit_of(exchange)
    return visit.show("login.html", form_targets=onward, next=followed, typed=typed, fault=fault, site=settings.site)
