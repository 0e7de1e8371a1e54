"""The AWS CLI, which has whatever credentials the person has who deploys."""

import json
import subprocess
from collections.abc import Callable
from typing import Any

Aws = Callable[..., Any]
"""Runs one command of the AWS CLI; answers its JSON, or none where it says nothing."""


def aws(*arguments: str) -> Any:
    """Run `aws` with these arguments. Raises `CalledProcessError`; the CLI itself has said why."""
    done = subprocess.run(["aws", *arguments, "--output", "json"], check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout) if done.stdout.strip() else None


def aws_aloud(*arguments: str) -> None:
    """Run `aws` and let it show its progress."""
    subprocess.run(["aws", *arguments], check=True)
