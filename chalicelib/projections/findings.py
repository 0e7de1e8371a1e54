"""What a verification finds: facts about items, never anything about a person (spec 50, section 6)."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Place(StrEnum):
    """What kind of item is at fault."""

    EVENT = "event"
    HEAD = "head"
    CLAIM = "claim"
    CREDENTIAL = "credential"
    VIEW_ROW = "view row"
    KEY = "key"
    ERASURE = "erasure"
    RECORD = "idempotency record"
    COUNTER = "counter"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Finding:
    """One thing that does not hold.

    `account` is a random account id, null where none is known; `version` the one at which it was seen, of a counter the
    highest number in use. `item` is the partition key of the item at fault; of an item that nobody knows, only the
    shape of its key. `what` says in a few words what is wrong. `mendable` is what can be derived from events that hold.
    """

    place: Place
    account: str | None
    version: int | None
    what: str
    mendable: bool
    item: str = ""

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """What makes it the same finding when it is seen again at a later version."""
        return self.place, self.account or "", self.what, self.item


@dataclass(frozen=True)
class Report:
    """What a verification looked at, and what it found. `unsettled` are accounts that never stood still."""

    accounts: int = 0
    events: int = 0
    claims: int = 0
    rows: int = 0
    unsettled: int = 0
    findings: tuple[Finding, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def kinds(self) -> dict[str, int]:
        """How many findings there are of each kind of item."""
        return dict(sorted(Counter(str(finding.place) for finding in self.findings).items()))

    def counts(self) -> dict[str, int]:
        """Everything as numbers, for a log line."""
        looked = {name: getattr(self, name) for name in ("accounts", "events", "claims", "rows", "unsettled")}
        return {**looked, "findings": len(self.findings)}


def together(reports: Sequence[Report]) -> Report:
    """One report of several."""
    return Report(
        accounts=sum(report.accounts for report in reports),
        events=sum(report.events for report in reports),
        claims=sum(report.claims for report in reports),
        rows=sum(report.rows for report in reports),
        unsettled=sum(report.unsettled for report in reports),
        findings=ordered(finding for report in reports for finding in report.findings),
    )


def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings in an order that does not depend on how they were come by, each once."""
    return tuple(sorted(set(findings), key=lambda each: (each.account or "", each.identity, each.version or 0)))


def shape(key: str) -> str:
    """The shape of a key that nobody knows: letters as `a`, digits as `9`, for it may hold anything."""
    return re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "9", key))
