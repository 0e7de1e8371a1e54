"""POST replace_usernames (spec 20, section 12)."""

from __future__ import annotations

import json
import re
import secrets
from typing import Any

import pytest

from tests.http import expectations as expect
from tests.http.preference_writing import map_path, preferences
from tests.http.retirement_client import (
    ACCOUNTS,
    REPLACE,
    cleaned_up,
    learner_of,
    leave,
    left,
    moved,
    nothing,
    row_of,
    status_of,
    username_worker_of,
    without_slash,
    worker_of,
)
from tests.http.retirement_steps import acted, handed_out, partner_row, version_of
from tests.http.service_client import ME, Caller, Service, account_path, unique_name
from tests.http.test_concurrency import at_once

SUFFIX = "-([a-z][0-9][a-z][0-9]|[0-9][a-z][0-9][a-z])"


@pytest.fixture(scope="module")
def renamer(service: Service) -> Caller:
    """The username-replacement worker."""
    return username_worker_of(service)


@pytest.fixture(scope="module")
def worker(service: Service) -> Caller:
    """The retirement worker."""
    return worker_of(service)


def replaced(renamer: Caller, *mappings: dict[str, Any]) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Ask for replacements; return those that were made and those that failed."""
    response = renamer.post(REPLACE, json={"username_mappings": mappings})
    expect.status(200, response)
    body = response.json()
    assert {"successful_replacements", "failed_replacements"} == set(body), response.text
    return body["successful_replacements"], body["failed_replacements"]


def given(renamer: Caller, current: str, desired: str) -> str:
    """Ask for one replacement, which must be made; return the new name."""
    made, failed = replaced(renamer, {current: desired})
    assert [] == failed
    assert [[current]] == [list(each) for each in made]
    return made[0][current]


def suffixed(desired: str, seen: str) -> None:
    """Expect the desired name with a suffix."""
    assert re.fullmatch(re.escape(desired) + SUFFIX, seen), seen


def test_a_free_name(service: Service, staff: Caller, renamer: Caller) -> None:
    """A free name becomes exactly that; the old one is 404 at once (spec 20, section 12)."""
    caller, desired = learner_of(service), unique_name("new")
    assert desired == given(renamer, caller.username, desired)
    assert desired == staff.account(desired)["username"]
    expect.status(404, staff.get(account_path(caller.username)))
    expect.status(404, staff.get(map_path(caller.username)))


def test_without_slash(service: Service, staff: Caller, renamer: Caller) -> None:
    """The other form of the path (spec 20, section 1)."""
    caller, desired = learner_of(service), unique_name("new")
    body = {"username_mappings": [{caller.username: desired}]}
    expect.status(200, renamer.post(without_slash(REPLACE), json=body))
    expect.status(200, staff.get(account_path(desired)))


def test_nothing_to_replace(renamer: Caller) -> None:
    """`[]`: 200 and two empty lists (spec 20, section 12)."""
    assert ([], []) == replaced(renamer)


def test_everything_else_follows(service: Service, staff: Caller, renamer: Caller) -> None:
    """Id, address, profile, preferences, dates and password follow the account (spec 20, section 12)."""
    caller = learner_of(service, name="Same Person", profile={"bio": "same"}, preferences={"pref-lang": "sv"})
    before, liked = staff.account(caller.username), preferences(staff, caller.username)
    desired = given(renamer, caller.username, unique_name("new"))
    assert {**before, "username": desired} == staff.account(desired)
    assert liked == preferences(staff, desired)
    for name in (desired, caller.email):
        expect.status(200, service.password_grant(name, caller.password))
    expect.oauth_error(service.password_grant(caller.username, caller.password), "invalid_grant")


def test_a_token_belongs_to_the_account(service: Service, renamer: Caller) -> None:
    """A token issued before gives the new name, and opens the new path only (spec 20, section 12)."""
    caller = learner_of(service)
    refresh = service.password_grant(caller.username, caller.password).json()["refresh_token"]
    desired = given(renamer, caller.username, unique_name("new"))
    assert {"username": desired} == caller.get(ME).json()
    expect.status(200, caller.patch({"bio": "mine"}, path=account_path(desired)))
    expect.status(404, caller.patch({"bio": "no more"}))
    renewed = service.refresh(refresh)
    expect.status(200, renewed)
    assert {"username": desired} == service.me(f"JWT {renewed.json()['access_token']}").json()


def test_a_token_is_never_the_next_owner_s(service: Service, renamer: Caller) -> None:
    """The old name is free again; whoever takes it is not whom the old token speaks for (spec 20, section 12)."""
    caller = learner_of(service)
    desired = given(renamer, caller.username, unique_name("new"))
    heir = learner_of(service, username=caller.username)
    assert ({"username": desired}, {"username": caller.username}) == (caller.get(ME).json(), heir.get(ME).json())
    expect.status(404, caller.patch({"bio": "not mine"}, path=account_path(heir.username)))
    assert heir.account()["bio"] is None
    assert heir.account()["id"] != caller.account(desired)["id"]
    expect.status(403, caller.get(map_path(heir.username)))


@pytest.mark.parametrize("how", ["the same", "in capitals"])
def test_a_taken_name(service: Service, staff: Caller, renamer: Caller, how: str) -> None:
    """Somebody else's name gets a suffix, in any capitals (spec 20, section 12; spec 10, section 4)."""
    caller, other = learner_of(service), learner_of(service)
    desired = other.username if how == "the same" else other.username.upper()
    seen = given(renamer, caller.username, desired)
    suffixed(desired, seen)
    assert seen == staff.account(seen)["username"]
    assert other.account()["username"] == other.username


