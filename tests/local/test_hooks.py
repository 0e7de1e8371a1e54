"""The local stage's recorder of hook calls, and its helper (spec 20, section 8.2)."""

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib.hooks.port import HookCall, HookFailedError, HookName, NoHooks
from local.front.local_routes import LocalTable
from local.front.received import Received
from local.hooks import HookRecorder, hook_routes
from tests.support.threads import at_once

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
DETAILS = {"original_email": "a@b.example", "retired_email": "r@retired.invalid"}


class AnsweringHooks:
    """Takes calls, and answers the organisations hook."""

    def __init__(self) -> None:
        self.taken: list[HookCall] = []

    def call(self, call: HookCall) -> tuple[str, ...] | None:
        self.taken.append(call)
        return ("edX",) if call.hook is HookName.ORGANISATIONS else None


class RefusingHooks:
    """Fails each call."""

    def call(self, call: HookCall) -> tuple[str, ...] | None:
        raise HookFailedError(call.hook, "status 500")


def recorder_of(inner: Any = None) -> HookRecorder:
    return HookRecorder(inner or NoHooks(), lambda: NOW)


def call_of(hook: HookName = HookName.LMS, step: str = "i", account_id: int = 5) -> HookCall:
    return HookCall(hook, step, account_id)


def ids(calls: list[dict[str, Any]]) -> list[str]:
    return [call["id"] for call in calls]


def test_shows_calls() -> None:
    """A call is shown with what its body holds, and the service's time."""
    recorder = recorder_of()
    recorder.call(HookCall(HookName.MAILING_LISTS, "step-1", 5, DETAILS))
    shown = {"hook": "mailing_lists", "id": "step-1", "account_id": 5, **DETAILS, "at": "2026-01-02T03:04:05.000000Z"}
    assert [shown] == recorder.calls()


def test_newest_last() -> None:
    """Spec 20, section 8.2: the newest call comes last; each has its own time."""
    moments = iter([NOW, NOW + timedelta(days=1)])
    recorder = HookRecorder(NoHooks(), lambda: next(moments))
    recorder.call(call_of(step="1"))
    recorder.call(call_of(step="2"))
    assert ["1", "2"] == ids(recorder.calls())
    assert ["2026-01-02T03:04:05.000000Z", "2026-01-03T03:04:05.000000Z"] == [each["at"] for each in recorder.calls()]


def test_filters_by_account() -> None:
    """A numeric id names the calls about one account."""
    recorder = recorder_of()
    for step, account_id in (("1", 5), ("2", 55), ("3", 5)):
        recorder.call(call_of(step=step, account_id=account_id))
    assert ["1", "3"] == ids(recorder.calls(5))
    assert [] == recorder.calls(6)


def test_passes_on() -> None:
    """A call goes on to what is behind the recorder, and its answer comes back."""
    inner = AnsweringHooks()
    recorder = recorder_of(inner)
    assert recorder.call(call_of()) is None
    assert ("edX",) == recorder.call(call_of(HookName.ORGANISATIONS))
    assert [HookName.LMS, HookName.ORGANISATIONS] == [call.hook for call in inner.taken]


def test_records_what_fails_behind_it() -> None:
    """A call that fails behind the recorder is shown, and fails for the caller."""
    recorder = recorder_of(RefusingHooks())
    with pytest.raises(HookFailedError, match="status 500"):
        recorder.call(call_of())
    assert ["i"] == ids(recorder.calls())


def test_fails_the_next_calls() -> None:
    """The next n calls of the hook fail, are shown, and go no further; the one after them works."""
    inner = AnsweringHooks()
    recorder = recorder_of(inner)
    recorder.fail_next(HookName.LMS, 2)
    for step in ("1", "2"):
        with pytest.raises(HookFailedError) as caught:
            recorder.call(call_of(step=step))
        assert HookName.LMS is caught.value.hook
    recorder.call(call_of(step="3"))

    assert ["1", "2", "3"] == ids(recorder.calls())
    assert ["3"] == [call.id for call in inner.taken]


