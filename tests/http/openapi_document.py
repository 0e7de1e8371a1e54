"""Reading the service's own description."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

METHODS = ("get", "put", "post", "delete", "patch", "head", "options")


@dataclass(frozen=True)
class Operation:
    """One method on one path of the description."""

    method: str
    path: str
    responses: frozenset[str]
    queries: tuple[str, ...]
    body_types: tuple[str, ...]

    def __str__(self) -> str:
        """Say the method and the path."""
        return f"{self.method} {self.path}"

    def documents(self, status: int) -> bool:
        """Tell whether a status is described."""
        return bool({str(status), f"{str(status)[0]}XX", "default"} & self.responses)


def resolved(document: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference inside the document, if the node is one."""
    while "$ref" in node:
        target: Any = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def operations(document: dict[str, Any]) -> Iterator[Operation]:
    """Return every operation of the description."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method not in item:
                continue
            described = item[method]
            parameters = [
                resolved(document, each) for each in [*item.get("parameters", []), *described.get("parameters", [])]
            ]
            body = resolved(document, described.get("requestBody", {}))
            yield Operation(
                method.upper(),
                path,
                frozenset(described["responses"]),
                tuple(each["name"] for each in parameters if each["in"] == "query"),
                tuple(body.get("content", {})),
            )


def shape(path: str) -> str:
    """Return a path with its parameters' names left out, and without a trailing slash."""
    return re.sub(r"\{[^}]*\}", "{}", path).rstrip("/") or "/"


def response_schema(document: dict[str, Any], method: str, path: str, status: int) -> dict[str, Any]:
    """Return the JSON schema of a response, able to follow its references by itself."""
    item = next(each for name, each in document["paths"].items() if shape(name) == shape(path))
    response = resolved(document, item[method.lower()]["responses"][str(status)])
    schema = response["content"]["application/json"]["schema"]
    return {**schema, "components": document.get("components", {})}
