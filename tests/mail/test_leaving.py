"""The notice of leaving (spec 20, section 5)."""

import pytest

from chalicelib.mail.leaving import leaving_notice


def test_goes_to_the_address() -> None:
    """Spec 20, section 5: one mail to the address that the account had, in the platform's name."""
    mail = leaving_notice("old@b.example", platform_name="Campus")
    assert "old@b.example" == mail.to
    assert "Campus" in mail.subject
    assert "$" not in mail.subject + mail.text + mail.html


@pytest.mark.parametrize("words", ["deletion", "was asked for", "log in", "support", "cool-off period", "cancel"])
def test_says_what_happened_and_what_helps(words: str) -> None:
    """Both parts say that deletion was asked for, that logging in is over, and that support can cancel it meanwhile."""
    mail = leaving_notice("old@b.example", platform_name="Campus")
    assert words in mail.text
    assert words in mail.html


def test_names_nobody_and_has_no_link() -> None:
    """The notice is the same for everybody: it names neither username nor address, and there is nothing to click."""
    first, second = (leaving_notice(to, platform_name="Campus") for to in ("old@b.example", "new@c.example"))
    assert (first.subject, first.text, first.html) == (second.subject, second.text, second.html)
    assert "@" not in first.subject + first.text + first.html
    assert "http" not in first.text + first.html


def test_names_are_escaped() -> None:
    """A platform name with markup is text in HTML."""
    mail = leaving_notice("a@b.example", platform_name="A&B <b>")
    assert "A&amp;B &lt;b&gt;" in mail.html
    assert "A&B <b>" in mail.subject


@pytest.mark.parametrize("language", ["sv", "", "../en", "xx"])
def test_unknown_languages_are_english(language: str) -> None:
    """A language without the template falls back to English; its name is no path."""
    english = leaving_notice("a@b.example", platform_name="P")
    assert english == leaving_notice("a@b.example", platform_name="P", language=language)
