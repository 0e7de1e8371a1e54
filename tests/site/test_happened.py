"""What happened to an account, in words."""

from typing import Any

import pytest

from chalicelib.events.catalogue import EVENT_TYPES
from chalicelib.events.event import Role
from chalicelib.site.frame import Frame
from chalicelib.site.naming import Names
from chalicelib.site.rendering import Moments, environment
from tests.api.pages.markup import Markup


def told(macro: str, *arguments: Any) -> str:
    """What a macro makes of its arguments."""
    moments = Moments(Frame())
    shown = {"names": Names("en"), "moment": moments.moment, "day": moments.day}
    module = environment("en").get_template("happened.html").make_module(shown)
    return str(getattr(module, macro)(*arguments))


def words(macro: str, *arguments: Any) -> str:
    """The same, as a browser shows it."""
    return Markup(told(macro, *arguments)).words


@pytest.mark.parametrize("kind", EVENT_TYPES)
def test_every_event(kind: str) -> None:
    """It is a sentence of its own."""
    sentence = told("sentence", kind)
    assert sentence.strip() == sentence
    assert sentence.endswith(".")
    assert [kind] == [each for each in EVENT_TYPES if told("sentence", each) == sentence]


def test_an_unknown_event() -> None:
    """By its name, escaped."""
    assert "&lt;Odd&gt;" == told("sentence", "<Odd>")


@pytest.mark.parametrize(
    ("role", "username", "mine", "by"),
    [
        (Role.OWNER, "ada", True, "By you"),
        (Role.OWNER, "ada", False, "By ada"),
        (Role.OWNER, None, False, "By the owner"),
        (Role.STAFF, None, True, "By support"),
        (Role.STAFF, "<grace>", False, "By <grace>"),
        (Role.SERVICE, None, True, "By a service of the platform"),
        (Role.SYSTEM, None, True, "By the system itself"),
    ],
)
def test_by_whom(role: str, username: str | None, mine: bool, by: str) -> None:
    """By the name where the API gives it, else by the role."""
    assert by == words("by", {"role": role, "username": username}, mine)


@pytest.mark.parametrize(
    ("field", "content", "shown"),
    [
        ("is_active", True, "yes"),
        ("profile_image", False, "no"),
        ("bio", None, "(nothing)"),
        ("bio", "<b>", "<b>"),
        ("country", "NZ", "New Zealand"),
        ("permissions", ["a", "<b>"], "a <b>"),
        ("orgs", [], "(nothing)"),
        ("language_proficiencies", [{"code": "de"}], "German"),
        ("preferences.account_privacy", "private", "Nobody but me"),
        ("preferences.account_privacy", None, "(nothing)"),
        ("preferences.social_links", "text", "text"),
        ("preferences.country", "NZ", "NZ"),
    ],
)
def test_values(field: str, content: Any, shown: str) -> None:
    """In words; settings are anybody's own text, whatever they are called."""
    assert shown == words("told", field, content, Names("en"))


@pytest.mark.parametrize(
    ("kind", "field", "label"),
    [
        ("EmailChangeRequested", "email", "E-mail address that was asked for"),
        ("EmailChangeConfirmed", "email", "E-mail address"),
        ("PreferencesUpdated", "preferences.time_zone", "Time zone"),
        ("PreferencesUpdated", "preferences.visibility.bio", "Who sees: About me"),
        ("PreferencesUpdated", "preferences.<bio>", "Setting: <bio>"),
        ("RightsChanged", "is_staff", "Staff"),
        ("RightsChanged", "is_superuser", "Superuser"),
        ("RightsChanged", "permissions", "Permissions"),
        ("RightsChanged", "orgs", "Organisations"),
        ("ProfileUpdated", "bio", "About me"),
    ],
)
def test_fields(kind: str, field: str, label: str) -> None:
    """As people call them."""
    assert label == words("changed", kind, field)


def test_changes() -> None:
    """A table of old and new; no table without changes; words where they are erased."""
    entry = {"type": "ProfileUpdated", "changes": {"bio": {"old": None, "new": "I am"}}}
    table = Markup(told("changes", entry, Names("en")))
    assert ["What it changed"] == [each.words for each in table.all("caption")]
    assert ["About me"] == [each.words for each in table.all("th", scope="row")]
    assert ["(nothing)", "I am"] == [each.words for each in table.all("td")]
    assert "" == words("changes", {"type": "LoggedIn", "changes": {}}, Names("en"))
    assert "What it changed is erased." == words("changes", {"type": "ProfileUpdated", "changes": None}, Names("en"))
