"""Limits hold over many functions at once: each has its own process and clients, and all count in one table."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from app import make_app
from chalicelib.wiring import Wiring
from tests.support.api import FORM, Api
from tests.support.stage import Stage
from tests.support.threads import at_once

ROOT = Path(__file__).parents[2]
PROCESSES, EACH, LIMIT = 3, 12, 20
ONE_FUNCTION = """
import sys
from datetime import datetime
from chalicelib.settings import Settings
from chalicelib.wiring import Wiring

subject, limit, times, now = sys.argv[1:]
limiter = Wiring(Settings()).rate_limiter
print("ready", flush=True)
sys.stdin.readline()
moment = datetime.fromisoformat(now)
print(sum(limiter.allows(subject, int(limit), 3600, moment) for _ in range(int(times))))
"""
GRANT = b"grant_type=password&client_id=nobody&username=x&password=x"


def a_function(stage: Stage, subject: str) -> subprocess.Popen[str]:
    """A process like a function that has just started, ready to count."""
    now = datetime(2026, 11, 24, 12, tzinfo=UTC).isoformat()
    command = [sys.executable, "-c", ONE_FUNCTION, subject, str(LIMIT), str(EACH), now]
    return subprocess.Popen(
        command, cwd=ROOT, env=dict(stage.environment), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def test_processes_count_together(stage: Stage):
    """Of many processes at once exactly the limit is allowed, not the limit for each."""
    functions = [a_function(stage, "across") for _ in range(PROCESSES)]
    assert ["ready\n"] * PROCESSES == [each.stdout.readline() for each in functions if each.stdout]
    answers = [answer for answer, _ in at_once(*(lambda each=each: each.communicate("go\n", 60) for each in functions))]
    allowed = [int(answer) for answer in answers]
    assert PROCESSES * EACH > LIMIT
    assert LIMIT == sum(allowed), allowed


def test_requests_to_several_functions_count_together(stage: Stage):
    """A source that asks one function after the other is refused once all of them together have had enough."""
    settings = stage.wiring.settings.model_copy(update={"token_limit": 4})
    functions = [Api(make_app(Wiring(settings, stage.clock)), stage.clock) for _ in range(3)]
    statuses = [
        functions[turn % 3].request("POST", "/oauth2/access_token", headers={"Content-Type": FORM}, body=GRANT).status
        for turn in range(8)
    ]
    assert [401] * 4 + [429] * 4 == statuses
