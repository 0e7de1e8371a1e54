"""A command in a process of its own that need not begin by importing everything: a fork of one that has.

What is forked runs the module `ops` as `python -m ops` does. That the command starts from nothing is shown where
`tests.ops.command.COMMAND` is run.
"""

from __future__ import annotations

import os
import runpy
import sys
from collections.abc import Mapping, Sequence
from multiprocessing import get_context
from pathlib import Path

from ops.app import commands

FORKS = get_context("forkserver")
FORKS.set_forkserver_preload([*sorted({command.module for command in commands()}), __name__])


class StillRunningError(Exception):
    """The command had not ended in time, and was killed."""


def run(arguments: Sequence[str], environment: Mapping[str, str], stdin: str, folder: Path, seconds: float) -> int:
    """Run a command to its end; the exit status. What it wrote stands in `out` and `err` of `folder`.

    Raises `StillRunningError` after so many seconds.
    """
    (folder / "in").write_text(stdin, encoding="utf-8")
    process = FORKS.Process(target=_command, args=(list(arguments), dict(environment), str(folder)))
    process.start()
    process.join(seconds)
    if process.exitcode is None:
        process.kill()
        process.join()
        raise StillRunningError(arguments)
    return process.exitcode


def _command(arguments: list[str], environment: dict[str, str], folder: str) -> None:
    os.environ.clear()
    os.environ.update(environment)
    for stream, (name, mode) in enumerate((("in", "rb"), ("out", "wb"), ("err", "wb"))):
        with (Path(folder) / name).open(mode) as file:
            os.dup2(file.fileno(), stream)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115  lives as long as the process
    sys.argv = ["rollcall", *arguments]
    runpy.run_module("ops", run_name="__main__")
