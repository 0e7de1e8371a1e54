"""The HTTP front of the local stage, over real sockets."""

import json
import socket
import threading
import time
from collections.abc import Iterator

import httpx
import pytest
from chalice import Chalice, Response

from local import front
from local.front.asgi import BODY_LIMIT
from local.front.protocol import HEAD_LIMIT

ANY = ["*/*"]
NOT_FOUND = {"detail": "Not found."}


def example_app() -> Chalice:
    app = Chalice(app_name="example")
    app.api.binary_types[:] = ANY

    @app.route("/items/{name}", methods=["GET"])
    def item(name: str) -> dict[str, object]:
        return {"name": name, "event": app.current_request.to_original_event()}

    @app.route("/items/fixed", methods=["GET"])
    def fixed() -> dict[str, object]:
        return {"fixed": True}

    @app.route("/echo", methods=["POST", "PATCH"], content_types=ANY)
    def echo() -> Response:
        return Response(app.current_request.raw_body, headers={"Content-Type": "application/octet-stream"})

    @app.route("/nothing", methods=["GET"])
    def nothing() -> Response:
        return Response("", status_code=204, headers={"Set-Cookie": ["a=1", "b=2"]})

    @app.route("/optional", methods=["OPTIONS"], content_types=ANY)
    def optional() -> Response:
        return Response("", status_code=204, headers={"X-From": "app"})

    @app.route("/slow/{name}", methods=["GET"])
    def slow(name: str) -> list[str]:
        time.sleep(0.05)
        return [name, app.current_request.uri_params["name"], app.lambda_context.aws_request_id]

    @app.middleware("http")
    def mark(event: object, get_response: object) -> Response:
        response = get_response(event)
        response.headers["X-Middleware"] = "seen"
        return response

    return app


def run_job(request: front.LocalRequest) -> front.LocalAnswer:
    if request.parameters["job"] == "unknown":
        raise ValueError("There is no such job.")
    return front.LocalAnswer({"job": request.parameters["job"], "sent": request.json()}, status=201)


ROUTES: front.LocalRoutes = {
    ("POST", "/_local/run/{job}"): run_job,
    ("GET", "/_local/outbox"): lambda request: front.LocalAnswer(dict(request.query)),
}


@pytest.fixture(scope="module")
def running() -> Iterator[front.RunningFront]:
    started = front.start_in_thread(example_app(), ROUTES)
    yield started
    started.stop()


@pytest.fixture
def client(running: front.RunningFront) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=running.url, trust_env=False, timeout=20) as each:
        yield each


def exchange(running: front.RunningFront, sent: bytes, *, seconds: float = 1.0) -> bytes:
    """All bytes that come back for `sent` until the connection is closed or nothing comes any more."""
    with socket.create_connection(("127.0.0.1", running.port)) as connection:
        connection.settimeout(seconds)
        connection.sendall(sent)
        received = b""
        try:
            while chunk := connection.recv(65536):
                received += chunk
        except (TimeoutError, ConnectionResetError):
            return received
        return received


class TestEvent:
    def test_is_what_api_gateway_sends(self, client: httpx.Client) -> None:
        """Headers, queries and path come once as they are last, and once with all their values."""
        headers = [("X-Twice", "1"), ("X-Twice", "2")]
        event = client.get("/items/bob?a=1&a=2&b=&c=x%20y%2Bz", headers=headers).json()["event"]

        assert ("GET", "/items/bob", "/items/{name}") == (
            event["httpMethod"],
            event["path"],
            event["resource"],
        )
        assert {"name": "bob"} == event["pathParameters"]
        assert "2" == event["headers"]["x-twice"]
        assert ["1", "2"] == event["multiValueHeaders"]["x-twice"]
        assert {"a": "2", "b": "", "c": "x y+z"} == event["queryStringParameters"]
        assert {"a": ["1", "2"], "b": [""], "c": ["x y+z"]} == event["multiValueQueryStringParameters"]
        assert (None, False) == (event["body"], event["isBase64Encoded"])

    def test_has_a_request_context(self, client: httpx.Client) -> None:
        """The context names route, stage, path and caller, and has a new id each time."""
        first, second = (client.get("/items/bob").json()["event"]["requestContext"] for _ in range(2))

        assert "/items/{name}" == first["resourcePath"]
        assert ("GET", "local", "/items/bob") == (first["httpMethod"], first["stage"], first["path"])
        assert "127.0.0.1" == first["identity"]["sourceIp"]
        assert first["requestId"] != second["requestId"]

    def test_has_null_for_no_query(self, client: httpx.Client) -> None:
        """No query is null, not an empty object."""
        event = client.get("/items/bob").json()["event"]
        assert None is event["multiValueQueryStringParameters"] is event["queryStringParameters"]

    @pytest.mark.parametrize("body", [b"\x00\xff\x80 bytes", "é".encode(), b"x" * 300_000])
    def test_carries_any_bytes(self, client: httpx.Client, body: bytes) -> None:
        """A body arrives, and goes back, byte for byte."""
        assert body == client.post("/echo", content=body).content


