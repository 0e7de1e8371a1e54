"""The configurable state machine (spec 20, section 4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from chalicelib.retirement.errors import StatesError

PENDING = "PENDING"
ERRORED = "ERRORED"
ABORTED = "ABORTED"
COMPLETE = "COMPLETE"
DEAD_ENDS = (ERRORED, ABORTED, COMPLETE)
REQUIRED = frozenset({PENDING, *DEAD_ENDS})
ENDS_A_STEP = "_COMPLETE"
LONGEST_NAME = 30
STRIDE = 10


@dataclass(frozen=True)
class States:
    """The states in their order, and the id of every name that there ever was. Raises `StatesError`."""

    names: tuple[str, ...]
    ids: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check(self.names)
        if not self.ids:
            numbered = {name: number for number, name in enumerate(self.names, start=1)}
            object.__setattr__(self, "ids", MappingProxyType(numbered))

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def order(self, name: str) -> int:
        """The place of a state: 1 for the first, then in steps of 10; 0 for one that is not configured any more."""
        if name not in self.names:
            return 0
        return 1 + STRIDE * self.names.index(name)

    def is_working(self, name: str) -> bool:
        """Whether the actions of the pipeline are allowed in this state."""
        return name in self.names and name not in REQUIRED and not name.endswith(ENDS_A_STEP)

    def refusal(self, current: str, new: str, *, forced: bool) -> str | None:
        """Why a row may not move from `current` to `new`; null if it may."""
        if new not in self.names:
            return f"There is no state of this name. States are: {', '.join(self.names)}."
        if forced:
            return None
        if current in DEAD_ENDS:
            return f"{current} is a dead end; only force leads out of it."
        if self.names.index(new) <= self.names.index(current):
            return f"{new} is not later than {current}."
        return None


def with_stable_ids(names: Sequence[str], known: Mapping[str, int]) -> States:
    """States in which every name that was ever known keeps its id, and new ones get the next."""
    following = max(known.values(), default=0) + 1
    fresh = [name for name in names if name not in known]
    return States(tuple(names), {**known, **{name: following + index for index, name in enumerate(fresh)}})


def _check(names: Sequence[str]) -> None:
    if not names:
        raise StatesError("is empty")
    missing = [name for name in (PENDING, *DEAD_ENDS) if name not in names]
    if missing:
        raise StatesError(f"lacks {', '.join(missing)}")
    if len(set(names)) != len(names):
        raise StatesError("names a state twice")
    if names[0] != PENDING:
        raise StatesError("begins with another state than PENDING")
    if tuple(names[-3:]) != DEAD_ENDS:
        raise StatesError(f"must end with {', '.join(DEAD_ENDS)}")
    too_long = [name for name in names if not 1 <= len(name) <= LONGEST_NAME]
    if too_long:
        raise StatesError(f"holds a name that is empty or longer than {LONGEST_NAME} characters")
