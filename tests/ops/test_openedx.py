"""What the columns of an export become."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from bench.exports import lines
from chalicelib.accounts.policy import Policy
from ops.import_lines import LONGEST_LINE, count_lines
from ops.import_lines import lines as lines_of
from ops.openedx import COLUMNS, read
from tests.docs.pages import by_name, page

NOW = datetime(2026, 6, 1, tzinfo=UTC)
POLICY = Policy(extended_profile_fields=("favorite_beatle",))
ROW = {"username": "ada", "email": "ada@example.com", "name": "Ada Lovelace"}


def person(**columns):
    """The person of a row that must be acceptable."""
    found = read({**ROW, **columns}, POLICY, NOW)
    assert () == found.faults
    return found.person


def profile(**columns):
    return person(**columns).applicant.profile


def faults(**columns):
    return read({**ROW, **columns}, POLICY, NOW).faults


def test_the_least_that_a_row_must_have():
    """Username, address and name; everything else is as for a new account."""
    made = person()
    assert ("ada", "ada@example.com", None) == (made.applicant.username, made.applicant.email, made.applicant.password)
    assert (True, False, False) == (made.provision.active, made.provision.staff, made.provision.superuser)
    assert ("email", "name", "username") == read({}, POLICY, NOW).faults


def test_columns_of_the_profile_beside_or_below():
    """`auth_userprofile` may be an object of its own; what stands beside it counts more."""
    assert "JP" == profile(country="JP").country
    assert "JP" == profile(profile={"country": "JP", "name": "Another"}).country
    assert "Ada Lovelace" == profile(profile={"name": "Another"}).name
    assert ("profile",) == faults(profile=["country"])


def test_two_names_where_there_is_no_full_one():
    """Old accounts have `first_name` and `last_name` alone."""
    row = {**ROW, "name": "", "first_name": "Ada", "last_name": "Lovelace"}
    assert "Ada Lovelace" == read(row, POLICY, NOW).person.applicant.profile.name


def test_empty_columns_say_nothing():
    """Open edX stores an empty text where nothing was chosen."""
    made = profile(country="", gender="", level_of_education="", year_of_birth=None, bio="", goals="", state=None)
    assert profile() == made


def test_true_and_false_as_numbers():
    """MySQL writes 1 and 0."""
    made = person(is_active=0, is_staff=1, is_superuser=0).provision
    assert (False, True, False) == (made.active, made.staff, made.superuser)
    assert ("is_active",) == faults(is_active=2)
    assert ("is_staff",) == faults(is_staff="yes")


@pytest.mark.parametrize(
    ("given", "joined"),
    [
        ("2014-08-26T17:52:11Z", datetime(2014, 8, 26, 17, 52, 11, tzinfo=UTC)),
        ("2014-08-26 17:52:11.000123", datetime(2014, 8, 26, 17, 52, 11, 123, tzinfo=UTC)),
        ("2014-08-26T19:52:11+02:00", datetime(2014, 8, 26, 17, 52, 11, tzinfo=UTC)),
        (None, None),
        ("", None),
    ],
)
def test_when_somebody_joined(given, joined):
    """ISO 8601; without a zone it is UTC."""
    assert joined == person(date_joined=given).provision.joined


@pytest.mark.parametrize("given", ["yesterday", "2999-01-01", 1409075531, "0001-01-01T00:00:00+14:00"])
def test_a_time_that_cannot_be(given):
    """Malformed, in the future, no text, out of range."""
    assert ("date_joined",) == faults(date_joined=given)


def test_further_fields_from_meta():
    """Those that the deployment has configured; `meta` is JSON in a text, or an object."""
    meta = {"favorite_beatle": "Ringo", "session": "x"}
    assert {"favorite_beatle": "Ringo"} == profile(meta=json.dumps(meta)).extended_profile
    assert {"favorite_beatle": "Ringo"} == profile(meta=meta).extended_profile
    assert {} == profile(meta="").extended_profile
    assert ("meta",) == faults(meta="{")
    assert ("meta",) == faults(meta="[" * 100_000)


def test_languages_as_codes_or_objects():
    """Both forms of the same list."""
    assert ("en", "ja") == profile(language_proficiencies=["ja", "en"]).language_proficiencies
    assert ("en",) == profile(language_proficiencies=[{"code": "en"}]).language_proficiencies


def test_what_waits_for_confirmation():
    """A recovery address and a name that was asked for; neither is confirmed here."""
    made = person(secondary_email="two@example.com", pending_name_change="Ada King").provision
    assert ("two@example.com", "Ada King") == (made.secondary_email, made.pending_name)
    assert ("pending_name_change", "secondary_email") == faults(secondary_email="nowhere", pending_name_change="<")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("username", "a"),
        ("username", "retired__user_x"),
        ("username", "not a name"),
        ("email", "nowhere"),
        ("email", "x@retired.invalid"),
        ("name", "<b>"),
        ("country", "XX"),
        ("gender", "x"),
        ("year_of_birth", "soon"),
        ("bio", "x" * 301),
        ("goals", "\0"),
        ("level_of_education", 7),
        ("language_proficiencies", ["xx"]),
        ("social_links", [{"platform": "myspace", "social_link": "ada"}]),
        ("preferences", {"time_zone": "Nowhere/Else"}),
        ("permissions", ["can_fly"]),
        ("orgs", "edX"),
        ("social_logins", [{"provider": "p"}]),
    ],
)
def test_the_rules_are_those_of_provisioning(column, value):
    """A value that no account could be made with is a fault of its column, and no other."""
    assert (column,) == faults(**{column: value})


def test_every_fault_of_a_row_at_once():
    """So that a file is corrected in one go."""
    assert ("country", "email", "is_staff", "username") == faults(username="", email="x", country="XX", is_staff=[])


def test_a_password_is_not_taken_over():
    """Whatever hash stands in the row."""
    assert person() == person(password="pbkdf2_sha256$1$salt$hash", id=7, last_login="2014-01-01")


def test_columns_that_nobody_knows_are_noticed():
    """They are not taken over, and somebody should look why they are there."""
    assert read({**ROW, "shoe_size": 43}, POLICY, NOW).unknown_columns
    assert not read({**ROW, "courseware": "course.xml"}, POLICY, NOW).unknown_columns


def test_every_column_is_documented():
    """The page has a row for each, and for no other."""
    assert set(COLUMNS) == set(by_name(page("docs/command-line.md").section("Columns")))


def test_invented_people_are_acceptable():
    """What the generator writes, the importer takes: all of it."""
    rows = [json.loads(line) for line in lines(500)]
    found = [read(row, POLICY, NOW) for row in rows]
    assert [()] * 500 == [each.faults for each in found]
    assert not any(each.unknown_columns for each in found)
    assert 500 == len({each.person.applicant.username for each in found})
    assert 10 < len({each.person.applicant.profile.country for each in found})


def test_lines_that_are_no_rows(tmp_path):
    """Malformed, no object, twice the same key, too long, half a character: by number; blank ones do not count."""
    file = tmp_path / "rows.jsonl"
    good = json.dumps(ROW).encode()
    texts = [b"\xef\xbb\xbf" + good, b"", b"{", b"[]", b'{"a":1,"a":2}', b'{"a":"' + b"x" * LONGEST_LINE + b'"}']
    texts += [b'{"a":"\xff"}', b'{"a":NaN}', b"[" * 50_000, good]
    file.write_bytes(b"\r\n".join(texts))
    found = [(line.number, line.row == ROW) for line in lines_of(file)]
    bad = [(number, False) for number in range(3, 10)]
    assert [(1, True), *bad, (10, True)] == found
    assert len(texts) - 1 == count_lines(file)
