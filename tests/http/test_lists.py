"""Lists and look-ups of accounts (spec 10, section 4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from tests.http import expectations as expect
from tests.http.service_client import Caller, Service, unique_email, unique_name

ACCOUNTS = "/api/user/v1/accounts"
LOOK_UPS = ["email=x@example.com", "email=", "email", "lms_user_id=1", "lms_user_id=", "lms_user_id"]


@pytest.fixture(scope="module")
def people(service: Service) -> list[Caller]:
    """Three adults."""
    return [service.new_account(profile={"year_of_birth": 1980}) for _ in range(3)]


def listed(caller: Caller, **query: str) -> list[dict[str, Any]]:
    """Return the list that a query answers."""
    response = caller.get(ACCOUNTS, params=query)
    expect.status(200, response)
    found: list[dict[str, Any]] = response.json()
    return found


def names(found: list[dict[str, Any]]) -> list[str]:
    """Return the usernames of a list, sorted."""
    return sorted(each["username"] for each in found)


def no_body(response: httpx.Response) -> None:
    """Expect a 404 that says nothing but perhaps `detail`."""
    expect.status(404, response)


def test_nobody_gets_a_list(anonymous: Caller, people: list[Caller]) -> None:
    """No token: 401, whatever the query (spec 10, sections 2 and 4)."""
    for query in ("", f"?username={people[0].username}", "?email=x", "?lms_user_id=1"):
        expect.unauthorized(anonymous.get(ACCOUNTS + query))


@pytest.mark.parametrize("parameter", ["username", "usernames"])
def test_by_username(learner: Caller, people: list[Caller], parameter: str) -> None:
    """`username=a,b`, or `usernames`: those accounts (spec 10, section 4; D5)."""
    wanted = [each.username for each in people]
    assert sorted(wanted) == names(listed(learner, **{parameter: ",".join(wanted)}))


def test_username_wins_over_usernames(learner: Caller, people: list[Caller]) -> None:
    """`username` wins if both are sent (spec 10, D5)."""
    first, second = people[0].username, people[1].username
    assert [first] == names(listed(learner, usernames=second, username=first))


def test_each_once(learner: Caller, people: list[Caller]) -> None:
    """A name given twice is listed once (spec 10, section 4)."""
    name = people[0].username
    assert [name] == names(listed(learner, username=f"{name},{name},{name}"))


@pytest.mark.parametrize("form", [",{}", "{},", ",,{},,", ",{},"])
def test_commas_at_the_ends_are_dropped(learner: Caller, people: list[Caller], form: str) -> None:
    """Leading and trailing commas are dropped (spec 10, section 4)."""
    name = people[0].username
    assert [name] == names(listed(learner, username=form.format(name)))


def test_unknown_names_are_left_out(learner: Caller, people: list[Caller]) -> None:
    """Unknown usernames are left out (spec 10, section 4)."""
    name = people[0].username
    assert [name] == names(listed(learner, username=f"{unique_name()},{name},{unique_name()}"))


@pytest.mark.parametrize("query", [",", ",,,", "nobody_at_all_here", "nobody_1_here,nobody_2_here"])
def test_404_only_if_none_exists(learner: Caller, staff: Caller, query: str) -> None:
    """None of them exists, or commas alone: 404 (spec 10, section 4)."""
    for caller in (learner, staff):
        no_body(caller.get(ACCOUNTS, params={"username": query}))


def test_usernames_are_found_exactly(learner: Caller, staff: Caller, people: list[Caller]) -> None:
    """Usernames are found exactly, capitals included (spec 10, section 4)."""
    for caller in (learner, staff):
        no_body(caller.get(ACCOUNTS, params={"username": people[0].username.upper()}))


def test_each_as_section_5_gives_it(learner: Caller, staff: Caller, people: list[Caller]) -> None:
    """Each object is exactly what GET of that account gives this caller (spec 10, section 4)."""
    person, other = people[0], people[1]
    for caller in (learner, staff, person):
        for query in ({}, {"view": "shared"}):
            found = listed(caller, username=f"{person.username},{other.username}", **query)
            for each in found:
                assert each == caller.account(each["username"], **query)


def test_whose_view(service: Service, people: list[Caller]) -> None:
    """In one list one's own account is full, another's shared, a private one's public (spec 10, sections 4 and 5.1)."""
    me, other = people[0], people[1]
    minor = service.new_account(profile={"year_of_birth": service.now().year - 10})
    found = {
        each["username"]: frozenset(each)
        for each in listed(me, username=",".join([me.username, other.username, minor.username]))
    }
    assert {me.username: expect.ADMIN, other.username: expect.SHARED, minor.username: expect.PUBLIC} == found


