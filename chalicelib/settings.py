"""Every setting of the service, once: name, type, default and one sentence.

A setting is read from the environment variable of its own name in capitals (``BASE_URL``). Lists and
maps are given as JSON. No setting has a secret as its default.
"""

import json
import re
from ipaddress import ip_network
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

ORIGIN = re.compile(r"https?://(?:[a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")
"""An origin as browsers send it: scheme, host and port, in lower case, without a slash at the end."""

USUAL_PORT = re.compile(r"^(http:.*(?=:80$)|https:.*(?=:443$)):\d+$")
"""The port that browsers leave out of an origin."""

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


Origins = Annotated[list[str], NoDecode]
"""Origins as a JSON list, or with commas between them."""


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
    stage: str = Field("local", description="The stage that metrics are of; `local` writes none.")
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
    upcoming_signing_key_ids: list[str] = Field(
        default_factory=list,
        description="Signing keys to come, published and accepted an hour or more before one becomes SIGNING_KEY_ID.",
    )
    certificate_key_id: str = Field(
        "alias/rollcall-certificates",
        description="The asymmetric KMS key (RSA, 2048 bits or more) that signs certificates of erasures.",
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

    cors_origins: Origins = Field(
        default_factory=list,
        description="Origins whose pages may use this service with a person's cookies; a JSON list, or with commas.",
    )
    redirect_origins: Origins = Field(
        default_factory=list,
        description="Origins besides CORS_ORIGINS to which people may be sent on after a login or a logout.",
    )
    landing_page: str = Field(
        "", description="Where people are sent after a login that names no place; empty: nowhere."
    )
    support_link: str = Field("", description="Where people whose account is not active find help; may be empty.")
    cookie_domain: str = Field("", description="The domain of every cookie; empty: the host that sets it, alone.")
    cookie_same_site: Literal["Lax", "Strict", "None"] = Field(
        "Lax", description="SameSite of every cookie; `None`, over https alone, where pages live on another site."
    )
    cookie_header_payload_name: str = Field(
        "edx-jwt-cookie-header-payload", description="The cookie with the part of the token that pages read."
    )
    cookie_signature_name: str = Field("edx-jwt-cookie-signature", description="The cookie with the token's signature.")
    cookie_refresh_name: str = Field("rollcall-refresh", description="The cookie with the refresh token.")
    cookie_csrf_name: str = Field("csrftoken", description="The cookie with the CSRF token.")
    cookie_language_name: str = Field(
        "openedx-language-preference", description="The cookie with the language that somebody has chosen."
    )
    csrf_cookie_seconds: int = Field(365 * 24 * 3600, ge=1, description="How long a browser keeps its CSRF token.")
    password_reset_seconds: int = Field(3 * 24 * 3600, ge=1, description="How long the link of a password reset lives.")

    site: bool = Field(
        True, description="Whether the site is served: pages for people, support and operators. `/login` always is."
    )
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
    pending_change_days: int = Field(
        0, ge=0, description="After how many days an address whose link nobody has opened is given up; 0: never."
    )
    rate_limits: bool = Field(
        True, description="Whether limits by source, name and address are in force; off in the local stage."
    )
    registration_check_limit: int = Field(
        30, ge=0, description="Registration checks a source address may make in a window; 0: any."
    )
    registration_check_window_seconds: int = Field(7 * 24 * 3600, ge=1, description="The length of that window.")
    registration_limit: int = Field(
        60, ge=0, description="Registrations that a source address may try in a window; 0: any."
    )
    registration_window_seconds: int = Field(7 * 24 * 3600, ge=1, description="The length of that window.")
    login_source_limit: int = Field(100, ge=0, description="Logins of a source address in a window; 0: any.")
    login_name_limit: int = Field(30, ge=0, description="Logins of a name or an address as typed; 0: any.")
    login_window_seconds: int = Field(300, ge=1, description="The length of both windows.")
    reset_source_limit: int = Field(1, ge=0, description="Password resets a source address asks for; 0: any.")
    reset_source_window_seconds: int = Field(60, ge=1, description="The length of that window.")
    reset_address_limit: int = Field(2, ge=0, description="Password resets asked for an address in a window; 0: any.")
    reset_address_window_seconds: int = Field(3600, ge=1, description="The length of that window.")
    reset_link_limit: int = Field(
        30, ge=0, description="Uses and checks of reset links a source address has in a window; 0: any."
    )
    reset_link_window_seconds: int = Field(7 * 24 * 3600, ge=1, description="The length of that window.")
    token_limit: int = Field(120, ge=0, description="Calls of the token endpoint of a source address; 0: any.")
    token_window_seconds: int = Field(60, ge=1, description="The length of that window.")
    trusted_proxies: list[str] = Field(
        default_factory=list,
        description="Networks (CIDR) of proxies in front of API Gateway, a CDN's, whose X-Forwarded-For is believed.",
    )
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
    retirement_stuck_hours: int = Field(
        24, ge=1, description="After how many hours a retirement that nobody moves counts as stuck, for the alarm."
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
    import_limit_bytes: int = Field(4_500_000, ge=1024, description="The largest export that can be imported.")
    export_direct_bytes: int = Field(
        4_000_000, ge=0, description="The largest export that is answered directly; larger ones wait in the bucket."
    )
    write_attempts: int = Field(
        40, ge=1, description="How often a command that lost a race decides again before it answers 503."
    )
    verify_grace_seconds: int = Field(
        60, ge=0, description="How long a view row may lag behind its account before a verification reports it."
    )
    quarantine_after: int = Field(
        5, ge=1, description="Failures of one account's projection after which it is quarantined."
    )

    @field_validator("cors_origins", "redirect_origins", mode="before")
    @classmethod
    def _listed(cls, given: Any) -> Any:
        if not isinstance(given, str):
            return given
        if given.lstrip().startswith("["):
            return json.loads(given)
        return [origin for origin in re.split(r"[,\s]+", given) if origin]

    @field_validator("cors_origins", "redirect_origins")
    @classmethod
    def _are_origins(cls, origins: list[str]) -> list[str]:
        normal = [USUAL_PORT.sub(r"\1", origin.strip().rstrip("/").lower()) for origin in origins]
        if not all(ORIGIN.fullmatch(origin) for origin in normal):
            raise ValueError("an origin is http(s)://host or http(s)://host:port; there is no wildcard")
        return list(dict.fromkeys(normal))

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, networks: list[str]) -> list[str]:
        return [str(ip_network(network)) for network in networks]

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
