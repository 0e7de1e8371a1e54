"""What all events have in common."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from chalicelib.events.classification import Plain, Pseudonym

AccountId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
"""A random account id: 32 lower-case hexadecimal digits, never derived from the person."""


class Role(StrEnum):
    """In which role somebody acts on an account."""

    OWNER = "owner"
    STAFF = "staff"
    SERVICE = "service"
    SYSTEM = "system"


class Proof(StrEnum):
    """How an actor was known."""

    TOKEN = "token"  # noqa: S105 - a kind of proof, not a secret
    PASSWORD = "password"  # noqa: S105 - a kind of proof, not a secret
    LINK = "link"
    NONE = "none"


class Actor(BaseModel):
    """Who did it: the account (null for the system and for people without a token), as what, known how."""

    model_config = ConfigDict(frozen=True)

    account: AccountId | None = None
    role: Role
    proof: Proof = Proof.NONE


class Event(BaseModel):
    """One fact about one account. Subclasses add what happened; their names are in the past tense.

    Every personal field needs a default: it is what a reader finds there once the key is destroyed, so
    that the history of a forgotten person can still be folded.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    schema_number: ClassVar[int] = 1

    account: Annotated[AccountId, Pseudonym]
    version: Annotated[int, Field(ge=1), Plain]
    at: Annotated[datetime, Plain]
    actor: Annotated[Actor, Pseudonym]
    request: Annotated[str, Plain]

    def changed_fields(self) -> tuple[str, ...]:
        """Names of the API fields that this event changed, for the feed; never a value."""
        return ()
