"""Changing the primary address (spec 10, section 9)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http import expectations as expect
from tests.http.address_changes import (
    EMAIL_LINK,
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
from tests.http.service_client import Caller, Service, unique_email, unique_name

MALFORMED: list[Any] = [
    None,
    "",
    " ",
    "plain",
    "@",
    "a@",
    "@example.com",
    "a@b",
    "a b@example.com",
    "a@exa mple.com",
    "ä@example.com",
    "a@example..com",
    "a@-example.com",
    "a" * 250 + "@example.com",
    "a@b@example.com",
    "a@example.com\nBcc: b@example.com",
    "a@example.com, b@example.com",
    "<a@example.com>",
    " a@example.com",
    "a@example.com ",
    "a\x00@example.com",
    "a@[300.1.1.1]",
    5,
    True,
    [],
    ["a@example.com"],
    {},
]


@pytest.fixture
def owner(service: Service) -> Caller:
    """An adult."""
    return service.new_account(profile={"year_of_birth": 1980})


# --- asking


@pytest.mark.parametrize("value", MALFORMED, ids=brief)
def test_malformed(writer: Caller, value: object) -> None:
    """null, `""`, malformed: 400 `field_errors.email` (spec 10, section 9)."""
    refused(writer, "email", value)


def test_the_current_address(owner: Caller) -> None:
    """The current address, in any capitals: 400 `field_errors.email` (spec 10, section 9)."""
    for value in (owner.email, owner.email.upper()):
        refused(owner, "email", value)


def test_asked(service: Service, owner: Caller) -> None:
    """Else: 200; `email` is still the old one; the mail with the link goes to the new address (section 9)."""
    wanted = unique_email()
    response = owner.patch({"email": wanted})
    expect.status(200, response)
    assert owner.email == response.json()["email"] == owner.account()["email"]
    (mail,) = service.outbox(wanted)
    assert 1 == len([link for link in mail["links"] if EMAIL_LINK in link])
    assert [] == [each for each in service.outbox(owner.email) if EMAIL_LINK in each["text"]]


def test_links_are_absolute(service: Service, owner: Caller) -> None:
    """Links in mail are absolute and lead to this service (spec 10, section 9)."""
    _, link = email_asked(service, owner)
    assert link.startswith(f"{service.url}{EMAIL_LINK}")


@pytest.mark.parametrize(
    "form",
    ["{}.{}@example.com", "{}+{}@example.com", "{}{}@xn--bcher-kva.example", "{}{}@bücher.example", "{}{}@localhost"],
)
def test_forms_of_addresses(service: Service, owner: Caller, form: str) -> None:
    """Whatever section 11 calls an address can be asked for and confirmed (spec 10, sections 9 and 11)."""
    wanted = form.format(unique_name("a"), "b")
    expect.status(200, owner.patch({"email": wanted}))
    link = links(service, wanted, EMAIL_LINK)[-1]
    page(200, service.http.get(link))
    assert wanted == owner.account()["email"]


# --- the link


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_opening_the_link(service: Service, owner: Caller, method: str) -> None:
    """GET, and POST too: sets the address; a page with 200 (spec 10, section 9)."""
    wanted, link = email_asked(service, owner)
    page(200, service.http.request(method, link))
    assert wanted == owner.account()["email"]


@pytest.mark.parametrize("slash", ["/"])
def test_opening_the_link_with_a_slash(service: Service, owner: Caller, slash: str) -> None:
    """With a trailing slash the same answer (spec 10, section 1)."""
    wanted, link = email_asked(service, owner)
    page(200, service.http.get(link + slash))
    assert wanted == owner.account()["email"]


def test_a_token_does_not_matter(service: Service, owner: Caller, learner: Caller) -> None:
    """The link is for nobody in particular: whoever has it may open it, in anybody's name (spec 10, section 1)."""
    wanted, link = email_asked(service, owner)
    headers = {"Authorization": f"JWT {learner.token}"}
    page(200, service.http.get(link, headers=headers))
    assert wanted == owner.account()["email"]
    assert "learner@example.com" == learner.account()["email"]


