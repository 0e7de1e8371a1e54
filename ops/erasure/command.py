"""`rollcall erase`: proving that a person is forgotten, and forgetting again after a restore."""

from pathlib import Path
from typing import Annotated, Any

import typer

from chalicelib.events.event import Role
from ops.erasure import proving
from ops.erasure.replaying import Replay, Replayed
from ops.output import Output
from ops.running import Job, Json, findings, running


def erase(
    name: Annotated[
        str | None, typer.Argument(metavar="USERNAME-OR-ID", help="Whose account: a username, an id or a number.")
    ] = None,
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="The new file for --collect.")] = None,
    collect: Annotated[
        bool, typer.Option("--collect", help="Write all that is known of a person to FILE, before the cleanup.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Look for what is left of a person everywhere, and certify it.")
    ] = False,
    values: Annotated[
        Path | None, typer.Option(metavar="FILE", help="With --check: the file that --collect has written.")
    ] = None,
    replay: Annotated[
        bool, typer.Option("--replay", help="Erase again, by the erasure ledger, what a restore has brought back.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Prove that a person is forgotten, or forget again after a restore."""
    _exactly_one({"--collect": collect, "--check": check, "--replay": replay})
    name, file = _arguments(name, file, collect=collect, check=check)
    if values is not None and not check:
        raise typer.BadParameter("It goes with --check alone.", param_hint="--values")
    with running(as_json=as_json) as job:
        if file is not None:
            proving.collect(job, name, file)
        elif check:
            proving.check(job, name, values)
        else:
            _replay(job)


def _exactly_one(given: dict[str, bool]) -> None:
    """Refuse a command with none of these options, or with several."""
    if sum(given.values()) != 1:
        raise typer.BadParameter("Choose exactly one.", param_hint=", ".join(given))


def _arguments(name: str | None, file: Path | None, *, collect: bool, check: bool) -> tuple[str, Path | None]:
    """The name and the file, where they must be given and may be."""
    if (name is not None) != (collect or check):
        wanted = "Whose account?" if name is None else "It goes with --collect and --check alone."
        raise typer.BadParameter(wanted, param_hint="USERNAME-OR-ID")
    if (file is not None) != collect:
        wanted = "Where to?" if file is None else "It goes with --collect alone."
        raise typer.BadParameter(wanted, param_hint="FILE")
    return name or "", file


def _replay(job: Job) -> None:
    replayed = Replay(job.wiring, lambda: job.context(Role.SYSTEM, "erase"), job.out.progress).run()
    content = _content(replayed)
    job.out.document(content, lambda: _print(job.out, content))
    findings(bool(replayed.left))


def _content(replayed: Replayed) -> dict[str, Any]:
    left = [{"account": account, "why": why} for account, why in sorted(replayed.left.items())]
    return {**vars(replayed), "left": left}


def _print(out: Output, content: dict[str, Any]) -> None:
    out.line(f"{content['entries']} entries of the erasure ledger, of {content['accounts']} accounts.")
    out.facts(
        {
            "keys destroyed again": content["keys"],
            "accounts erased again": content["erased"],
            "retirement rows removed": content["rows"],
            "partner rows removed": content["reports"],
            "retirements cancelled again": content["cancelled"],
            "claims and view rows put right": content["derived"],
            "claims and view rows taken away": content["strays"],
            "sessions, counters, uploads, exports and pictures": content["outside"],
        }
    )
    if content["left"]:
        out.line("Could not be erased again; their keys are destroyed all the same:")
        out.table(("Account", "Why"), [[each["account"], each["why"]] for each in content["left"]])
    out.line("Now run `rollcall verify --all`; let traffic in once it finds nothing.")
