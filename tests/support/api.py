"""A client of the function: it calls the Chalice app with API Gateway's events."""

import json
from collections.abc import Mapping
from typing import Any

from chalice import Chalice
from chalice.local import LambdaContext

from tests.support.clock import FakeClock
from tests.support.gateway import Answer, answer_of, form_body, proxy_event

PASSWORD = "local-Passw0rd"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
LOGIN_CLIENT = "login-service-client-id"


class Api:
    """Sends requests; `as_` is the username of a caller, for whom it logs in once an hour at most."""

    def __init__(self, app: Chalice, clock: FakeClock) -> None:
        self.app = app
        self._clock = clock
        self._tokens: dict[str, tuple[float, str]] = {}

    def request(
        self,
        method: str,
        path: str,
        *,
        as_: str | None = None,
        token: str | None = None,
        query: str = "",
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """One request and its answer."""
        sent = dict(headers or {})
        known = token or (self.token(as_) if as_ else None)
        if known is not None:
            sent["Authorization"] = f"JWT {known}"
        event = proxy_event(method, path, self.app.routes, query=query, headers=sent, body=body)
        return answer_of(self.app(event, LambdaContext("api", 1769, max_runtime_ms=29_000)))

    def get(self, path: str, **how: Any) -> Answer:
        """GET."""
        return self.request("GET", path, **how)

    def patch(self, username: str, fields: Any, *, headers: Mapping[str, str] | None = None, **how: Any) -> Answer:
        """PATCH an account, as its owner unless it is said otherwise."""
        caller = {} if "token" in how else {"as_": username}
        sent = {"Content-Type": MERGE_PATCH, **(headers or {})}
        body = fields if isinstance(fields, bytes) else json.dumps(fields).encode()
        return self.request("PATCH", f"/api/user/v1/accounts/{username}", headers=sent, body=body, **caller | how)

    def post_json(self, path: str, content: Any, *, headers: Mapping[str, str] | None = None, **how: Any) -> Answer:
        """POST JSON."""
        sent = {"Content-Type": JSON, **(headers or {})}
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        return self.request("POST", path, headers=sent, body=body, **how)

    def post_form(self, path: str, fields: Mapping[str, str], **how: Any) -> Answer:
        """POST a form."""
        sent = {"Content-Type": FORM, **how.pop("headers", {})}
        return self.request("POST", path, headers=sent, body=form_body(fields), **how)

    def grant(self, username: str, password: str = PASSWORD, **fields: str) -> Answer:
        """The password grant."""
        form = {"grant_type": "password", "client_id": LOGIN_CLIENT, "token_type": "jwt"}
        named = {"username": username, "password": password}
        return self.post_form("/oauth2/access_token", {**form, **named, **fields})

    def token(self, username: str) -> str:
        """An access token that still lives."""
        now = self._clock().timestamp()
        expires, token = self._tokens.get(username, (0.0, ""))
        if expires <= now:
            answer = self.grant(username)
            assert 200 == answer.status, answer.text
            token = answer.json["access_token"]
            self._tokens[username] = (now + answer.json["expires_in"], token)
        return token
