"""The folded state of one account: what its head holds."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from chalicelib.accounts.retirement import Originals, PartnerRow, Report, RetirementRow
from chalicelib.events.classification import Personal, PersonalInReport, PersonalInRow, Plain, Pseudonym
from chalicelib.events.event import AccountId
from chalicelib.events.profile import Profile
from chalicelib.events.registration import SocialLogin

ACCOUNT_SCHEMA = 4
"""Goes up whenever the meaning of a field or of its default changes; older heads are then folded anew."""


class ImageRow(BaseModel):
    """The picture that an account shows: the id in the names of its objects, their sides, and when it was sent."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    sides: tuple[int, ...]
    sent: datetime
    upload: str | None = None


class Account(BaseModel):
    """One account as its events have made it.

    `number` is the id that the API shows; `activation` the SHA-256 of the secret in the activation link while
    it is open; `credential` the fingerprint of the password hash; a token counts while its generation is
    `token_generation`, or its session is `kept_session`. `email_key` and `secondary_email_key` are the SHA-256 of
    the secrets in the links that are open; `recovery_email` is the confirmed secondary address. `way_in` is the version
    of the newest event that changed who can get in: the password, an address, leaving or coming back; the link of a
    password reset counts while it stays the same. `image_moment` is that of the newest picture or removal that was
    accepted.

    The retired names are there from the moment that somebody has left, and for ever unless that is cancelled; the
    digits are those under which names and addresses count as taken. `erased` says that the profile is gone for
    good. `asked_for_name` and `asked_for_address` say that the account has, or had, a row in the views of what is
    pending. `last_row` and `last_report` are the numbers of the newest rows, which may be gone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[AccountId, Pseudonym]
    version: Annotated[int, Plain]
    number: Annotated[int, Plain]
    joined: Annotated[datetime, Plain]
    last_login: Annotated[datetime | None, Plain] = None
    active: Annotated[bool, Plain] = False
    deactivated: Annotated[bool, Plain] = False
    disabled: Annotated[bool, Plain] = False
    staff: Annotated[bool, Plain] = False
    superuser: Annotated[bool, Plain] = False
    permissions: Annotated[tuple[str, ...], Plain] = ()
    activation: Annotated[str | None, Plain] = None
    credential: Annotated[str | None, Plain] = None
    token_generation: Annotated[int, Plain] = 0
    kept_session: Annotated[str | None, Pseudonym] = None
    way_in: Annotated[int, Plain] = 1
    image: Annotated[ImageRow | None, Pseudonym] = None
    image_moment: Annotated[datetime | None, Plain] = None
    refused_upload: Annotated[str | None, Pseudonym] = None
    email_key: Annotated[str | None, Plain] = None
    secondary_email_key: Annotated[str | None, Plain] = None
    email_requested: Annotated[datetime | None, Plain] = None
    secondary_email_requested: Annotated[datetime | None, Plain] = None
    asked_for_name: Annotated[bool, Plain] = False
    asked_for_address: Annotated[bool, Plain] = False

    retired_username: Annotated[str, Pseudonym] = ""
    retired_email: Annotated[str, Pseudonym] = ""
    username_digits: Annotated[tuple[str, ...], Pseudonym] = ()
    email_digits: Annotated[tuple[str, ...], Pseudonym] = ()
    erased: Annotated[bool, Plain] = False
    row: Annotated[RetirementRow | None, Plain] = None
    last_row: Annotated[int | None, Plain] = None
    originals: Annotated[Originals | None, PersonalInRow] = None
    partner_row: Annotated[PartnerRow | None, Plain] = None
    last_report: Annotated[int | None, Plain] = None
    report: Annotated[Report | None, PersonalInReport] = None

    own_username: Annotated[str, Personal] = ""
    own_email: Annotated[str, Personal] = ""
    profile: Annotated[Profile, Personal] = Profile()
    preferences: Annotated[dict[str, str], Personal] = Field(default_factory=dict)
    pending_name: Annotated[str | None, Personal] = None
    name_requested: Annotated[datetime | None, Plain] = None
    pending_email: Annotated[str | None, Personal] = None
    recovery_email: Annotated[str | None, Personal] = None
    pending_secondary_email: Annotated[str | None, Personal] = None
    orgs: Annotated[tuple[str, ...], Personal] = ()
    social_logins: Annotated[tuple[SocialLogin, ...], Personal] = ()

    @property
    def username(self) -> str:
        """The username now: the account's own until it is erased, the retired one afterwards."""
        return self.own_username or self.retired_username

    @property
    def email(self) -> str:
        """The address now: the account's own until the person leaves, the retired one afterwards."""
        return self.own_email or self.retired_email

    @property
    def secondary_email(self) -> str | None:
        """The newest secondary address, confirmed or not (spec 10, D7)."""
        return self.pending_secondary_email or self.recovery_email

    @property
    def has_left(self) -> bool:
        """Whether the person has asked for their retirement, or is retired."""
        return bool(self.retired_username)

    def accepts_token(self, generation: int, session: str) -> bool:
        """Whether a token of this generation and session still speaks for the account."""
        if self.disabled:
            return False
        return generation == self.token_generation or (
            session == self.kept_session and generation < self.token_generation
        )