def test_its_own_name_is_taken(service: Service, staff: Caller, renamer: Caller) -> None:
    """An account's own current name counts as taken (spec 20, section 12)."""
    caller = learner_of(service)
    seen = given(renamer, caller.username, caller.username)
    suffixed(caller.username, seen)
    expect.status(404, staff.get(account_path(caller.username)))


def test_a_retired_name(service: Service, staff: Caller, worker: Caller, renamer: Caller) -> None:
    """Names of rows and names of those who were cleaned up count as taken (spec 20, section 12; R13)."""
    for gone in (left(service), cleaned_up(service, worker)):
        for desired in (gone.username, gone.username.upper()):
            caller = learner_of(service)
            suffixed(desired, given(renamer, caller.username, desired))


def test_suffixes_are_drawn(service: Service, renamer: Caller) -> None:
    """Many who want one name get different suffixes (spec 20, section 12)."""
    desired = learner_of(service).username
    people = [learner_of(service) for _ in range(5)]
    made, failed = replaced(renamer, *[{each.username: desired} for each in people])
    assert [] == failed
    seen = [each[caller.username] for each, caller in zip(made, people, strict=True)]
    assert 5 == len(set(seen))
    for name in seen:
        suffixed(desired, name)


def test_two_want_the_same(service: Service, staff: Caller, renamer: Caller) -> None:
    """The first has it, the second gets a suffix (spec 20, section 12)."""
    first, second, desired = learner_of(service), learner_of(service), unique_name("new")
    made, failed = replaced(renamer, {first.username: desired}, {second.username: desired})
    assert [] == failed
    assert {first.username: desired} == made[0]
    suffixed(desired, made[1][second.username])
    assert staff.account(desired)["email"] == first.email
    assert staff.account(made[1][second.username])["email"] == second.email


def test_mappings_are_applied_in_order(service: Service, staff: Caller, renamer: Caller) -> None:
    """A name that one mapping frees is free for the next (spec 20, section 12)."""
    first, second, desired = learner_of(service), learner_of(service), unique_name("new")
    made, _ = replaced(renamer, {first.username: desired}, {second.username: first.username})
    assert [{first.username: desired}, {second.username: first.username}] == made
    assert (first.email, second.email) == (staff.account(desired)["email"], staff.account(first.username)["email"])


def test_a_chain(service: Service, staff: Caller, renamer: Caller) -> None:
    """A later mapping of the new name moves the same account on (spec 20, section 12)."""
    caller, middle, last = learner_of(service), unique_name("new"), unique_name("new")
    replaced(renamer, {caller.username: middle}, {middle: last})
    assert caller.email == staff.account(last)["email"]
    expect.status(404, staff.get(account_path(middle)))


def test_an_unknown_name(service: Service, staff: Caller, renamer: Caller) -> None:
    """Unknown: reported as a success, nothing changes (spec 20, section 12)."""
    unknown, desired = unique_name(), unique_name("new")
    assert desired == given(renamer, unknown, desired)
    expect.status(404, staff.get(account_path(desired)))
    expect.status(200, service.register(username=desired))


