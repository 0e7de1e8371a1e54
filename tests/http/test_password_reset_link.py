"""The link to a new password: how long it lives, what ends it, and what it does (spec 40, section 7)."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from tests.http import expectations as expect
from tests.http.address_changes import email_asked, email_changed, secondary_asked, secondary_confirmed
from tests.http.reset_client import (
    REQUEST_OF_OLD,
    alive,
    ask,
    dead,
    done,
    fault,
    held,
    link_is_dead,
    link_token,
    renewed,
    reset_path,
    set_by,
    tokens_mailed,
    valid,
)
from tests.http.retirement_client import deactivate_path, leave, without_slash
from tests.http.retirement_steps import version_of
from tests.http.service_client import Caller, Service, new_password, unique_email
from tests.http.test_concurrency import at_once
from tests.support.waiting import eventually

WRONG = "not-the-Passw0rd"
ALLOWED = 6
DAY = 86400


@pytest.fixture
def person(service: Service) -> Caller:
    """An adult."""
    return service.new_account(profile={"year_of_birth": 1980})


def fits(service: Service, name: str, password: str) -> bool:
    """Tell whether a password logs in."""
    response = service.password_grant(name, password)
    if response.status_code != 200:
        expect.oauth_error(response, "invalid_grant")
    return response.status_code == 200


def wrong(service: Service, name: str, times: int) -> None:
    """Try a wrong password so often."""
    for _ in range(times):
        expect.oauth_error(service.password_grant(name, WRONG), "invalid_grant")


# --- success


def test_a_new_password(service: Service, person: Caller) -> None:
    """The new one logs in by username and address, the old one does not."""
    password = new_password()
    done(set_by(service, link_token(service, person.email), password))
    for name in (person.username, person.email):
        assert (True, False) == (fits(service, name, password), fits(service, name, person.password))


@pytest.mark.parametrize("form", ["json", "no slash"])
def test_ways_to_send(service: Service, person: Caller, form: str) -> None:
    """JSON (B1), and the path without its slash (section 1)."""
    token, password = link_token(service, person.email), new_password()
    fields = {"new_password1": password, "new_password2": password}
    if form == "json":
        done(service.http.post(reset_path(token), json=fields))
    else:
        done(service.http.post(without_slash(reset_path(token)), data=fields))
    assert fits(service, person.username, password)


def test_the_older_endpoint_s_link_is_as_good(service: Service, person: Caller) -> None:
    """A link that `/account/password` mailed sets a password too."""
    password = new_password()
    done(set_by(service, link_token(service, person.email, REQUEST_OF_OLD), password))
    assert fits(service, person.username, password)


def test_an_inactive_account_becomes_active(service: Service, staff: Caller) -> None:
    """Its holder reads the mail: active, and not before the password is set."""
    inactive = service.new_account(is_active=False)
    token = link_token(service, inactive.email)
    alive(service, token)
    assert staff.account(inactive.username)["is_active"] is False
    done(set_by(service, token, new_password()))
    assert staff.account(inactive.username)["is_active"] is True


def test_a_lockout_ends(service: Service, person: Caller) -> None:
    """The failed-login count is cleared: the new password works at once, and five more failures are forgiven."""
    wrong(service, person.username, ALLOWED)
    assert not fits(service, person.username, person.password)
    password = new_password()
    done(set_by(service, link_token(service, person.email), password))
    assert fits(service, person.username, password)
    wrong(service, person.username, ALLOWED - 1)
    assert fits(service, person.username, password)


def test_a_count_below_the_lockout_is_cleared(service: Service, person: Caller) -> None:
    """Five failures, a reset, five failures: not locked."""
    wrong(service, person.username, ALLOWED - 1)
    password = new_password()
    done(set_by(service, link_token(service, person.email), password))
    wrong(service, person.username, ALLOWED - 1)
    assert fits(service, person.username, password)


def test_a_fault_clears_no_count(service: Service, person: Caller) -> None:
    """A refused password does not end a lockout."""
    wrong(service, person.username, ALLOWED)
    fault(set_by(service, link_token(service, person.email), "short"))
    assert not fits(service, person.username, person.password)


def test_the_notice(service: Service, person: Caller) -> None:
    """One notice is mailed, without a link to a new password and without a password."""
    token, password = link_token(service, person.email), new_password()
    before = len(service.outbox(person.email))
    done(set_by(service, token, password))

    def notice() -> dict[str, Any]:
        (mail,) = service.outbox(person.email)[before:]
        return mail

    mail = eventually(notice)
    assert mail["subject"]
    assert [token] == tokens_mailed(service, person.email)
    assert [] == [secret for secret in (password, person.password, token) if secret in mail["text"]]


def test_a_fault_mails_nothing(service: Service, person: Caller) -> None:
    """No new password, no notice."""
    token = link_token(service, person.email)
    before = service.outbox(person.email)
    fault(set_by(service, token, "short"))
    valid(service, token)
    link_token(service, service.new_account().email)
    assert before == service.outbox(person.email)


def test_one_event(service: Service, staff: Caller, person: Caller) -> None:
    """A reset is one event of the account; a fault and a dead link are none."""
    token = link_token(service, person.email)
    before = int(version_of(staff, person.username).strip('"'))
    fault(set_by(service, token, "short"))
    assert before == int(version_of(staff, person.username).strip('"'))
    done(set_by(service, token, new_password()))
    link_is_dead(set_by(service, token, new_password()))
    assert before + 1 == int(version_of(staff, person.username).strip('"'))


def test_the_account_stays_as_it_was(service: Service, staff: Caller, person: Caller) -> None:
    """Nothing but the password: neither profile nor addresses."""
    before = staff.account(person.username)
    done(set_by(service, link_token(service, person.email), new_password()))
    assert before == staff.account(person.username)


# --- the secondary address


def test_a_secondary_address_becomes_primary(service: Service, staff: Caller, person: Caller) -> None:
    """Completing it makes the secondary the primary address, and secondary no more."""
    secondary, password = secondary_confirmed(service, person), new_password()
    done(set_by(service, link_token(service, secondary), password))
    account = staff.account(person.username)
    assert (secondary, None) == (account["email"], account["secondary_email"])
    assert (True, False) == (fits(service, secondary, password), fits(service, person.email, password))


def test_a_secondary_address_is_none_until_completed(service: Service, staff: Caller, person: Caller) -> None:
    """Asking, looking, and a fault change no address."""
    secondary = secondary_confirmed(service, person)
    token = link_token(service, secondary)
    alive(service, token)
    fault(set_by(service, token, "short"))
    account = staff.account(person.username)
    assert (person.email, secondary) == (account["email"], account["secondary_email"])


def test_everybody_hears_of_a_new_primary_address(service: Service, person: Caller) -> None:
    """The address that was the primary one gets a notice, so that its holder hears of it; neither has a link in it."""
    secondary = secondary_confirmed(service, person)
    token = link_token(service, secondary)
    before = len(service.outbox(person.email))
    done(set_by(service, token, new_password()))

    def noticed() -> None:
        assert len(service.outbox(person.email)) > before

    eventually(noticed)
    assert ([], [token]) == (tokens_mailed(service, person.email), tokens_mailed(service, secondary))


def test_another_secondary_address_ends_it(service: Service, person: Caller) -> None:
    """A link that went to the secondary address dies when another one is confirmed."""
    token = link_token(service, secondary_confirmed(service, person))
    secondary_confirmed(service, person)
    dead(service, token)


# --- what ends it


def test_it_is_used_once(service: Service, person: Caller) -> None:
    """Used: dead, and the first password stays."""
    token, password = link_token(service, person.email), new_password()
    done(set_by(service, token, password))
    dead(service, token)
    assert fits(service, person.username, password)


def test_a_newer_request_ends_it(service: Service, person: Caller) -> None:
    """Superseded: dead; the newest is good."""
    first, second = link_token(service, person.email), link_token(service, person.email, REQUEST_OF_OLD)
    dead(service, first)
    alive(service, second)


@pytest.mark.parametrize("order", ["primary first", "secondary first"])
def test_a_newer_request_by_the_other_address(service: Service, person: Caller, order: str) -> None:
    """The two addresses' links are the account's: the newer one counts."""
    addresses = [person.email, secondary_confirmed(service, person)]
    first, second = [link_token(service, each) for each in (addresses if order == "primary first" else addresses[::-1])]
    dead(service, first)
    alive(service, second)


def test_others_requests_do_not(service: Service, person: Caller) -> None:
    """Requests for somebody else, unknown addresses, and mere looking end nothing."""
    token = link_token(service, person.email)
    link_token(service, service.new_account().email)
    ask(service, unique_email())
    for _ in range(3):
        alive(service, token)
    done(set_by(service, token, new_password()))


def test_asking_for_another_address_does_not(service: Service, person: Caller) -> None:
    """An address that is only asked for is no address change; nor is another name."""
    token = link_token(service, person.email)
    email_asked(service, person)
    secondary_asked(service, person)
    expect.status(200, person.patch({"name": "Another Name"}))
    alive(service, token)


def test_another_primary_address_ends_it(service: Service, person: Caller) -> None:
    """After an address change: dead, for good, also when the address is the old one again."""
    token = link_token(service, person.email)
    email_changed(service, person)
    dead(service, token)
    assert fits(service, person.username, person.password)
    email_changed(service, person, person.email)
    dead(service, token)


def test_another_primary_address_ends_a_secondary_s_too(service: Service, person: Caller) -> None:
    """Any address change ends any link of the account, also one that went to the other address."""
    token = link_token(service, secondary_confirmed(service, person))
    email_changed(service, person)
    dead(service, token)


def test_another_secondary_address_ends_a_primary_s_too(service: Service, person: Caller) -> None:
    """A secondary address that is confirmed meanwhile is an address change as well."""
    token = link_token(service, person.email)
    secondary_confirmed(service, person)
    dead(service, token)


def test_deactivation_ends_it(service: Service, person: Caller) -> None:
    """After deactivation: dead."""
    token = link_token(service, person.email)
    expect.status(200, service.seed("superuser").post(deactivate_path(person.username)))
    dead(service, token)


def test_leaving_ends_it(service: Service, person: Caller, staff: Caller) -> None:
    """After leaving: dead, and the account waits on with its retired address."""
    token = link_token(service, person.email)
    expect.status(204, leave(person))
    before = staff.account(person.username)
    dead(service, token)
    assert before == staff.account(person.username)


def test_three_days(clock_service: Service) -> None:
    """Good for three days, dead afterwards, for a password as for looking."""
    first, second = (clock_service.new_account() for _ in range(2))
    tokens = [link_token(clock_service, each.email) for each in (first, second)]
    clock_service.advance(3 * DAY - 120)
    for each in tokens:
        alive(clock_service, each)
    done(set_by(clock_service, tokens[0], new_password()))
    clock_service.advance(125)
    dead(clock_service, tokens[1])
    assert fits(clock_service, second.username, second.password)


# --- at once


def test_many_at_once(service: Service, person: Caller) -> None:
    """Eight passwords at once by one link: one is set, the others find it dead; one notice."""
    token = link_token(service, person.email)
    before, passwords = len(service.outbox(person.email)), [new_password() for _ in range(8)]
    answers = at_once([partial(set_by, service, token, each) for each in passwords])
    assert [200] * 8 == [each.status_code for each in answers]
    won = [each.json()["reset_status"] for each in answers]
    assert 1 == won.count(True)
    for each in (each for each, mine in zip(answers, won, strict=True) if not mine):
        link_is_dead(each)
    assert fits(service, person.username, passwords[won.index(True)])
    link_token(service, service.new_account().email)
    assert 1 == len(service.outbox(person.email)) - before


@pytest.mark.parametrize("attempt", range(3))
def test_beside_leaving(service: Service, staff: Caller, person: Caller, attempt: int) -> None:
    """A reset and leaving at once: one of the two happens, never half of each."""
    token, password = link_token(service, person.email), new_password()
    reset, gone = at_once([partial(set_by, service, token, password), partial(leave, person)])
    expect.status(200, reset)
    assert gone.status_code in (204, 401, 403), gone.text
    assert reset.json()["reset_status"] is (gone.status_code != 204)
    assert fits(service, person.username, password) is reset.json()["reset_status"]
    assert (staff.account(person.username)["email"] == person.email) is reset.json()["reset_status"]


@pytest.mark.parametrize("attempt", range(3))
def test_beside_a_newer_request(service: Service, person: Caller, attempt: int) -> None:
    """A reset and a newer request at once: the old link ends used or superseded, and no third thing."""
    token, password = link_token(service, person.email), new_password()
    reset, asked = at_once([partial(set_by, service, token, password), partial(ask, service, person.email)])
    assert [200, 200] == [reset.status_code, asked.status_code]
    assert fits(service, person.username, password) is reset.json()["reset_status"]
    dead(service, token)


@pytest.mark.parametrize("attempt", range(3))
def test_beside_deactivation(service: Service, superuser: Caller, person: Caller, attempt: int) -> None:
    """A reset and deactivation at once: whichever is second, nobody has an old session left."""
    token, password, mine = link_token(service, person.email), new_password(), held(service, person)
    reset, off = at_once(
        [partial(set_by, service, token, password), lambda: superuser.post(deactivate_path(person.username))]
    )
    assert [200, 200] == [reset.status_code, off.status_code]
    mine.is_dead()
    dead(service, token)
    assert not fits(service, person.username, person.password)
    assert reset.json()["reset_status"] or not fits(service, person.username, password)


def test_again_and_again(service: Service, person: Caller) -> None:
    """Any number of resets in a row; each ends the one before."""
    for _ in range(3):
        renewed(service, person)
    assert not fits(service, person.username, person.password)
