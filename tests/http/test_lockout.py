"""The lockout after six wrong passwords, at the token endpoint (spec 40, B7, B8, sections 2 and 8)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.http import expectations as expect
from tests.http.service_client import ME, SEED_PASSWORD, Caller, Service, unique_name

ALLOWED = 6
WRONG = "not-the-Passw0rd"


def wrong(service: Service, username: str, times: int = ALLOWED) -> list[httpx.Response]:
    """Try a wrong password so often."""
    return [service.password_grant(username, WRONG) for _ in range(times)]


def refused(response: httpx.Response) -> None:
    """Expect an invalid_grant."""
    expect.oauth_error(response, "invalid_grant")


def test_the_right_password_is_refused_after_six_wrong_ones(service: Service) -> None:
    """After the 6th everything is refused, also the right password (spec 40, section 2)."""
    caller = service.new_account()
    for response in wrong(service, caller.username):
        refused(response)
    for _ in range(2):
        refused(service.password_grant(caller.username, caller.password))


def test_five_wrong_ones_are_forgiven(service: Service) -> None:
    """After five the right password still works (spec 40, section 2)."""
    caller = service.new_account()
    wrong(service, caller.username, ALLOWED - 1)
    expect.status(200, service.password_grant(caller.username, caller.password))


def test_a_success_sets_the_count_to_zero(service: Service) -> None:
    """A successful login sets the count to zero (spec 40, section 2)."""
    caller = service.new_account()
    for _ in range(3):
        wrong(service, caller.username, ALLOWED - 1)
        expect.status(200, service.password_grant(caller.username, caller.password))


def test_unknown_names_behave_alike(service: Service) -> None:
    """Failures are counted for whatever was typed, with the same answers (spec 40, B7)."""
    caller, nobody = service.new_account(), unique_name()
    known = [(each.status_code, each.json()) for each in wrong(service, caller.username, ALLOWED + 3)]
    unknown = [(each.status_code, each.json()) for each in wrong(service, nobody, ALLOWED + 3)]
    assert known == unknown


def test_a_locked_name_answers_alike_with_the_right_password(service: Service) -> None:
    """While locked, the right password is not told from a wrong one (spec 40, section 2)."""
    caller = service.new_account()
    wrong(service, caller.username)
    right, other = (service.password_grant(caller.username, each) for each in (caller.password, WRONG))
    assert (right.status_code, right.json()) == (other.status_code, other.json())


def test_others_are_not_locked(service: Service) -> None:
    """The lockout is the account's own (spec 40, section 8)."""
    caller, other = service.new_account(), service.new_account()
    wrong(service, caller.username)
    expect.status(200, service.password_grant(other.username, other.password))
    expect.status(200, service.password_grant("learner", SEED_PASSWORD))


def test_a_name_registered_later_is_usable(service: Service) -> None:
    """A few failures for a name that nobody has do not stop the account made with it later."""
    fields = service.registration()
    wrong(service, fields["username"], 2)
    expect.status(200, service.register(**fields))
    expect.status(200, service.password_grant(fields["username"], fields["password"]))


def test_parallel_guesses_are_all_counted(service: Service) -> None:
    """Guesses at the same moment do not slip through the count (spec 40, section 8)."""
    caller = service.new_account()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: service.password_grant(caller.username, WRONG), range(16)))
    for response in answers:
        refused(response)
    refused(service.password_grant(caller.username, caller.password))


def test_an_inactive_account_is_counted_too(service: Service) -> None:
    """An account that is not active is locked like any other (spec 40, section 8)."""
    caller: Caller = service.new_account(is_active=False)
    assert {"username": caller.username} == caller.get(ME).json()
    wrong(service, caller.username)
    refused(service.password_grant(caller.username, caller.password))
