"""What leaving does, and what it leaves alone (spec 20, section 5)."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import httpx
import pytest

from tests.http import expectations as expect
from tests.http import retirement_client as retirement
from tests.http.address_changes import email_asked, email_changed, secondary_asked, secondary_confirmed
from tests.http.preference_writing import patch as patch_preferences
from tests.http.preference_writing import preferences
from tests.http.retirement_client import learner_of, leave
from tests.http.service_client import ME, Caller, Service, unique_email
from tests.http.test_registration import activation_link
from tests.support.waiting import eventually

RETIRED_EMAIL = re.compile(r"retired__user_[0-9a-f]{40}@retired\.invalid")
PROFILE: dict[str, Any] = {
    "year_of_birth": 1985,
    "gender": "f",
    "country": "US",
    "state": "MA",
    "bio": "a bio",
    "goals": "goals",
    "mailing_address": "1 Street",
    "level_of_education": "p",
    "phone_number": "+1 800",
    "language_proficiencies": [{"code": "sv"}],
    "social_links": [{"platform": "x", "social_link": "somebody"}],
    "extended_profile": [{"field_name": "favorite_beatle", "field_value": "Ringo"}],
}
PREFERENCES = {"pref-lang": "en", "time_zone": "Asia/Tokyo", "account_privacy": "all_users", "own": "thing"}


@pytest.fixture(scope="module")
def worker(service: Service) -> Caller:
    """The retirement worker."""
    return retirement.worker_of(service)


@pytest.fixture
def person(service: Service) -> Caller:
    """An adult about to leave."""
    return learner_of(service)


def gone(caller: Caller) -> None:
    """Leave."""
    retirement.nothing(204, leave(caller))


def dead(response: httpx.Response) -> None:
    """Expect an invalid_grant."""
    expect.oauth_error(response, "invalid_grant")


# --- row, address, password


def test_the_row(worker: Caller, person: Caller) -> None:
    """One row, in the first state, `last_state` equal to `current_state` (spec 20, sections 4.1 and 5)."""
    retirement.nothing(404, retirement.status_of(worker, person.username))
    gone(person)
    row = retirement.row_of(worker, person.username)
    assert "PENDING" == row["current_state"]["state_name"]
    assert row["current_state"] == row["last_state"]
    assert (person.username, person.email) == (row["original_username"], row["original_email"])


def test_the_log_begins(worker: Caller, person: Caller) -> None:
    """The log begins with a line that names the first state (spec 20, section 3)."""
    gone(person)
    first, *others = retirement.log_of(worker, person.username).splitlines()
    assert "PENDING" in first
    assert [] == [each for each in others if each.strip()]


def test_the_address(worker: Caller, staff: Caller, person: Caller) -> None:
    """The account has the retired address (spec 20, sections 3.1 and 5)."""
    gone(person)
    email = staff.account(person.username)["email"]
    assert RETIRED_EMAIL.fullmatch(email), email
    assert email == retirement.row_of(worker, person.username)["retired_email"]


def test_password_grants_are_refused(service: Service, worker: Caller, person: Caller) -> None:
    """The password grant, by username or by either address, is refused (spec 20, section 5)."""
    secondary = secondary_confirmed(service, person)
    gone(person)
    row = retirement.row_of(worker, person.username)
    names = [person.username, person.email, secondary, row["retired_email"], row["retired_username"]]
    for name in names:
        dead(service.password_grant(name, person.password))
        dead(service.password_grant(name, person.password, "bearer"))


@pytest.mark.parametrize("password", ["", "!", "None", "null", "unusable", "local-Passw0rd"])
def test_no_other_password_fits_either(service: Service, person: Caller, password: str) -> None:
    """The password is unusable: nothing fits (spec 20, section 5)."""
    gone(person)
    assert service.password_grant(person.username, password).status_code in (400, 401)


def test_a_login_tells_nothing(service: Service, person: Caller) -> None:
    """Who waits for deletion is answered as unknown (spec 40, section 2)."""
    gone(person)
    nobody = service.password_grant(unique_email(), person.password)
    for name in (person.username, person.email):
        seen = service.password_grant(name, person.password)
        assert (nobody.status_code, nobody.json()) == (seen.status_code, seen.json())


# --- tokens


def test_access_tokens_are_dead(service: Service, person: Caller) -> None:
    """Every access token, JWT and Bearer, of every login: 401 (R10)."""
    kinds = ["jwt", "bearer", "jwt"]
    tokens = [service.password_grant(person.username, person.password, kind).json()["access_token"] for kind in kinds]
    for token in tokens:
        expect.status(200, service.me(f"Bearer {token}"))
    gone(person)
    for token in [*tokens, person.token]:
        for prefix in ("JWT", "Bearer"):
            expect.unauthorized(service.me(f"{prefix} {token}"))


def test_a_dead_token_does_nothing(service: Service, staff: Caller, person: Caller) -> None:
    """Every request with it is 401, whatever it asks for (R10)."""
    before = staff.account(person.username)
    gone(person)
    for response in (
        person.get(ME),
        person.get(person.path),
        person.patch({"bio": "too late"}),
        patch_preferences(person, {"late": "too"}),
        person.post("/api/user/v1/accounts/name_change", json={"name": "Too Late"}),
    ):
        expect.unauthorized(response)
    assert before["bio"] == staff.account(person.username)["bio"]
    assert {} == preferences(staff, person.username)


def test_a_superusers_token_is_dead_as_well(service: Service, worker: Caller) -> None:
    """A right does not outlive its holder's leaving (R10; spec 20, section 2)."""
    root = learner_of(service, is_superuser=True, is_staff=True, permissions=["can_retire_user"])
    expect.status(200, retirement.queue(root, limit=0))
    gone(root)
    expect.unauthorized(retirement.queue(root, limit=0))
    expect.unauthorized(retirement.move(root, root.username, "COMPLETE"))
    assert "PENDING" == retirement.state_of(worker, root.username)


