"""Counting, and breaking, what the service asks of AWS."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import EndpointConnectionError, ReadTimeoutError


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
def sent(client: Any) -> Iterator[list[str]]:
    """The names of the operations of which `client` sends a try meanwhile, each time that it does."""
    tries: list[str] = []
    name = f"before-send.{client.meta.service_model.service_id.hyphenize()}"

    def note(event_name: str, **_: Any) -> None:
        tries.append(event_name.rpartition(".")[2])

    client.meta.events.register_last(name, note)
    try:
        yield tries
    finally:
        client.meta.events.unregister(name, note)


@contextmanager
def unreachable(client: Any, *operations: str) -> Iterator[None]:
    """Meanwhile these operations (none: all) of `client` fail as if nothing answered."""

    def fail(model: Any, **_: Any) -> None:
        if not operations or model.name in operations:
            raise EndpointConnectionError(endpoint_url="https://nowhere.invalid")

    with _hooked(client, fail):
        yield


@contextmanager
def lost(client: Any, *operations: str) -> Iterator[None]:
    """Meanwhile each first attempt of these operations of `client` is carried out, and its answer is lost."""
    endpoint = client._endpoint
    respond = endpoint._get_response

    def losing(request: Any, model: Any, context: Any) -> Any:
        answer = respond(request, model, context)
        if model.name in operations and request.headers["amz-sdk-request"].startswith(b"attempt=1"):
            return None, ReadTimeoutError(endpoint_url="https://nowhere.invalid")
        return answer

    endpoint._get_response = losing
    try:
        yield
    finally:
        del endpoint._get_response


@contextmanager
def _hooked(client: Any, handler: Any) -> Iterator[None]:
    name = f"before-call.{client.meta.service_model.service_id.hyphenize()}"
    client.meta.events.register(name, handler)
    try:
        yield
    finally:
        client.meta.events.unregister(name, handler)


@contextmanager
def meanwhile(client: Any, operation: str, act: Any, *, calls_before: int = 0) -> Iterator[None]:
    """Do `act` once, just before `client` calls `operation` for the time after `calls_before` others."""
    left = [calls_before]

    def interrupt(model: Any, **_: Any) -> None:
        if model.name != operation or left[0] < 0:
            return
        left[0] -= 1
        if left[0] < 0:
            act()

    with _hooked(client, interrupt):
        yield


@contextmanager
def cancelled(client: Any, *codes: str, times: int = 1) -> Iterator[None]:
    """Meanwhile the next `times` transactions of `client` are cancelled, their items for these reasons in turn."""
    left = [times]

    def cancel(model: Any, **_: Any) -> Any:
        if model.name != "TransactWriteItems" or left[0] <= 0:
            return None
        left[0] -= 1
        reasons = [{"Code": code} for code in codes]
        error = {"Code": "TransactionCanceledException", "Message": "cancelled"}
        return _Refused(), {"Error": error, "CancellationReasons": reasons, "ResponseMetadata": {"HTTPStatusCode": 400}}

    with _hooked(client, cancel):
        yield


class _Refused:
    """What an HTTP response of DynamoDB's looks like to botocore."""

    status_code = 400
