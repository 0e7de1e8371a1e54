"""What the erasure ledger says of a data key that was destroyed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from chalicelib.events.classification import Purpose
from chalicelib.events.erasure import ErasureReplayed
from chalicelib.events.event import Event
from chalicelib.events.retirement import (
    PartnerReportRemoved,
    ProfileErased,
    RetirementCancelled,
    RetirementCleanedUp,
)
from chalicelib.events.sealing import Slot

ENDS_A_KEY: frozenset[type[Event]] = frozenset(
    {ErasureReplayed, PartnerReportRemoved, ProfileErased, RetirementCancelled, RetirementCleanedUp}
)
"""The last event of every commit that destroys a key, and what stands for one that a restore has lost."""

NAMES_OF_ENDS = frozenset(each.__name__ for each in ENDS_A_KEY)
Kept: TypeAlias = Mapping[str, str | tuple[str, ...]]
"""What an entry says besides, by name: pseudonyms that must outlive the key. Nothing personal."""


@dataclass(frozen=True)
class Erasure:
    """One entry: whose key it was, through which version it sealed, and since when it is gone.

    `row` is the number of the row whose key it was, null for the account's own. `event` is the type of the event that
    ended the key, and `fingerprint` the key's; both are empty where an entry does not say them.
    """

    account: str
    purpose: Purpose
    row: int | None
    through: int
    at: str
    fingerprint: str = ""
    event: str = ""
    kept: Kept = field(default_factory=dict)

    @property
    def slot(self) -> Slot:
        """What the key opened."""
        return self.purpose if self.row is None else (self.purpose, self.row)
