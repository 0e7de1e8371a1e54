"""The Chalice app as a function that several threads may call at once."""

import threading
from typing import Any

from chalice.app import Chalice
from chalice.local import LambdaContext

GATEWAY_SECONDS = 29
MEMORY_MB = 1769


class _Apart:
    """Marks an app whose current request is kept for each thread."""


def keep_requests_apart(app: Chalice) -> None:
    """Make `app.current_request` and `app.lambda_context` the calling thread's own.

    Lambda handles one request at a time, so Chalice keeps them on the app. `chalice local` has the same cure
    for `current_request`, but not for `lambda_context`.
    """
    if not isinstance(app, _Apart):
        app.__class__ = _apart(type(app))


def _apart(kind: type) -> type:
    here = threading.local()

    def own(name: str) -> property:
        def read(_app: Any) -> Any:
            return getattr(here, name, None)

        def write(_app: Any, value: Any) -> None:
            setattr(here, name, value)

        return property(read, write)

    names = ("current_request", "lambda_context")
    return type(kind.__name__, (_Apart, kind), {name: own(name) for name in names})


def lambda_context(name: str) -> Any:
    """A context as Lambda gives it, with API Gateway's time limit of 29 seconds."""
    return LambdaContext(name, MEMORY_MB, max_runtime_ms=GATEWAY_SECONDS * 1000)
