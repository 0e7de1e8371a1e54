"""What a PATCH comes to (spec 10, sections 6 and 7)."""

import pytest

from chalicelib.accounts.errors import FieldErrors, StoringRefusedError
from chalicelib.accounts.fold import fold
from chalicelib.accounts.policy import Policy
from chalicelib.accounts.update import update_account
from tests.support.accounts import CONTEXT, account

POLICY = Policy(extended_profile_fields=("beatle", "lang"))
READ_ONLY = [
    "username",
    "date_joined",
    "is_active",
    "password_toggle_history",
    "profile_image",
    "requires_parental_consent",
]


def event_of(subject, patch, policy=POLICY):
    """The one event that a patch comes to."""
    (event,) = update_account(subject, patch, policy, CONTEXT).events
    return event


def after(subject, patch, policy=POLICY):
    """The account after a patch."""
    return fold(subject, event_of(subject, patch, policy))


def changes_nothing(subject, patch, policy=POLICY):
    """Whether a patch comes to no event."""
    return () == update_account(subject, patch, policy, CONTEXT).events


def faults_of(subject, patch, policy=POLICY):
    """The fields at fault."""
    with pytest.raises(FieldErrors) as caught:
        update_account(subject, patch, policy, CONTEXT)
    return set(caught.value.faults)


def test_an_empty_patch():
    """`{}`: nothing changes."""
    assert changes_nothing(account(), {})


def test_absent_fields_stay():
    """A field absent: unchanged."""
    before = account(profile={"bio": "old", "goals": "g"})
    assert ("new", "g", "Ada") == (
        (changed := after(before, {"bio": "new"}).profile).bio,
        changed.goals,
        changed.name,
    )


@pytest.mark.parametrize(
    "name",
    ["id", "last_login", "is_staff", "is_superuser", "verified_name", "pending_name_change", "nonsense", ""],
)
@pytest.mark.parametrize("value", [None, 1, "x", [], {}])
def test_unknown_and_not_offered_fields(name, value):
    """Unknown fields, and known ones that are not offered, are ignored."""
    assert changes_nothing(account(), {name: value})


@pytest.mark.parametrize("name", READ_ONLY)
@pytest.mark.parametrize("value", [None, "", "ada", True, {}])
def test_read_only_whatever_the_value(name, value):
    """Read-only fields: 400 with that field, whatever the value, even the present one."""
    assert {name} == faults_of(account(), {name: value, "bio": "new"})


def test_the_deployments_read_only_fields():
    """A deployment's further read-only fields: the same."""
    policy = Policy(read_only_fields=frozenset({"name", "email"}))
    assert {"name", "email"} == faults_of(account(), {"name": "New", "email": "x@example.com", "bio": "b"}, policy)


def test_all_faults_at_once():
    """All faults are reported together, one entry a field, read-only ones among them."""
    patch = {"gender": "x", "year_of_birth": "no", "username": "eve", "country": "ZZ", "bio": "fine", "name": ""}
    assert {"gender", "year_of_birth", "username", "country", "name"} == faults_of(account(), patch)


def test_a_storing_fault_alone():
    """A fault in the storing shape is raised as such when nothing else is at fault."""
    with pytest.raises(StoringRefusedError) as caught:
        update_account(account(), {"phone_number": "1" * 51, "bio": "b"}, POLICY, CONTEXT)
    assert "phone_number" == caught.value.field


def test_a_storing_fault_among_others():
    """Field faults come before a fault of storing, which upstream would meet later."""
    assert {"gender"} == faults_of(account(), {"phone_number": "1" * 51, "gender": "x"})


@pytest.mark.parametrize("name", ["name", "language_proficiencies", "social_links", "extended_profile"])
def test_null_refused(name):
    """Null for `name` and the lists: 400."""
    assert {name} == faults_of(account(), {name: None})


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("gender", "m"),
        ("year_of_birth", 1990),
        ("level_of_education", "hs"),
        ("country", "SE"),
        ("goals", "g"),
        ("mailing_address", "m"),
        ("city", "c"),
        ("bio", "b"),
        ("phone_number", "1"),
        ("state", "MA"),
    ],
)
def test_null_clears(name, stored):
    """Null for a nullable field: cleared."""
    assert getattr(after(account(profile={name: stored}), {name: None}).profile, name) is None


@pytest.mark.parametrize("value", ["m", "f", "o"])
def test_gender(value):
    """`gender`: m, f, o."""
    assert value == after(account(), {"gender": value}).profile.gender


@pytest.mark.parametrize("value", ["o", "other"])
def test_other_education_as_sent(value):
    """`other` and `o` are both accepted, and stored as sent (D4)."""
    assert value == after(account(), {"level_of_education": value}).profile.level_of_education


@pytest.mark.parametrize("name", ["name", "bio", "goals", "mailing_address", "city"])
def test_trimmed(name):
    """Surrounding white space of these five is trimmed (D11)."""
    assert "in  side" == getattr(after(account(), {name: " \t in  side \n"}).profile, name)


