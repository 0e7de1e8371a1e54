"""Routes as a table: each says what it serves, who may ask, and how it answers; OpenAPI is written from it.

Every path is registered with all methods, so that a method that is not served gets the contract's 405, behind
its 401, from us and not from the gateway.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from chalicelib.api.authentication import Caller
from chalicelib.api.request import Request
from chalicelib.api.rights import Right
from chalicelib.api.services import Services
from chalicelib.events.idempotency import Answer

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Responds:
    """One possible answer: what it means and, where there is one, the model of its body."""

    means: str
    body: Any = None
    media_type: str = "application/json"
    example: Any = None


@dataclass(frozen=True)
class Takes:
    """A body that a route reads: media types and the model of its fields, and types of which it takes the bytes alone.

    `optional`: it may be left out.
    """

    body: Any
    media_types: Sequence[str] = ("application/json",)
    example: Any = None
    optional: bool = False
    bytes_of: Sequence[str] = ()


@dataclass(frozen=True)
class Parameter:
    """A query parameter or a header; whether a request without it is refused."""

    name: str
    means: str
    place: str = "query"
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    required: bool = False


SHARED_VIEW = Parameter("view", "`shared` shows what a stranger would see.")
IF_MATCH = Parameter("If-Match", "The version that the account must still have.", "header")
IDEMPOTENCY_KEY = Parameter(
    "Idempotency-Key",
    "The same key and request again get the first answer.",
    "header",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
)


@dataclass(frozen=True)
class Exchange:
    """What a handler works with: the services, the request and, unless the route is public, the caller."""

    services: Services
    request: Request
    known: Caller | None = None

    @property
    def caller(self) -> Caller:
        """The caller of a route that needs one."""
        if self.known is None:
            raise LookupError("a public route has no caller")
        return self.known


Handler = Callable[[Exchange], Answer]


@dataclass(frozen=True)
class Route:
    """One method of one path. `public` routes need no token, those with a `right` a caller who holds it.

    A `batch` is many commits, and sees to its idempotency key itself. A `guard` refuses callers, and comes before
    the method is found not to be served.
    """

    method: str
    path: str
    handler: Handler = field(repr=False)
    summary: str
    tag: str
    answers: Mapping[int, Responds]
    takes: Takes | None = None
    parameters: Sequence[Parameter] = ()
    public: bool = False
    username_in_path: bool = False
    right: Right | None = None
    batch: bool = False
    guard: Callable[["Exchange"], object] | None = None

    @property
    def operation_id(self) -> str:
        """A name for generated clients."""
        return f"{self.handler.__name__}"


class Area:
    """The routes of one area, collected by decorators."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.routes: list[Route] = []

    def route(
        self,
        method: str,
        *paths: str,
        summary: str,
        answers: Mapping[int, Responds],
        takes: Takes | None = None,
        parameters: Sequence[Parameter] = (),
        public: bool = False,
        right: Right | None = None,
        batch: bool = False,
        guard: Callable[[Exchange], object] | None = None,
    ) -> Callable[[Handler], Handler]:
        """Serve `method` on each of `paths` with the decorated handler."""

        def add(handler: Handler) -> Handler:
            for path in paths:
                self.routes.append(
                    Route(
                        method,
                        path,
                        handler,
                        summary,
                        self.tag,
                        MappingProxyType(dict(answers)),
                        takes,
                        parameters,
                        public,
                        "{username}" in path,
                        right,
                        batch,
                        guard,
                    )
                )
            return handler

        return add


def by_path(routes: Sequence[Route]) -> dict[str, dict[str, Route]]:
    """Path -> method -> route."""
    table: dict[str, dict[str, Route]] = {}
    for route in routes:
        table.setdefault(route.path, {})[route.method] = route
    return table
