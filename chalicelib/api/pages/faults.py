"""What the API refused, as messages beside the fields of a form, in the words of the contract."""

from typing import Any

from chalicelib.api.pages.inner import Reply

WHOLE = ""
"""The key of a message that is about the whole form."""

TEXTS = ("user_message", "value", "detail", "message", "error")
"""Where the contract's several shapes of refusals have their text for people."""


def faults_of(reply: Reply, only_field: str = WHOLE) -> dict[str, str]:
    """Field -> message of a refusal; `WHOLE` -> the message of one that names no field.

    `only_field` is the one field of a form that has no other: a text without a name is about it.
    """
    content = reply.content
    if isinstance(content, dict):
        named = _named(content)
        if named:
            return named
    return {only_field: _text(content) or f"This did not work (status {reply.status}). Try again in a moment."}


def _named(content: dict[str, Any]) -> dict[str, str]:
    inside = content.get("field_errors", content)
    found = {}
    for name, value in inside.items():
        if name in (*TEXTS, "developer_message", "error_code"):
            continue
        text = _text(value)
        if text:
            found[name] = text
    return found


def _text(value: Any) -> str:
    """The text for people in one of the contract's shapes: a text, a list of them, an object with one."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return " ".join(filter(None, map(_text, value)))
    if isinstance(value, dict):
        return next((value[name] for name in TEXTS if isinstance(value.get(name), str) and value[name]), "")
    return ""
