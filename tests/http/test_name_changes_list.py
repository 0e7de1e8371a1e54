"""Pending name changes: the list for staff, and refusing (spec 50, section 3)."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest

from tests.http import expectations as expect
from tests.http import retirement_client as retirement
from tests.http.case_names import brief
from tests.http.operations_client import (
    NAME_CHANGES,
    UTC_TIME,
    WRONG_LIMITS,
    WRONG_TEXTS,
    confirm,
    name_asked,
    name_changes,
    newest,
    other_cursors,
    page_of,
    pending_name,
    pending_names,
    refuse,
)
from tests.http.service_client import Caller, Service, unique_name
from tests.support.waiting import eventually


@pytest.fixture
def owner(service: Service) -> Caller:
    """Somebody called Some Body."""
    return service.new_account(name="Some Body")


@pytest.fixture(scope="module")
def waiting(service: Service, staff: Caller) -> list[str]:
    """Five people who wait for another name, who asked first first, and whom nobody changes."""
    people = [service.new_account() for _ in range(5)]
    for number, person in enumerate(people):
        name_asked(person, f"Wish Number {number}")
    for person in people:
        listed(staff, person.username)
    return [person.username for person in people]


def listed(staff: Caller, username: str) -> dict[str, Any]:
    """Wait until somebody is listed, once, and return the row."""

    def once() -> dict[str, Any]:
        found = pending_name(staff, username)
        assert 1 == len(found), found
        return found[0]

    return eventually(once)


def unlisted(staff: Caller, username: str) -> None:
    """Wait until somebody is not listed any more."""

    def none() -> None:
        assert [] == pending_name(staff, username)

    eventually(none)


# --- the list


def test_a_row(owner: Caller, staff: Caller) -> None:
    """Exactly four keys: whose, the name, the new one, and when (spec 50, section 3)."""
    name_asked(owner, "Wished Name")
    row = listed(staff, owner.username)
    assert {"username", "name", "new_name", "requested"} == set(row)
    assert ("Some Body", "Wished Name") == (row["name"], row["new_name"])
    assert UTC_TIME.fullmatch(row["requested"]), row
    assert newest(staff, owner.username)["at"][:19] == row["requested"][:19]


def test_oldest_first(staff: Caller, waiting: list[str]) -> None:
    """Oldest first (spec 50, section 3)."""
    rows = pending_names(staff)
    times = [datetime.fromisoformat(row["requested"]) for row in rows]
    assert sorted(times) == times
    assert waiting == [row["username"] for row in rows if row["username"] in waiting]


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages(staff: Caller, waiting: list[str], limit: int) -> None:
    """`limit` bounds a page, the cursor leads to the next, nobody is missed or seen twice (spec 50, section 3)."""
    first, cursor = page_of(name_changes(staff, limit=limit))
    assert limit == len(first)
    assert cursor is not None
    found = [row["username"] for row in pending_names(staff, limit)]
    assert len(found) == len(set(found))
    assert waiting == [name for name in found if name in waiting]


def test_a_page_stays_while_the_list_changes(service: Service, owner: Caller, staff: Caller) -> None:
    """Who goes between two pages makes nobody else be missed (spec 50, section 3)."""
    people = [owner, *(service.new_account() for _ in range(3))]
    for person in people:
        name_asked(person, "Wished Name")
    for person in people:
        listed(staff, person.username)
    names = [person.username for person in people]
    seen, cursor = page_of(name_changes(staff, limit=1))
    while not any(row["username"] == names[0] for row in seen):
        more, cursor = page_of(name_changes(staff, limit=1, cursor=cursor))
        seen += more
    expect.status(204, refuse(staff, names[0]))
    unlisted(staff, names[0])
    while cursor is not None:
        more, cursor = page_of(name_changes(staff, limit=1, cursor=cursor))
        seen += more
    assert names == [row["username"] for row in seen if row["username"] in names]


@pytest.mark.parametrize("limit", WRONG_LIMITS)
def test_wrong_limits(staff: Caller, limit: str) -> None:
    """What is no limit: 400 (spec 50, sections 1 and 3)."""
    expect.status(400, name_changes(staff, limit=limit))


@pytest.mark.parametrize("which", range(8))
def test_changed_cursors(staff: Caller, waiting: list[str], which: int) -> None:
    """A changed cursor: 400 (spec 50, sections 1 and 3)."""
    _, cursor = page_of(name_changes(staff, limit=1))
    expect.status(400, name_changes(staff, cursor=other_cursors(cursor or "")[which]))


def test_a_cursor_of_something_else(staff: Caller, waiting: list[str]) -> None:
    """A cursor of a history is none of this list, nor the other way round (spec 50, sections 1 and 3)."""
    path = f"/api/user/v1/accounts/{waiting[0]}/history"
    _, of_history = page_of(staff.get(path, params={"limit": 1}))
    _, of_names = page_of(name_changes(staff, limit=1))
    assert of_history is not None
    assert of_names is not None
    expect.status(400, name_changes(staff, cursor=of_history))
    expect.status(400, staff.get(path, params={"cursor": of_names}))


def test_a_later_request_replaces_the_row(service: Service, owner: Caller, staff: Caller) -> None:
    """A later request replaces the earlier one, and waits from its own time on (spec 10, section 8)."""
    name_asked(owner, "First Wish")
    first = listed(staff, owner.username)
    other = service.new_account()
    name_asked(other, "Between")
    name_asked(owner, "Second Wish")

    def second() -> None:
        assert ["Second Wish"] == [row["new_name"] for row in pending_name(staff, owner.username)]

    eventually(second)
    assert listed(staff, owner.username)["requested"] >= first["requested"]
    listed(staff, other.username)
    order = [row["username"] for row in pending_names(staff)]
    assert order.index(other.username) < order.index(owner.username)


def test_the_present_name_and_username(service: Service, owner: Caller, staff: Caller) -> None:
    """`name` and `username` are the present ones (spec 50, section 3; spec 20, section 12)."""
    name_asked(owner, "Wished Name")
    expect.status(200, owner.patch({"name": "Patched Name"}))
    worker, other = retirement.username_worker_of(service), unique_name()
    expect.status(200, worker.post(retirement.REPLACE, json={"username_mappings": [{owner.username: other}]}))
    unlisted(staff, owner.username)

    def renamed() -> None:
        row = listed(staff, other)
        assert ("Patched Name", "Wished Name") == (row["name"], row["new_name"])

    eventually(renamed)


@pytest.mark.parametrize("decide", [confirm, refuse])
def test_who_is_decided_is_gone(owner: Caller, staff: Caller, decide: Any) -> None:
    """Approved or refused, nothing is pending (spec 50, section 3; spec 10, section 8)."""
    name_asked(owner, "Wished Name")
    listed(staff, owner.username)
    expect.status(204, decide(staff, owner.username))
    unlisted(staff, owner.username)


def test_who_left_is_gone(service: Service, owner: Caller, staff: Caller) -> None:
    """From `retire_misc` on nothing is pending; no name of theirs is listed (spec 20, section 8.1)."""
    worker = retirement.worker_of(service)
    name_asked(owner, "Wish Of Somebody Gone")
    listed(staff, owner.username)
    retirement.nothing(204, retirement.leave(owner))
    retirement.moved(worker, owner.username, "RETIRING_LMS")
    retirement.nothing(204, retirement.retire(worker, owner.username))
    unlisted(staff, owner.username)

    def unread() -> None:
        assert "Wish Of Somebody Gone" not in str(pending_names(staff))

    eventually(unread)


@pytest.mark.parametrize("who", ["learner", "bare_superuser"])
def test_staff_alone(owner: Caller, who: str, request: pytest.FixtureRequest) -> None:
    """The list is for staff (spec 50, section 3)."""
    expect.detail(403, name_changes(request.getfixturevalue(who)))
    expect.detail(403, name_changes(owner))


def test_no_token_and_methods(anonymous: Caller, staff: Caller) -> None:
    """No token: 401; GET alone; kept by no cache (spec 10, section 2; spec 50, section 5)."""
    expect.unauthorized(name_changes(anonymous))
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        expect.detail(405, staff.request(method, NAME_CHANGES))
    response = staff.get(f"{NAME_CHANGES}/")
    expect.status(200, response)
    assert "no-store" in response.headers["Cache-Control"]


# --- refusing


def test_refused(service: Service, owner: Caller, staff: Caller) -> None:
    """204: nothing pending, the name unchanged, and the person gets a mail (spec 50, section 3)."""
    name_asked(owner, "Wished Name")
    mails = len(service.outbox(owner.email))
    response = refuse(staff, owner.username, "Please send a document.")
    expect.status(204, response)
    assert b"" == response.content
    account = owner.account()
    assert ("Some Body", None) == (account["name"], account["pending_name_change"])
    new = service.outbox(owner.email)[mails:]
    assert 1 == len(new)
    assert "Please send a document." in new[0]["text"]
    expect.status(404, confirm(staff, owner.username))


def test_the_history_has_it(owner: Caller, staff: Caller) -> None:
    """The refusal is an event by staff (spec 50, section 1)."""
    name_asked(owner, "Wished Name")
    expect.status(204, refuse(staff, owner.username, "why"))
    entry = newest(owner)
    assert {"role": "staff", "username": None} == entry["actor"]
    assert {"old": "Wished Name", "new": None} == entry["changes"]["pending_name_change"]


def test_asking_again(owner: Caller, staff: Caller) -> None:
    """Who was refused may ask again, for the same name too (spec 10, section 8)."""
    name_asked(owner, "Wished Name")
    expect.status(204, refuse(staff, owner.username))
    name_asked(owner, "Wished Name")
    assert "Wished Name" == listed(staff, owner.username)["new_name"]


def test_nothing_pending_or_unknown(owner: Caller, staff: Caller) -> None:
    """Nothing pending, a second time, or unknown: 404 (spec 50, section 3)."""
    expect.status(404, refuse(staff, owner.username))
    expect.status(404, refuse(staff, unique_name()))
    name_asked(owner, "Wished Name")
    expect.status(204, refuse(staff, owner.username))
    expect.status(404, refuse(staff, owner.username))


def test_others_may_not(owner: Caller, anonymous: Caller, learner: Caller, bare_superuser: Caller) -> None:
    """Not staff: 403, for one's own too, whether or not the name exists (spec 50, section 3)."""
    name_asked(owner, "Wished Name")
    for name in (owner.username, unique_name()):
        expect.unauthorized(refuse(anonymous, name))
        for caller in (owner, learner, bare_superuser):
            expect.detail(403, refuse(caller, name))
    assert "Wished Name" == owner.account()["pending_name_change"]


