"""Calls the function in this process with API Gateway's events, so that nothing but it is measured."""

import json
from collections.abc import Mapping
from ipaddress import ip_address
from itertools import count
from typing import Any
from urllib.parse import urlencode

from chalice import Chalice

from bench.caller import FORM, LOGIN_CLIENT, MERGE_PATCH, PASSWORD
from local.front.answers import Answer
from local.front.function import lambda_context
from local.front.proxy import answer_of, proxy_event
from local.front.received import Received
from local.front.routes import RouteTable, segments

SUCCESS = range(200, 400)
FIRST_SOURCE = int(ip_address("10.0.0.0"))
"""Each call comes from an address of its own, so that limits of rates are counted but never reached."""

BOUNDARY = "part-of-a-picture"


class RefusedError(Exception):
    """The function answered something that is no success: its status and text."""


class FunctionCaller:
    """Sends requests to a Chalice app; raises `RefusedError` for an answer that is no success."""

    def __init__(self, app: Chalice) -> None:
        self._app = app
        self._routes = RouteTable(app.routes)
        self._sources = count(1)

    def call(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        token: str = "",
        headers: Mapping[str, str] | None = None,
        query: str = "",
    ) -> Answer:
        """One request and its answer."""
        authorization = {"Authorization": f"JWT {token}"} if token else {}
        sent = tuple((name.lower(), value) for name, value in {**authorization, **(headers or {})}.items())
        source = str(ip_address(FIRST_SOURCE + next(self._sources)))
        request = Received(method, path, query, sent, body, source)
        match = self._routes.match(segments(path) or ())
        if match is None:
            raise RefusedError(404, path)
        answer = answer_of(self._app(proxy_event(request, match, method), lambda_context("api")))
        if answer.status not in SUCCESS:
            raise RefusedError(answer.status, answer.body)
        return answer

    def send(self, method: str, path: str, content: Any, token: str = "", kind: str = "application/json") -> Answer:
        """JSON."""
        return self.call(method, path, json.dumps(content).encode(), token, {"Content-Type": kind})

    def patch(self, username: str, fields: Mapping[str, Any], token: str) -> Answer:
        """Change an account."""
        return self.send("PATCH", f"/api/user/v1/accounts/{username}", fields, token, MERGE_PATCH)

    def grant(self, **fields: str) -> dict[str, Any]:
        """What the token endpoint grants."""
        form = urlencode({"token_type": "jwt", "client_id": LOGIN_CLIENT, **fields}).encode()
        answer = self.call("POST", "/oauth2/access_token", form, headers={"Content-Type": FORM})
        granted: dict[str, Any] = json.loads(answer.body)
        return granted

    def login(self, username: str) -> dict[str, Any]:
        """What the password of an account is granted."""
        return self.grant(grant_type="password", username=username, password=PASSWORD)

    def picture(self, username: str, content: bytes, token: str) -> Answer:
        """Set the picture of an account."""
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="me.jpg"\r\n'
        body = f"{head}Content-Type: image/jpeg\r\n\r\n".encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()
        headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        return self.call("POST", f"/api/user/v1/accounts/{username}/image", body, token, headers)
