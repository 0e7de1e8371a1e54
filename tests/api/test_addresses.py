"""Changing addresses while the mail service fails at each point: one outcome each (spec 10, section 9; D8)."""

from typing import Any

import pytest

from tests.support.failing_mail import FailingMail
from tests.support.gateway import Answer
from tests.support.stage import Stage


@pytest.fixture
def mail(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> FailingMail:
    """The mail service of this test."""
    failing = FailingMail()
    monkeypatch.setattr(stage.wiring, "mailer", failing)
    return failing


@pytest.fixture
def ada(stage: Stage) -> str:
    """A fresh adult who has logged in."""
    username = stage.new_account("ada")
    stage.api.token(username)
    return username


@pytest.fixture
def wanted(stage: Stage) -> str:
    """An address that nobody has."""
    return f"{stage.fresh('wanted')}@example.com"


def state(stage: Stage, username: str) -> tuple[object, list[str]]:
    """All that is stored of an account: what is shown of it, and its events. Its head is what its events fold to."""
    account = stage.id_of(username)
    loaded = stage.wiring.ledger.load(account)
    assert loaded is not None
    assert loaded.state == stage.wiring.ledger.refold(account)
    return loaded.state, stage.events_of(username)


def storing_fault(answer: Answer) -> None:
    """Expect a 400 with both messages and nothing else."""
    assert 400 == answer.status, answer.text
    assert {"developer_message", "user_message"} == set(answer.json)


# --- the links


@pytest.mark.parametrize("name", ["email", "secondary_email"])
@pytest.mark.parametrize("beside", [{}, {"bio": "beside", "name": "Other"}])
def test_the_link_cannot_be_mailed(
    stage: Stage, mail: FailingMail, ada: str, wanted: str, name: str, beside: dict[str, Any]
):
    """The mail with the link cannot be sent: 400, nothing changes, no event (spec 10, section 9; D8)."""
    before = state(stage, ada)
    mail.fail(0)
    storing_fault(stage.api.patch(ada, {name: wanted, **beside}))
    assert before == state(stage, ada)
    assert [] == mail.mails


@pytest.mark.parametrize(("turn", "sent"), [(0, 0), (1, 1)])
def test_one_of_two_links_cannot_be_mailed(
    stage: Stage, mail: FailingMail, ada: str, wanted: str, turn: int, sent: int
):
    """Either of two mails fails: 400, nothing changes, and a link that has left is dead (spec 10, section 9; D8)."""
    before = state(stage, ada)
    mail.fail(turn)
    storing_fault(stage.api.patch(ada, {"email": wanted, "secondary_email": f"2{wanted}", "bio": "x"}))
    assert before == state(stage, ada)
    assert sent == len(mail.mails)
    assert [404] * sent == [stage.api.get(link).status for link in mail.links()]
    assert before == state(stage, ada)


def test_an_earlier_link_survives_a_failed_request(stage: Stage, mail: FailingMail, ada: str, wanted: str):
    """A request whose mail failed supersedes nothing (spec 10, section 9; D8)."""
    assert 200 == stage.api.patch(ada, {"email": wanted}).status
    link = mail.link(wanted)
    mail.fail(0)
    storing_fault(stage.api.patch(ada, {"email": f"2{wanted}"}))
    assert 200 == stage.api.get(link).status
    assert wanted == stage.api.get(f"/api/user/v1/accounts/{ada}", as_=ada).json["email"]


def test_again_after_a_failure(stage: Stage, mail: FailingMail, ada: str, wanted: str):
    """Once the mail service is back the same request goes through (spec 10, section 9)."""
    mail.fail(0)
    storing_fault(stage.api.patch(ada, {"email": wanted}))
    assert 200 == stage.api.patch(ada, {"email": wanted}).status
    assert 200 == stage.api.get(mail.link(wanted)).status


def test_a_failure_tells_nothing_of_who_has_the_address(stage: Stage, mail: FailingMail, ada: str, wanted: str):
    """While no mail can be sent a taken and a free address answer alike (spec 10, section 9)."""
    taken = f"{stage.new_account('bob')}@example.com"
    answers = []
    for address in (taken, wanted):
        mail.fail(0)
        answers.append(stage.api.patch(ada, {"email": address}))
    assert (400, answers[0].body) == (answers[1].status, answers[1].body)


def test_a_taken_address_is_only_pretended(stage: Stage, mail: FailingMail, ada: str):
    """For a taken address the mail is made and goes to nobody (spec 10, section 9)."""
    taken = f"{stage.new_account('bob')}@example.com"
    assert 200 == stage.api.patch(ada, {"email": taken}).status
    assert ([], [taken]) == (mail.mails, [message.to for message in mail.pretended])


def test_an_idempotency_key_after_a_failure(stage: Stage, mail: FailingMail, ada: str, wanted: str):
    """A failure is no first answer: the same key may be tried again (spec 50, section 4)."""
    headers = {"Idempotency-Key": wanted}
    mail.fail(0)
    storing_fault(stage.api.patch(ada, {"email": wanted}, headers=headers))
    assert 200 == stage.api.patch(ada, {"email": wanted}, headers=headers).status
    assert 200 == stage.api.patch(ada, {"email": wanted}, headers=headers).status
    assert 1 == len(mail.to(wanted))


# --- the notices


@pytest.mark.parametrize("turn", [0, 1])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_notice_cannot_be_sent(stage: Stage, mail: FailingMail, ada: str, wanted: str, turn: int, method: str):
    """A notice, the first or the second, cannot be sent: 503, nothing changes, no event; the link works later."""
    assert 200 == stage.api.patch(ada, {"email": wanted}).status
    link, before = mail.link(wanted), state(stage, ada)
    mail.fail(turn)
    answer = stage.api.request(method, link)
    assert 503 == answer.status
    assert answer.headers["content-type"].startswith("text/html")
    assert before == state(stage, ada)
    assert 200 == stage.api.request(method, link).status
    assert wanted == state(stage, ada)[0].email
    assert "EmailChangeConfirmed" == stage.events_of(ada)[-1]


def test_notices_go_to_both(stage: Stage, mail: FailingMail, ada: str, wanted: str):
    """One notice to the old address, one to the new (spec 10, section 9)."""
    assert 200 == stage.api.patch(ada, {"email": wanted}).status
    link = mail.link(wanted)
    mail.mails.clear()
    assert 200 == stage.api.get(link).status
    assert [f"{ada}@example.com", wanted] == [message.to for message in mail.mails]


def test_a_dead_or_taken_link_mails_nobody(stage: Stage, mail: FailingMail, ada: str, wanted: str):
    """No notice of what does not happen (spec 10, section 9)."""
    assert 200 == stage.api.patch(ada, {"email": wanted}).status
    link = mail.link(wanted)
    stage.new_account("bob", email=wanted)
    before, mails = state(stage, ada), list(mail.mails)
    assert [409, 404] == [stage.api.get(path).status for path in (link, f"{link}A")]
    assert (before, mails) == (state(stage, ada), mail.mails)


def test_a_secondary_link_needs_no_mail(stage: Stage, mail: FailingMail, ada: str, wanted: str):
    """Confirming a recovery address mails nobody, so a mail service that is down does not matter."""
    assert 200 == stage.api.patch(ada, {"secondary_email": wanted}).status
    link = mail.link(wanted)
    mail.fail(0)
    assert 200 == stage.api.get(link).status
    assert wanted == state(stage, ada)[0].recovery_email
