"""The files that the service serves as they are: the default pictures."""

from chalicelib.api.answers import empty
from chalicelib.api.errors import NotFoundError
from chalicelib.api.preconditions import is_known
from chalicelib.api.routing import Area, Exchange, Responds
from chalicelib.events.idempotency import Answer
from chalicelib.site.static import asset

area = Area("Service")


@area.route(
    "GET",
    "/static/images/profiles/{name}",
    summary="A default picture",
    public=True,
    answers={
        200: Responds("The picture.", None, "image/png"),
        304: Responds("The picture that the client has is still the one."),
        404: Responds("There is no such file."),
    },
)
def get_default_picture(exchange: Exchange) -> Answer:
    """One of the default profile pictures."""
    found = asset(exchange.request.parameters["name"])
    if found is None:
        raise NotFoundError
    caching = {
        "ETag": found.etag,
        "Cache_Control": "public, max-age=86400",
        "Cross_Origin_Resource_Policy": "cross-origin",
    }
    if is_known(exchange.request, found.etag):
        return empty(304, **caching)
    headers = {"Content-Type": found.content_type, **empty(200, **caching).headers}
    return Answer(200, headers, found.content)
