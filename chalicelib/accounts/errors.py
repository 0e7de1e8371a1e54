"""How a command is refused. No text holds what was sent."""

from collections.abc import Mapping

from chalicelib.accounts.rules.fault import Fault


class CommandError(Exception):
    """A command that cannot be carried out; nothing has changed."""


class AccountLeftError(CommandError):
    """The person has left meanwhile: nothing is changed for them any more."""


class FieldErrors(CommandError):  # noqa: N818 - the contract's own word, and it holds several
    """Fields that are at fault, all of them, each with its fault (spec 10, section 2)."""

    def __init__(self, faults: Mapping[str, Fault]) -> None:
        super().__init__(f"fields at fault: {len(faults)}")
        self.faults = dict(faults)


class StoringRefusedError(CommandError):
    """A fault that the contract answers as a failure while storing (spec 10, section 2)."""

    def __init__(self, field: str, fault: Fault) -> None:
        super().__init__(f"{field} cannot be stored")
        self.field = field
        self.fault = fault


class RegistrationRefusedError(CommandError):
    """Fields of a new account that are malformed or missing, and those that are taken."""

    def __init__(self, malformed: Mapping[str, Fault], taken: Mapping[str, Fault]) -> None:
        super().__init__(f"malformed: {len(malformed)}, taken: {len(taken)}")
        self.malformed = dict(malformed)
        self.taken = dict(taken)


class DeadLinkError(CommandError):
    """A link that leads nowhere: unknown, used, or superseded."""


class AddressTakenError(CommandError):
    """The address of a link has become somebody's meanwhile; nothing has changed."""


class NameRefusedError(CommandError):
    """A name that cannot be asked for. `several` says that the contract answers with a list (spec 10, section 8)."""

    def __init__(self, message: str, *, several: bool) -> None:
        super().__init__("the name cannot be asked for")
        self.message = message
        self.several = several


class NothingPendingError(CommandError):
    """There is no name change to decide on."""


class PreferenceRefusedError(CommandError):
    """One preference that cannot be stored, on the path of that preference."""

    def __init__(self, fault: Fault) -> None:
        super().__init__("the preference cannot be stored")
        self.fault = fault


class NoPreferenceError(CommandError):
    """The preference is not set."""
