"""Fields of a form as Open edX's pages are told of them (spec 40, sections 2 and 9)."""

from collections.abc import Mapping, Sequence
from typing import Any


def form_field(
    name: str,
    kind: str,
    label: str,
    *,
    required: bool = True,
    restrictions: Mapping[str, int] | None = None,
    options: Sequence[Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """One field: `kind` is what HTML calls its type, `options` are what a `select` offers."""
    described: dict[str, Any] = {
        "name": name,
        "type": kind,
        "label": label,
        "placeholder": "",
        "instructions": "",
        "defaultValue": "",
        "required": required,
        "restrictions": dict(restrictions or {}),
        "errorMessages": {},
    }
    return described if options is None else {**described, "options": list(options)}
