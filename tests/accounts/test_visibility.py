"""Who sees which fields (spec 10, section 5.1)."""

import pytest

from chalicelib.accounts.policy import ADMIN_FIELDS, CUSTOM_FIELDS, PUBLIC_FIELDS, SHARED_FIELDS, Policy
from chalicelib.accounts.visibility import needs_consent, visibility_of, visible_fields
from tests.support.accounts import ADA, BOB, YEAR, account

POLICY = Policy()
OWNER = account()
STRANGER = account(id=BOB, username="bob")
STAFF = account(id=BOB, username="stan", staff=True)
SUPERUSER = account(id=BOB, username="sue", superuser=True)
CHILD = {"year_of_birth": YEAR - 13}


def fields(subject, viewer, *, shared=False, policy=POLICY):
    """What `viewer` sees of `subject`."""
    return visible_fields(subject, viewer, shared_view=shared, year=YEAR, policy=policy)


def with_privacy(value, **preferences):
    """Ada, with this stored privacy."""
    return account(preferences={"account_privacy": value, **preferences})


@pytest.mark.parametrize("viewer", [OWNER, STAFF], ids=["owner", "staff"])
@pytest.mark.parametrize("privacy", ["all_users", "private", "custom", "something"])
def test_owner_and_staff_see_all(viewer, privacy):
    """Owner or any staff without `shared`: ADMIN, whatever the visibility."""
    assert ADMIN_FIELDS == fields(with_privacy(privacy), viewer)


@pytest.mark.parametrize("viewer", [OWNER, STAFF], ids=["owner", "staff"])
@pytest.mark.parametrize(("privacy", "expected"), [("all_users", SHARED_FIELDS), ("private", PUBLIC_FIELDS)])
def test_owner_and_staff_in_the_shared_view(viewer, privacy, expected):
    """Owner or any staff with `shared`: by visibility, as a stranger."""
    assert expected == fields(with_privacy(privacy), viewer, shared=True)


@pytest.mark.parametrize("viewer", [STRANGER, SUPERUSER], ids=["stranger", "superuser who is not staff"])
@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize(("privacy", "expected"), [("all_users", SHARED_FIELDS), ("private", PUBLIC_FIELDS)])
def test_any_other_by_visibility(viewer, shared, privacy, expected):
    """Any other, a superuser without `is_staff` too: by visibility, in any view."""
    assert expected == fields(with_privacy(privacy), viewer, shared=shared)


def test_a_child_shows_the_public_fields():
    """Private because consent is needed: PUBLIC for strangers, ADMIN for the owner."""
    child = account(profile=CHILD, preferences={"account_privacy": "all_users"})
    assert PUBLIC_FIELDS == fields(child, STRANGER)
    assert ADMIN_FIELDS == fields(child, child)


def test_custom_shows_what_was_chosen():
    """`custom`: PUBLIC plus every CUSTOM field whose preference is `all_users`."""
    subject = with_privacy("custom", **{"visibility.bio": "all_users", "visibility.name": "all_users"})
    assert PUBLIC_FIELDS | {"bio", "name"} == fields(subject, STRANGER)


@pytest.mark.parametrize("value", ["private", "custom", "ALL_USERS", "all_users ", "true"])
def test_any_other_value_hides(value):
    """`custom`: any value but `all_users` hides the field."""
    assert PUBLIC_FIELDS == fields(with_privacy("custom", **{"visibility.bio": value}), STRANGER)


@pytest.mark.parametrize("name", ["email", "year_of_birth", "is_staff", "gender"])
def test_a_preference_shares_nothing_else(name):
    """A preference `visibility.email` shares nothing: it is no CUSTOM field."""
    assert PUBLIC_FIELDS == fields(with_privacy("custom", **{f"visibility.{name}": "all_users"}), STRANGER)


def test_custom_choices_wait_for_custom():
    """Choices for single fields count in `custom` only."""
    chosen = {"visibility.name": "all_users"}
    assert SHARED_FIELDS == fields(with_privacy("all_users", **chosen), STRANGER)
    assert PUBLIC_FIELDS == fields(with_privacy("private", **chosen), STRANGER)


def test_no_preference_is_visible_to_all():
    """Else `all_users`."""
    assert "all_users" == visibility_of(account(), YEAR, POLICY)


def test_an_unknown_value_acts_as_private_and_is_shown():
    """A stored value outside the three known ones acts as `private`, and is shown as it is."""
    odd = with_privacy("friends")
    assert "friends" == visibility_of(odd, YEAR, POLICY)
    assert PUBLIC_FIELDS == fields(odd, STRANGER)


@pytest.mark.parametrize(
    ("born", "expected"),
    [(None, True), (YEAR, True), (YEAR + 5, True), (YEAR - 13, True), (YEAR - 14, False), (1990, False), (0, False)],
)
def test_needs_consent(born, expected):
    """Born `this_year - 13` still needs it, `this_year - 14` does not; no year needs it."""
    assert expected == needs_consent(account(profile={"year_of_birth": born}), YEAR, POLICY)


def test_consent_ends_with_the_years():
    """ "This year" is the clock's: who needs consent today does not next year."""
    child = account(profile=CHILD)
    assert needs_consent(child, YEAR, POLICY)
    assert not needs_consent(child, YEAR + 1, POLICY)


@pytest.mark.parametrize("born", [None, YEAR])
def test_the_limit_off(born):
    """A setting can turn the limit off."""
    subject = account(profile={"year_of_birth": born})
    assert not needs_consent(subject, YEAR, Policy(consent_age_limit=0))


def test_no_year_counts_as_adult():
    """A setting makes "no year" count as adult; real minors stay private."""
    policy = Policy(year_of_birth_required=False)
    assert not needs_consent(account(profile={"year_of_birth": None}), YEAR, policy)
    assert needs_consent(account(profile=CHILD), YEAR, policy)


def test_another_limit():
    """The age limit itself is a setting."""
    subject = account(profile={"year_of_birth": YEAR - 16})
    assert needs_consent(subject, YEAR, Policy(consent_age_limit=16))
    assert not needs_consent(subject, YEAR, Policy(consent_age_limit=15))


def test_the_lists_of_the_contract():
    """PUBLIC has 3 fields, SHARED 11, CUSTOM 12, ADMIN 28 and `language`."""
    assert (3, 11, 12, 29) == tuple(map(len, (PUBLIC_FIELDS, SHARED_FIELDS, CUSTOM_FIELDS, ADMIN_FIELDS)))
    assert PUBLIC_FIELDS < SHARED_FIELDS < CUSTOM_FIELDS < ADMIN_FIELDS


def test_the_lists_are_settings():
    """Each list can be another."""
    policy = Policy(
        public_fields=frozenset({"username"}),
        shared_fields=frozenset({"username", "email"}),
        custom_fields=frozenset({"username", "goals"}),
        admin_fields=frozenset({"id"}),
    )
    assert {"id"} == fields(account(), OWNER, policy=policy)
    assert {"username", "email"} == fields(account(), STRANGER, policy=policy)
    custom = with_privacy("custom", **{"visibility.goals": "all_users", "visibility.bio": "all_users"})
    assert {"username", "goals"} == fields(custom, STRANGER, policy=policy)


def test_ownership_is_by_id():
    """Who took the name of somebody else is still a stranger."""
    assert SHARED_FIELDS == fields(account(), account(id=BOB, username="ada"))
    assert ADMIN_FIELDS == fields(account(), account(id=ADA, username="renamed"))
