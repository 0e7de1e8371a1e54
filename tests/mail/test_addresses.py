"""The mails of a change of address (spec 10, section 9)."""

import re
from collections.abc import Callable

import pytest

from chalicelib.mail.addresses import changed_notice, email_change_mail, secondary_email_mail
from chalicelib.mail.message import Message

LINKS = [(email_change_mail, "email_confirm"), (secondary_email_mail, "activate_secondary_email")]


@pytest.mark.parametrize(("make", "path"), LINKS)
@pytest.mark.parametrize("base_url", ["https://accounts.example", "https://accounts.example/"])
def test_links(make: Callable[..., Message], path: str, base_url: str) -> None:
    """Both parts hold the absolute link, the HTML part once as a target."""
    mail = make("a@b.example", "k-1_2", base_url=base_url, platform_name="Campus")
    link = f"https://accounts.example/{path}/k-1_2"

    assert "a@b.example" == mail.to
    assert f"\n{link}\n" in mail.text
    assert [link] == re.findall(r'(?:href|src)="([^"]*)"', mail.html)
    assert "Campus" in mail.subject
    assert "$" not in mail.text + mail.html + mail.subject


@pytest.mark.parametrize(("make", "path"), LINKS)
def test_a_key_stays_in_its_segment(make: Callable[..., Message], path: str) -> None:
    """A key cannot leave its place in the path."""
    assert (
        f"http://x/{path}/a%2Fb%3Fc%23%20\n"
        in make("a@b.example", "a/b?c# ", base_url="http://x", platform_name="P").text
    )


def test_the_kinds_differ() -> None:
    """Whoever gets a link can tell which address it is about."""
    first, second = (make("a@b.example", "k", base_url="http://x", platform_name="P") for make, _ in LINKS)
    assert first.subject != second.subject


def test_the_notice_names_no_address_and_has_no_link() -> None:
    """The notice to either address is the same and names neither: each reader may be somebody else."""
    old, new = (changed_notice(to, platform_name="Campus") for to in ("old@b.example", "new@c.example"))

    assert ("old@b.example", "new@c.example") == (old.to, new.to)
    assert (old.subject, old.text, old.html) == (new.subject, new.text, new.html)
    assert "@" not in old.text + old.html + old.subject
    assert "http" not in old.text + old.html


def test_names_are_escaped() -> None:
    """A platform name with markup is text in HTML."""
    notice = changed_notice("a@b.example", platform_name="A&B <b>")
    assert "A&amp;B &lt;b&gt;" in notice.html
    assert "A&B <b>" in notice.subject


@pytest.mark.parametrize("language", ["sv", "", "../en", "xx"])
def test_unknown_languages_are_english(language: str) -> None:
    """A language without the template falls back to English; its name is no path."""
    assert changed_notice("a@b.example", platform_name="P") == changed_notice(
        "a@b.example", platform_name="P", language=language
    )
