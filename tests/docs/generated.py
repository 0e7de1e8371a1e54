"""Parts of pages that are written from the code: `python -m tests.docs.generated` writes them anew."""

from __future__ import annotations

import json
import re
import sys
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from chalicelib.api.pages import PARTS
from chalicelib.settings import Settings
from tests.docs.pages import ROOT

MARKED = "<!-- generated: {name} -->\n{content}<!-- end -->"


def settings_table() -> str:
    """README's table of settings."""
    lines = ["| Setting | Default | What |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        lines.append(f"| `{variable(name, field)}` | {_shown(field)} | {field.description} |")
    return "".join(f"{line}\n" for line in lines)


def variable(name: str, field: FieldInfo) -> str:
    """The environment variable of a setting."""
    return str(field.validation_alias or name).upper()


def _shown(field: FieldInfo) -> str:
    default: Any = field.get_default(call_default_factory=True)
    if default == "" or default == SecretStr(""):
        return "empty"
    return f"`{default if isinstance(default, str) else json.dumps(default)}`"


def pages_table() -> str:
    """The site's table of pages."""
    lines = ["| Page | For | What | Changes by |", "|---|---|---|---|"]
    for part in PARTS:
        for each in part.declared:
            twins = ", ".join(f"`{method} {path}`" for method, path in each.twins) or "-"
            lines.append(f"| `{each.method} {each.path}` | {each.audience} | {each.summary} | {twins} |")
    return "".join(f"{line}\n" for line in lines)


GENERATED = {"settings": ("README.md", settings_table), "pages": ("docs/site.md", pages_table)}
"""Name of the part -> the page that has it, and what writes it."""


def with_part(text: str, name: str, content: str) -> str:
    """`text` with the part between its two marks replaced."""
    pattern = re.compile(MARKED.format(name=re.escape(name), content=".*?"), re.DOTALL)
    written, count = pattern.subn(lambda _: MARKED.format(name=name, content=content), text)
    if count != 1:
        raise LookupError(f"the page has no part {name}")
    return written


def main() -> int:
    """Write every part anew."""
    for name, (path, write) in GENERATED.items():
        target = ROOT / path
        target.write_text(with_part(target.read_text(encoding="utf-8"), name, write()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
