"""The port through which a retirement reaches what belongs to other services (spec 20, section 8.2)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class HookName(StrEnum):
    """The hooks, in the order of the table in spec 20, section 8.2."""

    CERTIFICATES = "certificates"
    LMS = "lms"
    MAILING_LISTS = "mailing_lists"
    ORGANISATIONS = "organisations"


@dataclass(frozen=True)
class HookCall:
    """One call of a hook about an account.

    `id` is the same at each repetition of one step, so that the other side can tell a repetition. `account_id` is
    the numeric id. `details` is what the hook is given beside these: `original_username`, `retired_username`,
    `original_email`, `retired_email`, or fewer; it stays out of the `repr`.
    """

    hook: HookName
    id: str
    account_id: int
    details: Mapping[str, str] = field(default_factory=dict, repr=False)

    def members(self) -> dict[str, str | int]:
        """What is told of the call, by name; no detail takes the place of the hook or of an id."""
        fixed: dict[str, str | int] = {"hook": self.hook.value, "id": self.id, "account_id": self.account_id}
        return {**fixed, **self.details, **fixed}

    def body(self) -> bytes:
        """The call as a JSON object."""
        return json.dumps(self.members(), separators=(",", ":")).encode("ascii")


class HookFailedError(Exception):
    """A hook did not do its part; the step must be asked for again.

    `reason` is the kind of the failure ("timeout", "status 500"), never what the other side said.
    """

    def __init__(self, hook: HookName, reason: str) -> None:
        super().__init__(f"The hook {hook} failed: {reason}")
        self.hook = hook
        self.reason = reason


class Hooks(Protocol):
    """Calls hooks. Whatever is behind one must bear repetition."""

    def call(self, call: HookCall) -> tuple[str, ...] | None:
        """Make `call`; raises `HookFailedError` unless the other side has done its part.

        Returns the names that the organisations hook answers; None from another hook, and from one that is off.
        """
        ...


class NoHooks:
    """Every hook is off."""

    def call(self, call: HookCall) -> tuple[str, ...] | None:  # noqa: ARG002 - the port's signature
        """Nothing is called, and nothing is answered."""
        return None
