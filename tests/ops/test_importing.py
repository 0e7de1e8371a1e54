"""`rollcall import`: accounts from another system, however often it is run."""

from __future__ import annotations

import json
import time

import pytest

from bench.exports import row
from tests.http.service_client import account_path, unique_name
from tests.ops.command import facts, stopped

NUMBERS = ("rows", "created", "present", "conflicting", "rejected")


@pytest.fixture
def write(tmp_path):
    """Write rows to a file, in the form in which they are exported."""

    def written(*rows):
        file = tmp_path / "people.jsonl"
        texts = [each if isinstance(each, str) else json.dumps(each, ensure_ascii=False) for each in rows]
        file.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
        return str(file)

    return written


def someone(number=0, **columns):
    """An invented person under a name that nobody has yet."""
    name = unique_name("imp")
    return {**row(number), "username": name, "email": f"{name}@example.net", **columns}


def test_a_row_becomes_an_account(rollcall, service, write):
    """Profile, preferences and the time of joining as they were; the numeric id is a new one."""
    adult = next(number for number in range(100) if row(number)["profile"]["year_of_birth"])
    old = someone(adult, date_joined="2014-08-26 17:52:11.123", is_active=1)
    done = rollcall.json("import", write(old))
    assert (1, 1, 0, 0, 0) == facts(done, *NUMBERS)
    account = service.seed("superuser").get(account_path(old["username"])).json()
    assert ("2014-08-26T17:52:11Z", True) == (account["date_joined"], account["is_active"])
    for name in ("name", "country", "gender", "year_of_birth", "bio", "goals", "mailing_address", "phone_number"):
        assert (old["profile"][name] or None) == account[name]
    assert old["language_proficiencies"] == account["language_proficiencies"]
    assert old["preferences"]["account_privacy"] == account["account_privacy"]
    assert old["id"] != account["id"]


def test_people_come_in_by_a_reset(rollcall, service, write):
    """Nobody knows the password, and the account has one: so a reset is mailed."""
    old = someone(8, is_active=1)
    rollcall.json("import", write(old))
    assert 400 <= service.password_grant(old["username"], "password").status_code < 500
    assert 200 == service.http.post("/password_reset/", data={"email": old["email"]}).status_code
    links = [link for mail in service.outbox(old["email"]) for link in mail["links"]]
    assert 1 == sum("password_reset_confirm" in link for link in links)


def test_again_everybody_is_present(rollcall, write):
    """The same file makes nothing more, and a longer one only the rest."""
    people = [someone(number) for number in range(60)]
    assert (40, 40, 0, 0, 0) == facts(rollcall.json("import", write(*people[:40])), *NUMBERS)
    assert (40, 0, 40, 0, 0) == facts(rollcall.json("import", write(*people[:40])), *NUMBERS)
    assert (60, 20, 40, 0, 0) == facts(rollcall.json("import", write(*people)), *NUMBERS)


def test_rejects_by_line_and_field_and_never_by_value(rollcall, write):
    """What is wrong is named so that it can be found in the file, and no value leaves it."""
    secret = "Hedwig-Unmistakable"
    rows = [
        someone(),
        someone(country=secret),
        "{" + secret,
        someone(email=secret, bio=secret * 30),
        someone(username=secret * 3),
    ]
    for arguments in ([], ["--json"], ["--dry-run", "--json"]):
        done = rollcall("import", write(*rows), *arguments)
        assert 1 == done.status
        assert secret not in done.out + done.err
    content = done.document
    expected = [(2, ["country"]), (3, ["line"]), (4, ["bio", "email"]), (5, ["username"])]
    assert expected == [(each["line"], each["fields"]) for each in content["rejects"]]
    told = rollcall("import", write(*rows)).out
    assert "line 4: rejected: bio, email" in told
    assert "4 rejected" in told


def test_what_differs_is_a_conflict(rollcall, service, write):
    """Nobody's account is overwritten: neither the one that was imported before, nor that of somebody else."""
    old = someone(3, is_active=1)
    rollcall.json("import", write(old))
    other = someone()
    rows = [
        {**old, "is_active": 0, "profile": {**old["profile"], "bio": "changed"}},
        {**other, "email": old["email"].upper()},
        {**other, "username": "Learner"},
        {**other, "username": old["username"], "email": "staff@example.com"},
        {**old, "username": old["username"].upper()},
    ]
    done = rollcall.json("import", write(*rows), status=1)
    assert (5, 0, 0, 5, 0) == facts(done, *NUMBERS)
    fields = [["bio", "is_active"], ["email"], ["username"], ["email", "username"], ["username"]]
    assert [(number, each) for number, each in enumerate(fields, start=1)] == [
        (each["line"], each["fields"]) for each in done["conflicts"]
    ]
    assert old["profile"]["bio"] == service.seed("superuser").get(account_path(old["username"])).json()["bio"]


def test_the_same_name_twice_in_a_file(rollcall, write):
    """One is taken, by whichever thread; the other is in conflict, or present if it says the same."""
    one = someone(is_active=1)
    done = rollcall.json("import", write(*[one] * 30, *[someone() for _ in range(30)]), "--threads", "8")
    assert (60, 31, 29, 0, 0) == facts(done, *NUMBERS)
    two = someone()
    twice = write(two, {**someone(), "email": two["email"]})
    assert (2, 1, 0, 1, 0) == facts(rollcall.json("import", twice, "--dry-run", status=1), *NUMBERS)
    assert (2, 1, 0, 1, 0) == facts(rollcall.json("import", twice, status=1), *NUMBERS)


def test_a_dry_run_makes_nothing(rollcall, write):
    """It says what would be done."""
    people = [someone(number) for number in range(30)]
    file = write(*people)
    done = rollcall.json("import", file, "--dry-run")
    assert (True, 30) == (done["dry_run"], done["created"])
    assert 3 == rollcall("show", people[0]["username"]).status
    assert 30 == rollcall.json("import", file)["created"]
    assert 30 == rollcall.json("import", file, "--dry-run")["present"]


def test_killed_in_the_middle_and_run_again(rollcall, service, write):
    """Whoever was made is whole and found again; nobody is made twice, and nobody is left out."""
    people = [someone(number) for number in range(150)]
    file = write(*people)
    process = rollcall.start("import", file)
    superuser = service.seed("superuser")
    end = time.monotonic() + 60
    while superuser.get(account_path(people[20]["username"])).status_code == 404 and process.poll() is None:
        assert time.monotonic() < end
        time.sleep(0.02)
    stopped(process)
    done = rollcall.json("import", file)
    assert (150, 150, 0) == (done["rows"], done["created"] + done["present"], done["conflicting"])
    assert done["present"] > 0
    assert done["created"] > 0
    assert 150 == rollcall.json("import", file)["present"]
    assert 0 == rollcall("verify", "--sample", "200").status


def test_retired_names_stay_taken(rollcall, service, write):
    """Whoever was forgotten does not come back by an old file."""
    old = someone(4, is_active=1)
    file = write(old)
    rollcall.json("import", file)
    rollcall.json("retire", old["username"], "--request")
    done = rollcall.json("import", file, status=1)
    assert [{"line": 1, "fields": ["email", "username"]}] == done["conflicts"]


def test_columns_that_are_not_taken_over_are_counted(rollcall, write):
    """That alone is no finding."""
    done = rollcall.json("import", write(someone(shoe_size=43), someone()))
    assert (2, 1) == (done["created"], done["with_unknown_columns"])


def test_an_empty_file(rollcall, write):
    """Nothing to do is fine."""
    assert (0, 0, 0, 0, 0) == facts(rollcall.json("import", write()), *NUMBERS)
