"""Hooks as webhooks: each call is a signed POST to the endpoint of its hook (spec 20, section 8.2)."""

import hashlib
import hmac
import json
import logging
import random
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from chalicelib.deadlines import time_left
from chalicelib.hooks.port import HookCall, HookFailedError, HookName

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

TRIES = 3
SECONDS = 5.0
MOST_ANSWER_BYTES = 64 * 1024
TIMESTAMP_HEADER = "X-Rollcall-Timestamp"
SIGNATURE_HEADER = "X-Rollcall-Signature"
URL_LOGGERS = ("urllib3.connection", "urllib3.connectionpool", "urllib3.poolmanager", "urllib3.response")
URL = re.compile(r"[!-\[\]-~]+")
"""Printable ASCII without spaces and backslashes: what no two readers of a URL take differently."""


class MisconfiguredWebhookError(ValueError):
    """The endpoint of `hook` cannot be used; `problem` says why, and quotes neither URL nor secret."""

    def __init__(self, hook: HookName, problem: str) -> None:
        super().__init__(f"The webhook of {hook} is misconfigured: {problem}")
        self.hook = hook
        self.problem = problem


class HookUnavailableError(HookFailedError):
    """The hook could not be reached, took too long, or asked for another try (5xx, 429): it may work later."""


@dataclass(frozen=True)
class Endpoint:
    """Where a hook is, and the secret that its calls are signed with. Neither shows: a URL's query may be secret."""

    url: str = field(repr=False)
    secret: str = field(repr=False)


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """The value of the signature's header: HMAC-SHA-256 of the timestamp, a dot and the body."""
    signed = timestamp.encode("ascii") + b"." + body
    return "sha256=" + hmac.new(secret.encode("utf-8"), signed, hashlib.sha256).hexdigest()


def short_pause(attempt: int) -> None:
    """Sleep after try number `attempt` (from 0) has failed: up to a quarter of a second, then up to a half."""
    time.sleep(random.uniform(0.05, 0.25 * 2**attempt))  # noqa: S311 - jitter, not a secret


class Webhooks:
    """Calls hooks over https; a hook without an endpoint is off.

    `plain_http` lets http URLs pass as well. `seconds` is how long one try may take, less if the request has less
    time left; `pause` sleeps between tries. Raises `MisconfiguredWebhookError`.
    """

    def __init__(
        self,
        endpoints: Mapping[HookName, Endpoint],
        clock: Callable[[], datetime],
        *,
        plain_http: bool = False,
        seconds: float = SECONDS,
        pause: Callable[[int], None] = short_pause,
    ) -> None:
        for hook, endpoint in endpoints.items():
            _check(hook, endpoint, {"https", "http"} if plain_http else {"https"})
        self._endpoints = dict(endpoints)
        self._clock = clock
        self._seconds = seconds
        self._pause = pause

    def call(self, call: HookCall) -> tuple[str, ...] | None:
        """POST `call` to its hook, up to three times; raises `HookFailedError` unless one try is answered with 2xx."""
        endpoint = self._endpoints.get(call.hook)
        if endpoint is None:
            return None
        body = call.body()
        for attempt in range(TRIES - 1):
            try:
                return self._try(call.hook, endpoint, body)
            except HookUnavailableError:
                self._pause(attempt)
        return self._try(call.hook, endpoint, body)

    def _try(self, hook: HookName, endpoint: Endpoint, body: bytes) -> tuple[str, ...] | None:
        from urllib3 import exceptions

        seconds = min(self._seconds, time_left())
        if seconds <= 0:
            raise HookUnavailableError(hook, "timeout")
        deadline = time.monotonic() + seconds
        try:
            with _quiet(), closing(self._post(endpoint, body, seconds)) as response:
                _check_status(hook, response.status)
                return _names(hook, response, deadline) if hook is HookName.ORGANISATIONS else None
        except exceptions.HTTPError as error:
            # A refused connection is a kind of time-out to urllib3. Not chained: its texts quote the URL.
            late = isinstance(error, exceptions.TimeoutError) and not isinstance(error, exceptions.NewConnectionError)
            raise HookUnavailableError(hook, "timeout" if late else "connection") from None

    def _post(self, endpoint: Endpoint, body: bytes, seconds: float) -> "BaseHTTPResponse":
        from urllib3 import PoolManager, Timeout

        timestamp = str(int(self._clock().timestamp()))
        headers = {
            "Content-Type": "application/json",
            "Connection": "close",
            TIMESTAMP_HEADER: timestamp,
            SIGNATURE_HEADER: signature(endpoint.secret, timestamp, body),
        }
        # A connection of its own each time: calls are rare, and one kept by a function that slept is dead.
        return PoolManager(cert_reqs="CERT_REQUIRED").request(
            "POST",
            endpoint.url,
            body=body,
            headers=headers,
            redirect=False,
            retries=False,
            timeout=Timeout(total=seconds),
            preload_content=False,
            decode_content=False,
        )


def _check(hook: HookName, endpoint: Endpoint, schemes: set[str]) -> None:
    if not endpoint.secret:
        raise MisconfiguredWebhookError(hook, "it has no secret")
    if URL.fullmatch(endpoint.url) is None:
        raise MisconfiguredWebhookError(hook, "its URL is empty, or holds what no URL may hold")
    try:
        parts = urlsplit(endpoint.url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise MisconfiguredWebhookError(hook, "its URL cannot be read") from None
    if parts.scheme not in schemes:
        raise MisconfiguredWebhookError(hook, f"its URL must begin with {' or '.join(sorted(schemes))}")
    if not host or "@" in parts.netloc:
        raise MisconfiguredWebhookError(hook, "its URL must name a host, and no user")


def _check_status(hook: HookName, status: int) -> None:
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= 500:
        raise HookUnavailableError(hook, f"status {status}")
    if not 200 <= status < 300:
        raise HookFailedError(hook, f"status {status}")


def _names(hook: HookName, response: "BaseHTTPResponse", deadline: float) -> tuple[str, ...]:
    try:
        names = json.loads(_content(hook, response, deadline))
    except (ValueError, RecursionError):
        names = None
    if not isinstance(names, list) or not all(_is_text(name) for name in names):
        raise HookFailedError(hook, "answer is not a list of strings")
    return tuple(names)


def _content(hook: HookName, response: "BaseHTTPResponse", deadline: float) -> bytes:
    content = b""
    while piece := response.read1(MOST_ANSWER_BYTES):
        content += piece
        if len(content) > MOST_ANSWER_BYTES:
            raise HookFailedError(hook, "answer is too long")
        if time.monotonic() > deadline:
            raise HookUnavailableError(hook, "timeout")
    return content


def _is_text(value: object) -> bool:
    """Whether `value` is a string that can be stored: half a surrogate pair cannot."""
    return isinstance(value, str) and not any("\ud800" <= character <= "\udfff" for character in value)


_CALLING: ContextVar[bool] = ContextVar("calling a webhook", default=False)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep urllib3 from logging: its lines quote the URL with its query. Other callers' lines stay."""
    for name in URL_LOGGERS:
        logging.getLogger(name).addFilter(_of_others)
    token = _CALLING.set(True)
    try:
        yield
    finally:
        _CALLING.reset(token)


def _of_others(_: logging.LogRecord) -> bool:
    return not _CALLING.get()