def test_refresh_tokens_are_dead(service: Service, person: Caller) -> None:
    """Every refresh token is an invalid_grant, a rotated one and its successor too (R10; spec 40, section 6)."""
    granted = [service.password_grant(person.username, person.password).json() for _ in range(2)]
    first, second = [each["refresh_token"] for each in granted]
    third = service.refresh(second).json()["refresh_token"]
    gone(person)
    for each in (first, second, third):
        dead(service.refresh(each))


def test_others_tokens_live(service: Service, learner: Caller, person: Caller) -> None:
    """Nobody else is logged out."""
    other = learner_of(service)
    gone(person)
    for caller in (other, learner):
        expect.status(200, caller.get(ME))


# --- links


def test_the_activation_key_is_dead(service: Service, staff: Caller) -> None:
    """Opening the activation link afterwards changes nothing (spec 20, section 5)."""
    fields = service.registration()
    expect.status(200, service.register(**fields))
    link = activation_link(service, fields["email"])
    gone(service.login(fields["username"], fields["password"]))
    opened = service.http.get(link)
    assert 400 <= opened.status_code < 500, opened.text
    assert staff.account(fields["username"])["is_active"] is False


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_link_to_a_new_address_is_dead(service: Service, staff: Caller, person: Caller, method: str) -> None:
    """Opening the link of a pending e-mail change changes nothing and mails nobody (spec 20, section 5)."""
    wanted, link = email_asked(service, person)
    gone(person)
    before, mails = staff.account(person.username), service.outbox(wanted)
    expect.status(404, service.http.request(method, link))
    assert before == staff.account(person.username)
    assert mails == service.outbox(wanted)
    assert 0 == len(service.outbox(before["email"]))


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_link_to_a_recovery_address_is_dead(service: Service, staff: Caller, person: Caller, method: str) -> None:
    """Opening the link of a pending secondary address changes nothing (spec 20, section 5)."""
    _, link = secondary_asked(service, person)
    gone(person)
    expect.status(404, service.http.request(method, link))
    assert staff.account(person.username)["secondary_email"] is None


def test_addresses_asked_for_are_free(service: Service, person: Caller) -> None:
    """What was only asked for belongs to nobody: others get it (spec 10, section 9; spec 20, section 3.1)."""
    wanted, _ = email_asked(service, person)
    second, _ = secondary_asked(service, person)
    gone(person)
    expect.status(201, service.provision(email=wanted))
    expect.status(200, service.register(email=second))


def test_the_recovery_address_is_removed(service: Service, staff: Caller, person: Caller) -> None:
    """The confirmed secondary address is gone from the account (spec 20, section 5)."""
    address = secondary_confirmed(service, person)
    assert address == staff.account(person.username)["secondary_email"]
    gone(person)
    assert staff.account(person.username)["secondary_email"] is None


def test_the_recovery_address_is_free(service: Service, person: Caller) -> None:
    """It was not the account's address, so it is not retired: others may have it (spec 20, section 3.1)."""
    address = secondary_confirmed(service, person)
    gone(person)
    other = learner_of(service)
    assert address == eventually(lambda: secondary_confirmed(service, other, address))