def test_fails_one_hook_alone() -> None:
    """Another hook's calls neither fail nor count."""
    recorder = recorder_of()
    recorder.fail_next(HookName.LMS, 1)
    for hook in HookName:
        if hook is not HookName.LMS:
            recorder.call(call_of(hook))
    with pytest.raises(HookFailedError):
        recorder.call(call_of())


def test_a_new_count_replaces_the_old() -> None:
    """The count is that of the next calls from now on; 0 makes the hook work again."""
    recorder = recorder_of()
    recorder.fail_next(HookName.LMS, 5)
    recorder.fail_next(HookName.LMS, 0)
    recorder.call(call_of())
    assert 1 == len(recorder.calls())


def test_threads() -> None:
    """Side by side, no call is lost, and exactly as many fail as were told to."""
    recorder = recorder_of(AnsweringHooks())
    recorder.fail_next(HookName.LMS, 7)

    def call_often() -> int:
        failed = 0
        for _ in range(50):
            try:
                recorder.call(call_of())
            except HookFailedError:
                failed += 1
        return failed

    assert 7 == sum(at_once(*(partial(call_often) for _ in range(8))))
    assert 400 == len(recorder.calls())


def asked(recorder: HookRecorder, method: str = "GET", body: bytes = b"", **query: str) -> tuple[int, Any]:
    """The status and the value that the helper answers."""
    request = Received(
        method=method,
        raw_path="/_local/hooks",
        raw_query=urlencode(query),
        headers=(),
        body=body,
        source_ip="127.0.0.1",
    )
    answer = LocalTable(hook_routes(recorder)).answer(request, ("_local", "hooks"), "id")
    return answer.status, json.loads(answer.body)


def test_get() -> None:
    """`GET /_local/hooks` shows all calls, with `account_id` those about one account."""
    recorder = recorder_of()
    for step, account_id in (("1", 5), ("2", 6)):
        recorder.call(call_of(step=step, account_id=account_id))

    assert (HTTPStatus.OK, recorder.calls()) == asked(recorder)
    status, calls = asked(recorder, account_id="6")
    assert (HTTPStatus.OK, ["2"]) == (status, ids(calls))
    assert (HTTPStatus.OK, []) == asked(recorder, account_id="7")


@pytest.mark.parametrize("text", ["", "x", "-5", "5.0", "5 ", "٥", "9" * 5000])
def test_get_of_no_account(text: str) -> None:
    """Anything but a whole number is a 400."""
    assert (HTTPStatus.BAD_REQUEST, {"detail": "account_id is a whole number."}) == asked(
        recorder_of(), account_id=text
    )


@pytest.mark.parametrize("hook", list(HookName))
def test_post(hook: HookName) -> None:
    """`POST /_local/hooks` makes the next n calls of a hook fail."""
    recorder = recorder_of()
    order = {"hook": str(hook), "fail": 1}
    assert (HTTPStatus.OK, order) == asked(recorder, "POST", json.dumps(order).encode())
    with pytest.raises(HookFailedError):
        recorder.call(call_of(hook))
    recorder.call(call_of(hook))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"hook": "lms"}',
        b'{"fail": 1}',
        b'{"hook": "LMS", "fail": 1}',
        b'{"hook": "other", "fail": 1}',
        b'{"hook": 1, "fail": 1}',
        b'{"hook": ["lms"], "fail": 1}',
        b'{"hook": null, "fail": 1}',
        b'{"hook": "lms", "fail": -1}',
        b'{"hook": "lms", "fail": 1.0}',
        b'{"hook": "lms", "fail": "1"}',
        b'{"hook": "lms", "fail": true}',
        b'{"hook": "lms", "fail": null}',
    ],
)
def test_malformed_posts(body: bytes) -> None:
    """An unknown hook or a count that is none is a 400, and nothing is made to fail."""
    recorder = recorder_of()
    status, answer = asked(recorder, "POST", body)
    assert (HTTPStatus.BAD_REQUEST, ["detail"]) == (status, list(answer))
    for hook in HookName:
        recorder.call(call_of(hook))
    assert 4 == len(recorder.calls())
