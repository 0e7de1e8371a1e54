"""Drives retirements over HTTP as Open edX's own driver does (spec 20, section 16).

    python -m tests.http.retirement_driver http://127.0.0.1:8000 --cool-off-days 14 --work /var/tmp/retirements

Three phases, each of which may be run alone (`--phase`): `retire` drives every due learner from PENDING to COMPLETE,
`partners` takes the partner report and cleans it up, `archive` lists what is COMPLETE and cleans it up. A run that was
killed is simply run again: rows are taken up in the state they were left in, and a partner report that was handed out
but not cleaned up lies in the work directory.
"""

from __future__ import annotations

import argparse
import json
import secrets
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

ACCOUNTS = "/api/user/v1/accounts/"
FIRST_DATE = "2018-05-25"
MOST_ROWS = 200
ATTEMPTS = 6
SETTLE_SECONDS = 2.5
PHASES = ("retire", "partners", "archive")


@dataclass(frozen=True)
class Step:
    """One step of the pipeline: the state while at work, the state afterwards, and the call between the two."""

    working: str
    complete: str
    method: str
    action: str


PIPELINE = (
    Step("LOCKING_ACCOUNT", "LOCKING_COMPLETE", "PUT", "retirement_partner_report"),
    Step("RETIRING_EMAIL_LISTS", "EMAIL_LISTS_COMPLETE", "POST", "retire_mailings"),
    Step("RETIRING_ENROLLMENTS", "ENROLLMENTS_COMPLETE", "POST", "retire_misc"),
    Step("RETIRING_LMS", "LMS_COMPLETE", "POST", "retire"),
)


class CallRefusedError(Exception):
    """A call was answered by a 4xx, for which the driver stops for good, or by 5xx as often as it asks."""

    def __init__(self, call: str, status: int) -> None:
        super().__init__(f"{call}: {status}")
        self.status = status


class UnusableAnswerError(Exception):
    """A 200 came with an empty body, or one that is not JSON."""


def _tell(line: str) -> None:
    print(line, flush=True)


