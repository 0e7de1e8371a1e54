"""Nothing begins in a request that could end after API Gateway has given up."""

import math
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from chalicelib.deadlines import (
    GATEWAY_SECONDS,
    LAST_CALL_SECONDS,
    DeadlinePassedError,
    request_time,
    time_left,
)
from chalicelib.events import dynamo
from chalicelib.events.dynamo import call, dynamo_client
from chalicelib.events.errors import StoreUnavailableError
from chalicelib.hooks import webhook
from chalicelib.settings import Settings
from chalicelib.wiring import Wiring
from infra.functions import FUNCTIONS

REGION = "eu-west-1"
TRIES = 4
"""How often a client tries: botocore counts `max_attempts` after the first."""

SERVICES = ["kms", "secretsmanager", "ses", "events"]


@pytest.fixture
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")


def clients() -> list[Any]:
    """Every client that the service has."""
    wiring = Wiring(Settings())
    return [wiring.dynamodb, wiring._s3, *(wiring.client(service) for service in SERVICES)]


def one_try(client: Any) -> float:
    """The longest that one try of a client waits: for the connection, then for the answer."""
    return float(client.meta.config.connect_timeout + client.meta.config.read_timeout)


@contextmanager
def silent_server() -> Iterator[tuple[str, list[float]]]:
    """The URL of something that takes connections and never answers, and when it took each."""
    taken: list[float] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        held = []

        def accept() -> None:
            while True:
                try:
                    held.append(server.accept()[0])
                except OSError:
                    return
                taken.append(time.monotonic())

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", taken
        server.shutdown(socket.SHUT_RDWR)
        for connection in held:
            connection.close()


def refuses(client: Any) -> bool:
    """Whether a client begins nothing once the time is over. There is no credential and no network here."""
    handlers = client.meta.events
    event = f"before-send.{client.meta.service_model.service_id.hyphenize()}.Any"
    with request_time(0), pytest.raises(DeadlinePassedError):
        handlers.emit(event, request=None)
    return True


def test_the_budget_of_every_client():
    """A try that begins at the last moment ends before the gateway gives up, with a second left for our own work."""
    for client in clients():
        assert LAST_CALL_SECONDS + one_try(client) + 1 < GATEWAY_SECONDS, client.meta.service_model.service_name


def test_every_client_heeds_the_deadline():
    """No client of the service is without it."""
    assert [True] * (2 + len(SERVICES)) == [refuses(client) for client in clients()]


def test_the_budget_of_a_webhook():
    """A try and the read in which its time runs out end before the gateway gives up, whenever it begins."""
    latest = [begins + 2 * min(webhook.SECONDS, LAST_CALL_SECONDS - begins) for begins in range(int(LAST_CALL_SECONDS))]
    assert max(latest) + 1 < GATEWAY_SECONDS


def test_time_outs_alone_would_not_do():
    """Why there is a deadline: two calls outlast the gateway if every try is waited for, and so do two webhooks."""
    for client in clients():
        assert TRIES == client.meta.config.retries["total_max_attempts"]
        assert 2 * TRIES * one_try(client) > GATEWAY_SECONDS
    assert 2 * webhook.TRIES * webhook.SECONDS > GATEWAY_SECONDS


def test_the_function_may_run_until_the_last_try_has_ended():
    """Lambda ends the function of the API after the longest try that may begin, and before the gateway gives up."""
    (seconds,) = [function.seconds for function in FUNCTIONS if function.name == "api"]
    assert LAST_CALL_SECONDS + max(one_try(client) for client in clients()) < seconds < GATEWAY_SECONDS


def test_no_time_is_set_outside_of_requests():
    """Jobs have no deadline."""
    assert math.inf == time_left()
    with request_time(5):
        assert 4 < time_left() <= 5
    assert math.inf == time_left()


def test_a_time_within_a_time_is_no_longer():
    """Whoever is given less time cannot give itself more; a shorter one ends with its block."""
    with request_time(5), request_time(10):
        assert time_left() <= 5
    with request_time(10):
        with request_time(1):
            assert time_left() <= 1
        assert time_left() > 5


@pytest.mark.usefixtures("_credentials")
def test_tries_end_with_the_time(monkeypatch: pytest.MonkeyPatch):
    """Of a service that never answers no second try begins once the time is over; the store is unavailable."""
    monkeypatch.setattr(dynamo, "READ_SECONDS", 0.3)
    with silent_server() as (url, taken):
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", url)
        client = dynamo_client(REGION)
        with request_time(0.1), pytest.raises(StoreUnavailableError, match="DeadlinePassedError"):
            call(client.get_item, TableName="t", Key={"pk": {"S": "x"}})
        assert 1 == len(taken)


@pytest.mark.usefixtures("_credentials")
def test_without_a_time_every_try_is_made(monkeypatch: pytest.MonkeyPatch):
    """The control: outside of a request the same service is tried again and again."""
    monkeypatch.setattr(dynamo, "READ_SECONDS", 0.05)
    with silent_server() as (url, taken):
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", url)
        with pytest.raises(StoreUnavailableError, match="ReadTimeoutError"):
            call(dynamo_client(REGION).get_item, TableName="t", Key={"pk": {"S": "x"}})
        assert TRIES == len(taken)
