"""Deployments that limit, or switch off, changes of address, registrations and their checks (spec 10, 2, 9, 11)."""

from collections.abc import Iterator

import pytest

from tests.support.failing_mail import FailingMail
from tests.support.gateway import Answer
from tests.support.stage import Stage, running_stage


def storing_fault(answer: Answer) -> None:
    """Expect a 400 with both messages and nothing else."""
    assert 400 == answer.status, answer.text
    assert {"developer_message", "user_message"} == set(answer.json)


@pytest.fixture
def strict() -> Iterator[Stage]:
    """A deployment that limits changes of address, registrations and their checks."""
    limits = {"email_change_limit": 2, "rate_limits": True, "registration_check_limit": 3, "registration_limit": 2}
    with running_stage(**limits) as running:
        running.wiring.mailer = FailingMail()
        yield running


def test_a_limit_on_email_changes(strict: Stage):
    """A configured limit is passed: 429 `{"error": str}`, by account and window (spec 10, section 2)."""
    ada, bob = strict.new_account("ada"), strict.new_account("bob")
    for number in range(2):
        assert 200 == strict.api.patch(ada, {"email": f"ada{number}@example.org"}).status
    answer = strict.api.patch(ada, {"email": "ada3@example.org", "bio": "x"})
    assert (429, {"error"}) == (answer.status, set(answer.json))
    assert isinstance(answer.json["error"], str)
    assert 200 == strict.api.patch(ada, {"bio": "unlimited"}).status
    assert 200 == strict.api.patch(bob, {"email": "bob@example.org"}).status
    strict.clock.advance(hours=1)
    assert 200 == strict.api.patch(ada, {"email": "ada4@example.org"}).status


def test_429_in_its_place(strict: Stage):
    """429 comes after 415 and 400 malformed, and before 404 and field errors (spec 10, section 2)."""
    ada = strict.new_account("ada")
    for _ in range(2):
        strict.api.patch(ada, {"email": "no address"})
    wrong_type = {"Content-Type": "application/json"}
    assert 415 == strict.api.patch(ada, {"email": "x"}, headers=wrong_type).status
    assert 400 == strict.api.patch(ada, b'{"email": ').status
    assert 429 == strict.api.patch("learner", {"email": "x"}, as_=ada, token=strict.api.token(ada)).status
    assert 429 == strict.api.patch(ada, {"email": "no address"}).status


def test_a_limit_on_registration_checks(strict: Stage):
    """So many checks a source address in a window, then 403 (spec 10, section 11)."""
    path = "/api/user/v1/validation/registration"
    statuses = [strict.api.post_json(path, {"country": "SE"}).status for _ in range(4)]
    assert [200, 200, 200, 403] == statuses
    strict.clock.advance(days=7)
    assert 200 == strict.api.post_json(path, {"country": "SE"}).status


def test_a_limit_on_registrations(strict: Stage):
    """So many registrations a source address in a window, then 403, and nobody is made or written to."""
    path = "/api/user/v2/account/registration"
    statuses = []
    for number in range(3):
        name = f"limited{number}"
        form = {"username": name, "email": f"{name}@example.com", "name": name, "password": "a-fine-Passw0rd"}
        statuses.append(strict.api.post_json(path, form).status)
    assert [200, 200, 403] == statuses
    assert ["limited0@example.com", "limited1@example.com"] == [mail.to for mail in strict.wiring.mailer.mails]
    assert 404 == strict.api.get("/api/user/v1/accounts/limited2", as_="learner").status
    strict.clock.advance(days=7)
    assert 200 == strict.api.post_json(path, form).status
    assert 1 == len(strict.wiring.mailer.to("limited2@example.com"))


def test_changes_switched_off():
    """A deployment can switch changes off: any `email` is a 400 with both messages (spec 10, section 9)."""
    with running_stage(email_changes_allowed=False) as closed:
        mail = FailingMail()
        closed.wiring.mailer = mail
        ada = closed.new_account("ada")
        for value in ("new@example.com", None, "", "no", f"{ada}@example.com"):
            storing_fault(closed.api.patch(ada, {"email": value}))
        assert [] == mail.mails
        assert 200 == closed.api.patch(ada, {"secondary_email": "second@example.com"}).status
