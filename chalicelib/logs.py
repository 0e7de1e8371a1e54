"""Logs as JSON lines, with ids and never with anything personal."""

import logging
import sys

LOGGER = "rollcall"


def log_as_json(level: int = logging.INFO) -> None:
    """Send everything under `rollcall` to standard output, one JSON object a line. Safe to call again."""
    from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

    logger = logging.getLogger(LOGGER)
    if logger.handlers:
        return
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(LambdaPowertoolsFormatter(utc=True))
    logger.addHandler(handler)
    logger.setLevel(level)
    logger.propagate = False
