"""The mails of a password reset: the link, and the notice that it was used (spec 40, section 7)."""

from urllib.parse import quote

from chalicelib.mail.message import Message
from chalicelib.mail.templates import DEFAULT_LANGUAGE, render


def password_reset_mail(
    to: str, link: str, *, lifetime: int, base_url: str, platform_name: str, language: str = DEFAULT_LANGUAGE
) -> Message:
    """The link by which `to` chooses a new password; it lives for `lifetime` seconds."""
    address = f"{base_url.rstrip('/')}/password_reset_confirm/{quote(link, safe='')}/"
    values = {"link": address, "platform_name": platform_name, "lifetime": _told(lifetime)}
    return render("password_reset", to, values, language)


def password_changed_notice(to: str, *, platform_name: str, language: str = DEFAULT_LANGUAGE) -> Message:
    """The notice that the password was changed. It names neither the account nor the address."""
    return render("password_changed", to, {"platform_name": platform_name}, language)


def _told(seconds: int) -> str:
    """A stretch of time in words: days, if there are two or more of them, or hours, or minutes."""
    for unit, length in (("day", 24 * 3600), ("hour", 3600)):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit}s"
    minutes = max(1, seconds // 60)
    return f"{minutes} minute{'' if minutes == 1 else 's'}"
