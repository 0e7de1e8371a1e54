"""The table of routes as Chalice blueprints, one an area."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chalice import Blueprint, Response

from chalicelib.api import (
    accounts,
    addresses,
    admin,
    checks,
    health,
    leaving,
    lists,
    names,
    pictures,
    preferences,
    registration,
    retirement_cancel,
    retirement_cleanup,
    retirement_partners,
    retirement_rows,
    retirement_steps,
    static,
    tokens,
    usernames,
)
from chalicelib.api.dispatch import answer
from chalicelib.api.request import Request, request_of
from chalicelib.api.routing import METHODS, Area, Route, by_path
from chalicelib.api.services import Services
from chalicelib.events.idempotency import Answer

AREAS: Sequence[Area] = (
    accounts.area,
    lists.area,
    names.area,
    addresses.area,
    preferences.area,
    registration.area,
    checks.area,
    admin.area,
    leaving.area,
    retirement_rows.area,
    retirement_steps.area,
    retirement_partners.area,
    retirement_cleanup.area,
    retirement_cancel.area,
    usernames.area,
    tokens.area,
    health.area,
    static.area,
    pictures.area,
)
ROUTES: Sequence[Route] = tuple(route for area in AREAS for route in area.routes)
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def blueprints(services: Services) -> list[Blueprint]:
    """One blueprint an area; every path takes every method, see `chalicelib.api.routing`."""
    return [_blueprint(area, services) for area in AREAS]


def _blueprint(area: Area, services: Services) -> Blueprint:
    blueprint = Blueprint(__name__)
    for path, routes in by_path(area.routes).items():
        view = _view(blueprint, services, routes)
        name = f"{next(iter(routes.values())).handler.__name__}_{len(path)}"
        blueprint.route(path, methods=list(METHODS), content_types=["*/*"], name=name)(view)
    return blueprint


def _view(blueprint: Blueprint, services: Services, routes: Mapping[str, Route]) -> Callable[..., Response]:
    def view(**_: str) -> Response:
        request = request_of(blueprint.current_request, services.random_bytes(16).hex())
        return response(answer(services, routes, request), request)

    return view


def response(given: Answer, request: Request) -> Response:
    """An answer with the headers that every answer has, as Chalice wants it; HEAD has no body."""
    headers: dict[str, Any] = {**ALWAYS, **given.headers, "X-Request-ID": request.request_id}
    if given.status == 304 or request.method == "HEAD" or not given.body:
        return Response(b"", headers, given.status)
    body = given.body.encode() if isinstance(given.body, str) else given.body
    return Response(body, headers, given.status)
