"""What every line of the log says of the request that it was written for."""

import json
import logging
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from chalicelib.logs import saying, says_its_request, with_facts


@pytest.fixture
def lines():
    """The lines of the service as they pass the filter."""
    found = []
    handler = logging.Handler()
    handler.addFilter(with_facts)
    handler.emit = found.append
    logger = logging.getLogger("rollcall")
    logger.addHandler(handler)
    yield found
    logger.removeHandler(handler)


def test_within_and_after(lines):
    """A line says its request while that is worked on, and not afterwards; inner facts join outer ones."""
    log = logging.getLogger("rollcall.tests")
    with saying(lambda_request="l1"), saying(request="r1", lambda_request=None):
        log.warning("within")
    log.warning("after")
    assert ("r1", "l1") == (lines[0].request, lines[0].lambda_request)
    assert not hasattr(lines[1], "request")


def test_what_the_line_itself_says_counts_more(lines):
    """A line that names a request keeps its own."""
    with saying(request="r1"):
        logging.getLogger("rollcall.tests").warning("within", extra={"request": "its own"})
    assert "its own" == lines[0].request


def test_a_function_says_the_request_of_its_platform(lines):
    """Lambda's id of a request is in the lines of a function; one that is called without a context says none."""

    @says_its_request
    def function(event, _):
        logging.getLogger("rollcall.tests").warning("within")
        return event

    assert {"a": 1} == function({"a": 1}, SimpleNamespace(aws_request_id="l1"))
    assert {} == function({}, None)
    assert ("l1", False) == (lines[0].lambda_request, hasattr(lines[1], "lambda_request"))


def test_an_answer_and_its_lines_have_one_id(stage, api, lines, monkeypatch):
    """The id that a client reads is in the log."""

    def failing():
        logging.getLogger("rollcall.tests").warning("within")
        return []

    monkeypatch.setattr(stage.wiring, "failing_dependencies", failing)
    answer = api.get("/heartbeat")
    assert 200 == answer.status
    assert answer.headers["x-request-id"] == lines[0].request


def test_a_line_says_its_trace():
    """The id that X-Ray has for the request is in the line; where nothing is traced there is none."""
    code = (
        "import logging; from chalicelib.logs import log_as_json as log; log(); logging.getLogger('rollcall').info('x')"
    )
    root = "1-5759e988-bd862e3fe1be46a994272793"
    traced = {**os.environ, "_X_AMZN_TRACE_ID": f"Root={root};Parent=53995c3f42cd8ad8;Sampled=1"}
    untraced = {name: value for name, value in traced.items() if name != "_X_AMZN_TRACE_ID"}
    found = [
        json.loads(subprocess.run([sys.executable, "-c", code], env=env, check=True, capture_output=True).stdout)
        for env in (traced, untraced)
    ]
    assert [root, None] == [line.get("xray_trace_id") for line in found]