def test_other_capitals_are_another_name(service: Service, renamer: Caller) -> None:
    """The current name is found exactly (spec 10, section 4; spec 20, section 12)."""
    caller = learner_of(service)
    given(renamer, caller.username.upper(), unique_name("new"))
    assert {"username": caller.username} == caller.get(ME).json()


UNUSABLE = ["", "a/b", "a?b", "a#b", "a%b", "a\nb", "a\x00b", "a:b", "a,b", "x" * 151, "retired__user_", "retire"]
FIXED = ["me", "ME", "search_emails", "Replace_Usernames", "retirement_queue", "time_zones", "email_opt_in"]


@pytest.mark.parametrize("desired", [*UNUSABLE, *FIXED, f"retired__user_{'a' * 40}"], ids=repr)
def test_an_unusable_name(service: Service, renamer: Caller, desired: str) -> None:
    """Unusable in a path, a fixed word or the retired prefix: it fails, nothing changes (spec 20, section 12)."""
    caller = learner_of(service)
    assert ([], [{caller.username: desired}]) == replaced(renamer, {caller.username: desired})
    assert {"username": caller.username} == caller.get(ME).json()


@pytest.mark.parametrize("stem", ["a b", "a.b@c", "a+b-c_d", "A"])
def test_every_sign_of_the_alphabet(service: Service, staff: Caller, renamer: Caller, stem: str) -> None:
    """Letters, digits, space and `. @ _ + -` are usable (spec 10, section 1)."""
    caller, desired = learner_of(service), f"{stem}{secrets.token_hex(6)}"
    assert desired == given(renamer, caller.username, desired)
    assert caller.email == staff.account(desired)["email"]


def test_a_name_of_150(service: Service, staff: Caller, renamer: Caller) -> None:
    """150 characters are usable (spec 20, section 12)."""
    caller, desired = learner_of(service), f"{unique_name()}{'x' * 150}"[:150]
    assert desired == given(renamer, caller.username, desired)
    assert caller.email == staff.account(desired)["email"]


def test_both_lists_keep_the_order(service: Service, renamer: Caller) -> None:
    """Successes and failures come in the order asked, the good ones go on (spec 20, section 12)."""
    people, wanted = [learner_of(service) for _ in range(4)], [unique_name("new"), "me", unique_name("new"), "a/b"]
    mappings = [{caller.username: desired} for caller, desired in zip(people, wanted, strict=True)]
    assert (mappings[::2], mappings[1::2]) == replaced(renamer, *mappings)
    for caller, name in zip(people, [wanted[0], people[1].username, wanted[2], people[3].username], strict=True):
        assert {"username": name} == caller.get(ME).json()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"mappings": []},
        {"username_mappings": None},
        {"username_mappings": {}},
        {"username_mappings": {"a": "b"}},
        {"username_mappings": "a"},
        {"username_mappings": 1},
        [],
        [{"a": "b"}],
        "a",
        1,
        None,
    ],
    ids=repr,
)
def test_something_else_than_a_list(renamer: Caller, body: object) -> None:
    """Missing, or not a list: 400 (spec 20, section 12)."""
    headers = {"Content-Type": "application/json"}
    expect.status(400, renamer.post(REPLACE, content=json.dumps(body), headers=headers))


@pytest.mark.parametrize(
    "element",
    [{}, {"a": "b", "c": "d"}, "a", 1, None, [], ["a", "b"], {"a": None}, {"a": 1}, {"a": True}, {"a": ["b"]}],
    ids=repr,
)
def test_an_element_at_fault(service: Service, renamer: Caller, element: object) -> None:
    """Not an object with exactly one key, or a value that is no string: 400, nothing changes (spec 20, 12)."""
    caller = learner_of(service)
    good = {caller.username: unique_name("new")}
    for mappings in ([good, element], [element, good]):
        expect.status(400, renamer.post(REPLACE, json={"username_mappings": mappings}))
    assert {"username": caller.username} == caller.get(ME).json()


# --- who


def test_who_may(service: Service, renamer: Caller) -> None:
    """The worker, and holders of the permission (spec 20, section 2; R14)."""
    holder = service.new_account(permissions=["can_replace_username"])
    for allowed in (renamer, holder):
        caller = learner_of(service)
        given(allowed, caller.username, unique_name("new"))


