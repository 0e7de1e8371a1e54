"""What a rule has against a value, and how it says so."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One complaint, for a client's developer and for the person. Neither text repeats the value sent."""

    developer_message: str
    user_message: str


class RuleError(ValueError):
    """A value breaks a rule. Answer 400 and show the fault under the field (spec 10, section 2)."""

    def __init__(self, developer_message: str, user_message: str) -> None:
        self.fault = Fault(developer_message, user_message)
        super().__init__(developer_message)

    def faults(self, field: str) -> dict[str, Fault]:
        """The complaints by the key they are answered under; `field` is the one the value was sent as."""
        return {field: self.fault}


class StoringError(RuleError):
    """A value breaks a rule whose fault is answered like a failure while storing, without `field_errors`."""


class SeveralFaultsError(RuleError):
    """Several parts of one value break rules of their own, each answered under its own key."""

    def __init__(self, by_key: Mapping[str, Fault]) -> None:
        self.by_key = dict(by_key)
        keys = ", ".join(sorted(self.by_key))
        super().__init__(f"Refused by the rules of: {keys}.", "Some of these values are not acceptable.")

    def faults(self, field: str) -> dict[str, Fault]:  # noqa: ARG002 - each part names its own key
        """The complaints by the key of the part they are about."""
        return dict(self.by_key)
