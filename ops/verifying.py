"""`rollcall verify` and `rebuild`: whether what is derived still follows from the events, and making it anew."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from random import SystemRandom
from typing import Annotated, Any, TypeVar

import typer

from chalicelib.events.claims import Claim, ClaimKind
from chalicelib.projections.findings import Finding, Report, ordered
from chalicelib.projections.generations import GenerationError
from chalicelib.projections.passes import Tally
from chalicelib.projections.rebuilding import RebuildRunningError, Rebuilt, Step, UnknownViewError
from chalicelib.projections.repairing import Repaired
from chalicelib.wiring import Wiring
from ops.output import Output
from ops.running import CannotRunError, Job, Json, findings, running

USUAL_SAMPLE = 1000
T = TypeVar("T")
DRAWN = 50
"""Numbers that are looked up in one request."""


def verify(
    sample: Annotated[int | None, typer.Option(min=1, help=f"So many accounts at random; {USUAL_SAMPLE}.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every account, claim and view row.")] = False,
    repair: Annotated[
        bool, typer.Option("--repair", help="Mend what can be derived; events are never touched.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Verify accounts: events whole and chained, and that heads, claims, views, keys and erasures agree with them."""
    if everything and sample is not None:
        raise typer.BadParameter("Choose one of the two.", param_hint="--sample, --all")
    with running(as_json=as_json) as job:
        report = _all(job) if everything else _sample(job, sample or USUAL_SAMPLE)
        repaired = job.wiring.repairer.mend(report.findings) if repair and report.findings else None
        content = _content(report, repaired)
        job.out.document(content, lambda: _print(job.out, content))
        findings(bool(content["left"]))


def rebuild(
    view: Annotated[str, typer.Argument(metavar="VIEW", help="The name of a view.")],
    switch: Annotated[
        bool, typer.Option("--switch", help="Read the new version from then on, if it is right.")
    ] = False,
    back: Annotated[
        bool, typer.Option("--back", help="Build nothing: read the version before the last switch.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make a new version of a view beside the one that is read, and compare the two."""
    if switch and back:
        raise typer.BadParameter("Choose one of the two.", param_hint="--switch, --back")
    with running(as_json=as_json) as job:
        content = _back(job, view) if back else _rebuilt(job, view, switch=switch)
        job.out.document(content, lambda: _print_back(job.out, content) if back else _print_rebuilt(job.out, content))
        findings(bool(content["wrong"] or (content["differing"] and not content["switched"])))


def _all(job: Job) -> Report:
    seen = 0
    with job.out.progress("Verifying accounts", None) as advance:

        def moved(tally: Tally) -> None:
            nonlocal seen
            advance(tally.accounts - seen)
            seen = tally.accounts

        return job.wiring.checker.all(moved)


def _sample(job: Job, size: int) -> Report:
    """Accounts at random, each with care."""
    reports = []
    with job.out.progress("Verifying accounts", size) as advance:
        for account in _drawn(job.wiring, size):
            reports.append(job.wiring.checker.check(account))
            advance(1)
    counts = {name: sum(getattr(each, name) for each in reports) for name in ("accounts", "events", "claims", "rows")}
    unsettled = sum(each.unsettled for each in reports)
    return Report(**counts, unsettled=unsettled, findings=ordered(one for each in reports for one in each.findings))


def _drawn(wiring: Wiring, size: int) -> Iterator[str]:
    """The ids of accounts at random, each once; by their numbers, of which some were never given."""
    numbers = list(range(1, wiring.ledger.last_number("account") + 1))
    SystemRandom().shuffle(numbers)
    left = size
    while numbers and left > 0:
        chunk, numbers = numbers[:DRAWN], numbers[DRAWN:]
        holders = wiring.ledger.holders([Claim(ClaimKind.NUMBER, str(number)) for number in chunk])
        yield from list(holders.values())[:left]
        left -= len(holders)


def _content(report: Report, repaired: Repaired | None) -> dict[str, Any]:
    left = report.findings if repaired is None else repaired.left
    return {
        **report.counts(),
        "kinds": report.kinds(),
        "mended": _listed(() if repaired is None else repaired.mended),
        "left": _listed(left),
    }


def _listed(found: Sequence[Finding]) -> list[dict[str, Any]]:
    return [asdict(each) for each in found]


def _print(out: Output, content: dict[str, Any]) -> None:
    out.line(
        f"{content['accounts']} accounts with {content['events']} events, {content['claims']} claims and "
        f"{content['rows']} view rows: {content['findings']} findings, {len(content['mended'])} mended."
    )
    if content["unsettled"]:
        out.line(f"{content['unsettled']} accounts never stood still; look at them again.")
    _print_findings(out, content["left"])
    if any(each["mendable"] for each in content["left"]):
        out.line("--repair mends what is mendable.")


def _print_findings(out: Output, found: Sequence[dict[str, Any]]) -> None:
    if not found:
        return
    rows = [
        [each["account"] or "", each["place"], each["version"] or "", each["what"], "yes" if each["mendable"] else "no"]
        for each in found
    ]
    out.table(("Account", "What", "Version", "Finding", "Mendable"), rows)


def _rebuilt(job: Job, view: str, *, switch: bool) -> dict[str, Any]:
    told: list[str] = []

    def tell(step: Step) -> None:
        if step.name not in told:
            told.append(step.name)
            job.out.notice(f"{view}: {step.name}")

    built: Rebuilt = _alone(job.wiring, lambda: job.wiring.rebuilder.rebuild(view, tell, switch=switch))
    return {
        "view": built.view,
        "version": built.generation,
        "accounts": built.accounts,
        "switched": built.switched,
        "wrong": _listed(built.wrong),
        "differing": _listed(built.differing),
    }


def _back(job: Job, view: str) -> dict[str, Any]:
    version = _alone(job.wiring, lambda: job.wiring.rebuilder.back(view))
    return {"view": view, "version": version, "accounts": 0, "switched": True, "wrong": [], "differing": []}


def _alone(wiring: Wiring, work: Callable[[], T]) -> T:
    """Do the work; what keeps it from being done is said in words."""
    try:
        return work()
    except UnknownViewError:
        names = ", ".join(view.name for view in wiring.projections)
        raise typer.BadParameter(f"There are: {names}.", param_hint="VIEW") from None
    except RebuildRunningError:
        raise CannotRunError("Another rebuild is at work, or was killed a few minutes ago; run this later.") from None
    except GenerationError as error:
        raise CannotRunError(f"{error}.") from None


def _print_back(out: Output, content: dict[str, Any]) -> None:
    out.line(f"Version {content['version']} of {content['view']} is read again.")


def _print_rebuilt(out: Output, content: dict[str, Any]) -> None:
    read = "and is read from now on" if content["switched"] else "and is not read yet: --switch does that"
    out.line(f"Version {content['version']} of {content['view']} is there, {content['accounts']} accounts, {read}.")
    if content["wrong"]:
        out.line("Rows of it that are wrong; it is not switched to:")
        _print_findings(out, content["wrong"])
    if content["differing"]:
        out.line("Rows of the version that was read until now that differ from it:")
        _print_findings(out, content["differing"])
