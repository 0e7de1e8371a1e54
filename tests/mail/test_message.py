"""What a mail may be."""

import pytest

from chalicelib.mail.message import Message, UnsafeMessageError


def test_an_ordinary_mail() -> None:
    """An ordinary address and subject are taken as they are."""
    message = Message("o'ada+x@sub.example.com", "Hällo", "text", "<p>html</p>")
    assert ("o'ada+x@sub.example.com", "Hällo") == (message.to, message.subject)


@pytest.mark.parametrize(
    "to",
    [
        "", "@", "a@", "@b", "a", "a@b@c", "a@b.example\r\nBcc: c@d.example", "a@b.example, c@d.example",
        "A <a@b.example>", "a b@c.example", "a@b.example;c@d.example", "a\x00@b.example", "a@b.example\u2028",
    ],
)  # fmt: skip
def test_one_address_only(to: str) -> None:
    """What is not exactly one bare address is refused; the error does not repeat it."""
    with pytest.raises(UnsafeMessageError) as error:
        Message(to, "Subject", "", "")
    assert "address" == error.value.part
    assert "The mail's address is not safe as a header." == str(error.value)


@pytest.mark.parametrize("subject", ["", "a\nBcc: c@d.example", "a\rb", "a\x00", "a\x85b", "a\u2028b"])
def test_one_subject_line_only(subject: str) -> None:
    """A subject of more than one line, or none, is refused."""
    with pytest.raises(UnsafeMessageError) as error:
        Message("a@b.example", subject, "", "")
    assert "subject" == error.value.part


def test_repr_shows_nobody() -> None:
    """A logged message shows neither address nor content."""
    assert "Message()" == repr(Message("ada@example.com", "Subject", "text", "html"))
