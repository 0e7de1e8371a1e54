"""Sending through Amazon SES."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.mail.message import Message
from chalicelib.mail.port import MailUnavailableError

SIMULATOR = "success@simulator.amazonses.com"
"""SES takes mail for this address and drops it."""


class SesMailer:
    """Sends each mail as text and HTML in one, from `sender`, through a botocore `ses` client."""

    def __init__(self, client: Any, sender: str) -> None:
        self._client = client
        self._sender = sender

    def send(self, message: Message) -> None:
        """Hand `message` to SES; raises `MailUnavailableError`."""
        self._send(message, wire_address(message.to))

    def pretend(self, message: Message) -> None:
        """Hand `message` to SES for its mailbox simulator, which drops it; raises `MailUnavailableError`."""
        wire_address(message.to)
        self._send(message, SIMULATOR)

    def _send(self, message: Message, to: str) -> None:
        try:
            self._client.send_email(
                Source=self._sender,
                Destination={"ToAddresses": [to]},
                Message={
                    "Subject": _part(message.subject),
                    "Body": {"Text": _part(message.text), "Html": _part(message.html)},
                },
            )
        except ClientError as error:
            # Not chained: the text of SES's error may quote the address.
            raise MailUnavailableError(error.response["Error"]["Code"]) from None
        except BotoCoreError as error:
            raise MailUnavailableError(type(error).__name__) from None


def wire_address(address: str) -> str:
    """`address` with its domain in ASCII, as SES wants it; raises `MailUnavailableError`."""
    local, _, domain = address.rpartition("@")
    try:
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        raise MailUnavailableError("InvalidDomain") from None


def _part(data: str) -> dict[str, str]:
    return {"Data": data, "Charset": "UTF-8"}
