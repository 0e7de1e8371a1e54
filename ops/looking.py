"""`rollcall show`, `history` and `at`: one account, as it is and as it was (spec 50, sections 1 and 6)."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated, Any

import typer

from chalicelib.accounts.account import Account
from chalicelib.accounts.history import Entry, entry_of
from chalicelib.api.history import names_of
from chalicelib.api.representation import full_json
from chalicelib.events.aggregate import Loaded
from chalicelib.retirement.moments import moment
from chalicelib.wiring import Wiring
from ops.finding import found
from ops.output import Output
from ops.running import CannotRunError, Job, Json, running

USERNAME_HELP = "The username, in exact capitals; of somebody who left, the original."
Username = Annotated[str, typer.Argument(metavar="USERNAME", help=USERNAME_HELP)]


def show(username: Username, as_json: Json = False) -> None:
    """Show an account as staff see it, its id and version, and how far its retirement is."""
    with running(as_json=as_json) as job:
        loaded = found(job.wiring, username)
        _show(job, loaded.state, beside=_beside(loaded))


def at(
    username: Username,
    when: Annotated[str, typer.Argument(metavar="TIME", help="A time in ISO 8601 (UTC without a zone), or a version.")],
    as_json: Json = False,
) -> None:
    """Show an account as it was at a time, or at a version of it."""
    version, time = _moment(when)
    with running(as_json=as_json) as job:
        loaded = found(job.wiring, username)
        if loaded.state.erased:
            raise CannotRunError("The account has been erased; nothing is left of what it was.")
        if version is not None and not 1 <= version <= loaded.version:
            raise CannotRunError(f"There is no such version; the newest is {loaded.version}.")
        if time is not None and time > job.wiring.clock():
            raise CannotRunError("That time is in the future.")
        state = job.wiring.ledger.refold(loaded.account, through=version, at=time)
        if state is None:
            raise CannotRunError("The account began later than that.")
        _show(job, state, year=None if time is None else time.year)


def history(
    username: Username,
    limit: Annotated[int, typer.Option(min=1, help="How many entries, newest first.")] = 50,
    as_json: Json = False,
) -> None:
    """List what changed in an account, when, and by whom; newest first."""
    with running(as_json=as_json) as job:
        loaded = found(job.wiring, username)
        events = job.wiring.ledger.history(loaded.account, newest_first=True, wanted=limit + 1)
        entries = [entry_of(event) for event in islice(events, limit + 1)]
        shown = _shown(job.wiring, loaded.state, entries[:limit])
        content = {"results": shown, "more": len(entries) > limit}
        job.out.document(content, lambda: _print_history(job.out, content))


def _show(job: Job, state: Account, *, beside: dict[str, Any] | None = None, year: int | None = None) -> None:
    content = json.loads(full_json(job.wiring, state, year=year)) | (beside or {})
    job.out.document(content, lambda: job.out.facts({name: _cell(value) for name, value in content.items()}))


def _beside(loaded: Loaded[Account]) -> dict[str, Any]:
    """What operators need that the API does not show."""
    state, row = loaded.state, loaded.state.row
    return {
        "account": loaded.account,
        "version": loaded.version,
        "is_staff": state.staff,
        "is_superuser": state.superuser,
        "permissions": list(state.permissions),
        "disabled": state.disabled,
        "erased": state.erased,
        "retirement": None if row is None else {"id": row.number, "state": row.state, "created": moment(row.created)},
    }


def _shown(wiring: Wiring, account: Account, entries: Sequence[Entry]) -> list[dict[str, Any]]:
    names = {account.id: account.username, **names_of(wiring, {each.actor for each in entries if each.actor})}
    return [
        {
            "version": entry.version,
            "at": moment(entry.at),
            "type": entry.type,
            "actor": {"role": entry.role.value, "username": None if account.erased else names.get(entry.actor or "")},
            "changes": None
            if account.erased
            else {name: {"old": old, "new": new} for name, (old, new) in entry.changes.items()},
        }
        for entry in entries
    ]


def _print_history(out: Output, content: dict[str, Any]) -> None:
    rows = [
        [entry["version"], entry["at"], entry["type"], _actor(entry["actor"]), _changes(entry["changes"])]
        for entry in content["results"]
    ]
    out.table(("Version", "At", "Type", "By", "Changes"), rows, numbers=("Version", "At"))
    if content["more"]:
        out.line("There is more: raise --limit.")


def _actor(actor: dict[str, Any]) -> str:
    return f"{actor['role']} {actor['username'] or ''}".rstrip()


def _changes(changes: dict[str, Any] | None) -> str:
    if changes is None:
        return "(erased)"
    return "; ".join(f"{name}: {_cell(each['old'])} -> {_cell(each['new'])}" for name, each in changes.items())


def _cell(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _moment(when: str) -> tuple[int | None, datetime | None]:
    if when.isascii() and when.isdecimal() and len(when) <= 12:
        return int(when), None
    try:
        time = datetime.fromisoformat(when)
    except ValueError:
        raise typer.BadParameter("is neither a version nor a time in ISO 8601.", param_hint="TIME") from None
    return None, time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
