"""The commands by name, each with an example in its help."""

from collections.abc import Callable

import typer

from ops import benchmarks, doctor, importing, keys, looking, making, queue, retiring, verifying
from ops.erasure import command as erasing

HELP = """The operator's command line of Rollcall.

It works on the stage that the environment names: the settings of the service, AWS's own credentials and region, and
AWS_ENDPOINT_URL for a running local stage (`make run` prints its address).

Exit status: 0 fine, 1 findings, 2 wrong use, 3 could not run.
"""
PLAIN = {"help_option_names": ["-h", "--help"]}

app = typer.Typer(
    help=HELP,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings=PLAIN,
)
key_commands = typer.Typer(help="Key-encryption keys.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(key_commands, name="keys")


def _add(to: typer.Typer, name: str, command: Callable[..., None], example: str) -> None:
    to.command(name, epilog=f"Example: rollcall {example}", context_settings=PLAIN)(command)


_add(app, "doctor", doctor.doctor, "doctor")
_add(
    app,
    "create-superuser",
    making.create_superuser,
    "create-superuser root root@example.com --password-stdin < password",
)
_add(
    app,
    "create-client",
    making.create_client,
    "create-client retirement-worker --grant client_credentials --account retirement_worker",
)
_add(app, "show", looking.show, "show ada")
_add(app, "history", looking.history, "history ada --limit 20")
_add(app, "at", looking.at, "at ada 2026-11-24T10:00:00Z")
_add(app, "verify", verifying.verify, "verify --all --repair")
_add(app, "rebuild", verifying.rebuild, "rebuild retirement_queue --switch")
_add(app, "queue", queue.queue, "queue")
_add(app, "retire", retiring.retire, "retire ada --request")
_add(app, "cancel", retiring.cancel, "cancel ada --email ada@example.org")
_add(app, "erase", erasing.erase, "erase --check ada --values ada-values.json")
_add(app, "import", importing.import_, "import people.jsonl --dry-run")
_add(key_commands, "rotate", keys.rotate, "keys rotate")
_add(app, "bench", benchmarks.bench, "bench load fold --quick")
