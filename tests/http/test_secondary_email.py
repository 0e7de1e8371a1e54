"""The secondary (recovery) address (spec 10, section 9)."""

from __future__ import annotations

import pytest

from tests.http import expectations as expect
from tests.http.address_changes import (
    SECONDARY_LINK,
    email_asked,
    email_changed,
    links,
    page,
    secondary_asked,
    secondary_confirmed,
)
from tests.http.case_names import brief
from tests.http.field_writing import refused
from tests.http.service_client import Caller, Service, unique_email
from tests.http.test_email_change import MALFORMED

ACCOUNTS = "/api/user/v1/accounts"


@pytest.fixture
def owner(service: Service) -> Caller:
    """An adult."""
    return service.new_account(profile={"year_of_birth": 1980})


# --- asking


@pytest.mark.parametrize("value", MALFORMED, ids=brief)
def test_malformed(writer: Caller, value: object) -> None:
    """null, `""`, malformed: 400 `field_errors.secondary_email` (spec 10, section 9)."""
    refused(writer, "secondary_email", value)


def test_ones_own_primary_address(owner: Caller) -> None:
    """One's own primary address, in any capitals: 400 (spec 10, section 9)."""
    for value in (owner.email, owner.email.upper()):
        refused(owner, "secondary_email", value)


def test_ones_own_confirmed_secondary(service: Service, owner: Caller) -> None:
    """One's own confirmed secondary: 400 (spec 10, section 9)."""
    refused(owner, "secondary_email", secondary_confirmed(service, owner))


def test_anothers_confirmed_secondary(service: Service, owner: Caller) -> None:
    """Another's confirmed secondary: 400 (spec 10, section 9)."""
    taken = secondary_confirmed(service, service.new_account())
    for value in (taken, taken.upper()):
        refused(owner, "secondary_email", value)
    assert 1 == len(links(service, taken, SECONDARY_LINK))


def test_anothers_primary(service: Service, owner: Caller) -> None:
    """Another account's primary address: 200, silently dropped (spec 10, section 9)."""
    other = service.new_account()
    mails = service.outbox(other.email)
    for value in (other.email, other.email.upper()):
        response = owner.patch({"secondary_email": value})
        expect.status(200, response)
        assert response.json()["secondary_email"] is None
    assert mails == service.outbox(other.email)


def test_dropped_leaves_what_was_there(service: Service, owner: Caller) -> None:
    """What is dropped leaves a confirmed or a pending address as it was, and the link alive (section 9)."""
    confirmed = secondary_confirmed(service, owner)
    other = service.new_account()
    expect.status(200, owner.patch({"secondary_email": other.email}))
    assert confirmed == owner.account()["secondary_email"]
    pending, link = secondary_asked(service, owner)
    expect.status(200, owner.patch({"secondary_email": other.email}))
    assert pending == owner.account()["secondary_email"]
    page(200, service.http.get(link))


@pytest.mark.parametrize("domain", ["retired.invalid", "RETIRED.invalid"])
def test_a_retired_address(service: Service, owner: Caller, domain: str) -> None:
    """A retired address: 200, silently dropped (spec 10, section 9)."""
    wanted = f"retired__user_0123456789abcdef@{domain}"
    response = owner.patch({"secondary_email": wanted})
    expect.status(200, response)
    assert response.json()["secondary_email"] is None
    assert [] == service.outbox(wanted)


def test_asked(service: Service, owner: Caller) -> None:
    """Else: 200; shown at once (D7); one mail with the link to it (spec 10, section 9)."""
    wanted = unique_email()
    response = owner.patch({"secondary_email": wanted})
    expect.status(200, response)
    assert wanted == response.json()["secondary_email"] == owner.account()["secondary_email"]
    (mail,) = service.outbox(wanted)
    (link,) = mail["links"]
    assert link.startswith(f"{service.url}{SECONDARY_LINK}")


def test_nothing_at_first(owner: Caller) -> None:
    """null without a request; the feature is always on (spec 10, section 5.2)."""
    account = owner.account()
    assert (None, True) == (account["secondary_email"], account["secondary_email_enabled"])


def test_strangers_do_not_see_it(service: Service, owner: Caller, learner: Caller) -> None:
    """`secondary_email` is a field of the full view alone (spec 10, section 5.1)."""
    wanted, _ = secondary_asked(service, owner)
    assert wanted not in learner.get(owner.path).text


