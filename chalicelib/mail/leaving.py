"""The notice to somebody who has asked for the deletion of the account (spec 20, section 5)."""

from chalicelib.mail.message import Message
from chalicelib.mail.templates import DEFAULT_LANGUAGE, render


def leaving_notice(to: str, *, platform_name: str, language: str = DEFAULT_LANGUAGE) -> Message:
    """The notice to `to`, the address that the account had. It names neither the address nor the username."""
    return render("leaving", to, {"platform_name": platform_name}, language)