class Lms:
    """The service as the driver sees it: one token, trailing slashes, JSON; 5xx is asked again, 4xx is not."""

    def __init__(
        self, http: httpx.Client, pause: Callable[[float], None] = time.sleep, tell: Callable[[str], None] = _tell
    ) -> None:
        self._http = http
        self._token = ""
        self.pause = pause
        self.tell = tell

    def log_in(self, client_id: str, client_secret: str) -> None:
        """Take the one token of this run by client credentials."""
        form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
        response = self._http.post("/oauth2/access_token", data={**form, "token_type": "jwt"})
        self._token = str(self._usable("access_token", response)["access_token"])

    def call(self, name: str, method: str, path: str, body: Any = None, key: str = "", **query: Any) -> Any:
        """Make a call and return its JSON, None for a 204; `name` stands for it in errors, since paths name people."""
        headers = {"Authorization": f"JWT {self._token}", "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        content = None if body is None else json.dumps(body).encode()
        for attempt in range(ATTEMPTS):
            response = self._http.request(method, f"{ACCOUNTS}{path}/", headers=headers, content=content, params=query)
            # A batch that this very key began is still at work.
            begun = bool(key) and response.status_code == 409
            if response.status_code < 500 and not begun:
                break
            self.pause(0.2 * 2**attempt)
        return self._usable(name, response)

    @staticmethod
    def _usable(name: str, response: httpx.Response) -> Any:
        if response.status_code == 204:
            return None
        if response.status_code != 200:
            raise CallRefusedError(name, response.status_code)
        try:
            return response.json()
        except ValueError as error:
            raise UnusableAnswerError(name) from error

    def queue(self, states: Sequence[str], cool_off_days: int) -> list[dict[str, Any]]:
        """Return the rows in these states that are older than the cool-off."""
        query: dict[str, Any] = {"cool_off_days": cool_off_days, "states": list(states), "limit": MOST_ROWS}
        rows: list[dict[str, Any]] = self.call("queue", "GET", "retirement_queue", **query)
        return rows

    def row(self, username: str) -> dict[str, Any]:
        """Return one learner's row."""
        row: dict[str, Any] = self.call("status", "GET", f"{quote(username, safe='')}/retirement_status")
        return row

    def move(self, username: str, state: str, told: str) -> None:
        """Move a row to a state."""
        body = {"username": username, "new_state": state, "response": told}
        self.call(state, "PATCH", "update_retirement_status", body)


def states_asked(pipeline: Sequence[Step]) -> list[str]:
    """Return the states whose rows a run looks at: new ones, those a killed run left, and those that are done."""
    return ["PENDING", *[state for step in pipeline for state in (step.working, step.complete)], "COMPLETE"]


def what_is_left(pipeline: Sequence[Step], state: str) -> Iterator[tuple[Step, bool]]:
    """Yield the steps that a row in this state still needs, and whether the step has begun already."""
    if state == "PENDING":
        yield from ((step, False) for step in pipeline)
        return
    for number, step in enumerate(pipeline):
        if state == step.working:
            yield step, True
        if state in (step.working, step.complete):
            yield from ((later, False) for later in pipeline[number + 1 :])


def drive(lms: Lms, row: dict[str, Any], pipeline: Sequence[Step]) -> bool:
    """Take one learner to COMPLETE, or to ERRORED if a call is refused; return whether it is COMPLETE."""
    number, username = row["id"], row["original_username"]
    try:
        lms.tell(f"row {number} status")
        current = lms.row(username)["current_state"]["state_name"]
        for step, begun in what_is_left(pipeline, current):
            if not begun:
                lms.tell(f"row {number} to {step.working}")
                lms.move(username, step.working, f"Starting: {step.action}.")
            lms.tell(f"row {number} does {step.action}")
            lms.call(step.action, step.method, step.action, {"username": username})
            lms.tell(f"row {number} to {step.complete}")
            lms.move(username, step.complete, f"Ending: {step.action}.")
        if current != "COMPLETE":
            lms.tell(f"row {number} to COMPLETE")
            lms.move(username, "COMPLETE", "Learner retirement complete.")
    except (CallRefusedError, UnusableAnswerError) as error:
        lms.tell(f"row {number} to ERRORED after {error}")
        lms.move(username, "ERRORED", f"Stopped: {error}")
        return False
    return True


def retire(lms: Lms, cool_off_days: int, pipeline: Sequence[Step] = PIPELINE) -> int:
    """Drive every due learner, one after the other; return how many were moved to ERRORED."""
    return [drive(lms, row, pipeline) for row in lms.queue(states_asked(pipeline), cool_off_days)].count(False)


@dataclass(frozen=True)
class Journal:
    """The partner report at work, on disk: its key before it is asked for, its rows until they are cleaned up."""

    path: Path

    def key(self) -> str:
        """Return the key of the report at work, a new one if none is."""
        if not self.path.exists():
            self._write({"key": secrets.token_hex(16), "rows": None})
        return str(self._read()["key"])

    def rows(self, ask: Callable[[], list[dict[str, Any]]]) -> list[dict[str, Any]]:
        """Return the rows of the report at work; ask for them if they have not come yet."""
        report = self._read()
        if report["rows"] is None:
            report["rows"] = ask()
            self._write(report)
        rows: list[dict[str, Any]] = report["rows"]
        return rows

    def end(self) -> None:
        """Forget the report, which has been cleaned up."""
        self.path.unlink()

    def _read(self) -> dict[str, Any]:
        report: dict[str, Any] = json.loads(self.path.read_text())
        return report

    def _write(self, report: dict[str, Any]) -> None:
        written = self.path.with_suffix(".new")
        written.write_text(json.dumps(report))
        written.replace(self.path)


def report_to_partners(lms: Lms, journal: Journal) -> int:
    """Take the partner report, then clean up what it listed; return how many rows it had."""
    lms.tell("partners list")
    path, key = "retirement_partner_report", journal.key()
    rows = journal.rows(lambda: list(lms.call("partner list", "POST", path, {}, key)))
    if rows:
        lms.tell(f"partners clean up {len(rows)}")
        named = [{"original_username": row["original_username"]} for row in rows]
        lms.call("partner cleanup", "POST", "retirement_partner_report_cleanup", named, f"{key}-cleanup")
    journal.end()
    return len(rows)


def archive(lms: Lms, start_date: str, end_date: str) -> int:
    """List what is COMPLETE by date and clean it up; return how many rows went."""
    for attempt in range(ATTEMPTS):
        lms.tell("archive list")
        query = {"start_date": start_date, "end_date": end_date, "state": "COMPLETE"}
        rows = lms.call("by date", "GET", "retirements_by_status_and_date", **query)
        if not rows:
            break
        lms.tell(f"archive clean up {len(rows)}")
        try:
            lms.call("cleanup", "POST", "retirement_cleanup", {"usernames": [row["original_username"] for row in rows]})
        except CallRefusedError as error:
            # The list may lag: a killed run may have cleaned up what it still shows.
            if error.status != 400 or attempt == ATTEMPTS - 1:
                raise
            lms.pause(SETTLE_SECONDS)
            continue
        return len(rows)
    return 0


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="retirement_driver", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("base_url")
    parser.add_argument("--cool-off-days", type=int, default=14)
    parser.add_argument("--phase", action="append", choices=PHASES, help="run this phase only; may be repeated")
    parser.add_argument("--start-date", default=FIRST_DATE)
    parser.add_argument("--end-date", default=datetime.now(UTC).date().isoformat(), help="not later than today there")
    parser.add_argument("--work", type=Path, default=Path.cwd(), help="where a partner report at work is kept")
    parser.add_argument("--client-id", default="retirement-worker")
    parser.add_argument("--client-secret", default="retirement-worker-secret")
    return parser.parse_args(argv)


def run(lms: Lms, given: argparse.Namespace) -> int:
    """Run the phases in order; return the exit status: 0, or 1 if a learner was moved to ERRORED."""
    errored = 0
    phases = given.phase or PHASES
    lms.log_in(given.client_id, given.client_secret)
    if "retire" in phases:
        errored = retire(lms, given.cool_off_days)
        # The lists of the other phases may lag two seconds (spec 20, section 2).
        lms.pause(SETTLE_SECONDS)
    if "partners" in phases:
        lms.tell(f"partners reported {report_to_partners(lms, Journal(given.work / 'partner-report.json'))}")
    if "archive" in phases:
        lms.tell(f"archive removed {archive(lms, given.start_date, given.end_date)}")
    return 1 if errored else 0


def main(argv: Sequence[str]) -> int:
    """Run the driver from a command line."""
    given = arguments(argv)
    with httpx.Client(base_url=given.base_url.rstrip("/"), timeout=None, trust_env=False) as http:  # noqa: S113
        return run(Lms(http), given)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
