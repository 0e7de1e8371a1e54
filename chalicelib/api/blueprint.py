"""The table of routes as Chalice blueprints, one an area."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chalice import Blueprint, Response

from chalicelib.api import unserved
from chalicelib.api.areas import AREAS as API_AREAS
from chalicelib.api.dispatch import answer
from chalicelib.api.pages import AREAS as PAGE_AREAS
from chalicelib.api.request import Request, request_of
from chalicelib.api.routing import METHODS, Area, Route, by_path
from chalicelib.api.services import Services, traced
from chalicelib.events.idempotency import Answer
from chalicelib.logs import saying
from chalicelib.metrics import emit

AREAS: Sequence[Area] = (*API_AREAS, *PAGE_AREAS)
ROUTES: Sequence[Route] = tuple(route for area in AREAS for route in area.routes)
"""What is served; `unserved` answers for all other paths."""


def blueprints(services: Services) -> list[Blueprint]:
    """One blueprint an area; every path takes every method, see `chalicelib.api.routing`.

    A path whose methods are of several areas is in the first one's.
    """
    made = {area.tag: Blueprint(__name__) for area in (*AREAS, unserved.area)}
    for path, routes in by_path((*ROUTES, *unserved.area.routes)).items():
        first = next(iter(routes.values()))
        view = _view(made[first.tag], services, routes)
        name = f"{first.handler.__name__}_{len(path)}"
        made[first.tag].route(path, methods=list(METHODS), content_types=["*/*"], name=name)(view)
    return list(made.values())


def _view(blueprint: Blueprint, services: Services, routes: Mapping[str, Route]) -> Callable[..., Response]:
    def view(**_: str) -> Response:
        request = request_of(blueprint.current_request, services.random_bytes(16).hex())
        lambda_request = getattr(blueprint.lambda_context, "aws_request_id", None)
        with saying(request=traced(services, request.request_id), lambda_request=lambda_request):
            given = answer(services, routes, request)
        if given.status == 503:
            emit({"UnavailableAnswers": 1})
        return response(given, request)

    return view


def response(given: Answer, request: Request) -> Response:
    """An answer as Chalice wants it; HEAD has no body."""
    headers: dict[str, Any] = {**given.headers, "X-Request-ID": request.request_id}
    if given.cookies:
        headers["Set-Cookie"] = list(given.cookies)
    if given.status == 304 or request.method == "HEAD" or not given.body:
        return Response(b"", headers, given.status)
    body = given.body.encode() if isinstance(given.body, str) else given.body
    return Response(body, headers, given.status)
