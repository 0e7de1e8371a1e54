"""GET one account: who sees which fields, and what they hold (spec 10, section 5)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.http import expectations as expect
from tests.http.service_client import Caller, Service, account_path, unique_name

CUSTOM_VISIBLE = {"bio", "name", "country"}


@pytest.fixture(scope="module")
def owners(service: Service) -> dict[str, Caller]:
    """One adult of each privacy setting, and the minors."""
    adult = {"year_of_birth": 1990}
    custom = {
        "account_privacy": "custom",
        **{f"visibility.{field}": "all_users" for field in CUSTOM_VISIBLE},
        "visibility.goals": "all_users",
        "visibility.email": "all_users",
        "visibility.social_links": "private",
    }
    this_year = service.now().year
    return {
        "default": service.new_account(profile=adult),
        "all_users": service.new_account(profile=adult, preferences={"account_privacy": "all_users"}),
        "private": service.new_account(profile=adult, preferences={"account_privacy": "private"}),
        "custom": service.new_account(profile=adult, preferences=custom),
        "no year": service.new_account(),
        "minor": service.new_account(
            profile={"year_of_birth": this_year - 13}, preferences={"account_privacy": "all_users"}
        ),
        "minor custom": service.new_account(
            profile={"year_of_birth": this_year - 5}, preferences=custom | {"visibility.name": "all_users"}
        ),
        "of age": service.new_account(profile={"year_of_birth": this_year - 14}),
    }


@pytest.fixture(scope="module")
def stranger(service: Service) -> Caller:
    """Somebody else, without any rights."""
    return service.new_account()


EXPECTED = {
    "default": expect.SHARED,
    "all_users": expect.SHARED,
    "private": expect.PUBLIC,
    "custom": expect.PUBLIC | CUSTOM_VISIBLE,
    "no year": expect.PUBLIC,
    "minor": expect.PUBLIC,
    "minor custom": expect.PUBLIC,
    "of age": expect.SHARED,
}


@pytest.mark.parametrize("whose", EXPECTED)
@pytest.mark.parametrize("view", ["", "?view=shared", "?view=full"])
def test_strangers_see_by_visibility(owners: dict[str, Caller], stranger: Caller, whose: str, view: str) -> None:
    """Any other caller sees by visibility, whatever the view (spec 10, section 5.1)."""
    response = stranger.get(owners[whose].path + view)
    expect.status(200, response)
    assert EXPECTED[whose] == set(response.json())


@pytest.mark.parametrize("whose", EXPECTED)
@pytest.mark.parametrize("view", ["", "?view=shared"])
def test_a_superuser_who_is_not_staff_is_a_stranger(
    owners: dict[str, Caller], bare_superuser: Caller, whose: str, view: str
) -> None:
    """A superuser without `is_staff` sees by visibility (spec 10, section 5.1)."""
    assert EXPECTED[whose] == set(bare_superuser.get(owners[whose].path + view).json())


@pytest.mark.parametrize("whose", EXPECTED)
@pytest.mark.parametrize("view", ["", "?view=full", "?view=", "?view=SHARED", "?other=shared"])
def test_owner_and_staff_see_everything(owners: dict[str, Caller], staff: Caller, whose: str, view: str) -> None:
    """Owner and staff see ADMIN unless the view is `shared` (spec 10, section 5.1)."""
    for caller in (owners[whose], staff):
        response = caller.get(owners[whose].path + view)
        expect.status(200, response)
        assert expect.ADMIN == set(response.json())


@pytest.mark.parametrize("whose", EXPECTED)
def test_owner_and_staff_in_the_shared_view(owners: dict[str, Caller], staff: Caller, whose: str) -> None:
    """With `view=shared` owner and staff see by visibility, as a stranger (spec 10, section 5.1)."""
    for caller in (owners[whose], staff):
        assert EXPECTED[whose] == set(caller.get(owners[whose].path + "?view=shared").json())


@pytest.mark.parametrize("whose", EXPECTED)
def test_nobody_sees_nothing(owners: dict[str, Caller], anonymous: Caller, whose: str) -> None:
    """Nothing is public without a token (spec 10, section 5.1)."""
    expect.unauthorized(anonymous.get(owners[whose].path))
    expect.unauthorized(anonymous.get(owners[whose].path + "?view=shared"))


@pytest.mark.parametrize(
    ("whose", "privacy", "consent"),
    [
        ("default", "all_users", False),
        ("private", "private", False),
        ("custom", "custom", False),
        ("no year", "private", True),
        ("minor", "private", True),
        ("minor custom", "private", True),
        ("of age", "all_users", False),
    ],
)
def test_privacy_and_consent(owners: dict[str, Caller], whose: str, privacy: str, consent: bool) -> None:
    """`account_privacy` is the visibility, not the preference (spec 10, sections 5.1 and 5.2)."""
    account = owners[whose].account()
    assert (privacy, consent) == (account["account_privacy"], account["requires_parental_consent"])


def test_consent_follows_the_year_of_birth(new_account: Callable[..., Caller], service: Service) -> None:
    """Born this year minus 13 needs consent, minus 14 does not, null does (spec 10, section 5.1)."""
    caller = new_account()
    now = service.now().year
    seen = [
        caller.patch({"year_of_birth": year}).json()["requires_parental_consent"]
        for year in (now - 13, now - 14, None, now)
    ]
    assert [True, False, True, True] == seen


def test_a_fresh_account(service: Service) -> None:
    """Listed keys are there, null when empty, with the types of spec 10, section 5.2."""
    caller = service.new_account(name="Fresh One")
    account = caller.account()
    nulls = {
        "bio",
        "country",
        "gender",
        "level_of_education",
        "state",
        "phone_number",
        "year_of_birth",
        "pending_name_change",
        "secondary_email",
        "language",
        "verified_name",
        "course_certificates",
        "time_zone",
    }
    assert dict.fromkeys(nulls) == {field: account[field] for field in nulls}
    assert ([], [], []) == (
        account["language_proficiencies"],
        account["social_links"],
        account["extended_profile"],
    )
    assert account["goals"] in (None, "")
    assert account["mailing_address"] in (None, "")
    assert account["secondary_email_enabled"] is True
    assert account["is_active"] is True
    assert type(account["id"]) is int
    assert ("Fresh One", caller.username, caller.email) == (
        account["name"],
        account["username"],
        account["email"],
    )


def test_times(new_account: Callable[..., Caller]) -> None:
    """`date_joined` has no fraction; `last_login` is ISO 8601 in UTC (spec 10, section 5.2)."""
    account = new_account().account()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", account["date_joined"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)", account["last_login"])


def test_profile_image_without_an_image(new_account: Callable[..., Caller]) -> None:
    """The four URLs are absolute, also without an image (spec 10, section 5.2)."""
    image = new_account().account()["profile_image"]
    sizes = {"image_url_full", "image_url_large", "image_url_medium", "image_url_small"}
    assert sizes | {"has_image"} == set(image)
    assert image["has_image"] is False
    assert all(re.match(r"https?://[^/]+/.", image[size]) for size in sizes)
    assert 4 == len({image[size] for size in sizes})


def test_the_stranger_sees_the_same_values(owners: dict[str, Caller], stranger: Caller) -> None:
    """The fields that a stranger sees hold what the owner sees (spec 10, section 5)."""
    full = owners["all_users"].account()
    seen = stranger.account(owners["all_users"].username)
    assert seen == {field: full[field] for field in seen}


def test_never_shown(owners: dict[str, Caller], staff: Caller) -> None:
    """`activation_key`, `city`, `is_staff`, passwords and old names never appear (spec 10, section 5.1)."""
    owner = owners["default"]
    expect.status(200, owner.patch({"city": "Xanadu-City", "name": "Second Name"}))
    for text in (owner.get(owner.path).text, staff.get(owner.path).text):
        assert "Xanadu-City" not in text
        assert "Some Body" not in text
        assert owner.password not in text


@pytest.mark.parametrize("view", ["", "?view=shared"])
def test_unknown_usernames(learner: Caller, staff: Caller, bare_superuser: Caller, view: str) -> None:
    """An unknown username is 404, whoever asks (spec 10, section 5)."""
    for caller in (learner, staff, bare_superuser):
        expect.status(404, caller.get(account_path(unique_name()) + view))


@pytest.mark.parametrize("name", ["LEARNER", "Learner", "learner ", " learner", "learner@example.com", "x.y+z"])
def test_usernames_are_found_exactly(learner: Caller, staff: Caller, name: str) -> None:
    """Usernames are found exactly, capitals included (spec 10, section 4)."""
    for caller in (learner, staff):
        expect.status(404, caller.get(account_path(name)))


def test_an_inactive_reader_counts(service: Service, learner: Caller) -> None:
    """An inactive account's token counts (spec 10, section 1)."""
    reader = service.new_account(is_active=False)
    expect.status(200, reader.get(learner.path))


