"""Counting, and breaking, what the service asks of AWS."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import EndpointConnectionError


@contextmanager
def recorded(client: Any) -> Iterator[list[str]]:
    """The names of the operations that `client` calls meanwhile, in order."""
    calls: list[str] = []
    lock = threading.Lock()

    def note(model: Any, **_: Any) -> None:
        with lock:
            calls.append(model.name)

    with _hooked(client, note):
        yield calls


@contextmanager
def unreachable(client: Any, *operations: str) -> Iterator[None]:
    """Meanwhile these operations (none: all) of `client` fail as if nothing answered."""

    def fail(model: Any, **_: Any) -> None:
        if not operations or model.name in operations:
            raise EndpointConnectionError(endpoint_url="https://nowhere.invalid")

    with _hooked(client, fail):
        yield


@contextmanager
def _hooked(client: Any, handler: Any) -> Iterator[None]:
    name = f"before-call.{client.meta.service_model.service_id.hyphenize()}"
    client.meta.events.register(name, handler)
    try:
        yield
    finally:
        client.meta.events.unregister(name, handler)
