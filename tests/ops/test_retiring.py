"""`rollcall retire`, `cancel` and `queue`: the pipeline's own steps for one account."""

from __future__ import annotations

import time

import pytest

from tests.http.service_client import new_password
from tests.ops.command import stopped

ROW = "/api/user/v1/accounts/{}/retirement_status"
STATES = ["LOCKING_ACCOUNT", "LOCKING_COMPLETE", "RETIRING_EMAIL_LISTS", "EMAIL_LISTS_COMPLETE", "RETIRING_LMS"]
ENDED = [*STATES, "LMS_COMPLETE", "COMPLETE"]


@pytest.fixture
def person(service):
    """Somebody of one's own."""
    return service.new_account(profile={"year_of_birth": 1990}, orgs=["edX"])


def row_of(service, username, **query):
    """The person's row by the API; null if there is none."""
    answer = service.seed("superuser").get(ROW.format(username), params=query)
    return answer.json() if answer.status_code == 200 else None


def left(service, person):
    """The person leaves as people do."""
    answer = person.post("/api/user/v1/accounts/deactivate_logout", data={"password": person.password})
    assert 204 == answer.status_code, answer.text


def moved(service, person, state, *, force=False):
    """An outside driver moves the row."""
    body = {"username": person.username, "new_state": state, "response": "", "force": force}
    answer = service.seed("superuser").request("PATCH", "/api/user/v1/accounts/update_retirement_status", json=body)
    assert 204 == answer.status_code, answer.text


def mails_sent(rollcall):
    """How many mails the emulated SES has accepted."""
    return int(rollcall.aws("ses").get_send_quota()["SentLast24Hours"])


def test_without_a_row_nothing_is_done(rollcall, service, person):
    """Only --request makes one."""
    done = rollcall("retire", person.username, "--json")
    assert 3 == done.status
    assert "--request" in done.document["error"]
    assert 200 == person.get(person.path).status_code
    assert 3 == rollcall("cancel", person.username).status


def test_request_and_all_steps(rollcall, service, person):
    """The row is made as leaving makes it, with its mail; then the account is retired, and stays so."""
    mails = mails_sent(rollcall)
    done = rollcall.json("retire", person.username, "--request")
    assert (ENDED, "COMPLETE") == (done["passed"], done["state"])
    assert mails + 1 == mails_sent(rollcall)
    row = row_of(service, person.username, include="responses")
    assert ("COMPLETE", done["retirement_id"]) == (row["current_state"]["state_name"], row["id"])
    assert row["user"]["username"].startswith("retired__user_")
    assert row["responses"].startswith("PENDING: asked for by staff")
    assert "Command retire: begins." in row["responses"]
    assert 401 == person.get(person.path).status_code
    again = rollcall.json("retire", person.username)
    assert ([], "COMPLETE") == (again["passed"], again["state"])
    shown = rollcall.json("show", person.username)
    assert (True, "COMPLETE") == (shown["erased"], shown["retirement"]["state"])
    assert 3 == rollcall("at", person.username, "1").status
    assert {None} == {entry["changes"] for entry in rollcall.json("history", person.username)["results"]}


def test_a_row_that_somebody_made_by_leaving(rollcall, service, person):
    """The steps are the same, whatever its cool-off."""
    left(service, person)
    assert ENDED == rollcall.json("retire", person.username)["passed"]


def test_killed_on_its_way_it_goes_on(rollcall, service):
    """Wherever the command is killed, the next one ends what it began, with one row and each state once."""
    for seconds in (0.0, 0.15, 0.3):
        person = service.new_account()
        process = rollcall.start("retire", person.username, "--request")
        end = time.monotonic() + 60
        while row_of(service, person.username) is None and process.poll() is None:
            assert time.monotonic() < end
            time.sleep(0.02)
        time.sleep(seconds)
        stopped(process)
        done = rollcall.json("retire", person.username, "--request")
        log = row_of(service, person.username, include="responses")["responses"]
        assert "COMPLETE" == done["state"]
        assert [1] * len(ENDED) == [log.count(f"-> {state}:") for state in ENDED]
        assert 1 == log.count("asked for by")


