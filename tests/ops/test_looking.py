"""`rollcall show`, `history` and `at`: what the API shows to staff, for the shell."""

from __future__ import annotations

import pytest

from tests.http.service_client import MERGE_PATCH


@pytest.fixture(scope="module")
def person(service):
    """Somebody who has changed their bio twice, and written what a terminal must not be given."""
    caller = service.new_account(profile={"year_of_birth": 1990, "country": "JP"})
    for bio in ("first", "second \x1b[31mred\u202e"):
        answer = caller.request("PATCH", caller.path, json={"bio": bio}, headers={"Content-Type": MERGE_PATCH})
        assert 200 == answer.status_code, answer.text
    return caller


def test_show_is_the_full_view_and_more(rollcall, service, person):
    """The members of the API's answer, beside them what only operators need."""
    shown = rollcall.json("show", person.username, BASE_URL=service.url)
    answer = service.seed("staff").get(person.path).json()
    assert answer == {name: shown[name] for name in answer}
    assert (False, False, None) == (shown["is_superuser"], shown["erased"], shown["retirement"])
    assert shown["version"] >= 3
    assert 32 == len(shown["account"])


def test_what_people_write_cannot_steer_a_terminal(rollcall, person):
    """Control characters are written out for people; the document has them escaped, as JSON does."""
    told = rollcall("show", person.username)
    assert 0 == told.status
    assert "\x1b" not in told.out
    assert "\u202e" not in told.out
    assert "\\x1b[31mred" in told.out
    listed = rollcall("history", person.username)
    assert "\x1b" not in listed.out
    assert rollcall.json("show", person.username)["bio"].startswith("second \x1b")


def test_history_is_that_of_the_api(rollcall, service, person):
    """The same entries, newest first; `more` says that there are others."""
    answer = service.seed("staff").get(f"{person.path}/history").json()["results"]
    whole = rollcall.json("history", person.username)
    assert answer == whole["results"]
    assert not whole["more"]
    part = rollcall.json("history", person.username, "--limit", "2")
    assert (answer[:2], True) == (part["results"], part["more"])
    changed = next(entry for entry in part["results"] if entry["type"] == "ProfileUpdated")
    assert {"old": "first", "new": "second \x1b[31mred\u202e"} == changed["changes"]["bio"]


def test_at_a_version_and_at_a_time(rollcall, service, person):
    """As the API shows it; a time without a zone is UTC."""
    staff = service.seed("staff")
    entries = rollcall.json("history", person.username)["results"]
    first = next(entry for entry in reversed(entries) if entry["type"] == "ProfileUpdated")
    then = rollcall.json("at", person.username, str(first["version"]), BASE_URL=service.url)
    assert "first" == then["bio"]
    assert staff.get(f"{person.path}/at", params={"version": first["version"]}).json() == then
    assert rollcall.json("at", person.username, str(entries[0]["version"]))["bio"].startswith("second")


@pytest.mark.parametrize("when", ["0", "999", "2001-01-01", "2001-01-01T00:00:00+02:00", "2999-01-01"])
def test_there_was_nothing_then(rollcall, person, when):
    """Before the account began, in the future, and versions that there are not."""
    done = rollcall("at", person.username, when, "--json")
    assert 3 == done.status
    assert done.document["error"]


@pytest.mark.parametrize("command", [["show"], ["history"], ["at"]], ids=lambda each: each[0])
def test_nobody_has_the_name(rollcall, person, command):
    """Names are compared exactly, capitals included."""
    for name in ("nobody-at-all", person.username.upper()):
        assert 3 == rollcall(*command, name, *(["1"] if command == ["at"] else [])).status
