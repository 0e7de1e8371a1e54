"""Every setting of the service, once: name, type, default and one sentence.

A setting is read from the environment variable of its own name in capitals (``BASE_URL``). Lists and
maps are given as JSON. No setting has a secret as its default.
"""

from typing import NamedTuple

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

SIGNED_BY = "What signs this webhook's calls; empty: the member `hook_{}_secret` of the secret in Secrets Manager."

STOCK_STATES = (
    "PENDING",
    "LOCKING_ACCOUNT",
    "LOCKING_COMPLETE",
    "RETIRING_FORUMS",
    "FORUMS_COMPLETE",
    "RETIRING_EMAIL_LISTS",
    "EMAIL_LISTS_COMPLETE",
    "RETIRING_ENROLLMENTS",
    "ENROLLMENTS_COMPLETE",
    "RETIRING_NOTES",
    "NOTES_COMPLETE",
    "RETIRING_LMS",
    "LMS_COMPLETE",
    "ERRORED",
    "ABORTED",
    "COMPLETE",
)


class PipelineStep(NamedTuple):
    """One step of our own driver: the working state, the state at its end, and the actions between."""

    state: str
    end: str
    actions: tuple[str, ...]


STOCK_PIPELINE = (
    PipelineStep("LOCKING_ACCOUNT", "LOCKING_COMPLETE", ("end_sessions", "partner_report")),
    PipelineStep("RETIRING_EMAIL_LISTS", "EMAIL_LISTS_COMPLETE", ("retire_mailings",)),
    PipelineStep("RETIRING_LMS", "LMS_COMPLETE", ("retire_misc", "retire")),
)


