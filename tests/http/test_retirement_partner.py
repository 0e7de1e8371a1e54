"""Partner reports: who gets a row, what is in it, handing out and cleaning up (spec 20, section 9)."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.http import expectations as expect
from tests.http.retirement_client import (
    PARTNER_CLEANUP,
    PARTNER_REPORT,
    cleanup,
    forced,
    moved,
    nothing,
    refused,
    row_of,
    status_of,
    without_slash,
    worker_of,
)
from tests.http.retirement_steps import (
    acted,
    cancel,
    handed_out,
    many,
    partner_cleanup,
    partner_list,
    partner_row,
    reported,
    statuses,
    version_of,
    working,
)
from tests.http.service_client import ADMIN_ACCOUNTS, Caller, Service, unique_name
from tests.http.test_concurrency import at_once
from tests.support.waiting import eventually

PLAIN = {"user_id", "original_username", "original_email", "original_name", "orgs", "created"}
COACHING = ["student_id", "original_email", "original_name", "deletion_completed"]


@pytest.fixture(scope="module")
def worker(service: Service) -> Caller:
    """The retirement worker."""
    return worker_of(service)


def only(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Expect one row and return it."""
    assert 1 == len(rows), rows
    return rows[0]


def not_listed(worker: Caller, username: str) -> None:
    """Expect that no report has a name, not even once what may lag has caught up with a newer row."""
    assert username not in [each["original_username"] for each in partner_list(worker)]


def listed_before(service: Service, worker: Caller, username: str) -> bool:
    """Tell whether a name is handed out up to the moment when a row that was made later is."""
    later = partner_row(service, worker)
    seen: list[str] = []

    def came() -> None:
        seen.extend(each["original_username"] for each in partner_list(worker))
        assert later.username in seen

    eventually(came)
    return username in seen


def test_a_row_of_the_list(service: Service, worker: Caller) -> None:
    """Exactly the keys of the table, with the values of the retirement row (spec 20, section 9)."""
    caller = working(service, worker, orgs=["edX", "MITx"], name="Part Ner")
    before = service.now()
    acted(worker, caller.username, "partner row")
    row = only(handed_out(worker, caller.username))
    assert PLAIN == set(row)
    case = row_of(worker, caller.username)
    assert (case["user"]["id"], caller.username, caller.email, "Part Ner") == (
        row["user_id"],
        row["original_username"],
        row["original_email"],
        row["original_name"],
    )
    assert ["MITx", "edX"] == sorted(row["orgs"])
    assert row["created"].endswith("Z")
    made = datetime.fromisoformat(row["created"])
    assert timedelta(seconds=-2) <= made - before <= timedelta(seconds=60)


def test_without_an_organisation_there_is_no_row(service: Service, worker: Caller) -> None:
    """Somebody without organisations: 204, and no row (spec 20, section 9)."""
    caller = working(service, worker)
    acted(worker, caller.username, "partner row")
    assert not listed_before(service, worker, caller.username)
    refused(partner_cleanup(worker, caller.username))


@pytest.mark.parametrize("orgs", [[""], ["  "], ["outdated_entry"], ["", "outdated_entry", "\t"]])
def test_organisations_that_do_not_count(service: Service, worker: Caller, orgs: list[str]) -> None:
    """Blank names and `outdated_entry` are dropped; nothing else left means no row (spec 20, section 9)."""
    caller = working(service, worker, orgs=orgs)
    acted(worker, caller.username, "partner row")
    assert not listed_before(service, worker, caller.username)


def test_what_does_not_count_is_dropped_beside_others(service: Service, worker: Caller) -> None:
    """Blank names and `outdated_entry` are in no report (spec 20, section 9)."""
    caller = partner_row(service, worker, orgs=["", "edX", "outdated_entry", " "])
    assert ["edX"] == only(handed_out(worker, caller.username))["orgs"]


