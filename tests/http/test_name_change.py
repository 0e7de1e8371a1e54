"""Name changes with approval (spec 10, section 8)."""

from __future__ import annotations

from urllib.parse import quote

import httpx
import pytest

from tests.http import expectations as expect
from tests.http.case_names import brief
from tests.http.service_client import Caller, Service, unique_name

REQUEST = "/api/user/v1/accounts/name_change"
PATHS = ["/api/user/v1/accounts/name_change/{}/confirm", "/api/user/v1/account/name_change/{}/confirm"]


@pytest.fixture
def owner(service: Service) -> Caller:
    """Somebody called Some Body."""
    return service.new_account(name="Some Body")


def ask(caller: Caller, name: object) -> httpx.Response:
    """Ask for another name."""
    return caller.post(REQUEST, json={"name": name})


def asked(caller: Caller, name: str) -> None:
    """Ask for another name, and get it pending."""
    response = ask(caller, name)
    expect.status(201, response)
    assert b"" == response.content


def confirm(caller: Caller, username: str, path: str = PATHS[0]) -> httpx.Response:
    """Approve somebody's name."""
    return caller.post(path.format(quote(username, safe="")))


def names(caller: Caller) -> tuple[object, object]:
    """Return one's name and the pending one."""
    account = caller.account()
    return account["name"], account["pending_name_change"]


def refused(shape: type, response: httpx.Response) -> None:
    """Expect a 400 with `new_name` in this shape, and nothing besides."""
    expect.status(400, response)
    assert {"new_name"} == set(response.json())
    told = response.json()["new_name"]
    assert isinstance(told, shape), response.text
    assert told
    assert all(isinstance(each, str) for each in told)


# --- asking


@pytest.mark.parametrize("how", ["json", "data"])
def test_by_json_and_by_form(owner: Caller, how: str) -> None:
    """An acceptable name, by JSON or form: 201, empty; it is pending and `name` unchanged (spec 10, section 8)."""
    response = owner.post(REQUEST, **{how: {"name": "Other Name"}})
    expect.status(201, response)
    assert b"" == response.content
    assert ("Some Body", "Other Name") == names(owner)


def test_nothing_is_pending_at_first(owner: Caller) -> None:
    """`pending_name_change` is null without a request (spec 10, section 5.2)."""
    assert ("Some Body", None) == names(owner)


def test_a_later_request_replaces_it(owner: Caller) -> None:
    """A later request replaces the earlier one (spec 10, section 8)."""
    asked(owner, "First Wish")
    asked(owner, "Second Wish")
    assert ("Some Body", "Second Wish") == names(owner)


def test_a_patch_of_name_leaves_it_pending(owner: Caller) -> None:
    """A PATCH of `name` leaves the request pending (spec 10, section 8)."""
    asked(owner, "Pending Name")
    expect.status(200, owner.patch({"name": "Patched Name"}))
    assert ("Patched Name", "Pending Name") == names(owner)


@pytest.mark.parametrize("name", ["A", "a" * 255, "😀" * 255, "O'Neil & Sons", "a:b //c", 5, "Two  blanks"], ids=brief)
def test_acceptable_names(owner: Caller, name: object) -> None:
    """The names that PATCH accepts may be asked for (spec 10, sections 7 and 8)."""
    expect.status(201, ask(owner, name))
    assert str(name) == names(owner)[1]


@pytest.mark.parametrize(
    "name", [None, "", " ", "\t\n", "a<b", "a>b", "http://x", "a://b", True, [], {}, "a\x00b"], ids=brief
)
def test_unacceptable_names(owner: Caller, name: object) -> None:
    """null, blank, with `<`, `>` or `://`: 400 `{"new_name": [str, ...]}` (spec 10, section 8)."""
    refused(list, ask(owner, name))
    assert ("Some Body", None) == names(owner)


@pytest.mark.parametrize("how", ["json", "data"])
def test_a_missing_name(owner: Caller, how: str) -> None:
    """A missing name: 400 `{"new_name": [str, ...]}` (spec 10, section 8)."""
    refused(list, owner.post(REQUEST, **{how: {"new_name": "Wrong Key"}}))


@pytest.mark.parametrize("name", ["Some Body", "  Some Body "])
def test_the_current_name(owner: Caller, name: str) -> None:
    """The current name: 400 `{"new_name": str}` (spec 10, section 8)."""
    refused(str, ask(owner, name))


@pytest.mark.parametrize("name", ["a" * 256, "😀" * 256, "a" * 5000], ids=brief)
def test_a_long_name(owner: Caller, name: str) -> None:
    """Longer than 255: 400 `{"new_name": ...}` (spec 10, section 8)."""
    response = ask(owner, name)
    expect.status(400, response)
    assert {"new_name"} == set(response.json())
    assert names(owner)[1] is None


