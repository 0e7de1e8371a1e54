"""What the settings say about accounts, as the value that decisions are given."""

from chalicelib.accounts.policy import Policy
from chalicelib.settings import Settings


def policy_of(settings: Settings) -> Policy:
    """What the settings say about accounts."""
    public = frozenset(settings.public_fields)
    shared = public | frozenset(settings.shared_fields)
    custom = shared | frozenset(settings.custom_fields)
    return Policy(
        consent_age_limit=settings.consent_age_limit,
        year_of_birth_required=settings.year_of_birth_required,
        public_fields=public,
        shared_fields=shared,
        custom_fields=custom,
        admin_fields=custom | frozenset(settings.admin_fields),
        read_only_fields=frozenset(settings.read_only_fields),
        restricted_countries=frozenset(settings.restricted_countries),
        extended_profile_fields=tuple(settings.extended_profile_fields),
        email_changes_allowed=settings.email_changes_allowed,
        breach_check_at_registration=settings.breach_check_at_registration,
        breach_check_at_reset=settings.breach_check_at_reset,
        retired_prefix=settings.retired_username_prefix,
        retired_domain=settings.retired_email_domain,
    )