def test_the_requested_name_stays(staff: Caller, person: Caller) -> None:
    """A requested name stays until `retire_misc` (spec 20, section 5)."""
    expect.status(201, person.post("/api/user/v1/accounts/name_change", json={"name": "A Wish"}))
    gone(person)
    assert "A Wish" == staff.account(person.username)["pending_name_change"]


# --- the notice


def test_the_notice(service: Service, worker: Caller, person: Caller) -> None:
    """One mail to the address that the account had, none to the retired one (spec 20, section 5)."""
    before = service.outbox(person.email)
    gone(person)
    (notice,) = service.outbox(person.email)[len(before) :]
    assert notice["subject"]
    assert person.password not in notice["text"]
    assert [] == service.outbox(retirement.row_of(worker, person.username)["retired_email"])


def test_the_notice_goes_to_no_other_address(service: Service, person: Caller) -> None:
    """Not to the recovery address, nor to what was only asked for, nor to an earlier one (spec 20, section 5)."""
    secondary = secondary_confirmed(service, person)
    present = email_changed(service, person)
    wanted, _ = email_asked(service, person)
    others = [secondary, wanted, person.email]
    before, mails = [service.outbox(each) for each in others], service.outbox(present)
    gone(person)
    assert before == [service.outbox(each) for each in others]
    assert 1 == len(service.outbox(present)) - len(mails)


@pytest.mark.parametrize("language", ["sv", "ar", "en", "xx-unknown", "not a language"])
def test_any_language_preference(service: Service, person: Caller, language: str) -> None:
    """The notice is in the preferred language if known, else in another: it goes out (spec 20, section 5)."""
    expect.status(204, patch_preferences(person, {"pref-lang": language}))
    before = service.outbox(person.email)
    gone(person)
    assert 1 == len(service.outbox(person.email)) - len(before)


def test_a_refused_call_mails_nothing(service: Service, person: Caller) -> None:
    """No leaving, no mail (spec 20, section 5)."""
    before = service.outbox(person.email)
    retirement.refused(leave(person, "wrong"), 403)
    retirement.refused(person.post(retirement.LEAVE, json={}))
    assert before == service.outbox(person.email)


# --- unchanged


@pytest.mark.parametrize("is_active", [True, False])
def test_the_account_is_unchanged(service: Service, staff: Caller, is_active: bool) -> None:
    """Staff see the account as it was, but for its addresses; `is_active` as it was (spec 20, section 5)."""
    caller = learner_of(service, profile=PROFILE, preferences=PREFERENCES, name="Stays So", is_active=is_active)
    before = staff.account(caller.username)
    gone(caller)
    after = staff.account(caller.username)
    assert {**before, "email": after["email"]} == after
    assert is_active is after["is_active"]
    assert before["email"] != after["email"]


def test_the_preferences_are_unchanged(service: Service, staff: Caller) -> None:
    """Preferences stay (spec 20, section 5)."""
    caller = learner_of(service, preferences=PREFERENCES)
    gone(caller)
    assert PREFERENCES == preferences(staff, caller.username)


def test_other_readers_still_see_the_profile(service: Service, learner: Caller) -> None:
    """Strangers see what they saw (spec 20, section 5)."""
    caller = learner_of(service, profile=PROFILE, preferences={"account_privacy": "all_users"})
    before = learner.account(caller.username)
    assert expect.SHARED == set(before)
    gone(caller)
    assert before == learner.account(caller.username)


def test_found_by_id_and_by_the_retired_address(staff: Caller, worker: Caller, person: Caller) -> None:
    """The account is found by its id and by the address that it has now (spec 20, section 11)."""
    number = person.account()["id"]
    gone(person)
    email = retirement.row_of(worker, person.username)["retired_email"]
    for query in ({"lms_user_id": str(number)}, {"email": email}):
        assert [person.username] == eventually(partial(found, staff, query))


def found(staff: Caller, query: dict[str, str]) -> list[str]:
    """Expect that a look-up finds something; return the usernames."""
    response = staff.get(retirement.ACCOUNTS, params=query)
    expect.status(200, response)
    return [each["username"] for each in response.json()]


def test_linked_social_logins_are_no_hindrance(service: Service, worker: Caller) -> None:
    """Who has social logins leaves like anybody else (spec 20, section 5)."""
    logins: list[dict[str, Any]] = [
        {"provider": "google", "uid": unique_email(), "extra_data": {"name": "Some Body"}} for _ in range(3)
    ]
    caller = learner_of(service, social_logins=logins)
    gone(caller)
    row = retirement.status_of(worker, caller.username, include="responses")
    assert [] == [each["uid"] for each in logins if each["uid"] in row.text]
