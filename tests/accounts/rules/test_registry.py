"""The registry of rules, and what all rules have in common."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.accounts.rules.addresses import email_address
from chalicelib.accounts.rules.fault import RuleError
from chalicelib.accounts.rules.names import checked_name, registration_name
from chalicelib.accounts.rules.passwords import new_password
from chalicelib.accounts.rules.registry import PATCH_RULES, READ_ONLY, RuleContext
from chalicelib.accounts.rules.usernames import new_username

CONTEXT = RuleContext(frozenset({"IR"}), ("favorite_beatle",), lambda *_: None)
REGISTRATION = {
    "email": email_address,
    "username": new_username,
    "password": new_password,
    "registration name": registration_name,
    "checked name": checked_name,
}
RULES = {
    **{name: lambda value, rule=rule: rule(value, CONTEXT) for name, rule in PATCH_RULES.items()},
    **REGISTRATION,
}

TEXTS = st.text(st.characters(exclude_categories=()), max_size=40)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
KEYS = st.sampled_from(["platform", "social_link", "code", "field_name", "field_value"]) | TEXTS
WORDS = st.sampled_from(["facebook", "x", "linkedin", "en", "favorite_beatle", "", "x.com/ada", "1990.0"])
JSON = st.recursive(
    SCALARS | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


def outcome(name, value):
    """What a rule gives, or the error by which it refuses; no other error is caught."""
    try:
        return RULES[name](value), None
    except RuleError as error:
        return None, error


def deep(depth):
    value = "x"
    for _ in range(depth):
        value = [value]
    return value


def test_fields():
    """Every writable field but the two addresses has its rule (spec 10, section 7)."""
    fields = (
        "name gender year_of_birth level_of_education country state goals mailing_address city bio "
        "phone_number language_proficiencies social_links account_privacy extended_profile"
    )
    assert fields.split() == list(PATCH_RULES)


def test_read_only():
    """The read-only fields (spec 10, section 6), none of which has a rule."""
    fields = "username date_joined is_active password_toggle_history profile_image requires_parental_consent"
    assert set(fields.split()) == READ_ONLY
    assert not READ_ONLY & set(PATCH_RULES)


NULL = {
    "gender": None,
    "year_of_birth": None,
    "level_of_education": None,
    "country": None,
    "state": None,
    "goals": None,
    "mailing_address": None,
    "city": None,
    "bio": None,
    "phone_number": None,
    "account_privacy": None,
}
EMPTY = {
    **dict.fromkeys(("gender", "level_of_education", "country", "state", "bio", "phone_number")),
    **dict.fromkeys(("goals", "mailing_address", "city"), ""),
}


@pytest.mark.parametrize("field", list(PATCH_RULES))
@pytest.mark.parametrize(("value", "stored"), [(None, NULL), ("", EMPTY)], ids=["null", "empty"])
def test_null_and_empty(field, value, stored):
    """The column "Null / empty" of spec 10, section 7, row by row."""
    if field in stored:
        assert stored[field] == PATCH_RULES[field](value, CONTEXT)
    else:
        with pytest.raises(RuleError):
            PATCH_RULES[field](value, CONTEXT)


@pytest.mark.parametrize("field", [name for name in PATCH_RULES if name != "extended_profile"])
@pytest.mark.parametrize("value", [True, False, {}, {"a": 1}, [True], [[]]])
def test_wrong_types(field, value):
    """True, false, objects and lists of the wrong items are refused by every field."""
    with pytest.raises(RuleError):
        PATCH_RULES[field](value, CONTEXT)


def test_context_reaches_the_rules():
    """Restricted countries and configured fields come from the deployment."""
    with pytest.raises(RuleError):
        PATCH_RULES["country"]("IR", CONTEXT)
    assert "IR" == PATCH_RULES["country"]("IR", RuleContext())
    sent = [{"field_name": "favorite_beatle", "field_value": "Ringo"}]
    assert {"favorite_beatle": "Ringo"} == PATCH_RULES["extended_profile"](sent, CONTEXT)
    assert {} == PATCH_RULES["extended_profile"](sent, RuleContext())


@pytest.mark.parametrize("name", list(RULES))
@pytest.mark.parametrize(
    "value",
    [10**5000, -(10**5000), 1e400, deep(50_000), "9" * 1_000_000, "\ud800" * 100],
    ids=["huge", "huge negative", "infinite", "deep", "digits", "surrogates"],
)
def test_hostile_values_are_refused(name, value):
    """Values made to exhaust a rule are refused like any other."""
    with pytest.raises(RuleError):
        RULES[name](value)


@pytest.mark.parametrize("name", list(RULES))
@given(value=JSON)
@example(value=float("nan"))
def test_only_rule_errors(name, value):
    """For any JSON value a rule gives a value or raises a `RuleError`; all its texts can be stored."""
    stored, error = outcome(name, value)
    assert error is None or all(fault.user_message for fault in error.faults(name).values())
    for text in texts_of(stored):
        assert text == text.encode().decode()


@pytest.mark.parametrize("name", list(RULES))
@given(noise=st.text(st.characters(categories=["Lo"]), min_size=6, max_size=12))
def test_messages_never_quote(name, noise):
    """Neither the fault nor the error's text holds the value sent."""
    for value in (noise, [noise], [{"code": noise}], [{"platform": "x", "social_link": f"{noise}/{noise}"}]):
        _, error = outcome(name, value)
        assert error is None or noise not in f"{error!r} {error} {error.faults(name)}"
        assert error is None or error.__cause__ is None


def texts_of(stored):
    if isinstance(stored, str):
        return [stored]
    if isinstance(stored, dict):
        return [text for text in stored.values() if text is not None]
    return list(stored) if isinstance(stored, tuple) else []
