"""The API's description as one page (spec 50, section 5): readable, static, nothing loaded from elsewhere."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, TypeAlias

from chalicelib.site.markup import document
from chalicelib.site.schema_markup import anchor, code, schema_markup, table, type_markup

Part: TypeAlias = Mapping[str, Any]

METHODS = ("get", "post", "put", "patch", "delete", "head", "options", "trace")
UNTAGGED = "Other"


def api_docs(openapi: Part) -> str:
    """The OpenAPI 3.1 document `openapi` as an HTML page: operations by tag, then all named schemas."""
    info = openapi.get("info", {})
    title = f"{info.get('title', 'API')} {info.get('version', '')}".strip()
    groups = _groups(openapi)
    parts = [f"<h1>{escape(title)}</h1>", _text(info.get("description")), _contents(groups)]
    parts += [_group(openapi, name, operations) for name, operations in groups.items()]
    parts.append(_schemas(openapi))
    return document(title, "\n".join(part for part in parts if part), kind="docs")


def _groups(openapi: Part) -> dict[str, list[tuple[str, str, Part]]]:
    """Operations by their first tag: declared tags in their order, then the others as they come."""
    groups: dict[str, list[tuple[str, str, Part]]] = {tag["name"]: [] for tag in openapi.get("tags", ())}
    for path, method, operation in _operations(openapi):
        tag = (operation.get("tags") or [UNTAGGED])[0]
        groups.setdefault(tag, []).append((path, method, operation))
    return {name: operations for name, operations in groups.items() if operations}


def _operations(openapi: Part) -> Iterator[tuple[str, str, Part]]:
    for path, item in openapi.get("paths", {}).items():
        shared = item.get("parameters", [])
        for method in METHODS:
            if method in item:
                own = item[method]
                yield path, method, {**own, "parameters": [*shared, *own.get("parameters", [])]}


def _contents(groups: Mapping[str, list[tuple[str, str, Part]]]) -> str:
    links = "".join(f'<li><a href="#{anchor("tag", name)}">{escape(name)}</a></li>' for name in groups)
    return f'<nav aria-label="Contents"><ul>{links}<li><a href="#schemas">Schemas</a></li></ul></nav>'


def _group(openapi: Part, name: str, operations: list[tuple[str, str, Part]]) -> str:
    described = {tag["name"]: tag.get("description") for tag in openapi.get("tags", ())}
    shown = [_operation(openapi, *operation) for operation in operations]
    heading = f'<h2 id="{anchor("tag", name)}">{escape(name)}</h2>'
    return "\n".join([heading, _text(described.get(name)), *shown])


def _operation(openapi: Part, path: str, method: str, operation: Part) -> str:
    identity = anchor("operation", f"{method} {path}")
    parts = [
        f'<section aria-labelledby="{identity}">',
        f'<h3 id="{identity}"><span class="verb">{method.upper()}</span> {code(path)}</h3>',
        _text(operation.get("summary")),
        _text(operation.get("description")),
        _parameters(openapi, operation),
        _request_body(openapi, operation),
        _responses(openapi, operation),
        "</section>",
    ]
    return "\n".join(part for part in parts if part)


def _parameters(openapi: Part, operation: Part) -> str:
    rows = []
    for each in operation["parameters"]:
        parameter = _resolved(openapi, each)
        required = "yes" if parameter.get("required") else "no"
        kind = type_markup(parameter.get("schema", True))
        text = escape(parameter.get("description", ""))
        rows.append((code(parameter["name"]), escape(parameter["in"]), kind, required, text))
    shown = table(("Parameter", "In", "Type", "Required", "Description"), rows)
    return shown and f"<h4>Parameters</h4>{shown}"


def _request_body(openapi: Part, operation: Part) -> str:
    if "requestBody" not in operation:
        return ""
    body = _resolved(openapi, operation["requestBody"])
    need = "required" if body.get("required") else "optional"
    return f"<h4>Body ({need})</h4>{_text(body.get('description'))}{_content(body)}"


def _responses(openapi: Part, operation: Part) -> str:
    rows = []
    for status, each in operation.get("responses", {}).items():
        response = _resolved(openapi, each)
        headers = ", ".join(code(name) for name in response.get("headers", {}))
        rows.append((code(status), escape(response.get("description", "")), _content(response), headers))
    shown = table(("Status", "Meaning", "Body", "Headers"), rows)
    return shown and f"<h4>Answers</h4>{shown}"


def _content(part: Part) -> str:
    """Content types and what each holds."""
    kinds = part.get("content", {}).items()
    return "".join(f"<div>{code(name)}: {type_markup(kind.get('schema', True))}</div>" for name, kind in kinds)


def _schemas(openapi: Part) -> str:
    schemas = openapi.get("components", {}).get("schemas", {})
    shown = [
        f'<h3 id="{anchor("schema", name)}">{escape(name)}</h3>{schema_markup(schema)}'
        for name, schema in sorted(schemas.items())
    ]
    return "\n".join(['<h2 id="schemas">Schemas</h2>', *shown])


def _resolved(openapi: Part, part: Part) -> Part:
    """`part` itself, or what its `$ref` inside the document names."""
    if "$ref" not in part:
        return part
    found: Any = openapi
    for step in part["$ref"].removeprefix("#/").split("/"):
        found = found[step.replace("~1", "/").replace("~0", "~")]
    return _resolved(openapi, found)


def _text(text: str | None) -> str:
    """Paragraphs, split at empty lines."""
    return "".join(f"<p>{escape(part)}</p>" for part in (text or "").split("\n\n") if part.strip())