@pytest.mark.parametrize("comment", WRONG_TEXTS, ids=brief)
def test_what_is_no_comment(service: Service, owner: Caller, staff: Caller, comment: object) -> None:
    """No text, or none at all: 400, and nothing happens (spec 50, section 3)."""
    name_asked(owner, "Wished Name")
    mails = service.outbox(owner.email)
    expect.status(400, refuse(staff, owner.username, comment))
    expect.status(400, staff.post(f"{NAME_CHANGES}/{owner.username}/refuse", json={}))
    assert "Wished Name" == owner.account()["pending_name_change"]
    assert mails == service.outbox(owner.email)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff"])
def test_malformed(owner: Caller, staff: Caller, content: bytes) -> None:
    """Malformed JSON, or no object: 400; another type: 415 (spec 10, section 2)."""
    name_asked(owner, "Wished Name")
    path = f"{NAME_CHANGES}/{owner.username}/refuse"
    expect.status(400, staff.post(path, content=content, headers={"Content-Type": "application/json"}))
    expect.detail(415, staff.post(path, content=content, headers={"Content-Type": "text/plain"}))


def test_a_comment_is_no_markup(service: Service, owner: Caller, staff: Caller) -> None:
    """A comment of any script arrives; line breaks in it make no header of the mail (spec 50, section 8)."""
    name_asked(owner, "Wished Name")
    comment = "😀 <script>x</script>\r\nBcc: learner@example.com"
    expect.status(204, refuse(staff, owner.username, comment))
    mail = service.outbox(owner.email)[-1]
    assert "<script>x</script>" in mail["text"]
    assert "Bcc" not in mail["subject"]
    assert "\n" not in mail["subject"]