def test_an_organisation_with_columns_of_its_own(service: Service, worker: Caller) -> None:
    """One of ORGS_CONFIG has its headings and a `student_id`, and is not in `orgs` (spec 20, section 9)."""
    caller = partner_row(service, worker, orgs=["edX", "mb_coaching"])
    row = only(handed_out(worker, caller.username))
    assert PLAIN | {"orgs_config", "student_id"} == set(row)
    assert ["edX"] == row["orgs"]
    assert [{"org": "mb_coaching", "field_headings": COACHING}] == row["orgs_config"]


def test_only_organisations_with_columns(service: Service, worker: Caller) -> None:
    """`orgs` is empty if all have their own columns (spec 20, section 9)."""
    caller = partner_row(service, worker, orgs=["mb_coaching"])
    row = only(handed_out(worker, caller.username))
    assert ([], 1) == (row["orgs"], len(row["orgs_config"]))


def test_student_ids(service: Service, worker: Caller) -> None:
    """`student_id` is text, another for each account, and shows no name (spec 20, section 9)."""
    people = [partner_row(service, worker, orgs=["mb_coaching"]) for _ in range(2)]
    rows = handed_out(worker, *[each.username for each in people])
    ids = [each["student_id"] for each in rows]
    assert 2 == len(set(ids))
    for row in rows:
        assert isinstance(row["student_id"], str), row
        assert row["student_id"] not in ("", str(row["user_id"]), row["original_username"], row["original_email"])
        assert row["original_username"] not in row["student_id"]


def test_a_student_id_is_always_the_same(service: Service, worker: Caller) -> None:
    """The same account has the same `student_id`, also in a second partner row (spec 20, section 9)."""
    caller = partner_row(service, worker, orgs=["mb_coaching"])
    first = only(handed_out(worker, caller.username))
    nothing(204, partner_cleanup(worker, caller.username))
    acted(worker, caller.username, "partner row")
    assert first["student_id"] == only(handed_out(worker, caller.username))["student_id"]


def test_organisations_are_those_of_the_making(service: Service, worker: Caller, superuser: Caller) -> None:
    """The row keeps names and address of the retirement row through `retire` (spec 20, section 9)."""
    caller = partner_row(service, worker, orgs=["edX"], name="Be Fore")
    acted(worker, caller.username, "retire_misc", "retire")
    row = only(handed_out(worker, caller.username))
    assert (caller.username, caller.email, "Be Fore", ["edX"]) == (
        row["original_username"],
        row["original_email"],
        row["original_name"],
        row["orgs"],
    )


def test_a_row_made_after_retire(service: Service, worker: Caller) -> None:
    """After `retire` the originals come from the retirement row, `orgs` are still known (spec 20, 8.1 and 9)."""
    caller = working(service, worker, orgs=["edX"], name="La Ter")
    acted(worker, caller.username, "retire", "partner row")
    row = only(handed_out(worker, caller.username))
    assert (caller.email, "La Ter", ["edX"]) == (row["original_email"], row["original_name"], row["orgs"])


@pytest.mark.parametrize("orgs", ["edX", 1, [1], [None], {"a": 1}, None, [["edX"]]])
def test_orgs_must_be_a_list_of_strings(service: Service, superuser: Caller, orgs: object) -> None:
    """The admin endpoint takes a list of strings (spec 20, section 9)."""
    body = {**service.registration(), "orgs": orgs}
    assert "orgs" in expect.refused_registration(superuser.post(ADMIN_ACCOUNTS, json=body))


def test_put_twice(service: Service, staff: Caller, worker: Caller) -> None:
    """Twice: 204, still one row (spec 20, section 9)."""
    caller = partner_row(service, worker)
    version = version_of(staff, caller.username)
    acted(worker, caller.username, "partner row", "partner row")
    assert version == version_of(staff, caller.username)
    only(handed_out(worker, caller.username))


def test_put_again_once_it_is_being_processed(service: Service, worker: Caller) -> None:
    """The mark stays: a row being processed is not handed out again (spec 20, section 9)."""
    caller = reported(service, worker)
    acted(worker, caller.username, "partner row")
    assert not listed_before(service, worker, caller.username)
    nothing(204, partner_cleanup(worker, caller.username))


