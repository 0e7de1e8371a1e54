"""What the audit makes of `pip-audit`'s answers. Its data is not asked for here: tests do not depend on the network."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.dependencies import audit
from tests.dependencies.audit import COULD_NOT_RUN, FINE, FOUND, Report, report

LOCK = "ada==1.0 \\\n    --hash=sha256:0\nbabbage[x]==2.0 \\\n    --hash=sha256:1\n"
ADA = {"name": "ada", "version": "1.0", "vulns": []}
BABBAGE = {"name": "Babbage", "version": "2.0", "vulns": []}
HOLED = {"name": "babbage", "version": "2.0", "vulns": [{"id": "PYSEC-1"}, {"id": "GHSA-2"}]}
SKIPPED = {"name": "babbage", "skip_reason": "Dependency not found on PyPI and could not be audited"}


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    path = tmp_path / "requirements.txt"
    path.write_text(LOCK)
    return path


def answer(*packages: dict[str, Any]) -> str:
    return json.dumps({"dependencies": packages, "fixes": []})


@pytest.mark.parametrize(
    ("text", "expected", "status"),
    [
        (answer(ADA, BABBAGE), Report([], []), FINE),
        (answer(ADA, HOLED), Report(["babbage: PYSEC-1", "babbage: GHSA-2"], []), FOUND),
        (answer(ADA, SKIPPED), Report([], ["babbage"]), COULD_NOT_RUN),
        (answer(ADA), Report([], ["babbage"]), COULD_NOT_RUN),
        (answer(HOLED), Report(["babbage: PYSEC-1", "babbage: GHSA-2"], ["ada"]), FOUND),
        ("", Report([], ["ada", "babbage"]), COULD_NOT_RUN),
        ("{}", Report([], ["ada", "babbage"]), COULD_NOT_RUN),
    ],
)
def test_report(lock: Path, text: str, expected: Report, status: int):
    """Only a package that was looked up counts as one of which nothing is known; a finding wins over a gap."""
    found = report(lock, text)
    assert (expected, status) == (found, found.status)


@pytest.mark.parametrize(
    ("text", "offline_is_fine", "status", "said"),
    [
        (answer(ADA, BABBAGE), False, FINE, "nothing is known of its 2 packages"),
        (answer(ADA, SKIPPED), False, COULD_NOT_RUN, "NOT AUDITED: 1 of 2 packages could not be looked up: babbage"),
        (answer(ADA, SKIPPED), True, FINE, "NOT AUDITED: 1 of 2 packages could not be looked up: babbage"),
        (answer(ADA, HOLED), True, FOUND, "KNOWN VULNERABILITY: babbage: PYSEC-1"),
    ],
)
def test_status(
    lock: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    text: str,
    offline_is_fine: bool,
    status: int,
    said: str,
):
    """Being offline is always said, and forgiven only to who asked for that; a finding never is."""
    monkeypatch.setattr(audit, "ask", lambda _: text)
    assert status == audit.main([lock], offline_is_fine=offline_is_fine)
    assert said in capsys.readouterr().out


def test_what_is_audited():
    """The locks of what runs where people's data is, and each of them pins something."""
    assert [] == [lock.name for lock in audit.LOCKS if len(audit.locked(lock)) < 10]