def test_no_token(anonymous: Caller, owner: Caller) -> None:
    """No token: 401, asking and confirming (spec 10, section 8)."""
    expect.unauthorized(ask(anonymous, "Any Name"))
    for path in PATHS:
        expect.unauthorized(confirm(anonymous, owner.username, path))


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"x"', b"null"])
def test_malformed(owner: Caller, content: bytes) -> None:
    """Malformed JSON, or no object: 400 (spec 10, section 2)."""
    expect.detail(400, owner.post(REQUEST, content=content, headers={"Content-Type": "application/json"}))


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", ""])
def test_content_type(owner: Caller, content_type: str) -> None:
    """Neither JSON nor a form: 415 (spec 10, section 2)."""
    expect.detail(415, owner.post(REQUEST, content=b'{"name": "A"}', headers={"Content-Type": content_type}))


def test_only_owner_and_staff_see_what_is_pending(owner: Caller, learner: Caller, staff: Caller) -> None:
    """`pending_name_change` is a field of the full view alone (spec 10, section 5.1)."""
    asked(owner, "Hidden Wish")
    assert "Hidden Wish" not in learner.get(owner.path).text
    assert "Hidden Wish" == staff.account(owner.username)["pending_name_change"]


def test_inactive_accounts_may_ask(service: Service) -> None:
    """Any token may ask (spec 10, section 1)."""
    asked(service.new_account(is_active=False), "Any Name")


# --- confirming


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("slash", ["", "/"])
def test_confirmed(owner: Caller, staff: Caller, path: str, slash: str) -> None:
    """Staff, by either path: 204; the name is replaced, nothing is pending any more (spec 10, section 8; D9)."""
    asked(owner, "New Name")
    response = confirm(staff, owner.username, path + slash)
    expect.status(204, response)
    assert b"" == response.content
    assert ("New Name", None) == names(owner)


def test_confirmed_once(owner: Caller, staff: Caller) -> None:
    """Nothing pending, so the second time too: 404 (spec 10, section 8)."""
    asked(owner, "New Name")
    expect.status(204, confirm(staff, owner.username))
    expect.status(404, confirm(staff, owner.username))


@pytest.mark.parametrize("path", PATHS)
def test_nothing_pending(owner: Caller, staff: Caller, path: str) -> None:
    """Nothing pending: 404 (spec 10, section 8)."""
    expect.status(404, confirm(staff, owner.username, path))


@pytest.mark.parametrize("path", PATHS)
def test_unknown_user(staff: Caller, path: str) -> None:
    """Unknown user: 404 (spec 10, section 8)."""
    expect.status(404, confirm(staff, unique_name(), path))


@pytest.mark.parametrize("path", PATHS)
def test_not_staff(owner: Caller, learner: Caller, bare_superuser: Caller, path: str) -> None:
    """Not staff: 403, also for one's own and for nobody's (spec 10, section 8)."""
    asked(owner, "New Name")
    for caller in (owner, learner, bare_superuser):
        for username in (owner.username, unique_name()):
            expect.status(403, confirm(caller, username, path))
    assert ("Some Body", "New Name") == names(owner)


def test_staff_may_approve_their_own(service: Service) -> None:
    """Staff confirms, whoever asked (spec 10, section 8)."""
    own = service.new_account(is_staff=True)
    asked(own, "Staff Name")
    expect.status(204, confirm(own, own.username))
    assert ("Staff Name", None) == names(own)


def test_another_request_after_confirmation(owner: Caller, staff: Caller) -> None:
    """After a confirmation the old name may be asked for again (spec 10, section 8)."""
    for name in ("Second Name", "Some Body"):
        asked(owner, name)
        expect.status(204, confirm(staff, owner.username))
    assert ("Some Body", None) == names(owner)


def test_other_fields_stay(owner: Caller, staff: Caller) -> None:
    """A confirmation changes the name and nothing else (spec 10, section 8)."""
    expect.status(200, owner.patch({"bio": "kept", "country": "SE"}))
    before = owner.account()
    asked(owner, "New Name")
    expect.status(204, confirm(staff, owner.username))
    assert {**before, "name": "New Name"} == owner.account()


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_other_methods(owner: Caller, staff: Caller, method: str) -> None:
    """Only POST is served (spec 10, section 1)."""
    for path in PATHS:
        expect.detail(405, staff.request(method, path.format(owner.username)))


def test_idempotency_key(owner: Caller, staff: Caller) -> None:
    """The same key and request again gets the first answer, here and when confirming (spec 50, section 4)."""
    headers = {"Idempotency-Key": unique_name()}
    first = owner.post(REQUEST, json={"name": "Keyed Name"}, headers=headers)
    etag = owner.etag()
    again = owner.post(REQUEST, json={"name": "Keyed Name"}, headers=headers)
    assert (201, 201, etag) == (first.status_code, again.status_code, owner.etag())
    path, key = PATHS[0].format(owner.username), {"Idempotency-Key": unique_name()}
    assert [204, 204] == [staff.post(path, headers=key).status_code for _ in range(2)]
    assert ("Keyed Name", None) == names(owner)
