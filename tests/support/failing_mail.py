"""A mail service that fails when a test says so."""

import re
from dataclasses import dataclass, field

from chalicelib.mail.message import Message
from chalicelib.mail.port import MailUnavailableError

LINK = re.compile(r"https?://[^/\s]+(/(?:email_confirm|activate_secondary_email)/\S+)")


@dataclass
class FailingMail:
    """Takes mails, all but those whose turn it is to fail; 0 is the first from now on."""

    mails: list[Message] = field(default_factory=list)
    pretended: list[Message] = field(default_factory=list)
    fails_at: set[int] = field(default_factory=set)
    seen: int = 0

    def fail(self, *turns: int) -> None:
        """From now on, fail at these turns."""
        self.seen, self.fails_at = 0, set(turns)

    def send(self, message: Message) -> None:
        """Keep a mail, or fail."""
        self._take_turn()
        self.mails.append(message)

    def pretend(self, message: Message) -> None:
        """Keep what was pretended, or fail."""
        self._take_turn()
        self.pretended.append(message)

    def to(self, address: str) -> list[Message]:
        """The mails to an address, oldest first."""
        return [mail for mail in self.mails if mail.to == address]

    def link(self, address: str) -> str:
        """The path of the newest link that was mailed to an address."""
        found: list[str] = LINK.findall(self.to(address)[-1].text)
        return found[0]

    def links(self) -> list[str]:
        """The paths of all links that were mailed, oldest first."""
        return [path for mail in self.mails for path in LINK.findall(mail.text)]

    def _take_turn(self) -> None:
        turn, self.seen = self.seen, self.seen + 1
        if turn in self.fails_at:
            raise MailUnavailableError("Throttling")
