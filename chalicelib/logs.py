"""Logs as JSON lines, with ids and never with anything personal."""

import logging
import sys
import traceback
from types import TracebackType

LOGGER = "rollcall"
INNERMOST = 8


def log_as_json(level: int = logging.INFO) -> None:
    """Send everything under `rollcall` to standard output, one JSON object a line. Safe to call again."""
    from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

    logger = logging.getLogger(LOGGER)
    if logger.handlers:
        return
    handler = logging.StreamHandler(sys.stdout)
    handler.addFilter(without_error_texts)
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
