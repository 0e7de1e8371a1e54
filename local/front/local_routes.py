"""The paths under `/_local/`: helpers of the local stage that no packaged template has (spec 00)."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeAlias

from local.front.answers import Answer, json_answer, not_found, problem
from local.front.received import Received
from local.front.routes import Match, RouteTable


@dataclass(frozen=True)
class LocalRequest:
    """A request to a local helper: path parameters, the last value of each query parameter, the body."""

    method: str
    path: str
    parameters: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON; raises ValueError (answered with 400) for anything else."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise ValueError("The body is not JSON.") from None


@dataclass(frozen=True)
class LocalAnswer:
    """What a local helper answers: a value for JSON, and a status."""

    value: Any
    status: int = HTTPStatus.OK


LocalHandler: TypeAlias = Callable[[LocalRequest], LocalAnswer]
LocalRoutes: TypeAlias = Mapping[tuple[str, str], LocalHandler]
"""Handlers by method and pattern, `("POST", "/_local/run/{job}")`."""

PREFIX = "_local"


class LocalTable:
    """The local helpers by path; a ValueError of a handler is the client's fault and its text is shown."""

    def __init__(self, routes: LocalRoutes) -> None:
        self._handlers = dict(routes)
        self._table = RouteTable(pattern for _, pattern in routes)

    def answer(self, request: Received, path: tuple[str, ...], identity: str) -> Answer:
        """Call the handler of `request`, whose decoded segments are `path`."""
        match = self._table.match(path)
        if match is None:
            return not_found(identity)
        method = "GET" if request.method == "HEAD" else request.method
        handler = self._handlers.get((method, match.pattern))
        if handler is None:
            return self._refused(request, match, identity)
        try:
            answer = handler(_local_request(request, match))
        except ValueError as error:
            return problem(HTTPStatus.BAD_REQUEST, str(error), identity)
        return json_answer(answer.status, answer.value, identity)

    def _refused(self, request: Received, match: Match, identity: str) -> Answer:
        allowed = ", ".join(sorted(method for method, pattern in self._handlers if pattern == match.pattern))
        text = f'Method "{request.method}" not allowed.'
        return problem(HTTPStatus.METHOD_NOT_ALLOWED, text, identity, {"Allow": allowed})


def _local_request(request: Received, match: Match) -> LocalRequest:
    query = {name: values[-1] for name, values in request.query.items()}
    return LocalRequest(request.method, request.raw_path, match.parameters, query, request.body)
