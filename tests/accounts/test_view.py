"""An account as the API shows it (spec 10, section 5.2)."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from chalicelib.accounts.policy import ADMIN_FIELDS, Policy
from chalicelib.accounts.view import AccountView, ProfileImage, account_view
from tests.support.accounts import YEAR, account

IMAGE = ProfileImage(
    has_image=False, image_url_full="f", image_url_large="l", image_url_medium="m", image_url_small="s"
)


def view(subject, policy=None):
    """The view as JSON would have it."""
    return account_view(subject, IMAGE, YEAR, policy or Policy()).model_dump()


def test_every_field_of_the_contract_and_no_other():
    """Listed keys are always there, others never: no `city`, `is_staff`, `activation_key`, passwords, old names."""
    assert set(ADMIN_FIELDS) == set(AccountView.model_fields)


@pytest.mark.parametrize("name", ["bio", "country", "gender", "level_of_education", "state"])
@pytest.mark.parametrize("stored", ["", None])
def test_empty_text_shown_as_null(name, stored):
    """`bio`, `country`, `gender`, `level_of_education`, `state`: `""` is shown as null."""
    assert view(account(profile={name: stored}))[name] is None


@pytest.mark.parametrize("name", ["goals", "mailing_address"])
def test_empty_text_that_stays(name):
    """`goals`, `mailing_address`: `""` stays `""`, null stays null."""
    assert "" == view(account(profile={name: ""}))[name]
    assert view(account(profile={name: None}))[name] is None


def test_an_empty_name_stays_empty():
    """`name` may be `""`."""
    assert "" == view(account(profile={"name": ""}))["name"]


def test_joined_without_a_fraction_in_utc():
    """`date_joined` is `2014-08-26T17:52:11Z`, no fraction."""
    joined = datetime(2014, 8, 26, 19, 52, 11, 999_999, timezone(timedelta(hours=2)))
    assert "2014-08-26T17:52:11Z" == view(account(joined=joined))["date_joined"]


def test_last_login():
    """`last_login` is ISO 8601 in UTC, or null for never."""
    assert view(account())["last_login"] is None
    seen = datetime(2026, 1, 2, 3, 4, 5, 6000, UTC)
    assert "2026-01-02T03:04:05.006000Z" == view(account(last_login=seen))["last_login"]


def test_privacy_is_the_visibility_in_force():
    """`account_privacy` is the visibility, not the preference: a minor reads `private` in the full view."""
    child = account(profile={"year_of_birth": YEAR - 3}, preferences={"account_privacy": "all_users"})
    assert "private" == view(child)["account_privacy"]
    assert view(child)["requires_parental_consent"]


def test_languages_sorted():
    """`language_proficiencies`: objects sorted by code, never null."""
    shown = view(account(profile={"language_proficiencies": ("fr", "de", "zh_HANT")}))
    assert [{"code": "de"}, {"code": "fr"}, {"code": "zh_HANT"}] == shown["language_proficiencies"]
    assert [] == view(account())["language_proficiencies"]


def test_links_sorted():
    """`social_links`: objects sorted by platform, never null."""
    shown = view(account(profile={"social_links": {"x": "2", "facebook": "1"}}))
    assert [
        {"platform": "facebook", "social_link": "1"},
        {"platform": "x", "social_link": "2"},
    ] == shown["social_links"]
    assert [] == view(account())["social_links"]


def test_extended_profile_in_configured_order():
    """`extended_profile`: the configured fields that have a value (D10), in configured order."""
    policy = Policy(extended_profile_fields=("zeta", "alpha", "unset"))
    stored = {"alpha": "", "dropped": "1", "zeta": "2"}
    assert [
        {"field_name": "zeta", "field_value": "2"},
        {"field_name": "alpha", "field_value": ""},
    ] == view(account(profile={"extended_profile": stored}), policy)["extended_profile"]


def test_language_is_a_preference():
    """`language` is the preference `pref-lang`, or null (D6)."""
    assert view(account())["language"] is None
    assert "sv" == view(account(preferences={"pref-lang": "sv"}))["language"]


def test_what_is_always_the_same():
    """`time_zone` is null even when the preference is set; so are `verified_name` and `course_certificates`."""
    shown = view(account(preferences={"time_zone": "Europe/Oslo"}))
    assert (None, None, None) == (shown["time_zone"], shown["verified_name"], shown["course_certificates"])
    assert shown["secondary_email_enabled"] is True


def test_text_is_raw():
    """Text is returned raw, HTML included."""
    assert "<b>& hi</b>" == view(account(profile={"bio": "<b>& hi</b>"}))["bio"]
