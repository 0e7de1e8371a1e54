"""An account as the API shows it (spec 10, section 5.2)."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from chalicelib.accounts.account import Account
from chalicelib.accounts.policy import Policy
from chalicelib.accounts.visibility import needs_consent, visibility_of


class LanguageProficiency(BaseModel):
    """One language that somebody speaks."""

    code: Annotated[str, Field(examples=["en"])]


class SocialLink(BaseModel):
    """One profile elsewhere."""

    platform: Annotated[str, Field(examples=["linkedin"])]
    social_link: Annotated[str, Field(examples=["https://www.linkedin.com/in/ada"])]


class ExtendedProfileField(BaseModel):
    """One further field that the deployment has configured."""

    field_name: str
    field_value: str


class ProfileImage(BaseModel):
    """Where the picture is, in four sizes and those that a deployment adds; without one these are default pictures."""

    model_config = ConfigDict(frozen=True, extra="allow")

    has_image: bool
    image_url_full: str
    image_url_large: str
    image_url_medium: str
    image_url_small: str


class AccountView(BaseModel):
    """An account. Which of these keys are there depends on who asks; those that are there may be null."""

    model_config = ConfigDict(
        frozen=True, json_schema_extra={"required": ["account_privacy", "profile_image", "username"]}
    )

    username: str
    id: int = Field(ge=1)
    email: str
    name: str
    is_active: bool
    date_joined: str = Field(examples=["2014-08-26T17:52:11Z"])
    last_login: str | None
    account_privacy: str
    profile_image: ProfileImage
    requires_parental_consent: bool
    bio: str | None
    country: str | None
    gender: str | None
    level_of_education: str | None
    state: str | None
    goals: str | None
    mailing_address: str | None
    phone_number: str | None
    year_of_birth: int | None
    language_proficiencies: list[LanguageProficiency]
    social_links: list[SocialLink]
    extended_profile: list[ExtendedProfileField]
    pending_name_change: str | None
    secondary_email: str | None
    secondary_email_enabled: bool
    language: str | None
    verified_name: None
    course_certificates: None
    time_zone: None


def account_view(account: Account, image: ProfileImage, year: int, policy: Policy) -> AccountView:
    """All fields of the account; the caller shows those of them that the reader may see."""
    profile = account.profile
    return AccountView(
        username=account.username,
        id=account.number,
        email=account.email,
        name=profile.name,
        is_active=account.active,
        date_joined=_second(account.joined),
        last_login=None if account.last_login is None else _instant(account.last_login),
        account_privacy=visibility_of(account, year, policy),
        profile_image=image,
        requires_parental_consent=needs_consent(account, year, policy),
        bio=profile.bio or None,
        country=profile.country or None,
        gender=profile.gender or None,
        level_of_education=profile.level_of_education or None,
        state=profile.state or None,
        goals=profile.goals,
        mailing_address=profile.mailing_address,
        phone_number=profile.phone_number,
        year_of_birth=profile.year_of_birth,
        language_proficiencies=[LanguageProficiency(code=code) for code in sorted(profile.language_proficiencies)],
        social_links=[
            SocialLink(platform=platform, social_link=link) for platform, link in sorted(profile.social_links.items())
        ],
        extended_profile=[
            ExtendedProfileField(field_name=name, field_value=profile.extended_profile[name])
            for name in policy.extended_profile_fields
            if name in profile.extended_profile
        ],
        pending_name_change=account.pending_name,
        secondary_email=account.secondary_email,
        secondary_email_enabled=True,
        language=account.preferences.get("pref-lang"),
        verified_name=None,
        course_certificates=None,
        time_zone=None,
    )


def _second(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
