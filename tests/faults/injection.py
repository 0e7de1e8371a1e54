"""Calls of AWS that fail: the n-th one that a command makes, below botocore's own retries."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from io import BytesIO
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError
from botocore.retries.quota import RetryQuota
from moto.core.botocore_stubber import BotocoreStubber

from tests.support.clock import FakeClock

NOWHERE = "https://nowhere.invalid"
FIRST_ATTEMPT = b"attempt=1"
SES_ERROR = "<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code></Error></ErrorResponse>"
S3_ERROR = "<Error><Code>SlowDown</Code><Message>slow</Message></Error>"


class Mode(Enum):
    """How a call fails."""

    REFUSED = "no connection"
    LANDED = "time-out after it has landed"
    THROTTLED = "throttled"
    TIMED_OUT = "time-out before it has landed"


class Span(Enum):
    """For how long calls fail."""

    BLIP = "its first attempt"
    CALL = "all its attempts"
    FOR_GOOD = "it and all calls after it"


@dataclass
class Fault:
    """What happens to call number `at` (from 1; 0: nothing happens to any), and the calls that were made."""

    at: int = 0
    mode: Mode = Mode.REFUSED
    span: Span = Span.BLIP
    calls: list[str] = field(default_factory=list)
    strikes: int = 0
    lock: Any = field(default_factory=threading.Lock)

    def __str__(self) -> str:
        called = self.calls[self.at - 1] if 0 < self.at <= len(self.calls) else "none"
        return f"call {self.at} ({called}): {self.mode.value}, {self.span.value}"

    def strikes_at(self, name: str, *, first: bool) -> int:
        """Count an attempt of a call; how many have failed by now if this one fails too, else 0."""
        with self.lock:
            if first or not self.calls:
                self.calls.append(name)
            if not self.at or not self._hits(first=first):
                return 0
            self.strikes += 1
            return self.strikes

    def _hits(self, *, first: bool) -> bool:
        now = len(self.calls)
        if self.span is Span.BLIP:
            return now == self.at and first
        return now == self.at or (self.span is Span.FOR_GOOD and now > self.at)


@contextmanager
def injected(fault: Fault, clock: FakeClock) -> Iterator[Fault]:
    """Let AWS fail as `fault` says. Whoever waits meanwhile moves the clock, and waits for nothing."""
    send = BotocoreStubber.__call__

    def failing(self: BotocoreStubber, event_name: str, request: Any, **more: Any) -> Any:
        _, service, operation = event_name.split(".")
        first = request.headers.get("amz-sdk-request", FIRST_ATTEMPT).startswith(FIRST_ATTEMPT)
        strike = fault.strikes_at(f"{service} {operation}", first=first)
        if not strike:
            return send(self, event_name, request, **more)
        if fault.mode is Mode.THROTTLED:
            return throttled(service, operation, request)
        if fault.mode is Mode.REFUSED:
            raise EndpointConnectionError(endpoint_url=NOWHERE)
        if fault.mode is Mode.LANDED and strike == 1:
            send(self, event_name, request, **more)
            raise ReadTimeoutError(endpoint_url=NOWHERE)
        raise ConnectTimeoutError(endpoint_url=NOWHERE) if strike % 2 else ReadTimeoutError(endpoint_url=NOWHERE)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BotocoreStubber, "__call__", failing)
        patch.setattr(RetryQuota, "acquire", lambda *_: True)
        patch.setattr("time.sleep", lambda seconds: clock.advance(seconds=seconds))
        yield fault


def throttled(service: str, operation: str, request: Any) -> AWSResponse:
    """The answer of a service that has too much to do, in its own words."""
    if service == "s3":
        return _answer(503, "application/xml", S3_ERROR)
    if service == "ses":
        return _answer(400, "text/xml", SES_ERROR)
    if operation == "TransactWriteItems":
        count = len(json.loads(request.body)["TransactItems"])
        reasons = [{"Code": "ThrottlingError", "Message": "slow"}] + [{"Code": "None"}] * (count - 1)
        return _error("TransactionCanceledException", CancellationReasons=reasons)
    if service == "dynamodb":
        return _error("ProvisionedThroughputExceededException")
    return _error("ThrottlingException")


def _error(code: str, **more: Any) -> AWSResponse:
    content = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "slow", **more}
    return _answer(400, "application/x-amz-json-1.0", json.dumps(content))


def _answer(status: int, content_type: str, body: str) -> AWSResponse:
    return AWSResponse(NOWHERE, status, {"content-type": content_type}, _Body(body.encode()))


class _Body(BytesIO):
    """A body as botocore reads it."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        """All of it."""
        yield self.read()
