"""The configured fields of a deployment: `extended_profile` (spec 10, section 7)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http import expectations as expect
from tests.http.service_client import Caller, Service

BEATLE, CONLANGS = "favorite_beatle", "conlangs_spoken"


@pytest.fixture
def owner(service: Service) -> Caller:
    """An account whose extended profile is empty."""
    return service.new_account()


def item(name: str, value: object) -> dict[str, object]:
    """Return one item of the list."""
    return {"field_name": name, "field_value": value}


def patched(caller: Caller, *items: dict[str, object]) -> list[dict[str, Any]]:
    """PATCH the items; return the list that the answer and a new GET both show."""
    response = caller.patch({"extended_profile": list(items)})
    expect.status(200, response)
    shown: list[dict[str, Any]] = response.json()["extended_profile"]
    assert shown == caller.account()["extended_profile"]
    return shown


def test_only_populated_fields_are_shown(owner: Caller) -> None:
    """Fields without a value are left out (spec 10, D10)."""
    assert [] == owner.account()["extended_profile"]
    assert [item(BEATLE, "Ringo")] == patched(owner, item(BEATLE, "Ringo"))


def test_fields_merge_by_name_and_come_in_configured_order(owner: Caller) -> None:
    """A patch merges by `field_name`; the order is the configured one (spec 10, sections 5.2 and 7)."""
    patched(owner, item(CONLANGS, "Quenya"))
    assert [item(BEATLE, "George"), item(CONLANGS, "Quenya")] == patched(owner, item(BEATLE, "George"))
    assert [item(BEATLE, "George"), item(CONLANGS, "Lojban")] == patched(owner, item(CONLANGS, "Lojban"))


def test_both_at_once_in_any_order(owner: Caller) -> None:
    """Both fields in one patch, the second first (spec 10, section 5.2)."""
    assert [item(BEATLE, "Paul"), item(CONLANGS, "Ido")] == patched(owner, item(CONLANGS, "Ido"), item(BEATLE, "Paul"))


def test_an_empty_list_changes_nothing(owner: Caller) -> None:
    """Merging nothing leaves everything (spec 10, section 7)."""
    patched(owner, item(BEATLE, "John"))
    assert [item(BEATLE, "John")] == patched(owner)


@pytest.mark.parametrize("name", ["no_such_field", "old_names", "session_id", "", "FAVORITE_BEATLE"])
def test_other_names_are_in_no_view(owner: Caller, staff: Caller, name: str) -> None:
    """Names outside the configured list are kept out of every view (spec 10, section 7)."""
    assert [] == patched(owner, item(name, "hidden-value"))
    assert "hidden-value" not in staff.get(owner.path).text


def test_a_field_called_old_names_breaks_nothing(owner: Caller) -> None:
    """After a field called `old_names` the name can still change (spec 10, section 7)."""
    patched(owner, item("old_names", "broken"))
    assert "Still Works" == owner.patch({"name": "Still Works"}).json()["name"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("  as it is ", "  as it is "),
        ("<i>raw</i>", "<i>raw</i>"),
        (5, "5"),
        (True, "true"),
        ([1, 2], "[1,2]"),
        ({"a": [1]}, '{"a":[1]}'),
    ],
)
def test_values(owner: Caller, value: object, shown: str) -> None:
    """Strings come back as they are, other JSON values as compact JSON (spec 10, section 5.2)."""
    assert [item(BEATLE, shown)] == patched(owner, item(BEATLE, value))


@pytest.mark.parametrize("value", [None, "x", 5, True, {}, {"field_name": BEATLE, "field_value": "x"}])
def test_what_is_no_list(owner: Caller, value: object) -> None:
    """Not a list: 400 with the key `extended_profile` (spec 10, section 7)."""
    assert {"extended_profile"} == expect.field_errors(owner.patch({"extended_profile": value}))
    assert [] == owner.account()["extended_profile"]


@pytest.mark.parametrize("bad", [{}, {"field_name": BEATLE}, {"field_value": "x"}, "x", None, 5, [], [BEATLE, "x"]])
def test_items_that_are_none(owner: Caller, bad: object) -> None:
    """An item without one of its members is 400 in either shape; nothing is stored (spec 10, section 7)."""
    response = owner.patch({"extended_profile": [item(BEATLE, "must not be stored"), bad], "bio": "nor this"})
    expect.refused_on_storing("extended_profile", response)
    assert [] == owner.account()["extended_profile"]
    assert owner.account()["bio"] is None


def test_values_over_32_kib_together(owner: Caller) -> None:
    """`extended_profile` has its own 32 KiB together (spec 10, section 10)."""
    expect.status(200, owner.patch({"extended_profile": [item(BEATLE, "a" * 10_000)]}))
    response = owner.patch({"extended_profile": [item(CONLANGS, "a" * 32 * 1024)]})
    expect.refused_on_storing("extended_profile", response)


def test_strangers_do_not_see_it(owner: Caller, learner: Caller) -> None:
    """`extended_profile` is in no list but ADMIN (spec 10, section 5.1)."""
    patched(owner, item(BEATLE, "private-beatle"))
    assert "private-beatle" not in learner.get(owner.path).text
