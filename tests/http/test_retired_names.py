"""Retired names and addresses count as taken, in any capitals, for ever (spec 20, section 3.1)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import httpx
import pytest

from tests.http import expectations as expect
from tests.http import retirement_client as retirement
from tests.http.address_changes import email_asked, page, secondary_asked
from tests.http.retirement_client import learner_of, leave
from tests.http.service_client import Caller, Service, unique_email, unique_name
from tests.http.test_concurrency import at_once
from tests.http.test_registration_checks import decision

CAPITALS: dict[str, Callable[[str], str]] = {
    "as it was": str,
    "upper": str.upper,
    "lower": str.lower,
    "swapped": str.swapcase,
}
STAGES = {"left": None, "retired": retirement.retired, "cleaned up": retirement.cleaned_up}
PREFIXED = ["retired__user_", "retired__user_abc", "Retired__User_abc", "RETIRED__USER_ABC"]
OF_THE_DOMAIN = ["{}@retired.invalid", "{}@RETIRED.INVALID", "retired__user_{}@Retired.Invalid"]


@pytest.fixture(scope="module")
def worker(service: Service) -> Caller:
    """The retirement worker."""
    return retirement.worker_of(service)


@pytest.fixture(scope="module", params=STAGES)
def retiree(request: pytest.FixtureRequest, service: Service, worker: Caller) -> Caller:
    """Somebody who has left; for whom `retire` was done as well; whose row has been cleaned up too."""
    names = {"username": unique_name("MixedCase"), "email": unique_email("Mixed.Case")}
    further = STAGES[request.param]
    return further(service, worker, **names) if further else retirement.left(service, **names)


@pytest.fixture(params=CAPITALS)
def spelling(request: pytest.FixtureRequest) -> Callable[[str], str]:
    """A way to write a name."""
    return CAPITALS[request.param]


Spelling = Callable[[str], str]


# --- taken


@pytest.mark.parametrize("how", ["json", "data"])
def test_registering_the_name(service: Service, retiree: Caller, spelling: Spelling, how: str) -> None:
    """Registration with a retired username: 409 (spec 20, section 3.1)."""
    fields = service.registration(username=spelling(retiree.username))
    response = service.http.post("/api/user/v2/account/registration/", **{how: fields})  # type: ignore[arg-type]
    expect.status(409, response)
    assert "username" in response.json()
    assert "email" not in response.json()


def test_registering_the_address(service: Service, retiree: Caller, spelling: Spelling) -> None:
    """Registration with a retired address: 409 (spec 20, section 3.1)."""
    response = service.register(email=spelling(retiree.email))
    expect.status(409, response)
    assert "email" in response.json()
    assert "username" not in response.json()


def test_registration_mails_nobody(service: Service, retiree: Caller, spelling: Spelling) -> None:
    """A refused registration mails nobody (spec 20, section 3.1)."""
    before = service.outbox(spelling(retiree.email))
    service.register(email=spelling(retiree.email))
    assert before == service.outbox(spelling(retiree.email))


def test_the_registration_checks(service: Service, retiree: Caller, spelling: Spelling) -> None:
    """The checks refuse both (spec 20, section 3.1; spec 10, section 11)."""
    assert decision(service, "username", spelling(retiree.username))
    assert decision(service, "email", spelling(retiree.email))


@pytest.mark.parametrize("field", ["username", "email"])
def test_the_admin_endpoint(service: Service, retiree: Caller, spelling: Spelling, field: str) -> None:
    """Provisioning refuses both, 400 or 409 with the field's key (spec 20, section 3.1)."""
    response = service.provision(**{field: spelling({"username": retiree.username, "email": retiree.email}[field])})
    assert field in expect.refused_registration(response)


def test_changing_to_the_address(service: Service, writer: Caller, retiree: Caller, spelling: Spelling) -> None:
    """PATCH `email`: 200 as if accepted; no mail, no change (spec 10, section 9)."""
    wanted, account = spelling(retiree.email), writer.account()
    mails = service.outbox(wanted), service.outbox(retiree.email)
    response = writer.patch({"email": wanted})
    expect.status(200, response)
    assert account == response.json() == writer.account()
    assert mails == (service.outbox(wanted), service.outbox(retiree.email))


