"""The endpoints of retirement, who may use them, and requests that do no harm (spec 20, sections 1 and 2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from tests.http import retirement_client as retirement
from tests.http.service_client import Caller

NOBODY = "no_such_user_here"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Endpoint:
    """One method and path, with a request that changes nothing and the status it has for whoever may ask."""

    method: str
    path: str
    right: str
    harmless: int
    body: Any = None
    others: tuple[str, ...] = ()
    """Further methods that the path serves."""

    def ask(self, caller: Caller, path: str | None = None, method: str | None = None) -> httpx.Response:
        """Send the harmless request, by default with its own path and method."""
        arguments: dict[str, Any] = {} if self.body is None else {"json": self.body}
        return caller.request(method or self.method, path or self.path, **arguments)

    def send(self, caller: Caller, content: bytes, content_type: str | None) -> httpx.Response:
        """Send a body byte by byte."""
        headers = {} if content_type is None else {"Content-Type": content_type}
        return caller.request(self.method, self.path, headers=headers, content=content)

    @property
    def unserved(self) -> list[str]:
        """Methods that the path does not serve."""
        return [each for each in METHODS if each != self.method and each not in self.others]

    @property
    def name(self) -> str:
        """The method and the last words of the path."""
        return f"{self.method} {self.path.removeprefix(retirement.ACCOUNTS).partition('?')[0]}"


QUEUE = f"{retirement.QUEUE}?cool_off_days=0&states=PENDING&limit=0"
BY_DATE = f"{retirement.BY_DATE}?start_date=2001-01-01&end_date=2001-01-01&state=PENDING"

RETIRE_READS = [
    Endpoint("GET", QUEUE, "can_retire_user", 200),
    Endpoint("GET", BY_DATE, "can_retire_user", 200),
    Endpoint("GET", retirement.status_path(NOBODY), "can_retire_user", 404),
]
RETIRE_WITH_AN_OBJECT = [
    Endpoint("PATCH", retirement.UPDATE, "can_retire_user", 404, {}),
    Endpoint("POST", retirement.CLEANUP, "can_retire_user", 204, {"usernames": []}),
    Endpoint("PUT", retirement.PARTNER_REPORT, "can_retire_user", 404, {}, ("POST",)),
    Endpoint("POST", retirement.RETIRE_MISC, "can_retire_user", 404, {}),
    Endpoint("POST", retirement.RETIRE, "can_retire_user", 404, {}),
    Endpoint("POST", retirement.RETIRE_MAILINGS, "can_retire_user", 404, {}),
]
RETIRE_WITH_A_LIST = [Endpoint("POST", retirement.PARTNER_CLEANUP, "can_retire_user", 400, [])]
RETIRE_WITH_ANYTHING = [Endpoint("POST", retirement.PARTNER_REPORT, "can_retire_user", 200, {}, ("PUT",))]
OTHER_RIGHTS = [
    Endpoint("POST", retirement.deactivate_path(NOBODY), "can_deactivate_user", 404),
    Endpoint("POST", retirement.CANCEL, "can_cancel_retirement", 400, {}),
    Endpoint("POST", retirement.REPLACE, "can_replace_username", 200, {"username_mappings": []}),
]
READING_JSON = [*RETIRE_WITH_AN_OBJECT, *RETIRE_WITH_A_LIST]
ENDPOINTS = [*RETIRE_READS, *READING_JSON, *RETIRE_WITH_ANYTHING, *OTHER_RIGHTS]
READING_A_USERNAME = [each for each in RETIRE_WITH_AN_OBJECT if each.path != retirement.CLEANUP]


def named(endpoint: object) -> str | None:
    """Return the name of a test case that is an endpoint."""
    return endpoint.name if isinstance(endpoint, Endpoint) else None
