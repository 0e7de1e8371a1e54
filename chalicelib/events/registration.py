"""How accounts come to be, and become active."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from chalicelib.events.classification import Personal, Plain
from chalicelib.events.event import Event
from chalicelib.events.profile import Profile


class SocialLogin(BaseModel):
    """A login at another provider that is linked elsewhere and only kept here (spec 00)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    provider: str
    uid: str
    extra_data: str = "null"


class AccountRegistered(Event):
    """Somebody registered. The account is inactive until the link in the mail is opened.

    `activation` is the SHA-256 of the link's secret; `credential` fingerprints the password hash, which
    stands beside the events and never in one.
    """

    number: Annotated[int, Field(ge=1), Plain]
    activation: Annotated[str, Plain]
    credential: Annotated[str, Plain]
    username: Annotated[str, Personal] = ""
    email: Annotated[str, Personal] = ""
    profile: Annotated[Profile, Personal] = Profile()

    def changed_fields(self) -> tuple[str, ...]:
        """All that a registration sets."""
        return ("username", "email", *sorted(self.profile.model_fields_set))


class AccountProvisioned(Event):
    """A superuser made an account for somebody (spec 00, "Creating accounts"), or imported it from another system.

    An imported account may have `joined` earlier, and may wait for a name and for the confirmation of a recovery
    address, without a link that is open.
    """

    number: Annotated[int, Field(ge=1), Plain]
    active: Annotated[bool, Plain]
    staff: Annotated[bool, Plain]
    superuser: Annotated[bool, Plain]
    permissions: Annotated[tuple[str, ...], Plain]
    credential: Annotated[str | None, Plain]
    username: Annotated[str, Personal] = ""
    email: Annotated[str, Personal] = ""
    profile: Annotated[Profile, Personal] = Profile()
    preferences: Annotated[dict[str, str], Personal] = Field(default_factory=dict)
    orgs: Annotated[tuple[str, ...], Personal] = ()
    social_logins: Annotated[tuple[SocialLogin, ...], Personal] = ()
    joined: Annotated[datetime | None, Plain] = None
    pending_name: Annotated[str | None, Personal] = None
    secondary_email: Annotated[str | None, Personal] = None

    def changed_fields(self) -> tuple[str, ...]:
        """All that provisioning sets."""
        preferences = ("preferences",) if self.preferences else ()
        return ("username", "email", *sorted(self.profile.model_fields_set), *preferences)


class AccountActivated(Event):
    """The link in the activation mail was opened."""

    def changed_fields(self) -> tuple[str, ...]:
        """Only `is_active`."""
        return ("is_active",)


class ActivationRequested(Event):
    """Another activation link was mailed; the one before is dead. `activation` is the SHA-256 of its secret."""

    activation: Annotated[str, Plain]