def test_numbers_are_text_where_text_is_due():
    """Where text is due a number counts as its digits."""
    assert "5" == after(account(), {"goals": 5}).profile.goals


@pytest.mark.parametrize("name", ["gender", "level_of_education", "country", "state", "bio", "phone_number"])
def test_empty_clears(name):
    """`""` clears the codes, `bio` and `phone_number`."""
    stored = {"gender": "m", "level_of_education": "hs", "country": "US", "state": "MA", "bio": "b"}
    before = account(profile=stored | {"phone_number": "1"})
    assert getattr(after(before, {name: ""}).profile, name) is None


@pytest.mark.parametrize("name", ["goals", "mailing_address", "city"])
def test_empty_stays(name):
    """`goals`, `mailing_address`, `city`: `""` stays `""`."""
    assert "" == getattr(after(account(profile={name: "x"}), {name: ""}).profile, name)


class TestSameValue:
    """The present value again is no change, and no event."""

    @pytest.mark.parametrize(
        ("profile", "patch"),
        [
            ({"name": "Ada"}, {"name": " Ada "}),
            ({"bio": None}, {"bio": " "}),
            ({"year_of_birth": 1990}, {"year_of_birth": "1990.0"}),
            ({"phone_number": "+1800"}, {"phone_number": "+1 (800)"}),
            ({"language_proficiencies": ("en", "sv")}, {"language_proficiencies": [{"code": "sv"}, {"code": "en"}]}),
            ({"social_links": {"x": "https://www.x.com/a"}}, {"social_links": [{"platform": "x", "social_link": "a"}]}),
            ({"social_links": {}}, {"social_links": []}),
            ({"social_links": {}}, {"social_links": [{"platform": "x", "social_link": ""}]}),
            (
                {"extended_profile": {"beatle": "Ringo"}},
                {"extended_profile": [{"field_name": "beatle", "field_value": "Ringo"}]},
            ),
            ({}, {"extended_profile": [{"field_name": "unconfigured", "field_value": "x"}]}),
            ({"country": "SE", "state": None}, {"country": "SE"}),
        ],
        ids=lambda value: "-".join(value) if isinstance(value, dict) else None,
    )
    def test_profile(self, profile, patch):
        """By its stored form, not by what was typed (7.1 for the name)."""
        assert changes_nothing(account(profile=profile), patch)

    def test_privacy(self):
        """The stored privacy again; null without a preference."""
        assert changes_nothing(account(preferences={"account_privacy": "custom"}), {"account_privacy": "custom"})
        assert changes_nothing(account(), {"account_privacy": None})

    def test_only_what_differs_is_in_the_event(self):
        """Same values beside a change are not in the event."""
        event = event_of(account(profile={"bio": "b"}), {"bio": "b", "goals": "new"})
        assert ("goals",) == event.fields


class TestCountryAndState:
    """Whenever `country` is in the patch and is not `US`, `state` is removed."""

    def test_leaving(self):
        """Another country removes the state, and the event says so."""
        event = event_of(account(profile={"country": "US", "state": "MA"}), {"country": "SE"})
        assert ("country", "state") == event.fields
        assert ("MA", None) == (event.before["state"], event.after["state"])

    def test_sent_along(self):
        """Even one sent along."""
        assert after(account(), {"country": "SE", "state": "MA"}).profile.state is None

    @pytest.mark.parametrize("nowhere", [None, ""])
    def test_cleared(self, nowhere):
        """A cleared country is not US."""
        before = account(profile={"country": "US", "state": "MA"})
        assert (None, None) == ((changed := after(before, {"country": nowhere}).profile).country, changed.state)

    def test_the_same_other_country(self):
        """The present country sent again removes a state that was set without it."""
        event = event_of(account(profile={"country": "SE", "state": "MA"}), {"country": "SE"})
        assert ("state",) == event.fields

    def test_within_the_united_states(self):
        """US keeps the state, and takes one sent along."""
        before = account(profile={"country": "SE", "state": "MA"})
        assert "MA" == after(before, {"country": "US"}).profile.state
        assert "NY" == after(before, {"country": "US", "state": "NY"}).profile.state

    def test_a_state_without_a_country(self):
        """A state may be set without naming a country."""
        assert "AA" == after(account(profile={"country": "SE"}), {"state": "AA"}).profile.state

    def test_other_changes_leave_both(self):
        """Changing only other things leaves both."""
        changed = after(account(profile={"country": "SE", "state": "MA"}), {"bio": "b"}).profile
        assert ("SE", "MA") == (changed.country, changed.state)

    def test_a_bad_state_is_still_a_fault(self):
        """A state that does not exist is a fault, even beside another country."""
        assert {"state"} == faults_of(account(), {"country": "SE", "state": "ZZ"})

    def test_a_restricted_country(self):
        """A restricted country is refused; having it already is no excuse."""
        policy = Policy(restricted_countries=frozenset({"SE"}))
        assert {"country"} == faults_of(account(profile={"country": "SE"}), {"country": "SE"}, policy)

    def test_kosovo(self):
        """`XK` counts."""
        assert "XK" == after(account(), {"country": "XK"}).profile.country


