"""Mail templates: `templates/<language>/<name>.txt` and `.html`, filled in and escaped.

The text file's first line is the subject, then comes an empty line. Both files are `string.Template`s, and
every placeholder must have a value. A new mail is two files a language and a function in the module that
is named for the mail; a new language is a directory. A language without the template falls back to English.
"""

from collections.abc import Mapping
from functools import lru_cache
from html import escape
from pathlib import Path
from string import Template

from chalicelib.mail.message import CONTROL, Message

DIRECTORY = Path(__file__).parent / "templates"
DEFAULT_LANGUAGE = "en"
SUBJECT = "Subject: "


class UnknownTemplateError(LookupError):
    """There is no template `name`, not even in English."""

    def __init__(self, name: str) -> None:
        super().__init__(f"No mail template is named {name}.")
        self.name = name


def languages() -> frozenset[str]:
    """The languages that have a directory of templates."""
    return frozenset(entry.name for entry in DIRECTORY.iterdir() if entry.is_dir())


def render(name: str, to: str, values: Mapping[str, str], language: str = DEFAULT_LANGUAGE) -> Message:
    """The mail `name` to the address `to`: values are escaped for HTML, and stay on one line in text."""
    subject, text, html = _template(name, language if language in languages() else DEFAULT_LANGUAGE)
    plain = {key: CONTROL.sub(" ", value) for key, value in values.items()}
    escaped = {key: escape(value) for key, value in plain.items()}
    return Message(to, subject.substitute(plain), text.substitute(plain), html.substitute(escaped))


@lru_cache(maxsize=64)
def _template(name: str, language: str) -> tuple[Template, Template, Template]:
    for directory in (DIRECTORY / language, DIRECTORY / DEFAULT_LANGUAGE):
        text, html = directory / f"{name}.txt", directory / f"{name}.html"
        if text.exists() and html.exists():
            subject, _, body = text.read_text(encoding="utf-8").partition("\n\n")
            return (
                Template(subject.removeprefix(SUBJECT)),
                Template(body),
                Template(html.read_text(encoding="utf-8")),
            )
    raise UnknownTemplateError(name)
