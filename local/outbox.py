"""The local stage's outbox: which mails the mail service accepted (spec 00, local helpers).

It records at the port, not in the emulator: so it shows the text part too, which moto drops when a mail has
both parts, and works the same when SES is somewhere else.
"""

import re
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from chalicelib.mail.message import Message
from chalicelib.mail.port import Mailer

KEPT = 10_000
"""How many mails the outbox keeps; the oldest go first."""

LINK = re.compile(r"https?://[^\s<>\"]+")
TRAILING = ".,;:!?)]}'"


@dataclass(frozen=True)
class SentMail:
    """One accepted mail, in the form in which the outbox is read."""

    to: str
    subject: str
    text: str
    links: list[str]
    sent_at: str


def links_in(text: str) -> list[str]:
    """The links of `text` in their order, each once, without the punctuation after them."""
    found = [link.rstrip(TRAILING) for link in LINK.findall(text)]
    return list(dict.fromkeys(found))


class RecordingMailer:
    """Hands each mail to another mailer, and records it once that has accepted it."""

    def __init__(self, mailer: Mailer, clock: Callable[[], datetime]) -> None:
        self._mailer = mailer
        self._clock = clock
        self._lock = threading.Lock()
        self._sent: deque[SentMail] = deque(maxlen=KEPT)

    def send(self, message: Message) -> None:
        """Send `message`; a mail that was not accepted is not recorded."""
        self._mailer.send(message)
        mail = SentMail(
            to=message.to,
            subject=message.subject,
            text=message.text,
            links=links_in(message.text),
            sent_at=self._clock().strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        )
        with self._lock:
            self._sent.append(mail)

    def pretend(self, message: Message) -> None:
        """Nothing was sent to anybody, so nothing is recorded."""
        self._mailer.pretend(message)

    def sent(self, to: str | None = None) -> list[dict[str, Any]]:
        """The recorded mails, newest last: all, or those to the address `to` in any capitalisation."""
        with self._lock:
            mails = list(self._sent)
        wanted = None if to is None else to.casefold()
        return [asdict(mail) for mail in mails if wanted is None or mail.to.casefold() == wanted]
