"""Real threads at addresses and their links: one outcome each (spec 10, section 9)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.http import expectations as expect
from tests.http.address_changes import EMAIL_LINK, email_asked, links, page, secondary_asked
from tests.http.preference_writing import patch as patch_preferences
from tests.http.preference_writing import preferences
from tests.http.service_client import Caller, Service, unique_email
from tests.http.test_concurrency import FIELDS, at_once, writing


def opening(service: Service, link: str, method: str = "GET") -> Callable[[], httpx.Response]:
    """Return a call that opens a link."""
    return lambda: service.http.request(method, link)


def statuses(answers: list[httpx.Response]) -> list[int]:
    """Return the statuses, sorted."""
    return sorted(each.status_code for each in answers)


def people(service: Service, count: int) -> list[Caller]:
    """Return so many adults."""
    return [service.new_account(profile={"year_of_birth": 1980}) for _ in range(count)]


def notices(service: Service, to: str, old: str) -> tuple[int, int]:
    """Return how many mails without a link the new and the old address got."""
    return tuple(len([each for each in service.outbox(address) if not each["links"]]) for address in (to, old))  # type: ignore[return-value]


@pytest.mark.parametrize("attempt", range(3))
def test_two_people_confirm_one_address(service: Service, staff: Caller, attempt: int) -> None:
    """Two people open their links to one address at once: one has it, the other gets 409 and keeps hers."""
    both, wanted = people(service, 2), unique_email()
    found = [email_asked(service, each, wanted)[1] for each in both]
    answers = at_once([opening(service, link) for link in found])
    assert [200, 409] == statuses(answers)
    winner = both[[each.status_code for each in answers].index(200)]
    loser = both[[each.status_code for each in answers].index(409)]
    assert (wanted, loser.email) == (winner.account()["email"], loser.account()["email"])
    found_by_address = staff.get("/api/user/v1/accounts", params={"email": wanted})
    assert [winner.username] == [each["username"] for each in found_by_address.json()]
    assert 0 == notices(service, wanted, loser.email)[1]
    assert (1, 1) == notices(service, wanted, winner.email)


def test_five_people_confirm_one_address(service: Service) -> None:
    """Of five people one wins, and there is one notice to each of the two addresses."""
    everybody, wanted = people(service, 5), unique_email()
    found = [email_asked(service, each, wanted)[1] for each in everybody]
    assert [200, 409, 409, 409, 409] == statuses(at_once([opening(service, link) for link in found]))
    assert 1 == [each.account()["email"] for each in everybody].count(wanted)
    assert 1 == notices(service, wanted, wanted)[0]


def test_one_address_as_primary_and_as_secondary(service: Service) -> None:
    """One opens it as her primary, another as his secondary address at once: one wins."""
    first, second = people(service, 2)
    wanted, primary = email_asked(service, first)
    _, secondary = secondary_asked(service, second, wanted)
    answers = at_once([opening(service, primary), opening(service, secondary)])
    assert [200, 409] == statuses(answers)
    assert (answers[0].status_code == 200) is (first.account()["email"] == wanted)


def test_one_address_confirmed_and_registered(service: Service) -> None:
    """A link is opened while somebody registers with the address: one of the two has it."""
    (caller,) = people(service, 1)
    wanted, link = email_asked(service, caller)
    opened, registered = at_once([opening(service, link), lambda: service.register(email=wanted)])
    assert (opened.status_code, registered.status_code) in [(200, 409), (409, 200)]
    assert (opened.status_code == 200) is (caller.account()["email"] == wanted)


def test_one_account_confirms_two(service: Service, staff: Caller) -> None:
    """One account opens an old and a new link at once: only the new one counts, whoever comes first."""
    (caller,) = people(service, 1)
    _, old = email_asked(service, caller)
    wanted, new = email_asked(service, caller)
    answers = at_once([opening(service, old), opening(service, new)])
    assert [404, 200] == [each.status_code for each in answers]
    assert wanted == caller.account()["email"]


@pytest.mark.parametrize("attempt", range(2))
def test_one_account_confirms_both_kinds(service: Service, attempt: int) -> None:
    """One account opens the links of its primary and its secondary address at once: it has both."""
    (caller,) = people(service, 1)
    primary, first = email_asked(service, caller)
    secondary, second = secondary_asked(service, caller)
    assert [200, 200] == statuses(at_once([opening(service, first), opening(service, second)]))
    account = caller.account()
    assert (primary, secondary) == (account["email"], account["secondary_email"])


@pytest.mark.parametrize("count", [2, 6])
def test_a_link_opened_by_many_at_once(service: Service, count: int) -> None:
    """A link opened by several at once works once; there is one notice to each address."""
    (caller,) = people(service, 1)
    wanted, link = email_asked(service, caller)
    methods = ["GET", "POST"] * (count // 2)
    answers = at_once([opening(service, link, method) for method in methods])
    assert [200, *[404] * (count - 1)] == statuses(answers)
    assert wanted == caller.account()["email"]
    assert (1, 1) == notices(service, wanted, caller.email)


def test_a_secondary_link_opened_by_many_at_once(service: Service) -> None:
    """The link of a secondary address opened by four at once works once."""
    (caller,) = people(service, 1)
    wanted, link = secondary_asked(service, caller)
    assert [200, 404, 404, 404] == statuses(at_once([opening(service, link)] * 4))
    assert wanted == caller.account()["secondary_email"]


def test_superseded_while_opened(service: Service) -> None:
    """A request that is superseded while its link is opened: the older counts or not, the newer link does."""
    (caller,) = people(service, 1)
    older, link = email_asked(service, caller)
    newer = unique_email()
    opened, asked = at_once([opening(service, link), writing(caller, {"email": newer})])
    expect.status(200, asked)
    assert opened.status_code in (200, 404)
    assert caller.account()["email"] == (older if opened.status_code == 200 else caller.email)
    page(200, service.http.get(links(service, newer, EMAIL_LINK)[-1]))
    assert newer == caller.account()["email"]


def test_many_requests_at_once(service: Service) -> None:
    """Of several requests at once each mails one link, and exactly one of the links works."""
    (caller,) = people(service, 1)
    wanted = [unique_email() for _ in range(4)]
    assert [200] * 4 == statuses(at_once([writing(caller, {"email": each}) for each in wanted]))
    found = [links(service, each, EMAIL_LINK) for each in wanted]
    assert [1] * 4 == [len(each) for each in found]
    assert [200, 404, 404, 404] == statuses([service.http.get(each[0]) for each in found])
    assert caller.account()["email"] in wanted


def test_one_request_by_many_browsers(service: Service) -> None:
    """One request with one Idempotency-Key sent by four at once: one link works, and no other was mailed."""
    (caller,) = people(service, 1)
    wanted, headers = unique_email(), {"Idempotency-Key": unique_email()}
    answers = at_once([lambda: caller.patch({"email": wanted}, headers=headers)] * 4)
    assert [200] * 4 == statuses(answers)
    found = links(service, wanted, EMAIL_LINK)
    assert 1 == len(found)
    page(200, service.http.get(found[0]))


def test_other_fields_beside_a_confirmation(service: Service) -> None:
    """PATCHes of all other fields beside a confirmation: nothing is lost (spec 50, section 4)."""
    (caller,) = people(service, 1)
    wanted, link = email_asked(service, caller)
    before = int(caller.etag().strip('"'))
    writes = [writing(caller, {field: sent}) for field, (sent, _) in FIELDS.items()]
    settings: list[Callable[[], httpx.Response]] = [lambda: patch_preferences(caller, {"beside": "too"})]
    answers = at_once([*writes, opening(service, link), *settings])
    assert [200] * (len(FIELDS) + 1) + [204] == statuses(answers)
    account: dict[str, Any] = caller.account()
    assert {field: shown for field, (_, shown) in FIELDS.items()} == {field: account[field] for field in FIELDS}
    assert wanted == account["email"]
    assert "too" == preferences(caller)["beside"]
    assert before + len(FIELDS) + 2 == int(caller.etag().strip('"'))


def test_requests_beside_other_fields(service: Service) -> None:
    """Requests for both addresses beside PATCHes of other fields: each is answered, each mails one link."""
    (caller,) = people(service, 1)
    primary, secondary = unique_email(), unique_email()
    writes = [writing(caller, {"email": primary}), writing(caller, {"secondary_email": secondary})]
    others = [writing(caller, {field: sent}) for field, (sent, _) in FIELDS.items()]
    answers = at_once([*writes, *others])
    assert {200} == set(statuses(answers))
    assert [1, 1] == [len(service.outbox(each)) for each in (primary, secondary)]
    assert secondary == caller.account()["secondary_email"]
    page(200, service.http.get(links(service, primary, EMAIL_LINK)[0]))


def test_name_approved_twice_at_once(service: Service, staff: Caller) -> None:
    """Two members of staff approve one name at once: one 204, one 404 (spec 10, section 8)."""
    (caller,) = people(service, 1)
    expect.status(201, caller.post("/api/user/v1/accounts/name_change", json={"name": "Twice Approved"}))
    path = f"/api/user/v1/accounts/name_change/{caller.username}/confirm"
    assert [204, 404] == statuses(at_once([lambda: staff.post(path)] * 2))
    assert "Twice Approved" == caller.account()["name"]
