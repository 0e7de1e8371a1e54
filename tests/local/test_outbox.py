"""The local stage's outbox."""

import threading
from datetime import UTC, datetime

import pytest

from chalicelib.mail.message import Message
from chalicelib.mail.port import MailUnavailableError
from local.outbox import RecordingMailer, links_in

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class AcceptingMailer:
    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.pretended: list[Message] = []

    def send(self, message: Message) -> None:
        self.messages.append(message)

    def pretend(self, message: Message) -> None:
        self.pretended.append(message)


class RefusingMailer:
    def send(self, message: Message) -> None:
        raise MailUnavailableError("Throttling")

    def pretend(self, message: Message) -> None:
        raise MailUnavailableError("Throttling")


def message(to: str = "a@example.com", text: str = "Hello") -> Message:
    return Message(to, "Subject", text, "<p>Hello</p>")


def test_shows_what_was_accepted() -> None:
    """An accepted mail is passed on, and shown with address, subject, text, links and the service's time."""
    mailer = AcceptingMailer()
    outbox = RecordingMailer(mailer, lambda: NOW)
    outbox.send(message(text="Open http://x.example/activate/k1."))

    shown = {
        "to": "a@example.com",
        "subject": "Subject",
        "text": "Open http://x.example/activate/k1.",
        "links": ["http://x.example/activate/k1"],
        "sent_at": "2026-01-02T03:04:05.000000Z",
    }
    assert [shown] == outbox.sent()
    assert 1 == len(mailer.messages)


def test_filters_by_address_in_any_capitals() -> None:
    """`to` names one address, whatever its capitals; newest mails come last."""
    outbox = RecordingMailer(AcceptingMailer(), lambda: NOW)
    for to, text in (("Ada@Example.com", "1"), ("b@example.com", "2"), ("ada@example.com", "3")):
        outbox.send(message(to, text))

    assert ["1", "3"] == [mail["text"] for mail in outbox.sent("ADA@example.com")]
    assert [] == outbox.sent("nobody@example.com")
    assert ["1", "2", "3"] == [mail["text"] for mail in outbox.sent()]


def test_refused_mail_is_not_shown() -> None:
    """What the mail service refused was not sent, so it is not shown; the caller gets the error."""
    outbox = RecordingMailer(RefusingMailer(), lambda: NOW)
    with pytest.raises(MailUnavailableError):
        outbox.send(message())
    assert [] == outbox.sent()


def test_threads_lose_no_mail() -> None:
    """Mails of several threads at once are all shown."""
    outbox = RecordingMailer(AcceptingMailer(), lambda: NOW)
    threads = [threading.Thread(target=lambda: [outbox.send(message()) for _ in range(100)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 800 == len(outbox.sent("a@example.com"))


def test_links() -> None:
    """Links come once each, in order, without the punctuation after them."""
    text = "See https://a.example/x?y=1&z=2, (http://b.example/) and https://a.example/x?y=1&z=2!"
    assert ["https://a.example/x?y=1&z=2", "http://b.example/"] == links_in(text)


def test_what_is_pretended_is_not_shown() -> None:
    """A mail that is only pretended is passed on as such, and not shown: nobody gets it."""
    mailer = AcceptingMailer()
    outbox = RecordingMailer(mailer, lambda: NOW)
    outbox.pretend(message())
    assert ([], [], 1) == (outbox.sent(), mailer.messages, len(mailer.pretended))


def test_pretending_may_fail() -> None:
    """The caller gets the error of a mail service that refuses what is only pretended."""
    with pytest.raises(MailUnavailableError):
        RecordingMailer(RefusingMailer(), lambda: NOW).pretend(message())