class TestMerging:
    """What merges, and what replaces."""

    def test_languages_replace(self):
        """`language_proficiencies` replace the whole list; `[]` empties it."""
        before = account(profile={"language_proficiencies": ("en", "sv")})
        assert ("de",) == after(before, {"language_proficiencies": [{"code": "de"}]}).profile.language_proficiencies
        assert () == after(before, {"language_proficiencies": []}).profile.language_proficiencies

    def test_links_merge(self):
        """Platforms not named stay, named ones are replaced, an empty link removes."""
        before = account(
            profile={"social_links": {"x": "https://www.x.com/a", "facebook": "https://www.facebook.com/a"}}
        )
        patch = [{"platform": "x", "social_link": ""}, {"platform": "linkedin", "social_link": "b"}]
        assert {
            "facebook": "https://www.facebook.com/a",
            "linkedin": "https://www.linkedin.com/in/b",
        } == after(before, {"social_links": patch}).profile.social_links

    def test_extended_profile_merges(self):
        """`extended_profile` merges by name; names outside the configured list are dropped; null removes."""
        before = account(profile={"extended_profile": {"beatle": "Ringo", "lang": "na'vi"}})
        patch = [
            {"field_name": "beatle", "field_value": ["John", 1]},
            {"field_name": "lang", "field_value": None},
            {"field_name": "old_names", "field_value": "x"},
        ]
        assert {"beatle": '["John",1]'} == after(before, {"extended_profile": patch}).profile.extended_profile

    def test_extended_profile_bounded_together(self):
        """All fields together are limited to 32 KiB, those that stood there before among them."""
        before = account(profile={"extended_profile": {"beatle": "x" * 20_000}})
        patch = {"extended_profile": [{"field_name": "lang", "field_value": "y" * 20_000}]}
        assert {"extended_profile"} == faults_of(before, patch)

    def test_an_item_without_its_keys(self):
        """An item without `field_name` or `field_value`: the storing shape."""
        with pytest.raises(StoringRefusedError):
            update_account(account(), {"extended_profile": [{"field_name": "beatle"}]}, POLICY, CONTEXT)

    def test_a_deployments_validator(self):
        """Its faults are keyed by field name, beside the others."""

        def no_ringo(name, text):
            return "Not him." if text == "Ringo" else None

        policy = Policy(extended_profile_fields=("beatle",), extended_profile_validator=no_ringo)
        patch = {"extended_profile": [{"field_name": "beatle", "field_value": "Ringo"}], "gender": "x"}
        assert {"beatle", "gender"} == faults_of(account(), patch, policy)


class TestPrivacy:
    """`account_privacy` writes the preference of that name."""

    def test_set(self):
        """Set, it is the preference; the event names `preferences` only."""
        event = event_of(account(), {"account_privacy": "private"})
        assert ("preferences",) == event.fields
        assert {"account_privacy": None} == event.preferences_before
        assert {"account_privacy": "private"} == fold(account(), event).preferences

    def test_null(self):
        """Null deletes it; other preferences stay."""
        before = account(preferences={"account_privacy": "custom", "pref-lang": "sv"})
        assert {"pref-lang": "sv"} == after(before, {"account_privacy": None}).preferences

    @pytest.mark.parametrize("value", ["", " ", "friends", 1, True, []])
    def test_refused(self, value):
        """Empty, blank and unknown values are refused."""
        assert {"account_privacy"} == faults_of(account(), {"account_privacy": value})

    def test_a_child_may_write_it(self):
        """Nobody is stopped from writing it; it is stored for later."""
        child = account(profile={"year_of_birth": None})
        assert {"account_privacy": "all_users"} == after(child, {"account_privacy": "all_users"}).preferences


def test_the_event_follows_and_is_stamped():
    """The event has the next version, and the time, actor and request of its context."""
    event = event_of(account(version=41), {"bio": "b"})
    assert (42, CONTEXT.now, CONTEXT.actor, CONTEXT.request) == (event.version, event.at, event.actor, event.request)


def test_the_event_holds_old_and_new():
    """The event has old and new values of the changed fields, and no others."""
    event = event_of(account(profile={"bio": "old"}), {"bio": "new", "name": "Ada"})
    assert ({"bio": "old"}, {"bio": "new"}) == (event.before, event.after)


def test_faults_do_not_quote():
    """No fault's text holds what was sent."""
    with pytest.raises(FieldErrors) as caught:
        update_account(account(), {"gender": "SECRET-7", "name": "SECRET-7<"}, POLICY, CONTEXT)
    assert "SECRET-7" not in repr(caught.value.faults) + str(caught.value)
