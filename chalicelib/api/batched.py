"""Idempotency-Key on calls that are many commits (spec 50, section 4).

What is kept is not the answer but what makes it again, and that is nothing personal.
"""

from collections.abc import Callable
from contextlib import ExitStack, suppress

from pydantic import JsonValue

from chalicelib.accounts.errors import CommandError
from chalicelib.api import idempotent
from chalicelib.api.errors import ApiError, BatchRunningError, KeyReusedError
from chalicelib.api.routing import Exchange
from chalicelib.events.batch_records import WORKING_SECONDS, BatchRecord, Progress
from chalicelib.events.errors import StoreUnavailableError
from chalicelib.events.idempotency import Answer

THROUGH = "through"
Save = Callable[[JsonValue], None]
Work = Callable[[JsonValue, Save], JsonValue]


def run(exchange: Exchange, work: Work, answer: Callable[[JsonValue], Answer]) -> Answer:
    """Do `work` once for a key, and answer from the state that it comes to.

    `work` is given the state that an interrupted twin has saved, or null, and a function that saves one; `answer`
    makes the answer of a state. Raises `KeyReusedError`, and `BatchRunningError` while a twin is at work.
    """
    key = idempotent.key_of(exchange.request)
    if key is None:
        return answer(work(None, lambda _: None))
    return _Keyed(exchange, key).run(work, answer)


def once(exchange: Exchange, digest: str, clean: Callable[[], None], answer: Answer) -> Answer:
    """Do a batch that is remembered under `digest`; it is forgotten only when the key, if there is one, knows of it."""

    def work(state: JsonValue, save: Save) -> JsonValue:
        if state != THROUGH:
            clean()
            save(THROUGH)
        exchange.services.batches.end(digest)
        return THROUGH

    return run(exchange, work, lambda _: answer)


class _Keyed:
    """One call with a key."""

    def __init__(self, exchange: Exchange, key: str) -> None:
        self._services = exchange.services
        self._records = exchange.services.batch_records
        self._caller = exchange.caller.account.id
        self._key = idempotent.key_digest(exchange.services, key)
        self._request = idempotent.request_digest(exchange.services, exchange.request)
        self._writer = exchange.services.random_bytes(16).hex()

    def run(self, work: Work, answer: Callable[[JsonValue], Answer]) -> Answer:
        standing = self._find()
        if standing is not None and standing.request_digest != self._request:
            raise KeyReusedError
        if standing is not None and standing.done:
            first = answer(standing.state)
            return Answer(first.status, {**first.headers, "Idempotent-Replayed": "true"}, first.body)
        return answer(self._work(work, standing))

    def _begin(self, standing: BatchRecord | None) -> JsonValue:
        """Take the call on, anew or from a twin that has died; its state."""
        if standing is not None and standing.until > self._now():
            raise BatchRunningError
        state = standing.state if standing else None
        if not self._write(state, over=standing):
            raise BatchRunningError
        return state

    def _work(self, work: Work, standing: BatchRecord | None) -> JsonValue:
        with ExitStack() as unfinished:
            unfinished.callback(self._let_go)
            state = self._begin(standing)
            try:
                found = work(state, self._save)
            except (ApiError, CommandError):
                self._records.remove(self._caller, self._key)
                raise
            self._write(found, over=self._find(), done=True)
            unfinished.pop_all()
        return found

    def _save(self, state: JsonValue) -> None:
        if not self._write(state, over=self._find()):
            raise BatchRunningError

    def _let_go(self) -> None:
        """The work broke off: what has been saved stays, for a twin to carry on at once."""
        with suppress(StoreUnavailableError):
            standing = self._find()
            if standing is not None and standing.writer == self._writer and not standing.done:
                self._write(standing.state, over=standing, seconds=0)

    def _find(self) -> BatchRecord | None:
        return self._records.find(self._caller, self._key, self._now())

    def _write(
        self, state: JsonValue, *, over: BatchRecord | None, done: bool = False, seconds: int = WORKING_SECONDS
    ) -> bool:
        until = None if done else self._now() + seconds
        progress = Progress(state, until, self._writer)
        return self._records.write(self._caller, self._key, self._request, self._now(), progress, over)

    def _now(self) -> int:
        return int(self._services.clock().timestamp())
