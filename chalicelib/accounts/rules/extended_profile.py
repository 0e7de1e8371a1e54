"""The fields a deployment adds to the profile (spec 10, section 7)."""

import json
from collections.abc import Callable, Collection, Mapping

from chalicelib.accounts.rules.fault import Fault, RuleError, SeveralFaultsError, StoringError
from chalicelib.accounts.rules.json_value import JsonValue

EXTENDED_PROFILE_BYTES = 32 * 1024

Validator = Callable[[str, str], str | None]
"""Judges a field's name and text: null if it is fine, else a message for the person, which does not quote."""


def extended_profile(
    value: JsonValue, *, configured: Collection[str], validator: Validator | None = None
) -> dict[str, str | None]:
    """The rule of `extended_profile`: new texts of the `configured` fields sent, null where one is cleared.

    Fields outside `configured` are left out. A string stays as it is, other JSON values become compact JSON,
    and null clears the field, since views show only fields that have a value (spec 10, D10). Of a field named
    twice the last value counts. Raises `StoringError` for items without their two keys, `SeveralFaultsError`
    for fields that `validator` refuses.
    """
    if not isinstance(value, list):
        raise RuleError("The field extended_profile must be a list.", "These fields were not understood.")
    sent = dict(_parsed(item) for item in value)
    texts = {name: _as_text(content) for name, content in sent.items() if name in configured}
    _refuse_bulk(texts)
    if validator is not None:
        _validate(texts, validator)
    return texts


def _parsed(item: JsonValue) -> tuple[str, JsonValue]:
    name = item.get("field_name") if isinstance(item, dict) else None
    if not isinstance(item, dict) or not isinstance(name, str) or "field_value" not in item:
        raise StoringError(
            'Each item of extended_profile must be {"field_name": TEXT, "field_value": VALUE}.',
            "These fields were not understood.",
        )
    return name, item["field_value"]


def _as_text(content: JsonValue) -> str | None:
    if isinstance(content, str) and "\0" in content:
        raise _unstorable()
    if content is None or isinstance(content, str):
        return content
    try:
        return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (ValueError, RecursionError):
        # NaN, a number of too many digits, or nested too deeply; the built-in errors may quote the value.
        raise _unstorable() from None


def _refuse_bulk(texts: Mapping[str, str | None]) -> None:
    try:
        size = sum(len(name.encode()) + len((text or "").encode()) for name, text in texts.items())
    except UnicodeEncodeError:
        raise _unstorable() from None
    if size > EXTENDED_PROFILE_BYTES:
        raise RuleError(
            f"All of extended_profile is limited to {EXTENDED_PROFILE_BYTES} bytes of UTF-8.",
            "That is too much text.",
        )


def _unstorable() -> RuleError:
    return RuleError("A value of extended_profile cannot be stored.", "One of these values cannot be stored.")


def _validate(texts: Mapping[str, str | None], validator: Validator) -> None:
    messages = {name: validator(name, text) for name, text in texts.items() if text is not None}
    faults = {
        name: Fault(f"The field {name} is refused by the rules of this site.", message)
        for name, message in messages.items()
        if message is not None
    }
    if faults:
        raise SeveralFaultsError(faults)
