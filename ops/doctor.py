"""`rollcall doctor`: whether the deployment is whole, and what to do about each fault."""

from collections.abc import Sequence
from dataclasses import asdict

from pydantic import ValidationError

from chalicelib.settings import Settings
from ops.checks_service import CHECKS
from ops.checkup import Finding, fault, fine
from ops.output import Output
from ops.running import Json, explained, findings, running


def doctor(as_json: Json = False) -> None:
    """Check settings, credentials, tables, keys, secret, bucket, mail, feed and clock; say what to do about faults."""
    settings = _settings()
    if not settings.ok:
        out = Output(as_json=as_json)
        _say(out, [settings])
        findings(True)
    with running(as_json=as_json) as job:
        found = [settings]
        with job.out.progress("Checking", len(CHECKS)) as advance:
            for check in CHECKS:
                found += check.findings(job.wiring)
                advance(1)
        _say(job.out, found)
        findings(not all(each.ok for each in found))


def _settings() -> Finding:
    try:
        Settings()
    except ValidationError as error:
        return fault("settings", explained(error), "Correct the variables in the environment; README lists all.")
    return fine("settings", "readable")


def _say(out: Output, found: Sequence[Finding]) -> None:
    content = {"ok": all(each.ok for each in found), "checks": [asdict(each) for each in found]}
    out.document(content, lambda: _print(out, found))


def _print(out: Output, found: Sequence[Finding]) -> None:
    out.table(("", "Check", "Found"), [("ok" if each.ok else "FAULT", each.check, each.found) for each in found])
    for each in found:
        if not each.ok:
            out.line(f"{each.check}: {each.advice}")