def test_a_bad_token_does_not_matter(service: Service, owner: Caller) -> None:
    """Nor does a token that does not count (spec 10, section 1)."""
    _, link = email_asked(service, owner)
    page(200, service.http.get(link, headers={"Authorization": "JWT nonsense"}))


def test_head_opens_nothing(service: Service, owner: Caller) -> None:
    """HEAD, which mail scanners send, changes nothing (RFC 9110, section 9.2.1)."""
    wanted, link = email_asked(service, owner)
    service.http.head(link)
    assert owner.email == owner.account()["email"]
    page(200, service.http.get(link))
    assert wanted == owner.account()["email"]


def test_notices_to_both(service: Service, owner: Caller) -> None:
    """A notice goes to both the old and the new address, and names neither's link (spec 10, section 9)."""
    before = len(service.outbox(owner.email))
    wanted = email_changed(service, owner)
    (old_notice,) = service.outbox(owner.email)[before:]
    (_, new_notice) = service.outbox(wanted)
    assert old_notice["subject"] == new_notice["subject"]
    assert [] == [link for mail in (old_notice, new_notice) for link in mail["links"] if EMAIL_LINK in link]


def test_no_notice_before(service: Service, owner: Caller) -> None:
    """Asking alone tells the old address nothing (spec 10, section 9)."""
    before = service.outbox(owner.email)
    email_asked(service, owner)
    assert before == service.outbox(owner.email)


def test_login_and_look_ups_follow(service: Service, staff: Caller, owner: Caller) -> None:
    """The new address logs in and is found, the old one is not any more (spec 10, sections 2 and 4; spec 00)."""
    wanted = email_changed(service, owner)
    expect.status(200, service.password_grant(wanted, owner.password))
    assert service.password_grant(owner.email, owner.password).status_code in (400, 401)
    expect.status(404, staff.get("/api/user/v1/accounts", params={"email": owner.email}))
    found = staff.get("/api/user/v1/accounts", params={"email": wanted})
    assert [owner.username] == [each["username"] for each in found.json()]


def test_the_old_address_is_free_again(service: Service, owner: Caller) -> None:
    """An address that was left may become somebody else's, or one's own again (spec 10, section 9)."""
    email_changed(service, owner)
    other = service.new_account()
    assert owner.email == email_changed(service, other, owner.email)
    assert owner.email == other.account()["email"]


def test_there_and_back(service: Service, owner: Caller) -> None:
    """One may go back to an earlier address (spec 10, section 9)."""
    email_changed(service, owner)
    email_changed(service, owner, owner.email)
    assert owner.email == owner.account()["email"]


def test_only_capitals_change(service: Service) -> None:
    """An address that differs in capitals alone is the current one (spec 10, sections 4 and 9)."""
    caller = service.new_account(email=f"Mixed.{unique_email()}")
    refused(caller, "email", caller.email.lower())


# --- dead links


KEYS = ["x", "0" * 32, "0" * 96, "A" * 5000, "%00", "%ff", "...", "é", "a%2Fb", "-", "_" * 43, "%20"]


@pytest.mark.parametrize("key", KEYS, ids=brief)
@pytest.mark.parametrize("part", [EMAIL_LINK, SECONDARY_LINK])
def test_unknown_keys(service: Service, part: str, key: str) -> None:
    """Unknown key: 404, by GET and POST (spec 10, section 9)."""
    for method in ("GET", "POST"):
        response = service.http.request(method, f"{part}{key}")
        assert response.status_code in (400, 404), response.text
        if key in ("x", "0" * 32, "0" * 96, "-"):
            page(404, response)