@pytest.mark.parametrize("query", ["email=x", "lms_user_id=1", "email="])
def test_look_up_parameters_need_rights(learner: Caller, staff: Caller, bare_superuser: Caller, query: str) -> None:
    """`email` or `lms_user_id` on one account needs staff or superuser (spec 10, section 4)."""
    expect.status(403, learner.get(f"{learner.path}?{query}"))
    expect.status(200, staff.get(f"{learner.path}?{query}"))
    expect.status(200, bare_superuser.get(f"{learner.path}?{query}"))


def test_a_write_shows_at_once_to_everybody(service: Service, stranger: Caller, staff: Caller, writer: Caller) -> None:
    """Once a write has answered, every GET shows it (spec 10, section 2, freshness)."""
    for number in range(10):
        expect.status(200, writer.patch({"bio": f"bio {number}"}))
        readers = (writer, stranger, staff)
        assert [f"bio {number}"] * 3 == [each.account(writer.username)["bio"] for each in readers]


def test_seed_accounts(learner: Caller, staff: Caller, superuser: Caller) -> None:
    """The seeds are there: `learner` is an adult born 1990 (spec 00, seed accounts)."""
    account: dict[str, Any] = learner.account()
    assert ("learner@example.com", 1990, True) == (
        account["email"],
        account["year_of_birth"],
        account["is_active"],
    )
    assert "staff@example.com" == staff.account()["email"]
    assert "superuser@example.com" == superuser.account()["email"]