def test_put_at_once(service: Service, worker: Caller) -> None:
    """Eight at once: 204 each, one row (spec 20, sections 9 and 14)."""
    caller = working(service, worker, orgs=["edX"])
    body = {"username": caller.username}
    answers = at_once([lambda: worker.request("PUT", PARTNER_REPORT, json=body)] * 8)
    assert [204] * 8 == statuses(answers)
    only(handed_out(worker, caller.username))


def test_the_list_is_ordered_by_making(service: Service, worker: Caller) -> None:
    """Rows come in the order in which the partner rows were made, not the accounts (spec 20, section 9)."""
    people = [working(service, worker, orgs=["edX"]) for _ in range(4)]
    order = [people[each] for each in (2, 0, 3, 1)]
    for each in order:
        acted(worker, each.username, "partner row")
    rows = handed_out(worker, *[each.username for each in order])
    made = [each["created"] for each in rows]
    assert sorted(made) == made
    assert [each.username for each in order] == [each["original_username"] for each in rows]


def test_nobody_is_handed_out_twice(service: Service, worker: Caller) -> None:
    """What one list had, no later list has (spec 20, section 9)."""
    caller = reported(service, worker)
    for _ in range(3):
        not_listed(worker, caller.username)
    assert not listed_before(service, worker, caller.username)


def test_lists_side_by_side(service: Service, worker: Caller) -> None:
    """Of lists taken at once each has other rows, and together they have all (spec 20, sections 2 and 9)."""
    people = many(6, lambda: partner_row(service, worker))
    wanted = {each.username for each in people}
    seen: list[str] = []

    def all_came() -> None:
        for answer in at_once([lambda: worker.post(PARTNER_REPORT, json={})] * 6):
            expect.status(200, answer)
            seen.extend(each["original_username"] for each in answer.json())
        assert wanted <= set(seen)

    eventually(all_came)
    assert sorted(wanted) == sorted(each for each in seen if each in wanted)


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"json": {}},
        {"json": []},
        {"content": b"{", "headers": {"Content-Type": "application/json"}},
        {"content": b"x", "headers": {"Content-Type": "text/plain"}},
        {"data": {"a": "b"}},
        {"content": b"\xff\x00", "headers": {"Content-Type": "application/octet-stream"}},
    ],
)
def test_the_list_reads_no_body(worker: Caller, sent: dict[str, Any]) -> None:
    """Any body of any type is fine for the list (spec 20, sections 2 and 9)."""
    for path in (PARTNER_REPORT, without_slash(PARTNER_REPORT)):
        response = worker.post(path, **sent)
        expect.status(200, response)
        assert isinstance(response.json(), list), response.text


def test_an_empty_list(service: Service, worker: Caller) -> None:
    """Nothing to report: `[]`, JSON (spec 20, section 2)."""
    reported(service, worker)
    response = eventually(lambda: empty(worker.post(PARTNER_REPORT, json={})))
    assert response.headers["Content-Type"].startswith("application/json"), response.headers


def empty(response: httpx.Response) -> httpx.Response:
    """Expect an empty list."""
    expect.status(200, response)
    assert [] == response.json()
    return response


# --- cleaning up


def test_cleanup(service: Service, worker: Caller) -> None:
    """204, the row is gone; the same again is a 400 (spec 20, sections 9 and 14)."""
    people = [reported(service, worker) for _ in range(3)]
    names = [each.username for each in people]
    nothing(204, partner_cleanup(worker, *names))
    for name in names:
        refused(partner_cleanup(worker, name))
    refused(partner_cleanup(worker, *names))
    for name in names:
        not_listed(worker, name)


def test_cleanup_ignores_other_keys(service: Service, worker: Caller) -> None:
    """A driver sends the rows as it got them, or less (spec 20, section 9)."""
    caller = partner_row(service, worker, orgs=["mb_coaching"])
    nothing(204, worker.post(PARTNER_CLEANUP, json=handed_out(worker, caller.username)))


