"""The mails of a password reset (spec 40, section 7)."""

import re

import pytest

from chalicelib.mail.passwords import password_changed_notice, password_reset_mail

LINK = "0123456789abcdef0123456789abcdef-k_1"
DAY = 24 * 3600


def mailed(link: str = LINK, lifetime: int = 3 * DAY, base_url: str = "https://accounts.example", name: str = "Campus"):
    """A mail with a link."""
    return password_reset_mail("a@b.example", link, lifetime=lifetime, base_url=base_url, platform_name=name)


@pytest.mark.parametrize("base_url", ["https://accounts.example", "https://accounts.example/"])
def test_the_link(base_url: str) -> None:
    """Both parts hold it, absolute and with its slash at the end; the HTML part once as a target, and nothing else."""
    mail = mailed(base_url=base_url)
    link = f"https://accounts.example/password_reset_confirm/{LINK}/"

    assert "a@b.example" == mail.to
    assert f"\n{link}\n" in mail.text
    assert [link] == re.findall(r'(?:href|src)="([^"]*)"', mail.html)
    assert "Campus" in mail.subject
    assert "$" not in mail.text + mail.html + mail.subject


def test_below_a_stage() -> None:
    """A stage of API Gateway has a path in front."""
    assert f"\nhttps://x/v1/password_reset_confirm/{LINK}/\n" in mailed(base_url="https://x/v1").text


def test_a_key_stays_in_its_segment() -> None:
    """A key cannot leave its place in the path."""
    assert "/password_reset_confirm/a%2Fb%3Fc%23%20%0A/\n" in mailed("a/b?c# \n").text


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (3 * DAY, "3 days"),
        (2 * DAY, "2 days"),
        (2 * DAY - 1, "47 hours"),
        (DAY, "24 hours"),
        (7200, "2 hours"),
        (7199, "119 minutes"),
        (3600, "60 minutes"),
        (119, "1 minute"),
        (60, "1 minute"),
        (1, "1 minute"),
    ],
)
def test_how_long(seconds: int, told: str) -> None:
    """In words, and never more than it is from a minute on."""
    mail = mailed(lifetime=seconds)
    assert f" {told}" in mail.text
    assert f" {told}" in mail.html


def test_the_link_names_nobody() -> None:
    """Whoever reads the mail by mistake learns no username and no address."""
    mail = mailed()
    assert "@" not in mail.text + mail.html + mail.subject


def test_the_notice_has_no_link_and_names_nobody() -> None:
    """It is the same to each address; nothing in it can be opened."""
    one, other = (password_changed_notice(to, platform_name="Campus") for to in ("a@b.example", "c@d.example"))

    assert ("a@b.example", "c@d.example") == (one.to, other.to)
    assert (one.subject, one.text, one.html) == (other.subject, other.text, other.html)
    assert "@" not in one.text + one.html + one.subject
    assert "http" not in one.text + one.html


def test_the_kinds_differ() -> None:
    """The notice is no second link."""
    assert mailed().subject != password_changed_notice("a@b.example", platform_name="Campus").subject


def test_names_are_escaped() -> None:
    """A platform name with markup is text in HTML."""
    for mail in (mailed(name="A&B <b>"), password_changed_notice("a@b.example", platform_name="A&B <b>")):
        assert "A&amp;B &lt;b&gt;" in mail.html
        assert "A&B <b>" in mail.subject


@pytest.mark.parametrize("language", ["sv", "", "../en", "xx"])
def test_unknown_languages_are_english(language: str) -> None:
    """A language without the template falls back to English; its name is no path."""
    assert password_changed_notice("a@b.example", platform_name="P") == password_changed_notice(
        "a@b.example", platform_name="P", language=language
    )
