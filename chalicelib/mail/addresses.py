"""The mails of a change of address: links to the new address, notices to both (spec 10, section 9)."""

from urllib.parse import quote

from chalicelib.mail.message import Message
from chalicelib.mail.templates import DEFAULT_LANGUAGE, render


def email_change_mail(
    to: str, key: str, *, base_url: str, platform_name: str, language: str = DEFAULT_LANGUAGE
) -> Message:
    """The link that makes `to` the account's address."""
    return _with_link("email_change", "email_confirm", to, key, base_url, platform_name, language)


def secondary_email_mail(
    to: str, key: str, *, base_url: str, platform_name: str, language: str = DEFAULT_LANGUAGE
) -> Message:
    """The link that makes `to` the account's recovery address."""
    return _with_link("secondary_email", "activate_secondary_email", to, key, base_url, platform_name, language)


def changed_notice(to: str, *, platform_name: str, language: str = DEFAULT_LANGUAGE) -> Message:
    """The notice that an account's address has changed. It names neither address: each reader may be somebody else."""
    return render("email_changed", to, {"platform_name": platform_name}, language)


def _with_link(
    template: str, path: str, to: str, key: str, base_url: str, platform_name: str, language: str
) -> Message:
    link = f"{base_url.rstrip('/')}/{path}/{quote(key, safe='')}"
    return render(template, to, {"link": link, "platform_name": platform_name}, language)
