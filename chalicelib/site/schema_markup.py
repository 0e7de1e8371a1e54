"""JSON Schemas of an OpenAPI document as short, escaped markup."""

import json
import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, TypeAlias

Schema: TypeAlias = Mapping[str, Any]

LIMITS = (
    "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
    "multipleOf", "pattern", "minItems", "maxItems", "uniqueItems", "default",
)  # fmt: skip


def anchor(kind: str, name: str) -> str:
    """The id of a part of the page; braces of a path count, so that `/a/{b}` and `/a/b` differ."""
    marked = re.sub(r"[{}]", "_", name)
    return f"{kind}-{re.sub(r'[^A-Za-z0-9_]+', '-', marked).strip('-')}"


def code(text: object) -> str:
    """`text` as code, escaped."""
    return f"<code>{escape(str(text))}</code>"


def table(headings: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A table of cells that are markup already; nothing for no rows."""
    if not rows:
        return ""
    head = "".join(f'<th scope="col">{escape(heading)}</th>' for heading in headings)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>\n" for row in rows)
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>"


def type_markup(schema: Schema | bool) -> str:
    """What a value may be, in one line; a named schema is a link to its description."""
    if isinstance(schema, bool):
        return "anything" if schema else "nothing"
    if "$ref" in schema:
        name = str(schema["$ref"]).rsplit("/", 1)[-1]
        return f'<a href="#{anchor("schema", name)}">{escape(name)}</a>'
    return _alternatives(schema) or _fixed(schema) or _typed(schema)


def schema_markup(schema: Schema) -> str:
    """The full description of a named schema: its text, and its properties in a table."""
    text = f"<p>{escape(schema['description'])}</p>" if schema.get("description") else ""
    if not schema.get("properties"):
        return f"{text}<p>{type_markup(schema)}</p>"
    required = frozenset(schema.get("required", ()))
    rows = [
        (code(name), type_markup(each), "yes" if name in required else "no", _description(each))
        for name, each in schema["properties"].items()
    ]
    return text + table(("Property", "Type", "Required", "Description"), rows)


def _description(schema: Schema | bool) -> str:
    return "" if isinstance(schema, bool) else escape(str(schema.get("description", "")))


def _alternatives(schema: Schema) -> str:
    for key, word in (("anyOf", " or "), ("oneOf", " or "), ("allOf", " and ")):
        if schema.get(key):
            return word.join(type_markup(each) for each in schema[key])
    return ""


def _fixed(schema: Schema) -> str:
    if "const" in schema:
        return code(json.dumps(schema["const"], ensure_ascii=False))
    return " or ".join(code(json.dumps(each, ensure_ascii=False)) for each in schema.get("enum", ()))


def _typed(schema: Schema) -> str:
    kinds = schema.get("type", "object" if "properties" in schema else "anything")
    names = [kinds] if isinstance(kinds, str) else list(kinds)
    words = " or ".join(_kind(str(name), schema) for name in names)
    details = [f"{name} {json.dumps(schema[name], ensure_ascii=False)}" for name in LIMITS if name in schema]
    if schema.get("format"):
        details.insert(0, str(schema["format"]))
    return words + (f" ({escape(', '.join(details))})" if details else "")


def _kind(name: str, schema: Schema) -> str:
    if name == "array" and "items" in schema:
        return f"array of {type_markup(schema['items'])}"
    if name == "object" and schema.get("properties"):
        members = (f"{code(key)}: {type_markup(each)}" for key, each in schema["properties"].items())
        return "object {" + ", ".join(members) + "}"
    if name == "object" and isinstance(schema.get("additionalProperties"), Mapping):
        return f"object of {type_markup(schema['additionalProperties'])}"
    return escape(name)
