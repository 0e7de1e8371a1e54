"""The notice that a name was not accepted (spec 50, section 3)."""

from chalicelib.mail.message import Message
from chalicelib.mail.templates import DEFAULT_LANGUAGE, render


def name_refused_notice(to: str, comment: str, *, platform_name: str, language: str = DEFAULT_LANGUAGE) -> Message:
    """The notice, with the comment of whoever refused; it does not repeat the name."""
    return render("name_refused", to, {"platform_name": platform_name, "comment": comment}, language)