class TestPaths:
    @pytest.mark.parametrize(
        ("sent", "name"),
        [
            ("/items/a%2Fb", "a/b"),
            ("/items/%C3%A9t%20%40", "ét @"),
            ("/items/a%252Fb", "a%2Fb"),
            ("/items/a+b@c.d_-~", "a+b@c.d_-~"),
            ("/items/100%", "100%"),
        ],
    )
    def test_parameters_are_decoded_once(self, running: front.RunningFront, sent: str, name: str) -> None:
        """A parameter is one segment, decoded once; an encoded slash does not split it."""
        answer = exchange(running, f"GET {sent} HTTP/1.0\r\nAccept: */*\r\n\r\n".encode())
        assert name == json.loads(answer.partition(b"\r\n\r\n")[2])["name"]

    @pytest.mark.parametrize("path", ["/items/fixed", "/items/fixed/", "//items/fixed", "/items//fixed//"])
    def test_slashes_change_nothing(self, running: front.RunningFront, path: str) -> None:
        """Trailing and doubled slashes get the same answer, never a redirect (spec 00, paths)."""
        answer = exchange(running, f"GET {path} HTTP/1.0\r\nAccept: */*\r\n\r\n".encode())
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert {"fixed": True} == json.loads(answer.partition(b"\r\n\r\n")[2])

    @pytest.mark.parametrize("path", ["/", "/items", "/items/a/b", "/nope", "/items/%FF", "/items/%C3", "/Items/a"])
    def test_without_a_route_are_not_found(self, client: httpx.Client, path: str) -> None:
        """An unmatched path, or one that is not UTF-8, is the service's own 404."""
        answer = client.get(path, headers={"Authorization": "JWT secret"})

        assert (404, NOT_FOUND) == (answer.status_code, answer.json())
        assert "application/json" == answer.headers["Content-Type"]
        assert "nosniff" == answer.headers["X-Content-Type-Options"]
        assert "no-store" == answer.headers["Cache-Control"]

    def test_echo_a_good_request_id(self, client: httpx.Client) -> None:
        """A well-formed X-Request-ID comes back, another one is replaced (spec 50, section 5)."""
        good = client.get("/nope", headers={"X-Request-ID": "My.id-1_2"})
        bad = client.get("/nope", headers={"X-Request-ID": "not good"})

        assert "My.id-1_2" == good.headers["X-Request-ID"]
        assert 32 == len(bad.headers["X-Request-ID"])