def test_another_drivers_row_is_left_alone(rollcall, service, person):
    """Unless it is taken over on purpose."""
    left(service, person)
    moved(service, person, "RETIRING_EMAIL_LISTS")
    done = rollcall("retire", person.username, "--json")
    assert 3 == done.status
    assert "RETIRING_EMAIL_LISTS" in done.document["error"]
    assert "RETIRING_EMAIL_LISTS" == row_of(service, person.username)["current_state"]["state_name"]
    assert ENDED[3:] == rollcall.json("retire", person.username, "--take-over")["passed"]


def test_dead_ends(rollcall, service, person):
    """ABORTED stays; ERRORED is taken up from where the row failed."""
    left(service, person)
    moved(service, person, "RETIRING_EMAIL_LISTS")
    moved(service, person, "ABORTED")
    assert 3 == rollcall("retire", person.username, "--take-over").status
    moved(service, person, "RETIRING_EMAIL_LISTS", force=True)
    moved(service, person, "ERRORED")
    passed = rollcall.json("retire", person.username, "--take-over")["passed"]
    assert [STATES[2], *ENDED[3:]] == passed


def test_a_misconfigured_pipeline_touches_nothing(rollcall, service, person):
    """Status 3, and the setting is named."""
    done = rollcall("retire", person.username, "--request", RETIREMENT_PIPELINE='[["COMPLETE", "X", []]]')
    assert 3 == done.status
    assert "RETIREMENT_PIPELINE" in done.err
    assert row_of(service, person.username) is None


def test_cancel_gives_the_address_back(rollcall, service, person):
    """The row goes, the old password stays refused, and a reset is mailed again."""
    left(service, person)
    done = rollcall.json("cancel", person.username)
    assert done["cancelled"]
    assert row_of(service, person.username) is None
    assert person.email == rollcall.json("show", person.username)["email"]
    assert 400 <= service.password_grant(person.username, person.password).status_code < 500
    assert 200 == service.http.post("/password_reset/", data={"email": person.email}).status_code
    assert any("password_reset_confirm" in link for mail in service.outbox(person.email) for link in mail["links"])
    assert 3 == rollcall("cancel", person.username).status


def test_cancel_with_another_address(rollcall, service, person):
    """A free and well-formed one; one that somebody has is refused, and nothing changes."""
    left(service, person)
    assert 2 == rollcall("cancel", person.username, "--email", "nowhere").status
    taken = rollcall("cancel", person.username, "--email", "STAFF@example.com")
    assert 3 == taken.status
    assert "STAFF" not in taken.out + taken.err
    assert row_of(service, person.username) is not None
    rollcall.json("cancel", person.username, "--email", f"new-{person.email}")
    assert f"new-{person.email}" == rollcall.json("show", person.username)["email"]


def test_only_what_is_pending_can_be_cancelled(rollcall, service, person):
    """The state is named."""
    rollcall.json("retire", person.username, "--request")
    done = rollcall("cancel", person.username)
    assert 3 == done.status
    assert "COMPLETE" in done.err


def test_the_queue_counts_by_state_and_age(rollcall, service):
    """Rows that stand, none of them older than this test; a table with bars for people."""
    before = {state["state"]: state["rows"] for state in rollcall.json("queue")["states"]}
    people = [service.new_account(password=new_password()) for _ in range(2)]
    for person in people:
        left(service, person)
    end = time.monotonic() + 20
    while (after := rollcall.json("queue"))["rows"] < sum(before.values()) + 2:
        assert time.monotonic() < end
    pending = next(state for state in after["states"] if state["state"] == "PENDING")
    assert before.get("PENDING", 0) + 2 == pending["rows"]
    assert {"under 1 day": pending["rows"], "1 to 7 days": 0, "7 to 30 days": 0, "over 30 days": 0} == pending["ages"]
    told = rollcall("queue")
    assert 0 == told.status
    assert "PENDING" in told.out
    assert "█" in told.out
    assert not any(person.username in told.out or person.email in told.out for person in people)
