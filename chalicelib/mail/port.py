"""The port through which mail leaves, and its one error."""

from typing import Protocol

from chalicelib.mail.message import Message


class MailUnavailableError(Exception):
    """The mail service did not accept the mail; nothing was sent.

    `reason` is the service's error code, never its text: that may quote the address.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"The mail service did not accept a mail: {reason}")
        self.reason = reason


class Mailer(Protocol):
    """Sends mail."""

    def send(self, message: Message) -> None:
        """Hand `message` over; raises `MailUnavailableError` unless the service has accepted it."""
        ...

    def pretend(self, message: Message) -> None:
        """Do as much as `send` does, but nobody gets the mail; so the time an answer takes tells nothing."""
        ...