def test_the_shared_view(people: list[Caller], staff: Caller) -> None:
    """`view=shared` goes with any of the queries (spec 10, section 4)."""
    person = people[0]
    number = str(person.account()["id"])
    assert [expect.SHARED] == [frozenset(each) for each in listed(person, view="shared")]
    for query in ({"username": person.username}, {"email": person.email}, {"lms_user_id": number}):
        assert [expect.SHARED] == [frozenset(each) for each in listed(staff, view="shared", **query)]
        assert [expect.ADMIN] == [frozenset(each) for each in listed(staff, **query)]


@pytest.mark.parametrize(
    "query", ["", "?username=", "?usernames=", "?username=&usernames=", "?unknown=x", "?view=full"]
)
def test_nothing_or_empty_is_oneself(people: list[Caller], query: str) -> None:
    """Nothing, or an empty value: the caller's own account, alone in the array (spec 10, section 4)."""
    response = people[0].get(ACCOUNTS + query)
    expect.status(200, response)
    assert [people[0].account()] == response.json()


@pytest.mark.parametrize("query", ["email=", "lms_user_id=", "email=&lms_user_id=", "username=&email="])
def test_empty_look_ups_are_oneself(service: Service, query: str) -> None:
    """An empty look-up by staff: the caller's own account (spec 10, section 4)."""
    own = service.new_account(is_staff=True)
    response = own.get(f"{ACCOUNTS}?{query}")
    expect.status(200, response)
    assert [own.username] == names(response.json())


# --- by address and by id


def test_by_address(staff: Caller, bare_superuser: Caller, people: list[Caller]) -> None:
    """`email=x`, for staff or superuser: the account with that address (spec 10, section 4)."""
    person = people[0]
    for caller in (staff, bare_superuser):
        assert [caller.account(person.username)] == listed(caller, email=person.email)


def test_addresses_ignore_case(staff: Caller, people: list[Caller]) -> None:
    """Matching of addresses ignores case (spec 10, section 4)."""
    for address in (people[0].email.upper(), people[0].email.title()):
        assert [people[0].username] == names(listed(staff, email=address))


@pytest.mark.parametrize("address", ["nobody@example.org", "no address", "@", "a@b", "x" * 3000, "%00", "\u00e9@x.org"])
def test_no_such_address(staff: Caller, bare_superuser: Caller, address: str) -> None:
    """Nobody with that address: 404 (spec 10, section 4)."""
    for caller in (staff, bare_superuser):
        no_body(caller.get(ACCOUNTS, params={"email": address}))


def test_by_id(staff: Caller, bare_superuser: Caller, people: list[Caller]) -> None:
    """`lms_user_id=n`, for staff or superuser: the account with that id (spec 10, section 4)."""
    number = str(people[1].account()["id"])
    for caller in (staff, bare_superuser):
        assert [people[1].username] == names(listed(caller, lms_user_id=number))


@pytest.mark.parametrize("form", ["{}", "+{}", "000{}", " {} "])
def test_ways_to_write_an_id(staff: Caller, people: list[Caller], form: str) -> None:
    """A whole number may have a plus and leading zeros (spec 10, section 4)."""
    number = people[0].account()["id"]
    assert [people[0].username] == names(listed(staff, lms_user_id=form.format(number)))
    expect.status(404, staff.get(ACCOUNTS, params={"lms_user_id": f"-{number}"}))


