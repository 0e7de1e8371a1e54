"""The activation mail, and how templates are filled in."""

from html.parser import HTMLParser

import pytest

from chalicelib.mail.activation import activation_link, activation_mail
from chalicelib.mail.templates import DIRECTORY, UnknownTemplateError, languages, render

LINK = "https://accounts.example/activate/k-1_2"


class Links(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.tags: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.targets += [value or "" for name, value in attrs if name in {"href", "src"}]


def test_has_the_link_in_both_parts() -> None:
    """Text and HTML both hold the absolute link, the HTML part loads nothing (spec 00, creating accounts)."""
    mail = activation_mail("a@b.example", "k-1_2", base_url="https://accounts.example/", platform_name="Campus")

    assert "Activate your account at Campus" == mail.subject
    assert f"\n{LINK}\n" in mail.text
    assert [LINK] == Links(mail.html).targets
    assert "$" not in mail.text + mail.html + mail.subject


def test_link_keeps_a_key_in_its_segment() -> None:
    """A key cannot leave its place in the path."""
    assert "http://x/activate/a%2Fb%3Fc%23%20" == activation_link("http://x", "a/b?c# ")


def test_values_are_escaped() -> None:
    """A platform name with markup is text in HTML, and as it is in subject and text."""
    mail = activation_mail("a@b.example", "k", base_url="http://x", platform_name='A&B <b "q">')

    assert "b" not in Links(mail.html).tags
    assert "A&amp;B &lt;b &quot;q&quot;&gt;" in mail.html
    assert 'Activate your account at A&B <b "q">' == mail.subject


def test_values_stay_on_one_line() -> None:
    """A value with line breaks adds no line and no header."""
    mail = activation_mail("a@b.example", "k", base_url="http://x", platform_name="A\r\nBcc: c@d.example\u2028B")
    assert "Activate your account at A  Bcc: c@d.example B" == mail.subject
    assert 1 == mail.text.count("was made with this address")


def test_a_dollar_in_a_value_is_a_dollar() -> None:
    """Values are not templates."""
    mail = activation_mail("a@b.example", "k", base_url="http://x", platform_name="$link $$")
    assert "Activate your account at $link $$" == mail.subject


@pytest.mark.parametrize("language", ["de", "", "../en", "en/../..", "xx"])
def test_unknown_language_is_english(language: str) -> None:
    """A language without templates falls back to English; its name is no path."""
    values = {"base_url": "http://x", "platform_name": "P"}
    assert activation_mail("a@b.example", "k", **values, language=language) == activation_mail(
        "a@b.example", "k", **values
    )


def test_unknown_template() -> None:
    """A template that does not exist is an error with its name."""
    with pytest.raises(UnknownTemplateError) as error:
        render("nope", "a@b.example", {})
    assert "nope" == error.value.name


def test_missing_value() -> None:
    """A placeholder without a value is an error, never an empty place."""
    with pytest.raises(KeyError):
        render("activation", "a@b.example", {"link": "x"})


def test_every_template_is_complete() -> None:
    """Each template is there as text, with a subject line, and as HTML with its language."""
    files = [file for language in languages() for file in (DIRECTORY / language).iterdir()]
    assert {".txt", ".html"} == {file.suffix for file in files}
    for file in files:
        assert file.with_suffix(".html").exists()
        assert file.with_suffix(".txt").read_text().startswith("Subject: ")
        assert f'<html lang="{file.parent.name}">' in file.with_suffix(".html").read_text()
