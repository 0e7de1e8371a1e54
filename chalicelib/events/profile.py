"""What a person says of themselves, and the event that changes it."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, with_config
from typing_extensions import TypedDict

from chalicelib.events.classification import Personal, Plain
from chalicelib.events.event import Event


class Profile(BaseModel):
    """The profile fields of an account, as they are stored (spec 10, section 7).

    `social_links` maps a platform to a link, `extended_profile` a field's name to its text;
    `language_proficiencies` are codes in order.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = ""
    gender: str | None = None
    year_of_birth: int | None = None
    level_of_education: str | None = None
    country: str | None = None
    state: str | None = None
    city: str | None = None
    goals: str | None = None
    mailing_address: str | None = None
    bio: str | None = None
    phone_number: str | None = None
    language_proficiencies: tuple[str, ...] = ()
    social_links: dict[str, str] = Field(default_factory=dict)
    extended_profile: dict[str, str] = Field(default_factory=dict)


@with_config(ConfigDict(extra="forbid"))
class ProfileChanges(TypedDict, total=False):
    """Some fields of a profile, and no others: a dictionary, which is read and applied in half a model's time."""

    name: str
    gender: str | None
    year_of_birth: int | None
    level_of_education: str | None
    country: str | None
    state: str | None
    city: str | None
    goals: str | None
    mailing_address: str | None
    bio: str | None
    phone_number: str | None
    language_proficiencies: tuple[str, ...]
    social_links: dict[str, str]
    extended_profile: dict[str, str]


class ProfileUpdated(Event):
    """A person changed their profile, the preference `account_privacy`, or both.

    `before` and `after` hold the same fields: those that changed, and no others. The preference maps
    likewise; null stands for a preference that is not set.
    """

    fields: Annotated[tuple[str, ...], Plain]
    before: Annotated[ProfileChanges, Personal] = Field(default_factory=ProfileChanges)
    after: Annotated[ProfileChanges, Personal] = Field(default_factory=ProfileChanges)
    preferences_before: Annotated[dict[str, str | None], Personal] = Field(default_factory=dict)
    preferences_after: Annotated[dict[str, str | None], Personal] = Field(default_factory=dict)

    def changed_fields(self) -> tuple[str, ...]:
        """The changed fields; a preference is only `preferences`."""
        return self.fields
