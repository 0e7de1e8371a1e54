"""Logging in, and tokens that stop working."""

from typing import Annotated

from chalicelib.events.classification import Plain, Pseudonym
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


class AccountDeactivated(Event):
    """The account lost its password for good, and every token and session ended. Nothing else changed."""
