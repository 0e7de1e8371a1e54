"""Sending through SES: on moto, and against a client that fails."""

import logging
import traceback
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws
from moto.ses.models import ses_backends

from chalicelib.mail.message import Message
from chalicelib.mail.port import MailUnavailableError
from chalicelib.mail.ses import SIMULATOR, SesMailer, wire_address

REGION = "eu-west-1"
SENDER = "accounts@rollcall.example"
MESSAGE = Message("ada@example.com", "Hällo", "text part", "<p>html part</p>")


class RecordingClient:
    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.calls: list[dict[str, Any]] = []

    def send_email(self, **parameters: Any) -> None:
        self.calls.append(parameters)
        if self.error:
            raise self.error


def test_ses_accepts_it() -> None:
    """A mail from a verified sender is accepted, for exactly its one recipient."""
    with mock_aws():
        client = botocore.session.get_session().create_client("ses", region_name=REGION)
        client.verify_email_identity(EmailAddress=SENDER)
        SesMailer(client, SENDER).send(MESSAGE)
        (sent,) = ses_backends["123456789012"][REGION].sent_messages

    assert (SENDER, "Hällo") == (sent.source, sent.subject)
    assert {"ToAddresses": ["ada@example.com"]} == {kind: to for kind, to in sent.destinations.items() if to}


def test_unverified_sender_is_unavailable() -> None:
    """SES's own refusal comes out as the port's error with SES's code."""
    with mock_aws():
        client = botocore.session.get_session().create_client("ses", region_name=REGION)
        with pytest.raises(MailUnavailableError) as error:
            SesMailer(client, SENDER).send(MESSAGE)
    assert "MessageRejected" == error.value.reason


def test_both_parts_are_sent() -> None:
    """Text and HTML go out together, as UTF-8."""
    client = RecordingClient()
    SesMailer(client, SENDER).send(MESSAGE)
    sent = client.calls[0]["Message"]

    assert {"Data": "Hällo", "Charset": "UTF-8"} == sent["Subject"]
    assert {"Data": "text part", "Charset": "UTF-8"} == sent["Body"]["Text"]
    assert {"Data": "<p>html part</p>", "Charset": "UTF-8"} == sent["Body"]["Html"]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ClientError({"Error": {"Code": "Throttling", "Message": "to ada@example.com"}}, "SendEmail"), "Throttling"),
        (EndpointConnectionError(endpoint_url="https://ada@example.com"), "EndpointConnectionError"),
    ],
)
def test_no_address_in_errors_or_logs(error: Exception, reason: str, caplog: pytest.LogCaptureFixture) -> None:
    """A failure names SES's code; neither its text nor its printed traceback nor a log has an address."""
    caplog.set_level(logging.DEBUG)
    with pytest.raises(MailUnavailableError) as caught:
        SesMailer(RecordingClient(error), SENDER).send(MESSAGE)
    printed = "".join(traceback.format_exception(caught.value))

    assert reason == caught.value.reason
    assert "ada" not in str(caught.value) + caplog.text + printed


def test_domains_go_out_in_ascii() -> None:
    """SES wants the domain in ASCII; the rest of the address stays as it is."""
    assert "Ada@xn--bcher-kva.example" == wire_address("Ada@bücher.example")
    assert "Ada@Example.com" == wire_address("Ada@Example.com")


@pytest.mark.parametrize("address", ["a@b..example", f"a@{'x' * 64}.example", "a@.example"])
def test_impossible_domains_are_unavailable(address: str) -> None:
    """A domain that cannot be written in ASCII is refused like SES would refuse it."""
    with pytest.raises(MailUnavailableError) as error:
        wire_address(address)
    assert "InvalidDomain" == error.value.reason


def test_pretending_reaches_nobody() -> None:
    """A mail that is only pretended goes to SES's mailbox simulator, as a whole, and to nobody else."""
    client = RecordingClient()
    SesMailer(client, SENDER).send(MESSAGE)
    SesMailer(client, SENDER).pretend(MESSAGE)
    sent, pretended = client.calls

    assert {"ToAddresses": [SIMULATOR]} == pretended["Destination"]
    assert {**sent, "Destination": None} == {**pretended, "Destination": None}


def test_pretending_fails_like_sending() -> None:
    """What cannot be sent cannot be pretended either, so that a failure tells nothing (spec 10, section 9)."""
    broken = RecordingClient(ClientError({"Error": {"Code": "Throttling", "Message": ""}}, "SendEmail"))
    impossible = Message("a@b..example", "Subject", "text", "<p>html</p>")
    for client, message, reason in ((broken, MESSAGE, "Throttling"), (RecordingClient(), impossible, "InvalidDomain")):
        for hand_over in (SesMailer(client, SENDER).send, SesMailer(client, SENDER).pretend):
            with pytest.raises(MailUnavailableError) as error:
                hand_over(message)
            assert reason == error.value.reason
