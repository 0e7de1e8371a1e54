"""Answers, and the few shapes that they have."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from pydantic import BaseModel

from chalicelib.accounts.rules.fault import Fault
from chalicelib.events.idempotency import Answer
from chalicelib.site.markup import html_headers

JSON = "application/json"
NO_STORE = "no-store"


def json_answer(content: BaseModel | Mapping[str, Any] | list[Any], status: int = 200, **headers: str) -> Answer:
    """`content` as JSON. Header names are given with underscores."""
    text = content.model_dump_json() if isinstance(content, BaseModel) else json.dumps(content, ensure_ascii=False)
    return json_text(text, status, **headers)


def json_text(text: str, status: int = 200, **headers: str) -> Answer:
    """JSON that is written already."""
    return Answer(status, {"Content-Type": JSON, **_named(headers)}, text)


def empty(status: int = 204, **headers: str) -> Answer:
    """An answer without a body."""
    return Answer(status, _named(headers), "")


def html(
    text: str, status: int = 200, *, form_targets: Iterable[str] = (), pictures: str | None = None, **headers: str
) -> Answer:
    """A page; its forms may lead on to the origins `form_targets`, its pictures come from the origin `pictures`."""
    return Answer(status, {**html_headers(form_targets, pictures), **_named(headers)}, text)


def keyed_page(text: str, status: int = 200, **headers: str) -> Answer:
    """A page whose address holds a key: it is told to nobody, not even to this service's other pages."""
    return html(text, status, Referrer_Policy="no-referrer", **headers)


def redirect(target: str, status: int = 302) -> Answer:
    """Go on to `target`, which is known to be safe, with GET."""
    return empty(status, Location=target)


def with_cookies(answer: Answer, cookies: Iterable[str]) -> Answer:
    """The answer with these `Set-Cookie` headers besides."""
    return replace(answer, cookies=(*answer.cookies, *cookies))


def detail(text: str, status: int, **headers: str) -> Answer:
    """`{"detail": text}`."""
    return json_answer({"detail": text}, status, **headers)


def fault_body(fault: Fault) -> dict[str, str]:
    """The two messages of a fault."""
    return {"developer_message": fault.developer_message, "user_message": fault.user_message}


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
