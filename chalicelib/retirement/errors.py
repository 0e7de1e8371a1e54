"""How a command of the retirement process is refused. No text holds what was sent, but for names of states."""

from chalicelib.accounts.errors import CommandError


class StatesError(ValueError):
    """The configured states break a rule (spec 20, section 4.1); `reason` says which."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"RETIREMENT_STATES: {reason}")
        self.reason = reason


class PipelineError(ValueError):
    """The configured pipeline cannot be driven; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"RETIREMENT_PIPELINE: {reason}")
        self.reason = reason


class NoRowError(CommandError):
    """There is no such row, or it has gone meanwhile."""


class TransitionRefusedError(CommandError):
    """The row may not move like this; `message` says why."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotWorkingError(CommandError):
    """The row is in a state in which nothing may be done for it."""

    def __init__(self, state: str) -> None:
        super().__init__(f"the row is in {state}")
        self.state = state


class AlreadyLeavingError(CommandError):
    """The account has asked for its retirement already."""


class CleanupRefusedError(CommandError):
    """A row of a batch is not what the batch needs; `message` says what, and names nobody."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class CancelRefusedError(CommandError):
    """The retirement cannot be cancelled; `message` says why."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class UsernameRefusedError(CommandError):
    """The username cannot be replaced by this one; nothing has changed."""
