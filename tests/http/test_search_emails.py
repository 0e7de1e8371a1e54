"""POST search_emails (spec 10, section 4)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.http import expectations as expect
from tests.http.address_changes import secondary_confirmed
from tests.http.service_client import Caller, Service, unique_email

SEARCH = "/api/user/v1/accounts/search_emails"


@pytest.fixture(scope="module")
def people(service: Service) -> list[Caller]:
    """Two accounts."""
    return [service.new_account() for _ in range(2)]


def hidden(response: httpx.Response) -> None:
    """Expect a 404 with both messages."""
    expect.status(404, response)
    assert isinstance(response.json()["developer_message"], str), response.text
    assert isinstance(response.json()["user_message"], str), response.text


def search(caller: Caller, emails: object) -> httpx.Response:
    """Search addresses."""
    return caller.post(SEARCH, json={"emails": emails})


def found(caller: Caller, emails: object) -> list[dict[str, Any]]:
    """Search addresses and return what is found."""
    response = search(caller, emails)
    expect.status(200, response)
    accounts: list[dict[str, Any]] = response.json()
    return accounts


def test_nobody(anonymous: Caller) -> None:
    """No token: 401 (spec 10, section 2)."""
    expect.unauthorized(search(anonymous, ["a@example.com"]))


def test_exactly_these_keys(staff: Caller, people: list[Caller]) -> None:
    """200 `[{"email", "id", "username"}]`, exactly those keys (spec 10, section 4)."""
    expected = [{"email": each.email, "id": each.account()["id"], "username": each.username} for each in people]
    answer = found(staff, [each.email for each in people])
    assert sorted(expected, key=lambda each: each["id"]) == sorted(answer, key=lambda each: each["id"])


def test_a_superuser_who_is_staff(superuser: Caller, people: list[Caller]) -> None:
    """Staff may search, superuser or not (spec 10, section 1)."""
    assert [people[0].username] == [each["username"] for each in found(superuser, [people[0].email])]


def test_unknown_addresses_are_left_out(staff: Caller, people: list[Caller]) -> None:
    """Unknown addresses are left out (spec 10, section 4)."""
    answer = found(staff, [unique_email(), people[0].email, "no address", ""])
    assert [people[0].username] == [each["username"] for each in answer]


@pytest.mark.parametrize("emails", [[], ["nobody@example.org"], ["", " "]])
def test_none_found(staff: Caller, emails: list[str]) -> None:
    """None found: `[]` (spec 10, section 4)."""
    assert [] == found(staff, emails)


def test_addresses_ignore_case_and_come_once(staff: Caller, people: list[Caller]) -> None:
    """Addresses match in any capitals; the answer has the stored one, once (spec 10, section 4)."""
    address = people[0].email
    assert [address] == [each["email"] for each in found(staff, [address.upper(), address, address.title()])]


@pytest.mark.parametrize("body", ['{"emails": ["learner@example.com"]}', '{"emails": 5}', "{}"])
def test_not_staff(learner: Caller, bare_superuser: Caller, body: str) -> None:
    """Not staff, a superuser without `is_staff` included: 404 with both messages (spec 10, section 4)."""
    for caller in (learner, bare_superuser):
        hidden(caller.post(SEARCH, content=body, headers={"Content-Type": "application/json"}))


@pytest.mark.parametrize("body", [{}, {"email": ["a@example.com"]}, {"Emails": []}])
def test_no_emails(staff: Caller, body: dict[str, Any]) -> None:
    """No `emails`: 404 with both messages (spec 10, D3)."""
    hidden(staff.post(SEARCH, json=body))


@pytest.mark.parametrize(
    "emails", [None, 5, "a@example.com", {}, {"a": 1}, [1], ["a@example.com", None], [["a"]], True]
)
def test_no_list_of_strings(staff: Caller, emails: object) -> None:
    """`emails` not a list of strings: 400 (spec 10, section 4)."""
    expect.status(400, search(staff, emails))


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"x"', b"null", b"\xff"])
def test_malformed(staff: Caller, content: bytes) -> None:
    """Malformed JSON, or another outer type: 400 (spec 10, section 2)."""
    expect.detail(400, staff.post(SEARCH, content=content, headers={"Content-Type": "application/json"}))


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", ""])
def test_content_type(staff: Caller, content_type: str) -> None:
    """A content type that is not accepted: 415 (spec 10, section 2)."""
    response = staff.post(SEARCH, content=b'{"emails": []}', headers={"Content-Type": content_type})
    expect.detail(415, response)


def test_a_hundred_and_more(staff: Caller, people: list[Caller]) -> None:
    """Hundreds of addresses are one search (spec 10, section 4)."""
    emails = [*(unique_email() for _ in range(250)), people[1].email]
    assert [people[1].username] == [each["username"] for each in found(staff, emails)]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_other_methods(staff: Caller, method: str) -> None:
    """Search takes POST alone (spec 10, section 1)."""
    response = staff.request(method, SEARCH, headers={"Content-Type": "application/merge-patch+json"}, content=b"{}")
    assert response.status_code in (404, 405), response.text


def test_trailing_slash(staff: Caller, people: list[Caller]) -> None:
    """With a trailing slash the same answer (spec 10, section 1)."""
    assert 1 == len(staff.post(f"{SEARCH}/", json={"emails": [people[0].email]}).json())


def test_secondary_addresses_are_not_found(service: Service, staff: Caller) -> None:
    """A recovery address is nobody's address: it is not searched (spec 10, section 4)."""
    caller = service.new_account()
    assert [] == found(staff, [secondary_confirmed(service, caller)])
