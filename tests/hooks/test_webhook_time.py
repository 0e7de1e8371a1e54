"""Webhooks within the time that a request has (docs/security.md, "Time-outs")."""

import time
from datetime import UTC, datetime

import pytest

from chalicelib.deadlines import request_time
from chalicelib.hooks.port import HookCall, HookFailedError, HookName
from chalicelib.hooks.webhook import Endpoint, Webhooks
from tests.hooks.receiver import Receiver, Reply

CALL = HookCall(HookName.LMS, "step-1", 5, {})


def reason(receiver: Receiver) -> str:
    hooks = Webhooks({HookName.LMS: Endpoint(receiver.url, "secret")}, lambda: datetime.now(UTC), plain_http=True)
    with pytest.raises(HookFailedError) as caught:
        hooks.call(CALL)
    return caught.value.reason


def test_no_try_without_time_left(receiver: Receiver) -> None:
    """A request whose time is over calls nobody, and the step has failed as with a hook that takes too long."""
    with request_time(0):
        assert "timeout" == reason(receiver)
    assert [] == receiver.taken


def test_a_try_takes_no_longer_than_is_left(receiver: Receiver) -> None:
    """Of a hook that is silent for longer than the request has time no further try begins."""
    receiver.replies = [Reply(wait=30)]
    began = time.monotonic()
    with request_time(0.3):
        assert "timeout" == reason(receiver)
    assert time.monotonic() - began < 20
    assert 1 == len(receiver.taken)