def test_who_may_not(service: Service, superuser: Caller, bare_superuser: Caller, staff: Caller) -> None:
    """Superusers as such, staff, the retirement worker and the account itself may not (spec 20, section 2; R14)."""
    caller = learner_of(service)
    body = {"username_mappings": [{caller.username: unique_name("new")}]}
    for other in (superuser, bare_superuser, staff, caller, worker_of(service)):
        expect.status(403, other.post(REPLACE, json=body))
    expect.unauthorized(service.anonymous.post(REPLACE, json=body))
    assert {"username": caller.username} == caller.get(ME).json()


# --- rows


def test_the_row_is_renamed(service: Service, worker: Caller, renamer: Caller) -> None:
    """`original_username` follows, the retired values never change (spec 20, section 12)."""
    caller = left(service)
    before = row_of(worker, caller.username)
    desired = given(renamer, caller.username, unique_name("new"))
    expected = {**before, "original_username": desired, "user": {**before["user"], "username": desired}}
    assert expected == row_of(worker, desired)
    nothing(404, status_of(worker, caller.username))
    moved(worker, desired, "RETIRING_LMS")
    nothing(404, worker.post(f"{ACCOUNTS}/retire/", json={"username": caller.username}))
    acted(worker, desired, "retire")
    row = row_of(worker, desired)
    assert (before["retired_username"], desired) == (row["user"]["username"], row["original_username"])


def test_the_partner_row_is_renamed(service: Service, worker: Caller, renamer: Caller) -> None:
    """`original_username` of the partner row follows (spec 20, section 12)."""
    caller = partner_row(service, worker)
    desired = given(renamer, caller.username, unique_name("new"))
    (row,) = handed_out(worker, desired)
    assert (desired, caller.email) == (row["original_username"], row["original_email"])


def test_both_names_of_a_row_are_retired(service: Service, renamer: Caller) -> None:
    """A row's new name counts as retired like its old one (spec 20, section 12)."""
    caller = left(service)
    desired = given(renamer, caller.username, unique_name("new"))
    for name in (caller.username, desired, desired.upper()):
        assert "username" in expect.refused_registration(service.register(username=name))


# --- events and races


def test_each_name_is_one_event(service: Service, staff: Caller, renamer: Caller) -> None:
    """A replaced name is one event, one that failed none (spec 20, section 14, row 1)."""
    caller = learner_of(service)
    before = int(version_of(staff, caller.username).strip('"'))
    replaced(renamer, {caller.username: "me"})
    assert before == int(version_of(staff, caller.username).strip('"'))
    desired = given(renamer, caller.username, unique_name("new"))
    assert before + 1 == int(version_of(staff, desired).strip('"'))


def test_one_name_wanted_by_many(service: Service, staff: Caller, renamer: Caller) -> None:
    """Of many calls at once one account has the name, the others a suffix (spec 20, sections 12 and 14)."""
    people, desired = [learner_of(service) for _ in range(6)], unique_name("new")
    bodies = [{"username_mappings": [{each.username: desired}]} for each in people]
    answers = at_once([lambda body=body: renamer.post(REPLACE, json=body) for body in bodies])  # type: ignore[misc]
    assert [200] * 6 == [each.status_code for each in answers]
    seen = [
        each.json()["successful_replacements"][0][caller.username] for each, caller in zip(answers, people, strict=True)
    ]
    assert 6 == len(set(seen))
    assert 1 == seen.count(desired)
    for name, caller in zip(seen, people, strict=True):
        assert caller.email == staff.account(name)["email"]


def test_renaming_beside_leaving(service: Service, staff: Caller, worker: Caller, renamer: Caller) -> None:
    """Both are done, in either order: the row is under the new name (spec 20, sections 12 and 14)."""
    caller, desired = learner_of(service), unique_name("new")
    answers = at_once(
        [
            lambda: leave(caller),
            lambda: renamer.post(REPLACE, json={"username_mappings": [{caller.username: desired}]}),
        ]
    )
    assert [204, 200] == [each.status_code for each in answers]
    row = row_of(worker, desired)
    assert (desired, caller.email, desired) == (
        row["original_username"],
        row["original_email"],
        row["user"]["username"],
    )
