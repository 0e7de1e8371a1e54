"""Logs as JSON lines, with ids and never with anything personal."""

import functools
import logging
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType, TracebackType
from typing import Any

LOGGER = "rollcall"
NOTHING: Mapping[str, str] = MappingProxyType({})
_FACTS: ContextVar[Mapping[str, str]] = ContextVar("what every line of this request says", default=NOTHING)
INNERMOST = 8


def log_as_json(level: int = logging.INFO) -> None:
    """Send everything under `rollcall` to standard output, one JSON object a line. Safe to call again."""
    from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

    logger = logging.getLogger(LOGGER)
    if logger.handlers:
        return
    handler = logging.StreamHandler(sys.stdout)
    handler.addFilter(without_error_texts)
    handler.addFilter(with_facts)
    handler.setFormatter(LambdaPowertoolsFormatter(utc=True))
    logger.addHandler(handler)
    logger.setLevel(level)
    logger.propagate = False


def without_error_texts(record: logging.LogRecord) -> bool:
    """Leave of an error its type and where it happened: its text may quote what people sent. Keeps every record."""
    if record.exc_info:
        kind, _, trace = record.exc_info
        record.error = None if kind is None else kind.__name__
        record.where = places(trace)
        record.exc_info = record.exc_text = None
    return True


def places(trace: TracebackType | None) -> list[str]:
    """File, line and function of the innermost frames."""
    frames = traceback.extract_tb(trace)[-INNERMOST:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]


@contextmanager
def saying(**facts: str | None) -> Iterator[None]:
    """Let every line that is written within say these facts, ids of requests; null ones are left out."""
    token = _FACTS.set({**_FACTS.get(), **{name: value for name, value in facts.items() if value}})
    try:
        yield
    finally:
        _FACTS.reset(token)


def with_facts(record: logging.LogRecord) -> bool:
    """Add what `saying` said; what the line itself says counts more. Keeps every record."""
    for name, value in _FACTS.get().items():
        if not hasattr(record, name):
            setattr(record, name, value)
    return True


def says_its_request(function: Callable[[dict[str, Any], Any], Any]) -> Callable[[dict[str, Any], Any], Any]:
    """A Lambda function whose lines say Lambda's own id of the request, as its platform's lines do."""

    @functools.wraps(function)
    def saying_it(event: dict[str, Any], context: Any) -> Any:
        with saying(lambda_request=getattr(context, "aws_request_id", None)):
            return function(event, context)

    return saying_it
