"""Real threads at one account, one username, one address (spec 50, sections 4 and 8)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import httpx
import pytest

from tests.http import expectations as expect
from tests.http.service_client import Caller, Service, unique_email, unique_name

FIELDS: dict[str, tuple[Any, Any]] = {
    "name": ("Par Allel", "Par Allel"),
    "gender": ("f", "f"),
    "year_of_birth": (1977, 1977),
    "level_of_education": ("hs", "hs"),
    "goals": ("goals", "goals"),
    "mailing_address": ("address", "address"),
    "bio": ("bio", "bio"),
    "phone_number": ("+46 1", "+461"),
    "state": ("MA", "MA"),
    "language_proficiencies": ([{"code": "sv"}], [{"code": "sv"}]),
    "social_links": (
        [{"platform": "x", "social_link": "a"}],
        [{"platform": "x", "social_link": "https://www.x.com/a"}],
    ),
    "account_privacy": ("custom", "custom"),
    "extended_profile": (
        [{"field_name": "favorite_beatle", "field_value": "Ringo"}],
        [{"field_name": "favorite_beatle", "field_value": "Ringo"}],
    ),
}


def at_once(calls: Sequence[Callable[[], httpx.Response]]) -> list[httpx.Response]:
    """Make all calls at the same moment, each in a thread of its own."""
    barrier = Barrier(len(calls))

    def call(each: Callable[[], httpx.Response]) -> httpx.Response:
        barrier.wait(30)
        return each()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(call, calls))


def writing(caller: Caller, fields: dict[str, Any]) -> Callable[[], httpx.Response]:
    """Return a call that writes fields."""
    return lambda: caller.patch(fields)


def registering(service: Service, **fields: str) -> Callable[[], httpx.Response]:
    """Return a call that registers."""
    return lambda: service.register(**fields)


def one_wins(answers: list[httpx.Response], key: str) -> httpx.Response:
    """Expect one success, and refusals with a key; return the success."""
    winners = [each for each in answers if each.status_code == 200]
    assert 1 == len(winners), [each.status_code for each in answers]
    for each in answers:
        if each is not winners[0]:
            assert key in expect.refused_registration(each)
    return winners[0]


@pytest.mark.parametrize("attempt", range(3))
def test_different_fields_all_stay(service: Service, attempt: int) -> None:
    """Parallel PATCHes of different fields all land, nothing is lost (spec 50, section 4)."""
    caller = service.new_account()
    before = int(caller.etag().strip('"'))
    answers = at_once([writing(caller, {field: sent}) for field, (sent, _) in FIELDS.items()])
    assert [200] * len(FIELDS) == [each.status_code for each in answers]
    account = caller.account()
    assert {field: shown for field, (_, shown) in FIELDS.items()} == {field: account[field] for field in FIELDS}
    assert before + len(FIELDS) == int(caller.etag().strip('"'))


def test_each_answer_holds_its_own_write(service: Service) -> None:
    """The answer of a PATCH shows what it wrote, whoever writes beside it (spec 10, section 6)."""
    caller = service.new_account()
    plain = {field: sent for field, (sent, shown) in FIELDS.items() if sent == shown and field != "account_privacy"}
    answers = at_once([writing(caller, {field: sent}) for field, sent in plain.items()])
    for (field, sent), response in zip(plain.items(), answers, strict=True):
        assert sent == response.json()[field]


def test_one_field_by_many(service: Service) -> None:
    """Twenty writers of one field: all are answered, one of their values stands (spec 50, section 4)."""
    caller = service.new_account()
    answers = at_once([writing(caller, {"goals": f"writer {number}"}) for number in range(20)])
    assert [200] * 20 == [each.status_code for each in answers]
    assert caller.account()["goals"] in {f"writer {number}" for number in range(20)}


def test_platforms_by_many(service: Service) -> None:
    """Parallel PATCHes of different platforms: platforms not named stay (spec 10, section 7.3)."""
    caller = service.new_account()
    platforms = ["facebook", "linkedin", "x"]
    answers = at_once(
        [writing(caller, {"social_links": [{"platform": each, "social_link": "a"}]}) for each in platforms]
    )
    assert [200] * 3 == [each.status_code for each in answers]
    assert platforms == [each["platform"] for each in caller.account()["social_links"]]


def test_many_accounts_at_once(service: Service) -> None:
    """Writers of different accounts do not meet (spec 50, section 4)."""
    callers = [service.new_account() for _ in range(8)]
    calls = [writing(each, {"goals": each.username}) for each in callers for _ in range(3)]
    assert [200] * 24 == [each.status_code for each in at_once(calls)]
    assert [each.username for each in callers] == [each.account()["goals"] for each in callers]


def test_one_username_by_many(service: Service) -> None:
    """Twenty registrations of one username: exactly one wins (spec 50, section 8)."""
    username, password = unique_name(), "Qz7!one-of-twenty"
    calls = [registering(service, username=username, password=password) for _ in range(20)]
    one_wins(at_once(calls), "username")
    assert username == service.login(username, password).account()["username"]


def test_one_username_in_different_capitals(service: Service) -> None:
    """Registrations of one username in different capitals: exactly one wins (spec 10, section 4)."""
    username = unique_name("caps")
    names = [username, username.upper(), username.title(), username.capitalize()] * 2
    one_wins(at_once([registering(service, username=each) for each in names]), "username")


def test_one_address_by_many(service: Service) -> None:
    """Twenty registrations of one address: exactly one wins, with one mail (spec 50, section 8)."""
    email = unique_email()
    emails = [email, email.upper()] * 10
    one_wins(at_once([registering(service, email=each) for each in emails]), "email")
    mails = service.outbox(email)
    assert 1 == len({link for mail in mails for link in mail["links"] if "/activate/" in link})


def test_readers_beside_a_writer(service: Service, staff: Caller) -> None:
    """Readers see whole states: both fields of each PATCH or neither (spec 10, section 6)."""
    caller = service.new_account()
    caller.patch({"bio": "0", "goals": "0"})
    writes = [writing(caller, {"bio": str(number), "goals": str(number)}) for number in range(1, 9)]
    reads: list[Callable[[], httpx.Response]] = [lambda: staff.get(caller.path)] * 16
    seen = [each.json() for each in at_once([*writes, *reads])]
    assert [] == [(each["bio"], each["goals"]) for each in seen if each["bio"] != each["goals"]]