# --- the link


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_opening_the_link(service: Service, owner: Caller, method: str) -> None:
    """Opening the link makes it the confirmed address: from now on others may not have it (spec 10, section 9)."""
    wanted, link = secondary_asked(service, owner)
    page(200, service.http.request(method, link))
    assert wanted == owner.account()["secondary_email"]
    refused(service.new_account(), "secondary_email", wanted)


def test_it_is_no_login(service: Service, owner: Caller, staff: Caller) -> None:
    """A recovery address neither logs in nor is looked up (spec 10, section 4; spec 00)."""
    wanted = secondary_confirmed(service, owner)
    assert service.password_grant(wanted, owner.password).status_code in (400, 401)
    expect.status(404, staff.get(ACCOUNTS, params={"email": wanted}))
    assert owner.email == owner.account()["email"]


def test_a_confirmed_one_is_taken(service: Service, owner: Caller) -> None:
    """Nobody registers, nor changes to, somebody's confirmed secondary address (spec 10, sections 9 and 11)."""
    wanted = secondary_confirmed(service, owner)
    assert "email" in expect.refused_registration(service.register(email=wanted))
    mails = service.outbox(wanted)
    other = service.new_account()
    expect.status(200, other.patch({"email": wanted}))
    assert mails == service.outbox(wanted)


def test_an_unconfirmed_one_is_not_taken(service: Service, owner: Caller) -> None:
    """A request reserves nothing (spec 10, section 9)."""
    wanted, link = secondary_asked(service, owner)
    other = service.new_account(email=wanted)
    page(409, service.http.get(link))
    assert wanted == other.account()["email"]


def test_two_may_ask_one_gets_it(service: Service, owner: Caller) -> None:
    """Of two who asked for one address the first to open the link has it; the other's changes nothing (section 9)."""
    other = service.new_account()
    wanted, mine = secondary_asked(service, owner)
    _, theirs = secondary_asked(service, other, wanted)
    page(200, service.http.get(theirs))
    page(409, service.http.get(mine))
    refused(owner, "secondary_email", wanted)


def test_used_and_superseded_keys(service: Service, owner: Caller) -> None:
    """A dead key changes nothing (spec 10, section 9)."""
    _, old = secondary_asked(service, owner)
    wanted, new = secondary_asked(service, owner)
    page(404, service.http.get(old))
    page(200, service.http.get(new))
    for dead in (old, new):
        page(404, service.http.get(dead))
    assert wanted == owner.account()["secondary_email"]


def test_a_newer_request_shows_and_the_confirmed_one_counts(service: Service, owner: Caller) -> None:
    """The newest request is shown, pending or not; the confirmed one counts until the link is opened (D7)."""
    confirmed = secondary_confirmed(service, owner)
    pending, link = secondary_asked(service, owner)
    assert pending == owner.account()["secondary_email"]
    refused(service.new_account(), "secondary_email", confirmed)
    page(200, service.http.get(link))
    assert pending == owner.account()["secondary_email"]
    other = service.new_account()
    assert confirmed == secondary_confirmed(service, other, confirmed)


def test_becoming_primary(service: Service, owner: Caller) -> None:
    """A pending secondary that has become one's primary address is confirmed no more (spec 10, section 9)."""
    wanted, first = email_asked(service, owner)
    _, second = secondary_asked(service, owner, wanted)
    page(200, service.http.get(first))
    assert service.http.get(second).status_code in (404, 409)
    assert wanted == owner.account()["email"]


def test_a_secondary_that_becomes_primary(service: Service, owner: Caller) -> None:
    """Confirmed as secondary, then opened as primary: it is the primary one and secondary no more (section 9)."""
    wanted, first = email_asked(service, owner)
    _, second = secondary_asked(service, owner, wanted)
    page(200, service.http.get(second))
    page(200, service.http.get(first))
    account = owner.account()
    assert (wanted, None) == (account["email"], account["secondary_email"])


def test_the_primary_change_leaves_it(service: Service, owner: Caller) -> None:
    """A change of the primary address leaves the confirmed secondary (spec 10, section 9)."""
    secondary = secondary_confirmed(service, owner)
    email_changed(service, owner)
    assert secondary == owner.account()["secondary_email"]


def test_head_opens_nothing(service: Service, owner: Caller) -> None:
    """HEAD, which mail scanners send, changes nothing (RFC 9110, section 9.2.1)."""
    wanted, link = secondary_asked(service, owner)
    service.http.head(link)
    other = service.new_account()
    assert wanted == secondary_confirmed(service, other, wanted)
    page(409, service.http.get(link))