def test_a_used_key(service: Service, owner: Caller) -> None:
    """Used key: 404, nothing changes (spec 10, section 9)."""
    wanted, link = email_asked(service, owner)
    page(200, service.http.get(link))
    before, mails = owner.account(), service.outbox(wanted)
    for method in ("GET", "POST"):
        page(404, service.http.request(method, link))
    assert before == owner.account()
    assert mails == service.outbox(wanted)


def test_a_used_key_after_another_change(service: Service, owner: Caller) -> None:
    """A used key stays dead when the address has changed again (spec 10, section 9)."""
    _, link = email_asked(service, owner)
    page(200, service.http.get(link))
    last = email_changed(service, owner)
    page(404, service.http.get(link))
    assert last == owner.account()["email"]


def test_a_superseded_key(service: Service, owner: Caller) -> None:
    """One pending change an account: a newer request replaces the older, whose key dies (spec 10, section 9)."""
    _, old = email_asked(service, owner)
    wanted, new = email_asked(service, owner)
    page(404, service.http.get(old))
    assert owner.email == owner.account()["email"]
    page(200, service.http.get(new))
    assert wanted == owner.account()["email"]


def test_the_same_address_asked_for_twice(service: Service, owner: Caller) -> None:
    """Asking again for the same address makes a new link, and the older dies (spec 10, section 9)."""
    wanted, old = email_asked(service, owner)
    _, new = email_asked(service, owner, wanted)
    assert old != new
    page(404, service.http.get(old))
    page(200, service.http.get(new))


def test_a_changed_key(service: Service, owner: Caller) -> None:
    """A key with one character changed, added or missing is unknown (spec 10, section 9)."""
    wanted, link = email_asked(service, owner)
    other = "A" if link[-2] != "A" else "B"
    for wrong in (link[:-1], f"{link}A", f"{link[:-2]}{other}{link[-1]}"):
        page(404, service.http.get(wrong))
    page(200, service.http.get(link))
    assert wanted == owner.account()["email"]


def test_one_kind_of_link_does_not_open_the_other(service: Service, owner: Caller) -> None:
    """The key of one address is unknown at the other's path (spec 10, section 9)."""
    primary, first = email_asked(service, owner)
    secondary, second = secondary_asked(service, owner)
    page(404, service.http.get(first.replace(EMAIL_LINK, SECONDARY_LINK)))
    page(404, service.http.get(second.replace(SECONDARY_LINK, EMAIL_LINK)))
    for link in (first, second):
        page(200, service.http.get(link))
    account = owner.account()
    assert (primary, secondary) == (account["email"], account["secondary_email"])


def test_taken_meanwhile(service: Service, owner: Caller) -> None:
    """Address taken meanwhile: 409, nothing changes, nobody is mailed (spec 10, section 9)."""
    wanted, link = email_asked(service, owner)
    other = service.new_account(email=wanted)
    mails = service.outbox(owner.email), service.outbox(wanted)
    for method in ("GET", "POST"):
        page(409, service.http.request(method, link))
    assert (owner.email, wanted) == (owner.account()["email"], other.account()["email"])
    assert mails == (service.outbox(owner.email), service.outbox(wanted))


def test_confirmed_as_a_secondary_meanwhile(service: Service, owner: Caller) -> None:
    """Somebody's confirmed secondary address meanwhile: 409, nothing changes (spec 10, section 9)."""
    wanted, link = email_asked(service, owner)
    other = service.new_account()
    secondary_confirmed(service, other, wanted)
    page(409, service.http.get(link))
    assert owner.email == owner.account()["email"]


# --- beside other fields


def test_other_fields_are_stored_at_once(service: Service, owner: Caller) -> None:
    """Fields beside the address change with the request, the address with the link (spec 10, sections 6 and 9)."""
    wanted = unique_email()
    response = owner.patch({"email": wanted, "bio": "beside", "country": "SE"})
    expect.status(200, response)
    assert ("beside", "SE", owner.email) == tuple(response.json()[field] for field in ("bio", "country", "email"))
    page(200, service.http.get(links(service, wanted, EMAIL_LINK)[-1]))
    account = owner.account()
    assert ("beside", wanted) == (account["bio"], account["email"])


