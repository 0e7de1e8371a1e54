"""Erasures after the fact: done again after a restore, and certified."""

from typing import Annotated

from pydantic import Field

from chalicelib.events.classification import Plain, Pseudonym
from chalicelib.events.event import Event


class ErasureReplayed(Event):
    """After a restore the account was erased again, from the erasure ledger alone: nobody could read who it was.

    `through` is the version at which its key died. The names and digits are those that it had as a retired one.
    """

    through: Annotated[int, Field(ge=1), Plain]
    username_digits: Annotated[tuple[str, ...], Pseudonym] = ()
    email_digits: Annotated[tuple[str, ...], Pseudonym] = ()
    retired_username: Annotated[str, Pseudonym] = ""
    retired_email: Annotated[str, Pseudonym] = ""

    def changed_fields(self) -> tuple[str, ...]:
        """The account as a whole: its names, its profile and its preferences."""
        return ("username", "email", "is_active", "profile", "preferences")


class CertificateIssued(Event):
    """It was looked for what the account has left, and what was found is certified.

    `certificate` is the certificate's random id, `digest` the SHA-256 of the bytes that were signed; `clean` says that
    nothing was found, `values_given` that values of the person were looked for.
    """

    certificate: Annotated[str, Plain]
    digest: Annotated[str, Plain]
    clean: Annotated[bool, Plain]
    values_given: Annotated[bool, Plain]
