"""The local stage's recorder of hook calls, and the helper that shows them and makes them fail (spec 20, section 8.2).

It records at the port, so it shows the calls of all hooks, those that are off included.
"""

import re
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.hooks.port import HookCall, HookFailedError, HookName, Hooks
from local.front import LocalAnswer, LocalRequest, LocalRoutes

KEPT = 10_000
"""How many calls the recorder keeps; the oldest go first."""

ORDERED = "told to fail"
"""The reason of a failure that was asked for."""

WHOLE_NUMBER = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True)
class RecordedCall:
    """One call, and when it came by the service's clock."""

    call: HookCall
    at: str

    def shown(self) -> dict[str, Any]:
        """The call in the form in which the recorder is read."""
        return {**self.call.members(), "at": self.at}


class HookRecorder:
    """Records each call, fails it if that was asked for, and else hands it to `inner`."""

    def __init__(self, inner: Hooks, clock: Callable[[], datetime]) -> None:
        self._inner = inner
        self._clock = clock
        self._lock = threading.Lock()
        self._calls: deque[RecordedCall] = deque(maxlen=KEPT)
        self._failing = dict.fromkeys(HookName, 0)

    def call(self, call: HookCall) -> tuple[str, ...] | None:
        """Give the answer of `inner`; raises `HookFailedError`. A call that fails is recorded as well."""
        with self._lock:
            self._calls.append(RecordedCall(call, self._clock().strftime("%Y-%m-%dT%H:%M:%S.%fZ")))
            ordered = self._failing[call.hook] > 0
            if ordered:
                self._failing[call.hook] -= 1
        if ordered:
            raise HookFailedError(call.hook, ORDERED)
        return self._inner.call(call)

    def calls(self, account_id: int | None = None) -> list[dict[str, Any]]:
        """The recorded calls, newest last: all, or those about the account with this numeric id."""
        with self._lock:
            recorded = list(self._calls)
        return [each.shown() for each in recorded if account_id is None or each.call.account_id == account_id]

    def fail_next(self, hook: HookName, count: int) -> None:
        """Make the next `count` calls of `hook` fail, whatever was asked for before; 0 makes it work again."""
        with self._lock:
            self._failing[hook] = count


def hook_routes(recorder: HookRecorder) -> LocalRoutes:
    """The handlers by method and path: reading the calls, and making the next ones fail."""

    def read_calls(request: LocalRequest) -> LocalAnswer:
        return LocalAnswer(recorder.calls(_account_id(request.query.get("account_id"))))

    def make_fail(request: LocalRequest) -> LocalAnswer:
        content = request.json()
        if not isinstance(content, dict):
            raise ValueError('Send {"hook": NAME, "fail": n}.')
        hook, count = _hook(content.get("hook")), _count(content.get("fail"))
        recorder.fail_next(hook, count)
        return LocalAnswer({"hook": hook.value, "fail": count})

    return {("GET", "/_local/hooks"): read_calls, ("POST", "/_local/hooks"): make_fail}


def _account_id(text: str | None) -> int | None:
    if text is None:
        return None
    if WHOLE_NUMBER.fullmatch(text) is None:
        raise ValueError("account_id is a whole number.")
    return int(text)


def _hook(name: object) -> HookName:
    if not isinstance(name, str) or name not in list(HookName):
        raise ValueError(f"hook is one of {', '.join(HookName)}.")
    return HookName(name)


def _count(number: object) -> int:
    if isinstance(number, bool) or not isinstance(number, int) or number < 0:
        raise ValueError("fail is a whole number, 0 or more.")
    return number
