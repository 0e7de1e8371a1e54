"""A client of the service over HTTP, and nothing but HTTP."""

from __future__ import annotations

import itertools
import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx

from tests.http import tokens

LOGIN_CLIENT = "login-service-client-id"
SEED_PASSWORD = "local-Passw0rd"
MERGE_PATCH = "application/merge-patch+json"
TOKEN_PATH = "/oauth2/access_token"
ME = "/api/user/v1/me"
REGISTRATION = "/api/user/v2/account/registration/"
ADMIN_ACCOUNTS = "/api/user/v1/admin/accounts"

_numbers = itertools.count(1)


def account_path(username: str) -> str:
    """Return the path of one account."""
    return f"/api/user/v1/accounts/{quote(username, safe='')}"


def unique_name(stem: str = "user") -> str:
    """Return a username that nobody has yet."""
    return f"{stem}_{secrets.token_hex(4)}_{next(_numbers)}"


def unique_email(stem: str = "mail") -> str:
    """Return an address that nobody has yet."""
    return f"{unique_name(stem)}@example.com"


def new_password() -> str:
    """Return a password that is like no username."""
    return f"Qz7!{secrets.token_hex(8)}"


class Caller:
    """Somebody who sends requests: an account with its token, or nobody in particular."""

    def __init__(self, http: httpx.Client, token: str | None = None, **known: str) -> None:
        self.http = http
        self.token = token
        self.username = known.get("username", "")
        self.email = known.get("email", "")
        self.password = known.get("password", "")

    @property
    def path(self) -> str:
        """The path of this caller's own account."""
        return account_path(self.username)

    def request(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **arguments: Any
    ) -> httpx.Response:
        """Send a request, with the token if there is one; `headers` win."""
        authorization = {"Authorization": f"JWT {self.token}"} if self.token else {}
        return self.http.request(method, path, headers={**authorization, **(headers or {})}, **arguments)

    def get(self, path: str, **arguments: Any) -> httpx.Response:
        """GET a path."""
        return self.request("GET", path, **arguments)

    def post(self, path: str, **arguments: Any) -> httpx.Response:
        """POST to a path."""
        return self.request("POST", path, **arguments)

    def patch_bytes(
        self,
        content: bytes,
        path: str | None = None,
        headers: Mapping[str, str] | None = None,
        content_type: str = MERGE_PATCH,
    ) -> httpx.Response:
        """PATCH an account (by default one's own) with a body given byte by byte."""
        all_headers = {"Content-Type": content_type, **(headers or {})}
        return self.request("PATCH", path or self.path, headers=all_headers, content=content)

    def patch(self, fields: Any, path: str | None = None, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """PATCH an account (by default one's own) with a merge patch."""
        return self.patch_bytes(json.dumps(fields).encode(), path, headers)

    def account(self, username: str | None = None, **query: str) -> dict[str, Any]:
        """Return an account (by default one's own) as this caller sees it."""
        response = self.get(account_path(username or self.username), params=query)
        assert response.status_code == 200, response.text
        fields: dict[str, Any] = response.json()
        return fields

    def etag(self) -> str:
        """Return the ETag of one's own account."""
        return self.get(self.path).headers["ETag"]


class Service:
    """The running service, and ways to become somebody in it."""

    def __init__(self, url: str) -> None:
        limits = httpx.Limits(max_connections=100, max_keepalive_connections=40)
        self.url = url.rstrip("/")
        self.http = httpx.Client(base_url=self.url, timeout=60, limits=limits, trust_env=False)
        self.anonymous = Caller(self.http)
        self._seeds: dict[str, Caller] = {}

    def grant(self, **fields: str) -> httpx.Response:
        """Ask the token endpoint."""
        return self.http.post(TOKEN_PATH, data=fields)

    def password_grant(self, username: str, password: str, token_type: str = "jwt") -> httpx.Response:
        """Ask for a token by username (or address) and password."""
        return self.grant(
            grant_type="password",
            client_id=LOGIN_CLIENT,
            username=username,
            password=password,
            token_type=token_type,
        )

    def me(self, authorization: str) -> httpx.Response:
        """GET me with an Authorization header as given."""
        return self.http.get(ME, headers={"Authorization": authorization})

    def refresh(self, refresh_token: str) -> httpx.Response:
        """Ask for a token by a refresh token of the login client."""
        return self.grant(grant_type="refresh_token", client_id=LOGIN_CLIENT, refresh_token=refresh_token)

    def login(self, username: str, password: str = SEED_PASSWORD, email: str = "") -> Caller:
        """Return the account's caller with a fresh token."""
        response = self.password_grant(username, password)
        assert response.status_code == 200, response.text
        token = response.json()["access_token"]
        return Caller(self.http, token, username=username, password=password, email=email)

    def now(self) -> datetime:
        """Return the time on the service's clock, as a token just made shows it."""
        return datetime.fromtimestamp(tokens.claims(self.login("learner").token or "")["iat"], UTC)

    def seed(self, username: str) -> Caller:
        """Return the caller of a seed account, logged in once."""
        if username not in self._seeds:
            self._seeds[username] = self.login(username, email=f"{username}@example.com")
        return self._seeds[username]

    def provision(self, **fields: Any) -> httpx.Response:
        """POST an account as superuser; what is not given is unique."""
        name = unique_name()
        body = {"username": name, "email": f"{name}@example.com", "name": "Some Body", **fields}
        return self.seed("superuser").post(ADMIN_ACCOUNTS, json=body)

    def new_account(self, **fields: Any) -> Caller:
        """Provision an account of its own and log it in."""
        password = fields.pop("password", None) or new_password()
        response = self.provision(password=password, **fields)
        assert response.status_code == 201, response.text
        account = response.json()
        return self.login(account["username"], password, account["email"])

    def registration(self, **fields: str) -> dict[str, str]:
        """Return the fields of an acceptable registration."""
        name = unique_name("reg")
        return {
            "username": name,
            "email": f"{name}@example.com",
            "name": "Reg Istered",
            "password": new_password(),
            **fields,
        }

    def register(self, **fields: str) -> httpx.Response:
        """Register as anybody, with a JSON body."""
        return self.http.post(REGISTRATION, json=self.registration(**fields))

    def outbox(self, to: str) -> list[dict[str, Any]]:
        """Return the mails to an address, newest last."""
        mails: list[dict[str, Any]] = self.http.get("/_local/outbox", params={"to": to}).json()
        return mails

    def advance(self, seconds: int) -> httpx.Response:
        """Move the service's clock forward. Only for a process of one's own."""
        response = self.http.post("/_local/clock", json={"advance_seconds": seconds})
        assert response.status_code < 300, response.text
        self._seeds.clear()
        return response

    def close(self) -> None:
        """Close the connections."""
        self.http.close()
