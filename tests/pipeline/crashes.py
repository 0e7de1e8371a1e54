"""Dying at the n-th call of AWS or of somebody else, and time-outs there."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from chalicelib.hooks.port import HookCall, HookFailedError, HookName
from chalicelib.mail.message import Message
from chalicelib.mail.port import MailUnavailableError
from tests.pipeline.world import World


class Killed(BaseException):
    """The process is gone: nothing in the service handles this, and nothing it does afterwards reaches anybody."""


class Mode(Enum):
    """How a call fails. A killed process makes no further call; one that waited in vain lives on."""

    KILLED_BEFORE = "killed before the call"
    KILLED_AFTER = "killed after the call has landed"
    TIMEOUT_BEFORE = "no connection"
    TIMEOUT_AFTER = "time-out after the call has landed"

    @property
    def kills(self) -> bool:
        """Whether the process dies."""
        return self in (Mode.KILLED_BEFORE, Mode.KILLED_AFTER)

    @property
    def lands(self) -> bool:
        """Whether the call reaches the other side."""
        return self in (Mode.KILLED_AFTER, Mode.TIMEOUT_AFTER)


@dataclass
class Fuse:
    """Counts the calls, and makes that of number `at` (from 1; none: no call) fail."""

    at: int | None = None
    mode: Mode = Mode.KILLED_BEFORE
    calls: list[str] = field(default_factory=list)
    blown: bool = False
    lock: Any = field(default_factory=threading.Lock)

    def before(self, name: str, failure: Callable[[], BaseException]) -> None:
        """A call is about to be made."""
        with self.lock:
            if self.blown and self.mode.kills:
                raise Killed
            self.calls.append(name)
            if len(self.calls) == self.at and not self.mode.lands:
                self.blown = True
                raise Killed if self.mode.kills else failure()

    def after(self, failure: Callable[[], BaseException]) -> None:
        """A call has landed."""
        with self.lock:
            if len(self.calls) == self.at and self.mode.lands and not self.blown:
                self.blown = True
                raise Killed if self.mode.kills else failure()


def _unreachable() -> BaseException:
    return EndpointConnectionError(endpoint_url="https://nowhere.invalid")


def _late() -> BaseException:
    return ReadTimeoutError(endpoint_url="https://nowhere.invalid")


class FusedMail:
    """A mail service behind the fuse."""

    def __init__(self, inner: Any, fuse: Fuse) -> None:
        self._inner, self._fuse = inner, fuse

    def send(self, message: Message) -> None:
        """Hand a mail over."""
        self._fuse.before("mail", lambda: MailUnavailableError("timeout"))
        self._inner.send(message)
        self._fuse.after(lambda: MailUnavailableError("timeout"))

    def pretend(self, message: Message) -> None:
        """Nothing is sent."""
        self._inner.pretend(message)


class FusedHooks:
    """Hooks behind the fuse."""

    def __init__(self, inner: Any, fuse: Fuse) -> None:
        self._inner, self._fuse = inner, fuse

    def call(self, call: HookCall) -> tuple[str, ...] | None:
        """Call a hook."""
        self._fuse.before(f"hook {call.hook}", lambda: HookFailedError(HookName(call.hook), "timeout"))
        answer: tuple[str, ...] | None = self._inner.call(call)
        self._fuse.after(lambda: HookFailedError(HookName(call.hook), "timeout"))
        return answer


@contextmanager
def fused(world: World, fuse: Fuse) -> Iterator[World]:
    """A process of its own, all of whose calls go through the fuse."""
    process = world.other_process()
    process.wiring.mailer = FusedMail(world.wiring.mailer, fuse)
    process.wiring.hooks = FusedHooks(world.wiring.hooks, fuse)

    def before(model: Any, **_: Any) -> None:
        fuse.before(model.name, _unreachable)

    def after(**_: Any) -> None:
        fuse.after(_late)

    clients = (process.wiring.dynamodb, process.wiring.kms)
    names = [client.meta.service_model.service_id.hyphenize() for client in clients]
    for client, name in zip(clients, names, strict=True):
        client.meta.events.register(f"before-call.{name}", before)
        client.meta.events.register(f"after-call.{name}", after)
    try:
        yield process
    finally:
        for client, name in zip(clients, names, strict=True):
            client.meta.events.unregister(f"before-call.{name}", before)
            client.meta.events.unregister(f"after-call.{name}", after)