class Settings(BaseSettings):
    """The settings of one running service, read from its environment."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    base_url: str = Field(
        "http://127.0.0.1:8000", description="Where people reach this service; links in mail start with it."
    )
    platform_name: str = Field("Rollcall", description="The platform's name in mails and pages.")
    aws_region: str = Field("eu-west-1", description="The AWS region of every resource.", validation_alias="AWS_REGION")
    table_prefix: str = Field("rollcall", description="What the name of each DynamoDB table starts with.")
    kms_key_id: str = Field("alias/rollcall", description="The KMS key that wraps the key-encryption keys.")
    signing_key_id: str = Field(
        "alias/rollcall-tokens",
        description="The asymmetric KMS key (RSA, 2048 bits or more) that signs tokens.",
    )
    retired_signing_key_ids: list[str] = Field(
        default_factory=list,
        description="Earlier signing keys, still published and accepted until their last token has run out.",
    )
    secret_id: str = Field(
        "rollcall/secrets",
        description="The secret in Secrets Manager that holds the peppers of claims and look-ups.",
    )
    feed_bus: str = Field(
        "default",
        description="The EventBridge bus that the feed of changes goes to; empty switches the feed off.",
    )
    image_bucket: str = Field("rollcall-images", description="The private bucket of profile pictures.")
    image_base_url: str = Field("", description="Where pictures are served, a CDN for instance; empty: BASE_URL.")

    token_issuer: str = Field("", description="The `iss` claim of tokens; empty: BASE_URL followed by /oauth2.")
    token_audience: str = Field("rollcall", description="The `aud` claim of tokens.")
    access_token_seconds: int = Field(3600, ge=1, description="How long an access token lives.")
    refresh_token_seconds: int = Field(
        28 * 24 * 3600, ge=1, description="How long a session lives without being refreshed."
    )
    login_failure_limit: int = Field(
        6, ge=1, description="Wrong passwords in a row after which an account's logins are locked."
    )
    login_lockout_minutes: int = Field(30, ge=1, description="How long that lock lasts.")
    argon2_memory_kib: int = Field(47104, ge=8, description="Memory that hashing one password takes, in KiB.")
    argon2_passes: int = Field(1, ge=1, description="Passes over that memory.")
    argon2_lanes: int = Field(1, ge=1, description="Lanes of argon2id.")

    mail_from: str = Field(
        "accounts@rollcall.example", description="The sender of every mail; SES must have verified it."
    )

    consent_age_limit: int = Field(
        13,
        ge=0,
        description="Accounts of people up to this age show nothing but the public fields; 0 switches the limit off.",
    )
    year_of_birth_required: bool = Field(
        True,
        description="Whether an account without a year of birth counts as a child's.",
    )
    extended_profile_fields: list[str] = Field(
        default_factory=list,
        description="The names of the further profile fields, in the order in which they are shown.",
    )
    read_only_fields: list[str] = Field(
        default_factory=list,
        description="Further account fields that PATCH refuses, for instance with single sign-on.",
    )
    restricted_countries: list[str] = Field(default_factory=list, description="Country codes that nobody may choose.")
    public_fields: list[str] = Field(
        default_factory=lambda: ["account_privacy", "profile_image", "username"],
        description="Account fields that everybody with a token may read.",
    )
    shared_fields: list[str] = Field(
        default_factory=lambda: [
            "bio",
            "course_certificates",
            "country",
            "date_joined",
            "language_proficiencies",
            "level_of_education",
            "social_links",
            "time_zone",
        ],
        description="Fields shown besides when the profile is visible to all.",
    )
    custom_fields: list[str] = Field(
        default_factory=lambda: ["name"],
        description="Fields that a person with custom visibility may show besides the shared ones.",
    )
    admin_fields: list[str] = Field(
        default_factory=lambda: [
            "email",
            "extended_profile",
            "gender",
            "goals",
            "id",
            "is_active",
            "language",
            "last_login",
            "mailing_address",
            "pending_name_change",
            "phone_number",
            "requires_parental_consent",
            "secondary_email",
            "secondary_email_enabled",
            "state",
            "verified_name",
            "year_of_birth",
        ],
        description="Fields shown besides to the owner and to staff.",
    )

    email_changes_allowed: bool = Field(True, description="Whether people may change their address.")
    email_change_limit: int = Field(0, ge=0, description="Address changes an account may ask for in a window; 0: any.")
    email_change_window_seconds: int = Field(3600, ge=1, description="The length of that window.")
    rate_limits: bool = Field(
        True, description="Whether limits by source address are in force; off in the local stage."
    )
    registration_check_limit: int = Field(
        30, ge=0, description="Registration checks a source address may make in a window; 0: any."
    )
    registration_check_window_seconds: int = Field(7 * 24 * 3600, ge=1, description="The length of that window.")
    breach_check_at_registration: bool = Field(
        False, description="Whether new passwords are checked against breaches, if the deployment provides the check."
    )
    breach_check_at_reset: bool = Field(False, description="The same on the page that resets a password.")

    profile_image_sizes_map: dict[str, int] = Field(
        default_factory=lambda: {"full": 500, "large": 120, "medium": 50, "small": 30},
        description="The sizes of a profile picture by name, in pixels a side; these four names must be there.",
    )
    profile_image_max_bytes: int = Field(1_048_576, ge=1, description="The largest picture that may be sent.")
    profile_image_min_bytes: int = Field(100, ge=0, description="The smallest.")
    profile_image_max_pixels: int = Field(50_331_648, ge=1, description="The most pixels that a picture may have.")
    profile_image_upload_max_bytes: int = Field(
        0, ge=0, description="The largest picture of a direct upload to S3; 0: as PROFILE_IMAGE_MAX_BYTES."
    )
    profile_image_grant_seconds: int = Field(
        300, ge=1, le=600, description="How long a direct upload to S3 may be begun after it was granted."
    )
    profile_image_default_filename: str = Field(
        "images/profiles/default", description="Where the default pictures are, below /static/ and without the side."
    )
    profile_image_default_file_extension: str = Field("png", description="The extension of the default pictures.")

    account_deletion_allowed: bool = Field(True, description="Whether people may delete their own account.")
    retirement_states: list[str] = Field(
        default_factory=lambda: list(STOCK_STATES),
        description="The states of a retirement, in order; PENDING first, ERRORED, ABORTED and COMPLETE last.",
    )
    cool_off_days: int = Field(14, ge=0, description="How many days a retirement may be cancelled by support.")
    retirement_worker_username: str = Field(
        "", description="The account that drives retirements; empty: nobody by name. Make it before you name it."
    )
    username_worker_username: str = Field(
        "", description="The account that replaces usernames; empty: nobody by name. Make it before you name it."
    )
    retired_username_prefix: str = Field(
        "retired__user_", min_length=1, description="What retired usernames and addresses start with."
    )
    retired_email_domain: str = Field("retired.invalid", description="The domain of retired addresses.")
    orgs_config: dict[str, list[str]] = Field(
        default_factory=dict,
        description="Partner organisations with columns of their own in a report: name to column headings.",
    )
    retirement_driver: bool = Field(
        False, description="Whether the schedule drives retirements by itself; off: an outside driver does."
    )
    retirement_pipeline: list[PipelineStep] = Field(
        default_factory=lambda: list(STOCK_PIPELINE),
        description="What our own driver does: steps of a working state, its end state, and the actions between.",
    )
    hook_certificates_url: str = Field("", description="The webhook that `retire` calls; empty: off.")
    hook_lms_url: str = Field("", description="The webhook that `retire_misc` calls; empty: off.")
    hook_mailing_lists_url: str = Field(
        "", description="The webhook that `retire_misc` and `retire_mailings` call; empty: off."
    )
    hook_organisations_url: str = Field(
        "", description="The webhook that names the organisations of an account; empty: its own `orgs` count."
    )

    hook_certificates_secret: SecretStr = Field(SecretStr(""), description=SIGNED_BY.format("certificates"))
    hook_lms_secret: SecretStr = Field(SecretStr(""), description=SIGNED_BY.format("lms"))
    hook_mailing_lists_secret: SecretStr = Field(SecretStr(""), description=SIGNED_BY.format("mailing_lists"))
    hook_organisations_secret: SecretStr = Field(SecretStr(""), description=SIGNED_BY.format("organisations"))
    hooks_over_plain_http: bool = Field(False, description="Whether webhooks may be http; for the local stage alone.")

    body_limit_bytes: int = Field(
        1_000_000, ge=1024, description="The largest body that a JSON or form endpoint reads."
    )
    write_attempts: int = Field(
        40, ge=1, description="How often a command that lost a race decides again before it answers 503."
    )
    quarantine_after: int = Field(
        5, ge=1, description="Failures of one account's projection after which it is quarantined."
    )

    @field_validator("profile_image_sizes_map")
    @classmethod
    def _has_the_four_sizes(cls, sizes: dict[str, int]) -> dict[str, int]:
        if not {"full", "large", "medium", "small"} <= sizes.keys() or not all(
            1 <= side <= 4096 for side in sizes.values()
        ):
            raise ValueError("the sizes full, large, medium and small must be there, each of 1 to 4096 pixels")
        return sizes

    @property
    def issuer(self) -> str:
        """The `iss` claim: TOKEN_ISSUER, or an address of this service."""
        return self.token_issuer or f"{self.base_url}/oauth2"
