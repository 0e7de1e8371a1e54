"""The time that a request has: API Gateway gives up after 29 seconds, so nothing begins that could end later.

Clients try four times and wait for each try, and a command makes several calls. What all of them may take together is
no sum of time-outs but this: after `LAST_CALL_SECONDS` no further try begins, not even a repeated one, and who asked
reads 503 with `Retry-After` from us, not 504 from the gateway. A try that has begun is never broken off, so nothing is
less certain than without a deadline. Jobs have none.
"""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from botocore.exceptions import BotoCoreError

GATEWAY_SECONDS = 29.0
"""After so long API Gateway answers 504, whatever we do."""

LAST_CALL_SECONDS = 19.0
"""The longest try of any client takes 8 seconds, so it ends two seconds before the gateway does."""

_LAST: ContextVar[float] = ContextVar("when the last call may begin", default=math.inf)


class DeadlinePassedError(BotoCoreError):
    """No time is left for another call: handled wherever a service that gives no answer is."""

    fmt = "The request has no time left for another call."


@contextmanager
def request_time(seconds: float = LAST_CALL_SECONDS) -> Iterator[None]:
    """For so many seconds from now calls may begin; within another such time no longer than that one has."""
    token = _LAST.set(min(_LAST.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _LAST.reset(token)


def time_left() -> float:
    """For how many seconds more a call may begin; infinity where no request is answered."""
    return _LAST.get() - time.monotonic()


def refuse_late_calls(client: Any) -> Any:
    """Let a botocore client begin no try without time left; answers the client."""
    service = client.meta.service_model.service_id.hyphenize()
    client.meta.events.register_first(f"before-send.{service}", _refuse_late)
    return client


def _refuse_late(**_: Any) -> None:
    if time_left() <= 0:
        raise DeadlinePassedError
