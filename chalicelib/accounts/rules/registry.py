"""Which rule binds which field of a PATCH (spec 10, sections 6 and 7)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from chalicelib.accounts.rules import birth, choices, languages, names, phone, regions, social_links, text
from chalicelib.accounts.rules.extended_profile import Validator, extended_profile
from chalicelib.accounts.rules.json_value import JsonValue

READ_ONLY = frozenset(
    {
        "username",
        "date_joined",
        "is_active",
        "password_toggle_history",
        "profile_image",
        "requires_parental_consent",
    }
)
"""Fields whose mere presence in a PATCH is a fault."""


@dataclass(frozen=True)
class RuleContext:
    """What a deployment chooses that rules depend on."""

    restricted_countries: frozenset[str] = frozenset()
    extended_profile_fields: tuple[str, ...] = ()
    extended_profile_validator: Validator | None = field(default=None, compare=False)


Rule = Callable[[JsonValue, RuleContext], object]
"""Takes the value sent and gives the value to store; raises `RuleError`."""


def _everywhere(rule: Callable[[JsonValue], object]) -> Rule:
    """`rule`, which is the same in every deployment."""
    return lambda value, _context: rule(value)


def _country(value: JsonValue, context: RuleContext) -> str | None:
    return regions.country(value, context.restricted_countries)


def _extended_profile(value: JsonValue, context: RuleContext) -> dict[str, str | None]:
    return extended_profile(
        value, configured=context.extended_profile_fields, validator=context.extended_profile_validator
    )


PATCH_RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "name": _everywhere(names.name),
        "gender": _everywhere(choices.gender),
        "year_of_birth": _everywhere(birth.year_of_birth),
        "level_of_education": _everywhere(choices.level_of_education),
        "country": _country,
        "state": _everywhere(regions.state),
        "goals": _everywhere(text.goals),
        "mailing_address": _everywhere(text.mailing_address),
        "city": _everywhere(text.city),
        "bio": _everywhere(text.bio),
        "phone_number": _everywhere(phone.phone_number),
        "language_proficiencies": _everywhere(languages.language_proficiencies),
        "social_links": _everywhere(social_links.social_links),
        "account_privacy": _everywhere(choices.account_privacy),
        "extended_profile": _extended_profile,
    }
)
"""The rule of each writable field but the addresses, in the order of the contract.

`social_links` and `extended_profile` give what to merge, where null removes. Null of `account_privacy`
deletes the preference.
"""