@pytest.mark.parametrize(
    "number",
    ["0", "-1", "0" * 5000, "-" + "9" * 5000, "999999999", "999999999999999999", "9" * 19, "9" * 40, "9" * 5000],
)
def test_no_such_id(staff: Caller, number: str) -> None:
    """A whole number that is nobody's id: 404 (spec 10, section 4)."""
    no_body(staff.get(ACCOUNTS, params={"lms_user_id": number}))


@pytest.mark.parametrize("number", ["abc", "1.0", "2f", "2/8", "1e3", "0x1", "1 2", "1,2", "--1", "None", "½"])
def test_no_whole_number(staff: Caller, number: str) -> None:
    """Not a whole number: 400 (spec 10, section 4)."""
    expect.status(400, staff.get(ACCOUNTS, params={"lms_user_id": number}))


@pytest.mark.parametrize("query", LOOK_UPS)
def test_look_ups_need_rights(learner: Caller, people: list[Caller], query: str) -> None:
    """The mere presence of `email` or `lms_user_id` without rights: 403, also when empty or beside `username`,
    also on one account (spec 10, section 4)."""
    for path in (
        f"{ACCOUNTS}?{query}",
        f"{ACCOUNTS}?username={learner.username}&{query}",
        f"{ACCOUNTS}?{query}&username={people[0].username}",
        f"{ACCOUNTS}?username=nobody_at_all_here&{query}",
        f"{learner.path}?{query}",
        f"{people[0].path}?{query}",
    ):
        expect.status(403, learner.get(path))


def test_a_look_up_of_oneself_needs_rights_too(people: list[Caller]) -> None:
    """Not even one's own address or id may be looked up (spec 10, section 4)."""
    person = people[0]
    expect.status(403, person.get(ACCOUNTS, params={"email": person.email}))
    expect.status(403, person.get(ACCOUNTS, params={"lms_user_id": str(person.account()["id"])}))


@pytest.mark.parametrize(
    ("order", "winner"),
    [(("lms_user_id", "email", "username"), 0), (("lms_user_id", "email"), 1), (("lms_user_id",), 2)],
)
def test_which_parameter_wins(staff: Caller, people: list[Caller], order: tuple[str, ...], winner: int) -> None:
    """Username, then email, then id; nothing is combined (spec 10, section 4)."""
    values: Mapping[str, str] = {
        "username": people[0].username,
        "email": people[1].email,
        "lms_user_id": str(people[2].account()["id"]),
    }
    assert [people[winner].username] == names(listed(staff, **{each: values[each] for each in order}))


def test_an_unknown_username_is_not_made_up_for(staff: Caller, people: list[Caller]) -> None:
    """Nothing is combined: an unknown username beside a known address is 404 (spec 10, section 4)."""
    no_body(staff.get(ACCOUNTS, params={"username": unique_name(), "email": people[0].email}))


# --- many


def test_a_hundred_at_a_time(service: Service, staff: Caller, people: list[Caller]) -> None:
    """A hundred names are one list, known and unknown mixed (spec 10, section 4)."""
    known = [each.username for each in people]
    wanted = [*known, *(unique_name("no") for _ in range(97))]
    assert sorted(known) == names(listed(staff, username=",".join(wanted)))


def test_freshness(service: Service, staff: Caller) -> None:
    """Once written, an account shows in the lists at once, and by its new address after confirmation (section 2)."""
    email = unique_email()
    caller = service.new_account(email=email)
    caller.patch({"bio": "fresh"})
    assert ["fresh"] == [each["bio"] for each in listed(staff, username=caller.username)]
    assert [caller.username] == names(listed(staff, email=email))


def test_trailing_slash(learner: Caller) -> None:
    """With a trailing slash the same answer (spec 10, section 1)."""
    assert [learner.account()] == learner.get(f"{ACCOUNTS}/").json()


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "POST"])
def test_other_methods(staff: Caller, method: str) -> None:
    """A method that is not served on the list: 405 (spec 10, section 2)."""
    expect.detail(405, staff.request(method, ACCOUNTS))


def test_inactive_callers_too(service: Service, people: list[Caller]) -> None:
    """An inactive account's token counts (spec 10, section 1)."""
    caller = service.new_account(is_active=False)
    assert [people[0].username] == names(listed(caller, username=people[0].username))
