"""Who sees which fields of an account (spec 10, section 5.1)."""

from enum import StrEnum

from chalicelib.accounts.account import Account
from chalicelib.accounts.policy import Policy

ACCOUNT_PRIVACY = "account_privacy"
VISIBILITY_PREFIX = "visibility."


class Privacy(StrEnum):
    """The three known values of the preference `account_privacy`."""

    ALL_USERS = "all_users"
    PRIVATE = "private"
    CUSTOM = "custom"


def needs_consent(account: Account, year: int, policy: Policy) -> bool:
    """Whether a parent would have to consent. `year` is this year.

    Born `year - 13` still needs it, for the birthday may be still to come; born `year - 14` does not.
    """
    if policy.consent_age_limit == 0:
        return False
    born = account.profile.year_of_birth
    if born is None:
        return policy.year_of_birth_required
    return year - born - 1 < policy.consent_age_limit


def visibility_of(account: Account, year: int, policy: Policy) -> str:
    """The visibility that is in force: `private` for whoever needs consent, else the preference."""
    if needs_consent(account, year, policy):
        return Privacy.PRIVATE
    return account.preferences.get(ACCOUNT_PRIVACY, Privacy.ALL_USERS)


def shared_with_others(account: Account, year: int, policy: Policy) -> frozenset[str]:
    """The fields that somebody else may read. An unknown visibility acts as `private`."""
    match visibility_of(account, year, policy):
        case Privacy.ALL_USERS:
            return policy.shared_fields
        case Privacy.CUSTOM:
            shown = {
                name
                for name in policy.custom_fields
                if account.preferences.get(VISIBILITY_PREFIX + name) == Privacy.ALL_USERS
            }
            return policy.public_fields | shown
        case _:
            return policy.public_fields


def visible_fields(
    account: Account, viewer: Account, *, shared_view: bool, year: int, policy: Policy
) -> frozenset[str]:
    """The fields of `account` that `viewer` may read, with `?view=shared` or without."""
    if not shared_view and (viewer.id == account.id or viewer.staff):
        return policy.admin_fields
    return shared_with_others(account, year, policy)
