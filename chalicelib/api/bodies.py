"""Bodies read strictly: JSON, forms, and what content type says so."""

import json
import math
from collections.abc import Mapping
from typing import Any, NoReturn
from urllib.parse import parse_qs

from pydantic import JsonValue

from chalicelib.api.errors import BodyTooLargeError, MalformedRequestError, UnsupportedMediaTypeError
from chalicelib.api.parts import MULTIPART, parts_of
from chalicelib.api.request import Request

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
FORM = "application/x-www-form-urlencoded"
MAX_FIELDS = 200


def require_content_type(request: Request, *accepted: str) -> None:
    """Raise `UnsupportedMediaTypeError` unless the media type is one of `accepted`; parameters are ignored."""
    if request.content_type not in accepted:
        raise UnsupportedMediaTypeError(accepted)


def json_object(request: Request, limit: int) -> Mapping[str, JsonValue]:
    """The body as a JSON object; raises `MalformedRequestError`, `BodyTooLargeError`."""
    content = json_value(request.body, limit)
    if not isinstance(content, dict):
        raise MalformedRequestError("The body must be a JSON object.")
    return content


def json_value(body: bytes, limit: int) -> JsonValue:
    """A JSON document in UTF-8, strictly: no NaN, nothing infinite, no repeated key, no lone surrogate."""
    _check_size(body, limit)
    try:
        text = body.decode("utf-8")
        content: JsonValue = json.loads(
            text, parse_constant=_refuse_constant, parse_float=_finite, object_pairs_hook=_distinct
        )
        if "\\u" in text:
            json.dumps(content, ensure_ascii=False).encode("utf-8")
    except RecursionError:
        raise MalformedRequestError("The JSON is nested too deeply.") from None
    except UnicodeError:
        raise MalformedRequestError("The text is not valid Unicode.") from None
    except ValueError:
        raise MalformedRequestError("The body is not valid JSON.") from None
    return content


def form_or_json(request: Request, limit: int) -> Mapping[str, JsonValue]:
    """The fields of a form or of a JSON object, by content type; an empty body without one is an empty form.

    A form may come in parts, too, as browsers' `FormData` and `curl -F` send it.
    """
    if not request.body and not request.content_type:
        return {}
    require_content_type(request, FORM, JSON, MULTIPART)
    if request.content_type == JSON:
        return json_object(request, limit)
    return form(request, limit) if request.content_type == FORM else form_in_parts(request, limit)


def form(request: Request, limit: int) -> dict[str, JsonValue]:
    """The fields of an urlencoded form; of a repeated one the last counts."""
    _check_size(request.body, limit)
    try:
        fields = parse_qs(
            request.body.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS
        )
    except ValueError:
        raise MalformedRequestError("The body is not a valid form.") from None
    return {name: values[-1] for name, values in fields.items()}


def form_in_parts(request: Request, limit: int) -> dict[str, JsonValue]:
    """The fields of a form in parts that are text and no files; of a repeated one the last counts."""
    _check_size(request.body, limit)
    texts = [part for part in parts_of(request) if part.filename is None]
    if len(texts) > MAX_FIELDS:
        raise MalformedRequestError("The form has too many fields.")
    try:
        return {part.name: part.raw.decode("utf-8") for part in texts}
    except UnicodeError:
        raise MalformedRequestError("The body is not a valid form.") from None


def text_field(fields: Mapping[str, Any], name: str) -> str | None:
    """A field that must be text if it is there."""
    value = fields.get(name)
    return value if isinstance(value, str) else None


def _check_size(body: bytes, limit: int) -> None:
    if len(body) > limit:
        raise BodyTooLargeError


def _refuse_constant(_: str) -> NoReturn:
    raise ValueError("not JSON")


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError("infinite")
    return value


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is repeated")
    return found