class TestMethods:
    def test_undeclared_is_405_by_the_app(self, client: httpx.Client) -> None:
        """The app itself answers, so that its middleware sees it."""
        answer = client.put("/items/bob")

        assert (405, "GET") == (answer.status_code, answer.headers["Allow"])
        assert "seen" == answer.headers["X-Middleware"]

    def test_head_is_get_without_its_body(self, running: front.RunningFront) -> None:
        """HEAD answers as GET would, sends no body, and leaves the connection usable."""
        pair = b"HEAD /items/fixed HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n"
        pair += b"GET /items/fixed HTTP/1.1\r\nHost: x\r\nAccept: */*\r\nConnection: close\r\n\r\n"
        head, get = exchange(running, pair).split(b"HTTP/1.1 ")[1:]

        assert head.startswith(b"200 ")
        assert b"content-length: 14" in head
        assert head.endswith(b"\r\n\r\n")
        assert get.endswith(b'{"fixed":true}')

    def test_options_undeclared(self, client: httpx.Client) -> None:
        """OPTIONS names the methods where the app has no answer of its own."""
        answer = client.options("/items/bob")
        assert (204, "GET, OPTIONS") == (answer.status_code, answer.headers["Allow"])

    def test_options_declared(self, client: httpx.Client) -> None:
        """A declared OPTIONS reaches the app."""
        assert "app" == client.options("/optional").headers["X-From"]

    def test_several_headers_of_one_name(self, client: httpx.Client) -> None:
        """A list of values becomes several headers; a 204 has neither body nor type."""
        answer = client.get("/nothing")

        assert ["a=1", "b=2"] == answer.headers.get_list("Set-Cookie")
        assert b"" == answer.content
        assert not {"content-length", "content-type"} & set(answer.headers)


