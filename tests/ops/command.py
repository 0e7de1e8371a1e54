"""The real command in a process of its own, against a stage."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from tests.ops import forked

REPOSITORY = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-P", "-m", "ops")
REGION = "eu-west-1"
SECONDS = 240
NOT_INHERITED = ("AWS_", "ROLLCALL_", "PYTEST_CURRENT_TEST")


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it wrote."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Standard output as the one JSON document that it must be."""
        return json.loads(self.out)


class Rollcall:
    """Runs commands against the emulated AWS at `aws_url`; each must end without a traceback, within so many seconds.

    Each is a process of its own: a fork of one that has imported what commands import, or, if it is only begun and at
    a terminal, one that starts from nothing.
    """

    def __init__(self, aws_url: str, seconds: int = SECONDS) -> None:
        self.aws_url = aws_url
        self.seconds = seconds

    def environment(self, **more: str) -> dict[str, str]:
        """What a command finds in its environment."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(NOT_INHERITED)}
        aws = {
            "AWS_ENDPOINT_URL": self.aws_url,
            "AWS_ACCESS_KEY_ID": "AKIALOCALSTAGE000000",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": REGION,
            "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
        }
        stage = {"EXTENDED_PROFILE_FIELDS": '["favorite_beatle", "conlangs_spoken"]', "PYTHONPATH": str(REPOSITORY)}
        return {**kept, **aws, **stage, **more}

    def __call__(self, *arguments: str, stdin: str = "", **environment: str) -> Done:
        """Run a command to its end."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            status = forked.run(arguments, self.environment(**environment), stdin, folder, self.seconds)
            out, err = ((folder / each).read_text(encoding="utf-8") for each in ("out", "err"))
        assert "Traceback" not in err, err
        return Done(status, out, err)

    def json(self, *arguments: str, status: int = 0, stdin: str = "", **environment: str) -> Any:
        """The JSON document of a command that must end with `status`."""
        done = self(*arguments, "--json", stdin=stdin, **environment)
        assert status == done.status, done
        return done.document

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Begin a command, to be killed or waited for."""
        return subprocess.Popen(
            [*COMMAND, *arguments],
            env=self.environment(**environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def aws(self, service: str) -> Any:
        """A client of the emulated AWS."""
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.aws_url,
            aws_access_key_id="AKIALOCALSTAGE000000",
            aws_secret_access_key="local",
        )


def stopped(process: subprocess.Popen[str]) -> None:
    """Kill a command without warning, and wait for its end."""
    process.kill()
    process.communicate(timeout=30)


def facts(done: Mapping[str, Any], *names: str) -> tuple[Any, ...]:
    """Some members of a document."""
    return tuple(done[name] for name in names)
