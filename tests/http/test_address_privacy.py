"""What strangers can learn about who has an account: nothing beyond the contract (spec 10, section 9)."""

from __future__ import annotations

import statistics
import time
from typing import Any

import httpx
import pytest

from tests.http import expectations as expect
from tests.http.address_changes import secondary_confirmed
from tests.http.service_client import Caller, Service, unique_email, unique_name

KINDS = ["taken", "capitals", "secondary", "retired"]


@pytest.fixture(scope="module")
def victim(service: Service) -> Caller:
    """Somebody whose address others ask for."""
    return service.new_account()


@pytest.fixture(scope="module")
def victims_secondary(service: Service, victim: Caller) -> str:
    """The confirmed secondary address of somebody."""
    return secondary_confirmed(service, victim)


@pytest.fixture
def unavailable(victim: Caller, victims_secondary: str) -> dict[str, str]:
    """Addresses that nobody may have, by kind."""
    return {
        "taken": victim.email,
        "capitals": victim.email.upper(),
        "secondary": victims_secondary,
        "retired": f"retired__user_{unique_name('')}@retired.invalid",
    }


@pytest.fixture
def pair(service: Service) -> tuple[Caller, Caller]:
    """Two accounts with the same history."""
    first, second = (service.new_account(name="Same Name", profile={"year_of_birth": 1980}) for _ in range(2))
    return first, second


OWN = ("username", "email", "id", "date_joined", "last_login", "profile_image")


def outline(response: httpx.Response) -> tuple[Any, ...]:
    """Return all of an answer but what is an account's own, and what differs from answer to answer."""
    body = {key: value for key, value in response.json().items() if key not in OWN}
    headers = {name.lower() for name in response.headers}
    return response.status_code, sorted(headers), list(response.json()), body, response.headers["ETag"]


@pytest.mark.parametrize("kind", KINDS)
def test_email_taken_and_free_answer_alike(
    service: Service, pair: tuple[Caller, Caller], unavailable: dict[str, str], kind: str
) -> None:
    """A taken and a free address: the same status, keys, header names, body and version (spec 10, section 9)."""
    one, two = pair
    assert one.etag() == two.etag()
    taken, free = one.patch({"email": unavailable[kind]}), two.patch({"email": unique_email()})
    assert outline(free) == outline(taken)
    assert one.etag() == two.etag()
    assert outline(one.get(one.path)) == outline(two.get(two.path))


@pytest.mark.parametrize("kind", KINDS)
def test_email_beside_other_fields(pair: tuple[Caller, Caller], unavailable: dict[str, str], kind: str) -> None:
    """Other fields beside it are stored either way (spec 10, sections 6 and 9)."""
    one, two = pair
    answers = [
        caller.patch({"email": wanted, "bio": "beside"})
        for caller, wanted in ((one, unavailable[kind]), (two, unique_email()))
    ]
    assert outline(answers[0]) == outline(answers[1])
    assert ["beside", "beside"] == [caller.account()["bio"] for caller in pair]


@pytest.mark.parametrize("kind", KINDS)
def test_faults_beside_it(pair: tuple[Caller, Caller], unavailable: dict[str, str], kind: str) -> None:
    """With another field at fault the answers are the same to the byte (spec 10, sections 2 and 9)."""
    one, two = pair
    taken, free = (
        caller.patch({"email": wanted, "country": "ZZ"})
        for caller, wanted in ((one, unavailable[kind]), (two, unique_email()))
    )
    assert (400, free.content) == (taken.status_code, taken.content)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("field", ["email", "secondary_email"])
def test_nobody_is_mailed(service: Service, victim: Caller, unavailable: dict[str, str], kind: str, field: str) -> None:
    """No mail reaches anybody for an address that is taken (spec 10, section 9)."""
    caller = service.new_account()
    addresses = (*unavailable.values(), victim.email, caller.email)
    before = [service.outbox(each) for each in addresses]
    caller.patch({field: unavailable[kind]})
    assert before == [service.outbox(each) for each in addresses]
    assert [] == [each for each in service.http.get("/_local/outbox").json() if "simulator" in each["to"]]


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_comes_of_it(service: Service, victim: Caller, unavailable: dict[str, str], kind: str) -> None:
    """No change: neither account's address moves (spec 10, section 9)."""
    caller = service.new_account()
    expect.status(200, caller.patch({"email": unavailable[kind]}))
    assert (caller.email, victim.email) == (caller.account()["email"], victim.account()["email"])


@pytest.mark.parametrize("kind", ["taken", "capitals", "retired"])
def test_secondary_answers_alike(pair: tuple[Caller, Caller], unavailable: dict[str, str], kind: str) -> None:
    """A secondary address that is dropped: the same status, keys and header names as a free one (section 9)."""
    one, two = pair
    taken, free = one.patch({"secondary_email": unavailable[kind]}), two.patch({"secondary_email": unique_email()})
    assert outline(free)[:3] == outline(taken)[:3]