class TestBodies:
    def test_chunked(self, running: front.RunningFront) -> None:
        """A chunked body arrives whole, and the next request on the connection is read where it begins."""
        request = b"POST /echo HTTP/1.1\r\nHost: x\r\nAccept: */*\r\nTransfer-Encoding: chunked\r\n\r\n"
        answer = exchange(running, (request + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n") * 2)

        assert 2 == answer.count(b"HTTP/1.1 200 OK")
        assert 2 == answer.count(b"abcde")

    def test_at_the_limit(self, client: httpx.Client) -> None:
        """The largest body is still served."""
        assert BODY_LIMIT == len(client.post("/echo", content=b"x" * BODY_LIMIT).content)

    @pytest.mark.parametrize("chunked", [False, True])
    def test_over_the_limit(self, client: httpx.Client, chunked: bool) -> None:
        """A larger body is 413, announced or not, also to a client that first sends all of it."""
        body = b"x" * (BODY_LIMIT + 1)
        pieces = (body[start : start + 65536] for start in range(0, len(body), 65536))
        answer = client.post("/echo", content=pieces if chunked else body)

        assert (413, {"detail": "The body is too large."}) == (answer.status_code, answer.json())
        assert "close" == answer.headers["Connection"]

    def test_over_the_limit_is_refused_before_it_is_sent(self, running: front.RunningFront) -> None:
        """A client that asks first is not told to go on."""
        head = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\nExpect: 100-continue\r\n\r\n"
        answer = exchange(running, head)
        assert answer.startswith(b"HTTP/1.1 413 ")

    def test_expect_continue(self, running: front.RunningFront) -> None:
        """A client that asks first is told to go on with a body that fits."""
        head = b"POST /echo HTTP/1.1\r\nHost: x\r\nAccept: */*\r\nContent-Length: 4\r\n"
        answer = exchange(running, head + b"Expect: 100-continue\r\n\r\nabcd")

        assert answer.startswith(b"HTTP/1.1 100 Continue\r\n")
        assert answer.endswith(b"abcd")


class TestBadRequests:
    @pytest.mark.parametrize(
        "sent",
        [
            b"garbage\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00",
            b"FOO /items/a HTTP/1.1\r\n\r\n",
            b"GET  HTTP/1.1\r\n\r\n",
            b"GET /items/\xc3\xa9 HTTP/1.1\r\n\r\n",
            b"GET http://host HTTP/1.1\r\n\r\n",
            b"POST /echo HTTP/1.1\r\nContent-Length: abc\r\n\r\n",
            b"POST /echo HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
            b"POST /echo HTTP/1.1\r\nContent-Length: 99999999999999999999999999\r\n\r\n",
            b"POST /echo HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
            b"POST /echo HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            b"POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc",
        ],
    )
    def test_are_a_clean_400(self, running: front.RunningFront, sent: bytes) -> None:
        """What is not HTTP is answered with 400 in the service's form, and the connection is closed."""
        head, _, body = exchange(running, sent).partition(b"\r\n\r\n")

        assert head.startswith(b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\n")
        assert b"x-request-id: " in head
        assert {"detail": "The request is not valid HTTP."} == json.loads(body)

    @pytest.mark.parametrize("end", [b"\r\n\r\n", b""])
    @pytest.mark.parametrize("start", [b"GET /items/a HTTP/1.1\r\nX: ", b"GET /items/"])
    def test_endless_heads_are_431(self, running: front.RunningFront, start: bytes, end: bytes) -> None:
        """A head over the limit is refused, whether it ends or not."""
        tail = b" HTTP/1.1\r\n\r\n" if end and start.endswith(b"/") else end
        quarter = b"a" * (HEAD_LIMIT // 2)
        assert b"HTTP/1.1 431 " in _in_pieces(running, [start, quarter, quarter, quarter, tail])

    def test_a_client_that_sends_on_sees_the_refusal(self, running: front.RunningFront) -> None:
        """A head of megabytes is answered although the client has not finished writing it."""
        sent = b"GET /items/a HTTP/1.1\r\nX: " + b"a" * 3_000_000 + b"\r\n\r\n"
        assert exchange(running, sent).startswith(b"HTTP/1.1 431 ")

    def test_an_upgrade_is_not_taken(self, running: front.RunningFront) -> None:
        """A client that offers another protocol is answered in HTTP/1.1."""
        upgrade = b"Connection: Upgrade\r\nUpgrade: h2c\r\nAccept: */*\r\n\r\n"
        answer = exchange(running, b"GET /items/fixed HTTP/1.1\r\nHost: x\r\n" + upgrade)
        assert answer.startswith(b"HTTP/1.1 200 OK")


def _in_pieces(running: front.RunningFront, pieces: list[bytes]) -> bytes:
    with socket.create_connection(("127.0.0.1", running.port)) as connection:
        connection.settimeout(2)
        received = b""
        try:
            for piece in pieces:
                connection.sendall(piece)
                time.sleep(0.05)
            while chunk := connection.recv(65536):
                received += chunk
        except OSError:
            return received
        return received


class TestLocalRoutes:
    def test_parameter_and_body(self, client: httpx.Client) -> None:
        """A local handler gets path parameter and body, and chooses value and status."""
        answer = client.post("/_local/run/queue/", json={"a": 1})
        assert (201, {"job": "queue", "sent": {"a": 1}}) == (answer.status_code, answer.json())

    def test_query(self, client: httpx.Client) -> None:
        """A local handler gets the query, decoded."""
        assert {"to": "a+b@example.com"} == client.get("/_local/outbox?to=a%2Bb@example.com").json()

    @pytest.mark.parametrize(("path", "body"), [("unknown", b"{}"), ("queue", b"{"), ("queue", b"\xff")])
    def test_value_errors_are_400(self, client: httpx.Client, path: str, body: bytes) -> None:
        """A ValueError is the client's fault."""
        answer = client.post(f"/_local/run/{path}", content=body)
        assert (400, ["detail"]) == (answer.status_code, list(answer.json()))

    def test_other_paths_and_methods(self, client: httpx.Client) -> None:
        """Unknown helpers are 404, known ones with another method 405."""
        assert (404, NOT_FOUND) == ((answer := client.get("/_local/nope")).status_code, answer.json())
        assert 405 == client.get("/_local/run/queue").status_code


class TestThreads:
    def test_requests_are_kept_apart(self, running: front.RunningFront) -> None:
        """Eight requests at once each see their own request and context, and run side by side."""
        answers: dict[str, list[str]] = {}

        def ask(name: str) -> None:
            answers[name] = httpx.get(f"{running.url}/slow/{name}", trust_env=False).json()

        names = [f"n{number}" for number in range(8)]
        threads = [threading.Thread(target=ask, args=(name,)) for name in names]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert {name: [name, name] for name in names} == {name: answers[name][:2] for name in names}
        assert 8 == len({answer[2] for answer in answers.values()})

    def test_answers_come_at_once(self, client: httpx.Client) -> None:
        """Small answers on a kept connection do not wait for Nagle's algorithm (44 ms each if they did)."""
        client.get("/items/fixed")
        start = time.perf_counter()
        for _ in range(20):
            client.get("/items/fixed")
        assert time.perf_counter() - start < 0.6
