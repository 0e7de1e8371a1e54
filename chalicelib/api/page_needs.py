"""The small things that Open edX's own pages ask for (spec 40, section 9)."""

from typing import Any

from chalicelib.accounts.rules.languages import is_language_tag
from chalicelib.accounts.rules.regions import country_names
from chalicelib.api.answers import empty, json_answer, with_cookies
from chalicelib.api.bodies import FORM, form, text_field
from chalicelib.api.cookies import Cookie, written
from chalicelib.api.errors import ApiError, BodyTooLargeError
from chalicelib.api.form_fields import form_field
from chalicelib.api.origins import here
from chalicelib.api.parts import MULTIPART, text_part
from chalicelib.api.routing import Area, Exchange, Responds
from chalicelib.api.schemas import FormDescription
from chalicelib.events.idempotency import Answer

area = Area("Pages")
REGISTRATION = "/api/user/v2/account/registration/"
LANGUAGE_SECONDS = 365 * 24 * 3600


@area.route(
    "GET", "/favicon.ico", summary="No icon", public=True, answers={204: Responds("There is none; do not ask again.")}
)
def get_icon(_: Exchange) -> Answer:
    """Browsers ask for it on every page."""
    return empty(204, Cache_Control="public, max-age=86400")


@area.route(
    "GET",
    "/api/third_party_auth/v0/providers/user_status",
    summary="Logins at other providers",
    answers={200: Responds("None: there is no third-party login here.", list[dict[str, Any]])},
)
def list_providers(_: Exchange) -> Answer:
    """An empty list."""
    return json_answer([])


@area.route(
    "GET",
    "/user_api/v1/account/registration",
    "/user_api/v2/account/registration",
    "/api/user/v1/account/registration",
    "/api/user/v2/account/registration",
    summary="The fields of the registration form",
    public=True,
    answers={200: Responds("The form's fields.", FormDescription)},
)
def describe_registration(exchange: Exchange) -> Answer:
    """What registration asks for; `country` brings the countries to choose from."""
    settings = exchange.services.settings
    names = {code: name for code, name in country_names().items() if code not in settings.restricted_countries}
    options = [{"value": "", "name": "--", "default": True}]
    options += [{"value": code, "name": name} for code, name in sorted(names.items(), key=lambda pair: pair[1])]
    fields = [
        form_field("email", "email", "E-mail address", restrictions={"min_length": 3, "max_length": 254}),
        form_field("name", "text", "Full name", restrictions={"max_length": 255}),
        form_field("username", "text", "Username", restrictions={"min_length": 2, "max_length": 30}),
        form_field("password", "password", "Password", restrictions={"min_length": 8, "max_length": 75}),
        form_field("country", "select", "Country or region of residence", required=False, options=options),
    ]
    content = FormDescription(method="post", submit_url=here(REGISTRATION, settings), fields=fields)
    return json_answer(content)


@area.route(
    "POST",
    "/event",
    summary="Drop a tracking event",
    public=True,
    answers={
        204: Responds("It was dropped: it would tell what somebody does."),
        413: Responds("The body is too large."),
    },
)
def drop_event(exchange: Exchange) -> Answer:
    """Neither kept nor logged; nor is more of it read than of anything else."""
    if len(exchange.request.body) > exchange.services.settings.body_limit_bytes:
        raise BodyTooLargeError
    return empty(204)


@area.route(
    "POST",
    "/i18n/setlang",
    summary="Choose the language of pages",
    public=True,
    answers={204: Responds("It is in a cookie now, if it is a language.")},
)
def set_language(exchange: Exchange) -> Answer:
    """Remember the `language` of a form in a cookie; an unknown one changes nothing."""
    request, settings = exchange.request, exchange.services.settings
    wanted = _language(exchange)
    if wanted is None:
        return empty(204)
    cookie = Cookie(settings.cookie_language_name, wanted, LANGUAGE_SECONDS, scripts=True)
    return with_cookies(empty(204), [written(cookie, request, settings)])


def _language(exchange: Exchange) -> str | None:
    request = exchange.request
    try:
        if request.content_type == MULTIPART:
            wanted = text_part(request, "language")
        elif request.content_type == FORM:
            wanted = text_field(form(request, exchange.services.settings.body_limit_bytes), "language")
        else:
            wanted = None
    except ApiError:
        return None
    return wanted if wanted is not None and is_language_tag(wanted) else None
