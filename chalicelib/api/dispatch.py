"""From a request to its answer: find the route, know the caller, call the handler, answer errors by the table."""

import logging
from collections.abc import Mapping

from chalicelib.accounts.errors import CommandError
from chalicelib.accounts.rules.usernames import PATH_USERNAME
from chalicelib.api import idempotent
from chalicelib.api.answers import detail, empty
from chalicelib.api.authentication import Caller, authenticate
from chalicelib.api.error_table import answer_for
from chalicelib.api.errors import ApiError, ForbiddenError, UnservedMethodError
from chalicelib.api.linked_pages import frame_of
from chalicelib.api.request import Request
from chalicelib.api.rights import holds
from chalicelib.api.routing import Exchange, Route
from chalicelib.api.services import Services, traced
from chalicelib.events.claims import Claim, ClaimKind
from chalicelib.events.errors import DuplicateCommandError, StoreUnavailableError
from chalicelib.events.idempotency import Answer
from chalicelib.logs import places
from chalicelib.metrics import emit

log = logging.getLogger("rollcall.api")


def answer(services: Services, routes: Mapping[str, Route], request: Request) -> Answer:
    """The answer to `request` on a path that serves `routes`, by method. Never raises.

    An error that the table does not know is a fault of ours: 500, logged once with its type and where it
    happened, never with its text, for texts may quote what people sent.
    """
    try:
        return _answer(services, routes, request)
    except Exception as error:  # noqa: BLE001 - the one place where everything that went wrong becomes an answer
        known = answer_for(error, lambda: frame_of(services.settings, request))
        if known is not None:
            return known
        log.error(
            "unexpected error",
            extra={
                "error": type(error).__name__,
                "where": places(error.__traceback__),
                "request": traced(services, request.request_id),
                "route": request.route,
            },
        )
        emit({"UnexpectedErrors": 1})
        return detail(f"Something went wrong. Request: {request.request_id}.", 500)


def _answer(services: Services, routes: Mapping[str, Route], request: Request) -> Answer:
    allowed = _allowed(routes)
    if request.method == "OPTIONS":
        return empty(204, Allow=", ".join(allowed))
    route = routes.get("GET" if request.method == "HEAD" else request.method)
    if route is None:
        if not any(served.public for served in routes.values()):
            caller = _caller(services, next(iter(routes.values())), request)
            _require_a_right(services, routes, caller)
            _pass_a_guard(routes, Exchange(services, request, caller))
        raise UnservedMethodError(allowed)
    if route.public:
        return route.handler(Exchange(services, request))
    return _answer_known(services, route, request)


def _answer_known(services: Services, route: Route, request: Request) -> Answer:
    caller = _caller(services, route, request)
    _require_a_right(services, {route.method: route}, caller)
    _pass_a_guard({route.method: route}, Exchange(services, request, caller))
    if idempotent.key_of(request) is None or route.batch:
        return route.handler(Exchange(services, request, caller))
    first = idempotent.replay(services, request, caller)
    if first is not None:
        return first
    try:
        return route.handler(Exchange(services, request, caller))
    except (DuplicateCommandError, ApiError, CommandError) as refusal:
        return _twins_answer(services, request, caller, refusal)


def _require_a_right(services: Services, routes: Mapping[str, Route], caller: Caller) -> None:
    """Raise `ForbiddenError` for a caller who holds none of the rights that the path asks for (spec 20, section 2)."""
    rights = {route.right for route in routes.values()}
    if not any(right is None or holds(caller.account, right, services.settings) for right in rights):
        raise ForbiddenError


def _pass_a_guard(routes: Mapping[str, Route], exchange: Exchange) -> None:
    """Raise what a guard of the path refuses the caller with, if all of them do."""
    refusal: ApiError | None = None
    for route in routes.values():
        try:
            if route.guard is not None:
                route.guard(exchange)
        except ApiError as error:
            refusal = error
        else:
            return
    if refusal is not None:
        raise refusal


def _twins_answer(services: Services, request: Request, caller: Caller, refusal: Exception) -> Answer:
    """The answer of the same request that was faster: what this one is refused for may be the other's work.

    Raises `refusal` if there is no such twin.
    """
    twin = idempotent.replay_after_race(services, request, caller)
    if twin is not None:
        return twin
    if isinstance(refusal, DuplicateCommandError):
        raise StoreUnavailableError("a twin's record has gone") from None
    raise refusal


def _caller(services: Services, route: Route, request: Request) -> Caller:
    """The caller, read together with who has the username in the path and with the idempotency record."""
    claims = []
    if route.username_in_path and PATH_USERNAME.fullmatch(request.parameters["username"]):
        claims.append(Claim(ClaimKind.USERNAME, request.parameters["username"]))
    return authenticate(services, request, claims, lambda account: idempotent.record_places(services, request, account))


def _allowed(routes: Mapping[str, Route]) -> tuple[str, ...]:
    served = set(routes)
    if "GET" in served:
        served.add("HEAD")
    return tuple(sorted(served | {"OPTIONS"}))
