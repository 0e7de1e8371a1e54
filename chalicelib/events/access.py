"""Logging in, and tokens that stop working."""

from typing import Annotated

from chalicelib.events.classification import Personal, Plain, Pseudonym
from chalicelib.events.event import Event


class LoggedIn(Event):
    """The right password was given.

    `credential` is the fingerprint of a hash made anew with today's parameters, or null when the stored
    one was good.
    """

    session: Annotated[str, Pseudonym]
    credential: Annotated[str | None, Plain] = None

    def changed_fields(self) -> tuple[str, ...]:
        """Only `last_login`."""
        return ("last_login",)


class TokensRevoked(Event):
    """Every token and session of the account ended, but for the session in `kept` if there is one."""

    kept: Annotated[str | None, Pseudonym] = None


class PasswordSet(Event):
    """The account has a new password; `credential` is the fingerprint of its hash. Its lockout is over."""

    credential: Annotated[str, Plain]


class PasswordReset(Event):
    """The holder of a reset link chose a new password; `credential` is the fingerprint of its hash.

    Every token and session ended but for the session in `kept`, every other open link is dead, the lockout is over,
    and the account is active: its holder reads the mail. `before` and `after` are its addresses if the link went to
    the recovery address, which is the address of the account from now on, and null otherwise. The other two are what
    is shown as `secondary_email` before and after.
    """

    credential: Annotated[str, Plain]
    activated: Annotated[bool, Plain]
    kept: Annotated[str | None, Pseudonym] = None
    before: Annotated[str | None, Personal] = None
    after: Annotated[str | None, Personal] = None
    secondary_before: Annotated[str | None, Personal] = None
    secondary_after: Annotated[str | None, Personal] = None

    def changed_fields(self) -> tuple[str, ...]:
        """What the account shows of it."""
        told = {
            "is_active": self.activated,
            "email": self.after is not None,
            "secondary_email": self.secondary_before != self.secondary_after,
        }
        return tuple(name for name, changed in told.items() if changed)


class AccountDeactivated(Event):
    """The account lost its password for good, and every token and session ended. Nothing else changed."""