def test_asking_again_and_again(pair: tuple[Caller, Caller], unavailable: dict[str, str]) -> None:
    """Nor does a second request, or a free one after a taken one, tell the difference (spec 10, section 9)."""
    one, two = pair
    for first, second in ((unavailable["taken"], unique_email()), (unique_email(), unavailable["retired"])):
        assert outline(one.patch({"email": first})) == outline(two.patch({"email": second}))


def test_timing(pair: tuple[Caller, Caller], unavailable: dict[str, str]) -> None:
    """The median time of an answer is alike for a taken and a free address (spec 10, section 9)."""
    one, two = pair
    times: dict[str, list[float]] = {"taken": [], "free": []}
    for _ in range(25):
        for kind, caller, wanted in (("taken", one, unavailable["taken"]), ("free", two, unique_email())):
            begun = time.perf_counter()
            expect.status(200, caller.patch({"email": wanted}))
            times[kind].append(time.perf_counter() - begun)
    taken, free = statistics.median(times["taken"]), statistics.median(times["free"])
    assert 0.5 < taken / free < 2, (taken, free)


def test_look_ups_tell_strangers_nothing(learner: Caller, victim: Caller) -> None:
    """A stranger's look-up of a known and an unknown address or id: the same 403 (spec 10, section 4)."""
    number = str(victim.account()["id"])
    for known, unknown in (
        ({"email": victim.email}, {"email": unique_email()}),
        ({"lms_user_id": number}, {"lms_user_id": "999999999"}),
    ):
        answers = [learner.get("/api/user/v1/accounts", params=query) for query in (known, unknown)]
        assert [403, 403] == [each.status_code for each in answers]
        assert answers[0].content == answers[1].content
        assert set(answers[0].headers) == set(answers[1].headers)


def test_search_tells_strangers_nothing(learner: Caller, victim: Caller) -> None:
    """A stranger's search for a known and an unknown address: the same 404 (spec 10, section 4)."""
    path = "/api/user/v1/accounts/search_emails"
    known, unknown = (learner.post(path, json={"emails": [each]}) for each in (victim.email, unique_email()))
    assert (404, known.content) == (unknown.status_code, unknown.content)


def test_preferences_tell_strangers_nothing(learner: Caller, victim: Caller) -> None:
    """A stranger's request for the preferences of somebody and of nobody: the same 403 (spec 10, section 10)."""
    for suffix in ("", "/account_privacy"):
        known, unknown = (
            learner.get(f"/api/user/v1/preferences/{each}{suffix}") for each in (victim.username, unique_name())
        )
        assert (403, known.content) == (unknown.status_code, unknown.content)


def test_name_confirmations_tell_strangers_nothing(learner: Caller, victim: Caller) -> None:
    """A stranger's approval for somebody and for nobody: the same 403 (spec 10, section 8)."""
    known, unknown = (
        learner.post(f"/api/user/v1/accounts/name_change/{each}/confirm") for each in (victim.username, unique_name())
    )
    assert (403, known.content) == (unknown.status_code, unknown.content)


def test_patches_of_others_tell_nothing(learner: Caller, victim: Caller) -> None:
    """A stranger's PATCH of somebody and of nobody: the same 404 (spec 10, D1)."""
    known, unknown = (
        learner.patch({"email": unique_email()}, path=f"/api/user/v1/accounts/{each}")
        for each in (victim.username, unique_name())
    )
    assert (404, known.content) == (unknown.status_code, unknown.content)
    assert set(known.headers) == set(unknown.headers)


def test_checks_do_not_tell_why(service: Service, unavailable: dict[str, str]) -> None:
    """The check of an address has one message for somebody's primary and secondary ones (spec 10, section 11)."""
    told = {
        service.http.post("/api/user/v1/validation/registration", json={"email": unavailable[kind]}).content
        for kind in ("taken", "capitals", "secondary")
    }
    assert 1 == len(told)


def test_checks_name_nobody(service: Service, victim: Caller) -> None:
    """The check of a taken address or username tells nothing of the account (spec 10, section 11)."""
    fields = {"username": victim.username, "email": victim.email}
    response = service.http.post("/api/user/v1/validation/registration", json=fields)
    assert victim.email not in response.text
    assert str(victim.account()["id"]) not in response.text.replace("username_suggestions", "").split("decisions")[0]
    assert {"validation_decisions", "username_suggestions"} == set(response.json())


@pytest.mark.parametrize("part", ["/email_confirm/", "/activate_secondary_email/"])
def test_pages_name_nobody(service: Service, part: str) -> None:
    """The pages of dead links are all the same, whoever the key points to (spec 10, section 9)."""
    pages = {service.http.get(part + key).content for key in ("x", "0" * 64, "f" * 96)}
    assert 1 == len(pages)