def test_asking_for_it_as_secondary(service: Service, writer: Caller, retiree: Caller, spelling: Spelling) -> None:
    """PATCH `secondary_email`: 200, silently dropped (spec 10, section 9)."""
    wanted, account = spelling(retiree.email), writer.account()
    mails = service.outbox(wanted), service.outbox(retiree.email)
    response = writer.patch({"secondary_email": wanted})
    expect.status(200, response)
    assert account == response.json() == writer.account()
    assert mails == (service.outbox(wanted), service.outbox(retiree.email))


def test_replacing_a_name_by_it(service: Service, retiree: Caller, spelling: Spelling) -> None:
    """`replace_usernames`: a retired name is taken, so that the new name has a suffix (R13)."""
    wanted, present = spelling(retiree.username), service.new_account().username
    body = {"username_mappings": [{present: wanted}]}
    response = retirement.username_worker_of(service).post(retirement.REPLACE, json=body)
    expect.status(200, response)
    ((old, new),) = response.json()["successful_replacements"][0].items()
    assert (present, f"{wanted}-") == (old, new[:-4])


# --- at the moment of leaving


def test_at_once_after_the_answer(service: Service) -> None:
    """Refusing at the moment of writing does not lag (spec 10, section 2)."""
    for spelling in CAPITALS.values():
        caller = retirement.left(service)
        expect.status(409, service.register(username=spelling(caller.username)))
        expect.status(409, service.register(email=spelling(caller.email)))


@pytest.mark.parametrize("attempt", range(2))
def test_never_free_in_between(service: Service, attempt: int) -> None:
    """Beside leaving nobody gets the name or the address: they go from taken to retired (spec 20, section 14)."""
    caller = learner_of(service)
    names = [spell(caller.username) for spell in CAPITALS.values()]
    emails = [spell(caller.email) for spell in CAPITALS.values()]
    registering: list[Callable[[], httpx.Response]] = [
        *[partial(service.register, username=each) for each in names],
        *[partial(service.register, email=each) for each in emails],
    ]
    *others, answer = at_once([*registering, lambda: leave(caller)])
    retirement.nothing(204, answer)
    assert [409] * 8 == [each.status_code for each in others]


def test_an_address_that_was_asked_for_before(service: Service) -> None:
    """A link to an address that has been retired meanwhile changes nothing (spec 10, section 9)."""
    asker, second = learner_of(service), learner_of(service)
    wanted, link = email_asked(service, asker)
    _, other = secondary_asked(service, second, wanted)
    retirement.left(service, email=wanted)
    for each in (link, other):
        page(409, service.http.get(each))
    assert asker.email == asker.account()["email"]


def test_an_earlier_address_is_free(service: Service) -> None:
    """Only the address that the account had is retired, not one that it had before (spec 20, section 3.1)."""
    caller = learner_of(service)
    wanted, link = email_asked(service, caller)
    page(200, service.http.get(link))
    expect.status(204, leave(caller))
    expect.status(409, service.register(email=wanted))
    expect.status(200, service.register(email=caller.email))


# --- the prefix and the domain


@pytest.mark.parametrize("username", PREFIXED)
def test_the_prefix(service: Service, username: str) -> None:
    """Nobody may register a username that starts with the prefix, in any capitals (spec 20, section 3.1)."""
    assert "username" in expect.refused_registration(service.register(username=username))
    assert decision(service, "username", username)
    assert "username" in expect.refused_registration(service.provision(username=username))


@pytest.mark.parametrize("form", OF_THE_DOMAIN)
def test_the_domain(service: Service, form: str) -> None:
    """Nobody may register an address of the retired domain, in any capitals (spec 20, section 3.1)."""
    email = form.format(unique_name("m"))
    assert "email" in expect.refused_registration(service.register(email=email))
    assert decision(service, "email", email)
    assert "email" in expect.refused_registration(service.provision(email=email))


@pytest.mark.parametrize("form", OF_THE_DOMAIN)
def test_changing_to_the_domain(service: Service, writer: Caller, form: str) -> None:
    """PATCH of either address to the domain: 200, and nothing else (spec 10, section 9)."""
    email, account = form.format(unique_name("m")), writer.account()
    for field in ("email", "secondary_email"):
        response = writer.patch({field: email})
        expect.status(200, response)
        assert account == response.json()
    assert [] == service.outbox(email)


def test_what_only_looks_like_it(service: Service) -> None:
    """What is neither prefix nor domain is free (spec 20, section 3.1)."""
    name = unique_name("retired_user")
    email = f"retired__user_{unique_name('m')}@example.com"
    expect.status(200, service.register(username=name, email=email))
