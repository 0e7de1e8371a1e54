"""The front itself: reads a request, finds who answers it, and calls that in a thread."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, MutableMapping
from concurrent.futures import Executor
from dataclasses import replace
from http import HTTPStatus
from typing import Any, TypeAlias

from chalice.app import Chalice

from chalicelib.api.response_headers import cors_headers
from local.front.answers import BODYLESS, Answer, not_found, on_the_wire, own_headers, problem, request_id
from local.front.function import keep_requests_apart, lambda_context
from local.front.local_routes import PREFIX, LocalRoutes, LocalTable
from local.front.proxy import answer_of, proxy_event
from local.front.received import Received
from local.front.routes import Match, RouteTable, segments

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

BODY_LIMIT = 10 * 1024 * 1024
"""API Gateway's own limit on a body, in bytes."""

DISCARD_LIMIT = 8 * BODY_LIMIT
DISCARD_SECONDS = 5.0


class BodyTooLargeError(Exception):
    """The body is larger than `BODY_LIMIT`; answer 413 and close."""


class ClientGoneError(Exception):
    """The client hung up before its request was complete."""


class Front:
    """An ASGI application around a Chalice app and the local helpers."""

    def __init__(self, app: Chalice, local_routes: LocalRoutes, pool: Executor, origins: Collection[str] = ()) -> None:
        keep_requests_apart(app)
        self._app = app
        self._routes = RouteTable(app.routes)
        self._local = LocalTable(local_routes)
        self._pool = pool
        self._origins = origins

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        identity = request_id(dict(headers).get("x-request-id"))
        try:
            request = await _received(scope, headers, receive)
        except ClientGoneError:
            return
        except BodyTooLargeError:
            close = {"Connection": "close"}
            answer = problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is too large.", identity, close)
        else:
            loop = asyncio.get_running_loop()
            answer = await loop.run_in_executor(self._pool, self._answer, request, identity)
        completed = self._completed(answer, scope["method"], dict(headers).get("origin"))
        await _reply(completed, send, with_body=scope["method"] != "HEAD")

    def _completed(self, answer: Answer, method: str, origin: str | None) -> Answer:
        """The answer with the headers that let pages read it, which those of the function have already."""
        if any(name.lower() == "vary" for name, _ in answer.headers):
            return answer
        more = cors_headers(origin, method, self._origins)
        return replace(answer, headers=(*answer.headers, *more.items()))

    def _answer(self, request: Received, identity: str) -> Answer:
        path = segments(request.raw_path)
        if path is None:
            return not_found(identity)
        if path[:1] == (PREFIX,):
            return self._local.answer(request, path, identity)
        match = self._routes.match(path)
        if match is None:
            return not_found(identity)
        return self._invoke(request, match, identity)

    def _invoke(self, request: Received, match: Match, identity: str) -> Answer:
        declared = self._app.routes[match.pattern]
        method = request.method
        if method == "OPTIONS" and method not in declared:
            allow = ", ".join(sorted({*declared, "OPTIONS"}))
            return Answer(HTTPStatus.NO_CONTENT, (*own_headers(identity), ("Allow", allow)))
        if method == "HEAD" and method not in declared and "GET" in declared:
            method = "GET"
        event = proxy_event(request, match, method)
        return answer_of(self._app(event, lambda_context(self._app.app_name)))


async def _received(scope: Mapping[str, Any], headers: list[tuple[str, str]], receive: Receive) -> Received:
    body = await _body(dict(headers), receive)
    client = scope.get("client")
    return Received(
        method=scope["method"],
        raw_path=scope["raw_path"].decode("latin-1"),
        raw_query=scope["query_string"].decode("latin-1"),
        headers=headers,
        body=body,
        source_ip=client[0] if client else "127.0.0.1",
    )


async def _body(headers: Mapping[str, str], receive: Receive) -> bytes:
    announced = int(headers.get("content-length", "0"))
    if announced > BODY_LIMIT:
        if headers.get("expect", "").lower() != "100-continue":
            await _discard(receive)
        raise BodyTooLargeError
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > BODY_LIMIT:
            chunks.clear()
            await _discard(receive)
            raise BodyTooLargeError
        if not message.get("more_body"):
            return b"".join(chunks)


async def _discard(receive: Receive) -> None:
    """Let the client finish sending, within bounds: a client that still writes never sees the 413."""
    dropped, end = 0, time.monotonic() + DISCARD_SECONDS
    while dropped < DISCARD_LIMIT and time.monotonic() < end:
        try:
            message = await asyncio.wait_for(receive(), end - time.monotonic())
        except TimeoutError:
            return
        dropped += len(message.get("body", b""))
        if not message.get("more_body"):
            return


async def _reply(answer: Answer, send: Send, *, with_body: bool) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": on_the_wire(answer)})
    body = answer.body if with_body and answer.status not in BODYLESS else b""
    await send({"type": "http.response.body", "body": body})
