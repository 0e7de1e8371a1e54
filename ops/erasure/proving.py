"""What `rollcall erase --collect` and `--check` do, and what they say."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer

from chalicelib.events.event import Role
from ops.erasure import certificate, values
from ops.erasure.certificate import Signer
from ops.erasure.checking import Check, Checked, ControlFailedError, Surroundings, UnknownIdError
from ops.erasure.collecting import texts_of
from ops.erasure.values import UnreadableValuesError, Values
from ops.erasure.whom import OtherAccountError, account_of
from ops.output import Advance, Output
from ops.running import CannotRunError, Job, findings

LEASE = "erase:check"
LEASE_SECONDS = 60
PIECE = 5.0
"""Seconds; while nothing else happens the lease is prolonged that often."""

MOST_SHOWN = 50
DESTROY = "It holds everything that is known of a person: destroy it once the erasure has been checked."


def collect(job: Job, name: str, file: Path) -> None:
    """Write a person's values into a new file."""
    account = account_of(job.wiring, name)
    loaded = job.wiring.ledger.load(account)
    if loaded is None:
        raise CannotRunError("There is no account of this id.")
    texts = texts_of(job.wiring, loaded)
    if loaded.state.erased:
        job.out.complaint("The profile is erased already: only what the rows still hold could be collected.")
    if not texts:
        raise CannotRunError("Nothing is known of this person any more; no file was written.")
    collected = Values(account=account, values=tuple(texts), collected_at=job.wiring.clock())
    try:
        values.write(file, collected)
    except FileExistsError:
        raise typer.BadParameter("It is there already, and is never overwritten.", param_hint="FILE") from None
    except OSError as error:
        raise typer.BadParameter(f"It cannot be written: {error.strerror}.", param_hint="FILE") from None
    content = {"account": account, "values": len(texts), "file": str(file), "erased": loaded.state.erased}
    job.out.document(content, lambda: _say_collected(job.out, content))


def check(job: Job, name: str, file: Path | None) -> None:
    """Look for what is left, and certify what was found."""
    given = None if file is None else _read(file)
    try:
        account = account_of(job.wiring, name, given)
    except OtherAccountError:
        raise typer.BadParameter("The file is of another account.", param_hint="--values") from None
    signer = Signer(job.wiring)
    checked = _checked(job, account, given)
    at, random_id = job.wiring.clock(), job.wiring.random_bytes(16).hex()
    statement = certificate.statement_of(checked, random_id, job.wiring.settings.base_url, at)
    digest = certificate.digest_of(statement)
    envelope = certificate.envelope_of(statement, signer.sign(digest))
    certificate.keep(job.wiring, envelope)
    if not certificate.note(job.wiring, statement, digest, job.context(Role.STAFF, "erase")):
        job.out.complaint("The certificate is stored, but the account cannot take the event that tells of it.")
    job.out.document(envelope, lambda: _say_checked(job.out, envelope))
    findings(not checked.clean)


def _read(file: Path) -> Values:
    try:
        return values.read(file)
    except OSError as error:
        raise typer.BadParameter(f"It cannot be read: {error.strerror}.", param_hint="--values") from None
    except UnreadableValuesError as error:
        raise typer.BadParameter(f"It is {error}.", param_hint="--values") from None


def _checked(job: Job, account: str, given: Values | None) -> Checked:
    owner = job.wiring.random_bytes(16).hex()
    with job.wiring.leases.try_hold(LEASE, owner, LEASE_SECONDS) as held:
        if not held:
            raise CannotRunError("Another check is at work, or was killed less than a minute ago; run this again.")
        with job.out.progress("Looking for what is left", None) as advance:
            work = _Work(job, owner, advance)
            try:
                looking = Check(job.wiring, account, None if given is None else given.values, work.surroundings())
                return looking.run()
            except ControlFailedError as error:
                places = "; ".join(error.missing[:5])
                raise CannotRunError(f"No certificate: {error} ({places}), so the scan proves nothing.") from None
            except UnknownIdError:
                raise CannotRunError("Nothing tells of an account of this id.") from None


class _Work:
    """Keeps the lease while the check reads and waits, and moves the bar."""

    def __init__(self, job: Job, owner: str, advance: Advance) -> None:
        self._job = job
        self._owner = owner
        self._advance = advance
        self._prolonged = time.monotonic()

    def surroundings(self) -> Surroundings:
        """What the check is given."""
        return Surroundings(self._tell, self._wait)

    def _tell(self, count: int) -> None:
        self._prolong()
        self._advance(count)

    def _wait(self, seconds: float) -> None:
        self._job.out.notice(f"Waiting {seconds:.0f} s: for so long a process may remember a key that was destroyed.")
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._prolong()
            time.sleep(min(PIECE, left))

    def _prolong(self) -> None:
        if time.monotonic() - self._prolonged < PIECE:
            return
        if not self._job.wiring.leases.extend(LEASE, self._owner, LEASE_SECONDS):
            raise CannotRunError("Another check took over; run this again when it is through.")
        self._prolonged = time.monotonic()


def _say_collected(out: Output, content: Mapping[str, Any]) -> None:
    out.line(f"{content['values']} values of account {content['account']} are in {content['file']}.")
    out.line(DESTROY)


def _say_checked(out: Output, envelope: Mapping[str, Any]) -> None:
    told = envelope["certificate"]
    looked = told["values"]
    out.line(f"Account {told['account']}: {told['verdict']}.")
    out.facts(
        {
            "items of tables": sum(told["checked"]["tables"].values()),
            "objects, every version": told["checked"]["bucket"]["versions"],
            "messages in queues": sum(told["checked"]["queues"].values()),
            "values looked for": f"{looked['looked_for']} of {looked['count']}" if looked["given"] else "none given",
            "marks planted and found": told["control"]["found"],
            "keys destroyed": len(told["fences"]),
            "findings": len(told["findings"]) + told["further_findings"],
        }
    )
    if told["findings"]:
        shown = told["findings"][:MOST_SHOWN]
        out.table(("Where", "Item", "What"), [[each["store"], each["item"], each["what"]] for each in shown])
    out.line(f"Certificate {told['certificate']} is signed, stored in the table of erasures, and noted in the history.")
    for line in json.dumps(envelope, indent=2).splitlines():
        out.line(line)
    if looked["given"] and not told["findings"]:
        out.line("Destroy the file of values now.")