def test_idempotency_key(service: Service, owner: Caller, staff: Caller) -> None:
    """The same key: 204 again, one event, one mail; another body 422 (spec 50, section 4)."""
    headers = {"Idempotency-Key": secrets.token_hex(16)}
    name_asked(owner, "Wished Name")
    before = len(service.outbox(owner.email))
    expect.status(204, refuse(staff, owner.username, "keyed", headers=headers))
    etag = owner.etag()
    name_asked(owner, "Another Wish")
    again = refuse(staff, owner.username, "keyed", headers=headers)
    expect.status(204, again)
    assert "true" == again.headers["Idempotent-Replayed"]
    assert etag != owner.etag()
    assert "Another Wish" == owner.account()["pending_name_change"]
    assert 1 == len(service.outbox(owner.email)) - before
    expect.status(422, refuse(staff, owner.username, "other", headers=headers))


def test_refusing_and_approving_at_once(service: Service, owner: Caller, staff: Caller) -> None:
    """Of several decisions at once one wins, with one mail at most (spec 50, section 8)."""
    name_asked(owner, "Wished Name")
    before = len(service.outbox(owner.email))
    with ThreadPoolExecutor(4) as pool:
        refusals = [pool.submit(refuse, staff, owner.username) for _ in range(3)]
        approval = pool.submit(confirm, staff, owner.username).result().status_code
    answers = [each.result().status_code for each in refusals]
    assert [204, 404, 404, 404] == sorted([approval, *answers])
    assert answers.count(204) == len(service.outbox(owner.email)) - before
    assert ("Wished Name" if approval == 204 else "Some Body") == owner.account()["name"]


def test_methods_and_slash(owner: Caller, staff: Caller) -> None:
    """POST alone, with a trailing slash too (spec 00)."""
    name_asked(owner, "Wished Name")
    path = f"{NAME_CHANGES}/{owner.username}/refuse"
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        expect.detail(405, staff.request(method, path))
    expect.status(204, staff.post(f"{path}/", json={"comment": ""}))
