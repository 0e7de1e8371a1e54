"""The mail that asks a new person to confirm their address."""

from urllib.parse import quote

from chalicelib.mail.message import Message
from chalicelib.mail.templates import DEFAULT_LANGUAGE, render


def activation_link(base_url: str, key: str) -> str:
    """Where the account with the activation key `key` is activated (spec 00, creating accounts)."""
    return f"{base_url.rstrip('/')}/activate/{quote(key, safe='')}"


def activation_mail(
    to: str, key: str, *, base_url: str, platform_name: str, language: str = DEFAULT_LANGUAGE
) -> Message:
    """The activation mail.

    It repeats nothing that was typed at registration: otherwise anybody could have a text of theirs sent to
    strangers in the platform's name.
    """
    values = {"link": activation_link(base_url, key), "platform_name": platform_name}
    return render("activation", to, values, language)
