"""Retirement: asked for, carried through, cancelled, cleaned up (spec 20).

`row` is the number of the retirement row, `report` that of the partner row: what is personal is sealed with the
keys of these rows, which outlive the profile's. Redaction comes before deletion, so that whoever keeps copies
overwrites them first.
"""

from typing import Annotated

from pydantic import Field

from chalicelib.events.classification import Personal, PersonalInReport, PersonalInRow, Plain, Pseudonym
from chalicelib.events.event import Event
from chalicelib.events.registration import SocialLogin

RowNumber = Annotated[int, Field(ge=1), Plain]


class SocialLoginsRedacted(Event):
    """The linked logins were overwritten with values that say nothing: `logins` is what stood there then."""

    logins: Annotated[tuple[SocialLogin, ...], Personal] = ()


class SocialLoginsDeleted(Event):
    """The linked logins, redacted before, are gone."""


class PendingAddressRedacted(Event):
    """The recovery address that was asked for was overwritten; it is deleted next."""

    address: Annotated[str, Personal] = ""


class RetirementRequested(Event):
    """A person left: the row is made, address and password are gone, every token and open link is dead.

    The digits are keyed hashes of the original username and address; the retired ones are made of them.
    `secondary_email` is what was shown as that until now.
    """

    row: RowNumber
    state: Annotated[str, Plain]
    username_digits: Annotated[str, Pseudonym]
    email_digits: Annotated[str, Pseudonym]
    retired_username: Annotated[str, Pseudonym]
    retired_email: Annotated[str, Pseudonym]
    original_username: Annotated[str, PersonalInRow] = ""
    original_email: Annotated[str, PersonalInRow] = ""
    original_name: Annotated[str, PersonalInRow] = ""
    secondary_email: Annotated[str | None, Personal] = None

    def changed_fields(self) -> tuple[str, ...]:
        """The two addresses."""
        return ("email", "secondary_email")


class RetirementStateChanged(Event):
    """The row moved. `response` is the driver's text for the log; `by_job` says that our own job moved it."""

    row: RowNumber
    before: Annotated[str, Plain]
    after: Annotated[str, Plain]
    forced: Annotated[bool, Plain] = False
    by_job: Annotated[bool, Plain] = False
    response: Annotated[str, PersonalInRow] = ""


class MiscellaneousDataErased(Event):
    """The step `retire_misc` is done: the requested name is gone, and other services have been told."""

    row: RowNumber

    def changed_fields(self) -> tuple[str, ...]:
        """Only `pending_name_change`."""
        return ("pending_name_change",)


class ProfileErased(Event):
    """The step `retire` is done: everything personal is gone, and the `profile` key with it.

    `orgs` are kept for the partner report until the row is cleaned up.
    """

    row: RowNumber
    orgs: Annotated[tuple[str, ...], PersonalInRow] = ()

    def changed_fields(self) -> tuple[str, ...]:
        """The account as a whole: its names, its profile and its preferences."""
        return ("username", "email", "is_active", "profile", "preferences")


class PartnerReportRequested(Event):
    """Partner organisations are to be told: the partner row is made."""

    report: RowNumber
    original_username: Annotated[str, PersonalInReport] = ""
    original_email: Annotated[str, PersonalInReport] = ""
    original_name: Annotated[str, PersonalInReport] = ""
    orgs: Annotated[tuple[str, ...], PersonalInReport] = ()


class PartnerReportHandedOut(Event):
    """The partner row was given to a driver, and is being processed. `call` is the random name of the driver's call."""

    report: RowNumber
    call: Annotated[str, Plain]


class PartnerReportRedacted(Event):
    """The originals in the partner row were overwritten; it is deleted next."""

    report: RowNumber


class PartnerReportRemoved(Event):
    """The partner row is gone, and its key with it."""

    report: RowNumber


class RetirementRedacted(Event):
    """The originals in the row were overwritten with the values given, and its log was emptied; it is deleted next."""

    row: RowNumber
    username: Annotated[str, PersonalInRow] = ""
    email: Annotated[str, PersonalInRow] = ""
    name: Annotated[str, PersonalInRow] = ""


class RetirementCleanedUp(Event):
    """The row is gone, and its key with it; that the account was retired stays known."""

    row: RowNumber


class RetirementCancelled(Event):
    """The person stays: the address is theirs again, with a password that nobody knows. Both rows are gone."""

    row: RowNumber
    credential: Annotated[str, Plain]
    email: Annotated[str, Personal] = ""

    def changed_fields(self) -> tuple[str, ...]:
        """Only `email`."""
        return ("email",)
