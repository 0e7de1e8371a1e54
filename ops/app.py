"""The commands by name, each with what it is for and an example.

The module of a command is imported when the command is called: `--help` needs none of them, and no command those of
the others.
"""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

HELP = """The operator's command line of Rollcall.

It works on the stage that the environment names: the settings of the service, AWS's own credentials and region, and
AWS_ENDPOINT_URL for a running local stage (`make run` prints its address).

Exit status: 0 fine, 1 findings, 2 wrong use, 3 could not run.
"""
PLAIN = {"help_option_names": ["-h", "--help"]}


class Command(TyperCommand):
    """A command that is not imported yet: it has its place in the list of commands, and becomes itself when called."""

    def __init__(self, name: str, place: str, summary: str, example: str) -> None:
        """`place` is `module:function`, `summary` the first line of its docstring."""
        super().__init__(name, help=summary, rich_markup_mode=None)
        self.module, _, self._function = place.partition(":")
        self._example = example

    def make_context(self, *arguments: Any, **named: Any) -> Any:
        """Import the command, and let it read its arguments."""
        return self.imported().make_context(*arguments, **named)

    def imported(self) -> Any:
        """The command itself, with its parameters and its help."""
        alone = typer.Typer(add_completion=False, rich_markup_mode=None)
        function = getattr(import_module(self.module), self._function)
        alone.command(self.name, epilog=f"Example: rollcall {self._example}", context_settings=PLAIN)(function)
        return get_command(alone)


def _group(name: str, text: str, *commands: TyperCommand | TyperGroup) -> TyperGroup:
    return TyperGroup(
        name=name,
        help=text,
        commands={str(each.name): each for each in commands},
        no_args_is_help=True,
        rich_markup_mode=None,
        context_settings=PLAIN,
    )


app = _group(
    "rollcall",
    HELP,
    Command(
        "doctor",
        "ops.doctor:doctor",
        "Check settings, credentials, tables, keys, secret, bucket, mail, feed and clock; say what to do about faults.",
        "doctor",
    ),
    Command(
        "create-superuser",
        "ops.making:create_superuser",
        "Make an active account with all rights.",
        "create-superuser root root@example.com --password-stdin < password",
    ),
    Command(
        "create-client",
        "ops.making:create_client",
        "Register an OAuth client.",
        "create-client retirement-worker --grant client_credentials --account retirement_worker",
    ),
    Command(
        "show",
        "ops.looking:show",
        "Show an account as staff see it, its id and version, and how far its retirement is.",
        "show ada",
    ),
    Command(
        "history",
        "ops.looking:history",
        "List what changed in an account, when, and by whom; newest first.",
        "history ada --limit 20",
    ),
    Command(
        "at",
        "ops.looking:at",
        "Show an account as it was at a time, or at a version of it.",
        "at ada 2026-11-24T10:00:00Z",
    ),
    Command(
        "verify",
        "ops.verifying:verify",
        "Verify accounts: events whole and chained, and that heads, claims, views, keys and erasures agree with them.",
        "verify --all --repair",
    ),
    Command(
        "rebuild",
        "ops.verifying:rebuild",
        "Make a new version of a view beside the one that is read, and compare the two.",
        "rebuild retirement_queue --switch",
    ),
    Command(
        "queue",
        "ops.queue:queue",
        "Count the retirements by state and age, as a table and bars.",
        "queue",
    ),
    Command(
        "retire",
        "ops.retiring:retire",
        "Retire one account for good, now: every step that its row still needs, whatever its cool-off.",
        "retire ada --request",
    ),
    Command(
        "cancel",
        "ops.retiring:cancel",
        "Take a retirement back that is still PENDING.",
        "cancel ada --email ada@example.org",
    ),
    Command(
        "import",
        "ops.importing:import_",
        "Import accounts from an Open edX export: a row of user and profile columns on each line.",
        "import people.jsonl --dry-run",
    ),
    Command(
        "erase",
        "ops.erasure.command:erase",
        "Prove that a person is forgotten, or forget again after a restore.",
        "erase --check ada --values ada-values.json",
    ),
    Command(
        "bench",
        "ops.benchmarks:bench",
        "Run benchmarks, each in a process of its own.",
        "bench load fold --quick",
    ),
    _group(
        "keys",
        "Key-encryption keys.",
        Command(
            "rotate",
            "ops.keys:rotate",
            "Make a new key-encryption key current, wrap all data keys by it, and remove the old one when nothing "
            "needs it.",
            "keys rotate",
        ),
    ),
)


def commands(group: TyperGroup = app) -> Iterator[Command]:
    """Every command, those of groups within it included."""
    for each in group.commands.values():
        if isinstance(each, TyperGroup):
            yield from commands(each)
        elif isinstance(each, Command):
            yield each
