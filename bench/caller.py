"""A plain HTTP client of the service: JSON and forms, tokens, and accounts with a password."""

import json
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

PASSWORD = "local-Passw0rd"
LOGIN_CLIENT = "login-service-client-id"
FORM = "application/x-www-form-urlencoded"
MERGE_PATCH = "application/merge-patch+json"
SECONDS = 60


class Caller:
    """Sends requests to the service at `url`; an answer that is no success raises `urllib.error.HTTPError`."""

    def __init__(self, url: str) -> None:
        self.url = url

    def call(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> bytes:
        """The body of the answer."""
        request = urllib.request.Request(self.url + path, body, dict(headers or {}), method=method)  # noqa: S310
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
            content: bytes = answer.read()
            return content

    def get(self, path: str, token: str) -> bytes:
        """GET with a token."""
        return self.call("GET", path, headers={"Authorization": f"JWT {token}"})

    def patch(self, path: str, token: str, fields: Mapping[str, Any], **headers: str) -> bytes:
        """PATCH with a token; underscores in the names of headers are hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"Authorization": f"JWT {token}", "Content-Type": MERGE_PATCH, **named}
        return self.call("PATCH", path, json.dumps(fields).encode(), sent)

    def post(self, path: str, fields: Mapping[str, Any], token: str = "") -> bytes:
        """POST of JSON, with a token or without."""
        authorization = {"Authorization": f"JWT {token}"} if token else {}
        sent = {"Content-Type": "application/json", **authorization}
        return self.call("POST", path, json.dumps(fields).encode(), sent)

    def grant(self, **fields: str) -> dict[str, Any]:
        """What the token endpoint grants."""
        form = urlencode({"token_type": "jwt", **fields}).encode()
        granted: dict[str, Any] = json.loads(self.call("POST", "/oauth2/access_token", form, {"Content-Type": FORM}))
        return granted

    def login(self, username: str, password: str = PASSWORD) -> dict[str, Any]:
        """What the password of an account is granted: `access_token` and `refresh_token`."""
        return self.grant(grant_type="password", client_id=LOGIN_CLIENT, username=username, password=password)

    def token(self, username: str) -> str:
        """An access token for an account."""
        return str(self.login(username)["access_token"])

    def provision(self, superuser: str, account: Mapping[str, Any]) -> None:
        """Make an account as superuser, whose token is given, with a password to log in by."""
        self.post("/api/user/v1/admin/accounts", {"password": PASSWORD, **account}, superuser)