@pytest.mark.parametrize("beside", [{"country": "ZZ"}, {"username": "x"}, {"name": ""}, {"secondary_email": "no"}])
def test_a_fault_beside_it(service: Service, owner: Caller, beside: dict[str, Any]) -> None:
    """Any fault means no change at all, no mail (spec 10, section 6)."""
    wanted, etag = unique_email(), owner.etag()
    assert set(beside) == expect.field_errors(owner.patch({"email": wanted, **beside}))
    assert [] == service.outbox(wanted)
    assert etag == owner.etag()


def test_all_faults_together(owner: Caller) -> None:
    """All faults are reported together, both addresses among them (spec 10, section 2)."""
    fields = {"email": "no", "secondary_email": "", "country": "ZZ", "bio": "x" * 301}
    assert set(fields) == expect.field_errors(owner.patch(fields))


def test_both_addresses_primary_first(service: Service, owner: Caller) -> None:
    """Sending both addresses sends both mails, primary first (spec 10, section 9)."""
    first, second = unique_email(), unique_email()
    expect.status(200, owner.patch({"secondary_email": second, "email": first}))
    (primary,), (secondary,) = service.outbox(first), service.outbox(second)
    assert [1, 1] == [len(primary["links"]), len(secondary["links"])]
    assert primary["sent_at"] <= secondary["sent_at"]
    everything = [each["to"] for each in service.http.get("/_local/outbox").json()]
    assert everything.index(first) < everything.index(second)


def test_a_strangers_request(service: Service, owner: Caller, learner: Caller, staff: Caller) -> None:
    """Only the owner may ask: a stranger gets 404, staff 403, and no mail leaves (spec 10, D1 and D2)."""
    wanted = unique_email()
    expect.status(404, learner.patch({"email": wanted}, path=owner.path))
    expect.status(403, staff.patch({"email": wanted}, path=owner.path))
    assert [] == service.outbox(wanted)


def test_if_match(service: Service, owner: Caller) -> None:
    """An older tag: 412, and no mail leaves (spec 50, section 4)."""
    old, wanted = owner.etag(), unique_email()
    expect.status(200, owner.patch({"bio": "moved on"}))
    expect.status(412, owner.patch({"email": wanted}, headers={"If-Match": old}))
    assert [] == service.outbox(wanted)


def test_idempotency_key(service: Service, owner: Caller) -> None:
    """The same key and request again gets the first answer, without a second mail (spec 50, section 4)."""
    wanted, headers = unique_email(), {"Idempotency-Key": unique_name()}
    first, second = (owner.patch({"email": wanted}, headers=headers) for _ in range(2))
    assert (200, first.json()) == (second.status_code, second.json())
    (link,) = links(service, wanted, EMAIL_LINK)
    page(200, service.http.get(link))


def test_inactive_owners_may_ask(service: Service) -> None:
    """Inactive owners may PATCH (spec 10, section 6)."""
    caller = service.new_account(is_active=False)
    wanted = email_changed(service, caller)
    assert wanted == caller.account()["email"]


def test_the_token_goes_on(service: Service, owner: Caller) -> None:
    """A token made before the change still speaks for the account (spec 00, tokens)."""
    email_changed(service, owner)
    expect.status(200, owner.patch({"bio": "still me"}))


def test_a_pending_address_does_not_log_in(service: Service, owner: Caller) -> None:
    """Until the link is opened the new address is nobody's (spec 10, section 5.2; spec 00)."""
    wanted, _ = email_asked(service, owner)
    assert service.password_grant(wanted, owner.password).status_code in (400, 401)


def test_a_pending_address_may_be_registered(service: Service, owner: Caller) -> None:
    """A request reserves nothing: anybody may still register with the address (spec 10, section 9)."""
    wanted, _ = email_asked(service, owner)
    expect.status(200, service.register(email=wanted))
