"""The catalogues of the pages' text: what there is to translate, and bringing the `.po` files up to date.

`python -m tests.site.catalogues` adds new texts to each catalogue, empty, and takes out those that are gone.
"""

from __future__ import annotations

from io import BytesIO

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from chalicelib.site.catalogue import CATALOGUES, LANGUAGES, SOURCE

SITE = CATALOGUES.parent
METHODS = [("templates/**.html", "jinja2"), ("**.py", "python")]
OPTIONS = {"templates/**.html": {"trimmed": "true", "silent": "false", "newstyle_gettext": "true"}}
LEFT_OUT = ("#", '"POT-', '"PO-', '"Report-', '"Last-', '"Language-Team', '"Project-', '"Generated-')
"""Lines of a `.po` file that change at each run, or that nobody needs."""

TRANSLATED = tuple(language for language in LANGUAGES if language != SOURCE)


def there_is() -> Catalog:
    """Return every text of the templates and modules of the site."""
    found = Catalog(project="Rollcall", fuzzy=False)
    for file, _, text, comments, context in extract_from_dir(SITE, METHODS, OPTIONS):
        found.add(text, locations=[(file, 0)], auto_comments=comments, context=context)
    return found


def translated(language: str) -> Catalog:
    """Return the catalogue of a language."""
    with (CATALOGUES / f"{language}.po").open("rb") as text:
        return read_po(text, locale=language)


def texts(catalogue: Catalog) -> set[str | tuple[str, ...]]:
    """Return what a catalogue translates."""
    return {_key(message) for message in catalogue if message.id}


def updated(language: str) -> bytes:
    """Return the `.po` file of a language with the texts that there are; translations that still fit stay."""
    known, wanted = translated(language), Catalog(locale=language, project="Rollcall", fuzzy=False)
    for message in there_is():
        if message.id:
            before = known.get(message.id)
            wanted.add(message.id, before.string if before else "", flags=message.flags)
    written = BytesIO()
    write_po(written, wanted, width=0, sort_output=True, omit_header=False, include_previous=False)
    kept = (line for line in written.getvalue().decode().splitlines() if not line.startswith(LEFT_OUT))
    return ("\n".join(kept).lstrip() + "\n").encode()


def _key(message: Message) -> str | tuple[str, ...]:
    return message.id if isinstance(message.id, str) else tuple(message.id)


if __name__ == "__main__":
    for name in TRANSLATED:
        (CATALOGUES / f"{name}.po").write_bytes(updated(name))
        missing = sum(1 for message in translated(name) if message.id and not message.string)
        print(f"{name}: {missing} texts without a translation")
