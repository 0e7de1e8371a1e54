"""What every command has in common: help with an example, exit statuses, and the page that describes it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ops.app import commands
from tests.docs.pages import page
from tests.ops.command import REPOSITORY, Rollcall

COMMANDS = (
    "doctor",
    "create-superuser",
    "create-client",
    "show",
    "history",
    "at",
    "verify",
    "rebuild",
    "queue",
    "retire",
    "cancel",
    "erase",
    "import",
    "keys rotate",
    "bench",
)
NOWHERE = Rollcall("http://127.0.0.1:9")
ARGUMENTS = {
    "show": ["ada"],
    "history": ["ada"],
    "at": ["ada", "1"],
    "rebuild": ["retirement_queue"],
    "retire": ["ada"],
    "cancel": ["ada"],
    "erase": ["--check", "ada"],
    "create-client": ["app", "--grant", "password", "--public"],
    "create-superuser": ["ada", "ada@example.com", "--password-stdin"],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example(command):
    """`--help` tells what a command is for, and shows how it is called."""
    done = NOWHERE(*command.split(), "--help")
    assert 0 == done.status
    assert f"Example: rollcall {command}" in done.out
    assert "--json" in done.out


@pytest.mark.parametrize("command", list(commands()), ids=lambda command: command.name)
def test_the_list_says_what_the_command_says(command):
    """The list of commands, for which none is imported, has the first sentence of each command's own help."""
    assert command.imported().get_short_help_str(1000) == command.get_short_help_str(1000)


def test_the_list_imports_no_command():
    """Help, which is wanted at once, waits neither for AWS nor for the service."""
    code = (
        "import sys, ops.app; sys.exit(bool({'botocore', 'pydantic', 'chalicelib', 'ops.running'} & set(sys.modules)))"
    )
    assert 0 == subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, check=False).returncode


@pytest.mark.parametrize("command", COMMANDS)
def test_the_page_describes_it(command):
    """docs/command-line.md has a section for each command, with its exit statuses."""
    section = page("docs/command-line.md").section(f"`rollcall {command}`")
    assert "Exit status" in section


@pytest.mark.parametrize(
    "command", [name for name in COMMANDS if name not in ("doctor", "import", "bench")], ids=lambda name: name
)
def test_without_aws_it_could_not_run(command):
    """Status 3, a sentence that says what to look at, and with --json a document that says the same."""
    arguments = [*command.split(), *ARGUMENTS.get(command, [])]
    done = NOWHERE(*arguments, "--json", stdin="cOrrect-horse-battery\n")
    assert 3 == done.status, done
    assert "rollcall: " in done.err
    assert done.document["error"] in done.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["show"],
        ["at", "ada", "yesterday"],
        ["history", "ada", "--limit", "0"],
        ["verify", "--all", "--sample", "3"],
        ["rebuild", "x", "--switch", "--back"],
        ["import", "no-such-file.jsonl"],
        ["bench", "no-such-benchmark"],
        ["create-superuser", "ada", "ada@example.com", "--password", "cOrrect-horse-battery"],
    ],
    ids=" ".join,
)
def test_wrong_use(arguments):
    """Status 2, and nothing on standard output."""
    done = NOWHERE(*arguments)
    assert (2, "") == (done.status, done.out)
    assert done.err


def test_the_script_runs_from_anywhere(tmp_path):
    """`rollcall` finds its own environment, whatever the working directory holds."""
    (tmp_path / "ops.py").write_text("raise SystemExit(9)\n")
    command = [str(REPOSITORY / "rollcall"), "--help"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert 0 == ran.returncode, ran.stderr
    assert all(name.split()[0] in ran.stdout for name in COMMANDS)