def test_cleanup_without_slash(service: Service, worker: Caller) -> None:
    """The other form of the path (spec 20, section 1)."""
    caller = reported(service, worker)
    body = [{"original_username": caller.username}]
    nothing(204, worker.post(without_slash(PARTNER_CLEANUP), json=body))


def test_cleanup_leaves_the_retirement_row(service: Service, worker: Caller) -> None:
    """The retirement row stays as it is (spec 20, section 9)."""
    caller = reported(service, worker)
    before = row_of(worker, caller.username)
    nothing(204, partner_cleanup(worker, caller.username))
    assert before == row_of(worker, caller.username)


def test_cleanup_does_not_need_the_retirement_row(service: Service, worker: Caller) -> None:
    """After the retirement's own cleanup the partner row is still there, to be cleaned up (spec 20, section 9)."""
    caller = partner_row(service, worker)
    acted(worker, caller.username, "retire")
    moved(worker, caller.username, "COMPLETE")
    nothing(204, cleanup(worker, caller.username))
    nothing(404, status_of(worker, caller.username))
    row = only(handed_out(worker, caller.username))
    assert (caller.username, caller.email) == (row["original_username"], row["original_email"])
    nothing(204, partner_cleanup(worker, caller.username))
    refused(partner_cleanup(worker, caller.username))


def faulty(service: Service, worker: Caller, good: str, fault: str) -> str:
    """Return a name that a cleanup refuses beside a good one."""
    if fault == "unknown":
        return unique_name()
    if fault == "not being processed":
        return partner_row(service, worker).username
    if fault == "retired name":
        return str(row_of(worker, good)["retired_username"])
    return {"twice": good, "other capitals": good.upper()}[fault]


@pytest.mark.parametrize("fault", ["unknown", "not being processed", "twice", "other capitals", "retired name"])
def test_cleanup_of_all_or_none(service: Service, worker: Caller, fault: str) -> None:
    """One name at fault: 400, nothing is deleted (spec 20, section 9)."""
    good = reported(service, worker).username
    bad = faulty(service, worker, good, fault)
    refused(partner_cleanup(worker, good, bad))
    refused(partner_cleanup(worker, bad, good))
    nothing(204, partner_cleanup(worker, good))


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"original_username": "x"},
        "x",
        1,
        None,
        ["x"],
        [1],
        [None],
        [[]],
        [{}],
        [{"username": "x"}],
        [{"original_username": None}],
        [{"original_username": 1}],
        [{"original_username": ["x"]}],
        [{"original_username": ""}],
    ],
    ids=repr,
)
def test_cleanup_of_something_else(worker: Caller, body: object) -> None:
    """Empty, no list, an item that is no object or lacks the key: 400 (spec 20, sections 9 and 13)."""
    headers = {"Content-Type": "application/json"}
    expect.status(400, worker.post(PARTNER_CLEANUP, content=json.dumps(body), headers=headers))


def test_a_fault_of_form_deletes_nothing(service: Service, worker: Caller) -> None:
    """A malformed item beside a good one: 400, nothing is deleted (spec 20, section 9)."""
    caller = reported(service, worker)
    for bad in ({}, "x", None, {"original_username": 5}):
        expect.status(400, worker.post(PARTNER_CLEANUP, json=[{"original_username": caller.username}, bad]))
    nothing(204, partner_cleanup(worker, caller.username))


def test_cancelling_removes_the_row(service: Service, worker: Caller, superuser: Caller) -> None:
    """A cancelled retirement is reported to nobody (spec 20, sections 9 and 11)."""
    waiting, processed = partner_row(service, worker), reported(service, worker)
    for caller in (waiting, processed):
        forced(worker, caller.username, "PENDING")
        expect.status(200, cancel(superuser, row_of(worker, caller.username)["id"]))
    assert not listed_before(service, worker, waiting.username)
    refused(partner_cleanup(worker, waiting.username))
    refused(partner_cleanup(worker, processed.username))
