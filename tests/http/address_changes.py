"""Asking for addresses, and the links and notices that come by mail."""

from __future__ import annotations

import httpx

from tests.http import expectations as expect
from tests.http.service_client import Caller, Service, unique_email

EMAIL_LINK = "/email_confirm/"
SECONDARY_LINK = "/activate_secondary_email/"


def links(service: Service, to: str, part: str) -> list[str]:
    """Return the links of one kind in the mails to an address, oldest first."""
    return [link for mail in service.outbox(to) for link in mail["links"] if part in link]


def email_asked(service: Service, caller: Caller, address: str | None = None) -> tuple[str, str]:
    """Ask for an address; return it and the link that was mailed to it."""
    wanted = address or unique_email("new")
    expect.status(200, caller.patch({"email": wanted}))
    return wanted, links(service, wanted, EMAIL_LINK)[-1]


def secondary_asked(service: Service, caller: Caller, address: str | None = None) -> tuple[str, str]:
    """Ask for a recovery address; return it and the link that was mailed to it."""
    wanted = address or unique_email("second")
    expect.status(200, caller.patch({"secondary_email": wanted}))
    return wanted, links(service, wanted, SECONDARY_LINK)[-1]


def email_changed(service: Service, caller: Caller, address: str | None = None) -> str:
    """Give an account another address, by its link; return the address."""
    wanted, link = email_asked(service, caller, address)
    page(200, service.http.get(link))
    return wanted


def secondary_confirmed(service: Service, caller: Caller, address: str | None = None) -> str:
    """Give an account a confirmed recovery address, by its link; return the address."""
    wanted, link = secondary_asked(service, caller, address)
    page(200, service.http.get(link))
    return wanted


def page(expected: int, response: httpx.Response) -> None:
    """Expect a page of HTML."""
    expect.status(expected, response)
    assert response.headers["Content-Type"].startswith("text/html"), response.headers
