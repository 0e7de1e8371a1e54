"""Is the service well, what does it serve, and the few files that it serves itself (spec 50, section 5)."""

import json

from chalicelib.api.answers import html, json_answer, json_text
from chalicelib.api.routing import Area, Exchange, Responds
from chalicelib.api.schemas import Health
from chalicelib.events.idempotency import Answer

area = Area("Service")


@area.route(
    "GET",
    "/heartbeat",
    summary="Is the service well?",
    public=True,
    answers={
        200: Responds("All dependencies answer.", Health),
        503: Responds("Those named in `failing` do not.", Health),
    },
)
def get_heartbeat(exchange: Exchange) -> Answer:
    """200, or 503 naming each dependency that fails."""
    failing = exchange.services.failing_dependencies()
    if failing:
        return json_answer({"status": "failing", "failing": failing}, 503, Cache_Control="no-store", Retry_After="2")
    return json_answer({"status": "ok"}, Cache_Control="no-store")


@area.route(
    "GET",
    "/openapi.json",
    summary="This description",
    public=True,
    answers={200: Responds("OpenAPI 3.1.", {"type": "object"})},
)
def get_openapi(exchange: Exchange) -> Answer:
    """The description of every route."""
    return json_text(
        json.dumps(exchange.services.description(), ensure_ascii=False), Cache_Control="public, max-age=300"
    )


@area.route(
    "GET",
    "/api-docs",
    summary="This description, to be read",
    public=True,
    answers={200: Responds("A page.", None, "text/html")},
)
def get_api_docs(exchange: Exchange) -> Answer:
    """The description as one page that loads nothing."""
    from chalicelib.site.api_docs import api_docs

    return html(api_docs(exchange.services.description()), Cache_Control="public, max-age=300")
