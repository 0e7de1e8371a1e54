"""What a deployment may choose about accounts, as one value that decisions are given."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from pydantic import JsonValue

from chalicelib.accounts.account import Account
from chalicelib.accounts.rules.addresses import RETIRED_DOMAIN, email_address
from chalicelib.accounts.rules.registry import RuleContext
from chalicelib.accounts.rules.usernames import RETIRED_PREFIX, new_username

PUBLIC_FIELDS = frozenset({"account_privacy", "profile_image", "username"})
SHARED_FIELDS = PUBLIC_FIELDS | {
    "bio",
    "course_certificates",
    "country",
    "date_joined",
    "language_proficiencies",
    "level_of_education",
    "social_links",
    "time_zone",
}
CUSTOM_FIELDS = SHARED_FIELDS | {"name"}
ADMIN_FIELDS = CUSTOM_FIELDS | {
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
}


def no_proof(_: Account, __: str) -> bool:
    """No change of name needs a proof of identity."""
    return False


@dataclass(frozen=True)
class Policy:
    """The settings that accounts depend on; the defaults are the contract's (spec 10, sections 5.1 and 12).

    `consent_age_limit` 0 switches parental consent off; without `year_of_birth_required` an account without
    a year counts as an adult's. `name_needs_proof` tells of an account and a new name whether the change needs a
    proof of identity (section 7.1); `breached_password` whether a password is known from a breach, which the two
    switches ask at registration and at the reset page (section 11).
    """

    consent_age_limit: int = 13
    year_of_birth_required: bool = True
    public_fields: frozenset[str] = PUBLIC_FIELDS
    shared_fields: frozenset[str] = SHARED_FIELDS
    custom_fields: frozenset[str] = CUSTOM_FIELDS
    admin_fields: frozenset[str] = ADMIN_FIELDS
    read_only_fields: frozenset[str] = frozenset()
    restricted_countries: frozenset[str] = frozenset()
    extended_profile_fields: tuple[str, ...] = ()
    extended_profile_validator: Callable[[str, str], str | None] | None = field(default=None, compare=False)

    email_changes_allowed: bool = True
    name_needs_proof: Callable[[Account, str], bool] = field(default=no_proof, compare=False)
    breached_password: Callable[[str], bool] | None = field(default=None, compare=False)
    breach_check_at_registration: bool = False
    breach_check_at_reset: bool = False
    retired_prefix: str = RETIRED_PREFIX
    retired_domain: str = RETIRED_DOMAIN

    def username_rule(self, value: JsonValue) -> str:
        """The rule of a new account's username."""
        return new_username(value, retired_prefix=self.retired_prefix)

    def email_rule(self, value: JsonValue) -> str:
        """The rule of a new account's address."""
        return email_address(value, retired_domain=self.retired_domain)

    @cached_property
    def rules(self) -> RuleContext:
        """The part that the field rules need."""
        return RuleContext(
            restricted_countries=self.restricted_countries,
            extended_profile_fields=self.extended_profile_fields,
            extended_profile_validator=self.extended_profile_validator,
        )
