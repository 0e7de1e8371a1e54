"""Errors that nobody expected: 500, logged once, without anything personal (spec 50, section 8)."""

import json
import logging
import subprocess
import sys

import pytest

from chalicelib.api import accounts as routes
from chalicelib.api.services import traced
from tests.support.calls import unreachable

MARKS = ["MARK-body", "MARK-header", "MARK-query", "MARK-error", "MARK-path"]


class SurpriseError(Exception):
    """Something that no table knows."""


@pytest.fixture
def records():
    """Everything that is logged meanwhile, by whatever logger."""
    found = []

    class Keeper(logging.Handler):
        def emit(self, record):
            found.append(record)

    keeper = Keeper()
    loggers = [logging.getLogger(), logging.getLogger("rollcall")]
    for logger in loggers:
        logger.addHandler(keeper)
    yield found
    for logger in loggers:
        logger.removeHandler(keeper)


def everything(record):
    """All that a formatter could write of a record."""
    return repr({**vars(record), "msg": record.getMessage()})


def output_of(script):
    """What a fresh process prints, in lines."""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    return ran.stdout.splitlines()


def surprise(*_, **__):
    """Fails with a text that quotes somebody."""
    raise SurpriseError("MARK-error ada@example.com")


def test_it_is_a_500_and_logged_once(api, stage, ada, records, monkeypatch):
    """500 `{"detail"}` with the request's id; one log record with its hash, route and type, and no mark."""
    api.token(ada)
    records.clear()
    monkeypatch.setattr(routes, "update_account", surprise)
    answer = api.patch(
        ada,
        {"bio": "MARK-body"},
        query="x=MARK-query",
        headers={"X-Request-ID": "request-77", "X-Note": "MARK-header"},
    )
    assert (500, {"detail"}) == (answer.status, answer.json.keys())
    assert "request-77" in answer.json["detail"]
    (record,) = [record for record in records if record.levelno >= logging.WARNING]
    assert ("SurpriseError", traced(stage.wiring, "request-77"), routes.ACCOUNT) == (
        record.error,
        record.request,
        record.route,
    )
    assert any("accounts.py" in place for place in record.where)
    said = " ".join(map(everything, records)) + answer.text
    assert [] == [mark for mark in [*MARKS, ada, api.token(ada)] if mark in said]


def test_nothing_personal_in_any_log(api, stage, new_account, records):
    """Ordinary requests, refusals and outages log nothing that was sent."""
    records.clear()
    username = new_account("marked", profile={"bio": "MARK-body"})
    api.patch(username, {"bio": "MARK-body", "gender": "MARK-body"})
    api.patch(username, b'{"bio": "MARK-body"')
    api.grant(username, "MARK-body")
    api.grant("MARK-path", "MARK-body")
    api.get("/api/user/v1/accounts/MARK-path", as_=username, query="q=MARK-query")
    with unreachable(stage.wiring.dynamodb):
        api.get(f"/api/user/v1/accounts/{username}", token=api._tokens[username][1], headers={"X": "MARK-header"})
        api.grant(username, "MARK-body")
    said = " ".join(map(everything, records))
    assert [] == [mark for mark in [*MARKS, username, f"{username}@example.com"] if mark in said]


def test_nothing_in_the_log_of_chalice():
    """A failure outside our own code, which Chalice logs with its traceback: 500, and the text is left out."""
    script = (
        "import app, json\n"
        "from chalicelib.api import blueprint\n"
        "from tests.api.test_unexpected import surprise\n"
        "from tests.support.gateway import proxy_event\n"
        "blueprint.request_of = surprise\n"
        "path = '/api/user/v1/accounts/MARK-path'\n"
        "headers = {'X': 'MARK-header'}\n"
        "answer = app.app(proxy_event('GET', path, app.app.routes, query='x=MARK-query', headers=headers), None)\n"
        "print(json.dumps(answer['statusCode']))\n"
    )
    lines = output_of(script)
    record = json.loads(lines[0])
    assert ("SurpriseError", "500") == (record["error"], lines[1])
    assert any("test_unexpected" in place for place in record["where"])
    assert "MARK" not in "".join(lines)


def test_lambda_logs_what_is_needed():
    """In a fresh process, as Lambda begins one, the log is JSON with level, type, place and request."""
    script = (
        "import app, logging\n"
        "logging.getLogger('rollcall.api').error('unexpected error', extra={'error': 'KeyError', 'request': 'r-1'})\n"
        "logging.getLogger('rollcall.projections').warning('projection waits', extra={'account': 'a'})\n"
    )
    first, second = map(json.loads, output_of(script))
    assert ("ERROR", "KeyError", "r-1") == (first["level"], first["error"], first["request"])
    assert ("WARNING", "a") == (second["level"], second["account"])
