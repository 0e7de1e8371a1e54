"""Writing one field of an account, and what is to be seen then."""

from __future__ import annotations

from typing import Any

from tests.http import expectations as expect
from tests.http.service_client import Caller

NOT_TEXT = [True, False, [], {}, ["a"], {"a": 1}]
RIGHT_TO_LEFT = "\u202eمرحبا\u202c שלום\u200f"


def stored(caller: Caller, field: str, value: object) -> Any:
    """PATCH one field; return what the answer and a new GET both show."""
    response = caller.patch({field: value})
    expect.status(200, response)
    shown = response.json()[field]
    assert shown == caller.account()[field]
    return shown


def refused(caller: Caller, field: str, value: object) -> None:
    """PATCH one field; expect a 400 with that field, and that nothing changed."""
    before = caller.account()
    assert {field} == expect.field_errors(caller.patch({field: value}))
    assert before == caller.account()


def cleared(caller: Caller, field: str, first: object, empty: object) -> None:
    """Give a field a value, then an empty one; expect null."""
    assert stored(caller, field, first) is not None
    assert stored(caller, field, empty) is None
