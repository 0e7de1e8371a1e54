"""GET retirement_queue: what is asked, what is refused, what is listed (spec 20, section 7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.http import expectations as expect
from tests.http import retirement_client as retirement
from tests.http.case_names import brief
from tests.http.retirement_client import (
    DEAD_ENDS,
    QUEUE,
    STATES,
    forced,
    left,
    move,
    moved,
    originals,
    queue,
    row_of,
    rows,
)
from tests.http.service_client import Caller, Service
from tests.http.test_concurrency import at_once
from tests.support.waiting import eventually

MANY = 5
FAR_AWAY = 10**30


@pytest.fixture(scope="module")
def worker(service: Service) -> Caller:
    """The retirement worker."""
    return retirement.worker_of(service)


@pytest.fixture(scope="module")
def people(service: Service, worker: Caller) -> list[str]:
    """The original usernames of five who have left one after the other, all listed by now in RETIRING_NOTES."""
    names = [left(service).username for _ in range(MANY)]
    for each in reversed(names):
        moved(worker, each, "RETIRING_NOTES")
    eventually(lambda: listed(names, queue(worker, ["RETIRING_NOTES"])))
    return names


def by_body(worker: Caller, body: Any, path: str = QUEUE) -> httpx.Response:
    """GET the queue by a JSON object as body (R3)."""
    return worker.request("GET", path, json=body)


def listed(names: list[str], response: httpx.Response) -> None:
    """Expect that all of them are listed, in this order."""
    assert names == [each for each in originals(response) if each in names]


def unlisted(names: list[str], response: httpx.Response) -> None:
    """Expect that none of them is listed."""
    assert [] == [each for each in originals(response) if each in names]


def asking(worker: Caller, way: str) -> Callable[..., httpx.Response]:
    """Return a way of asking: by query or by body."""

    def ask(**parameters: Any) -> httpx.Response:
        if way == "query":
            return worker.get(QUEUE, params=parameters)
        return by_body(worker, parameters)

    return ask


@pytest.fixture(params=["query", "body"])
def ask(request: pytest.FixtureRequest, worker: Caller) -> Callable[..., httpx.Response]:
    """Both ways of asking."""
    return asking(worker, request.param)


Ask = Callable[..., httpx.Response]


# --- what is listed


def test_by_query_and_by_body(ask: Ask, people: list[str]) -> None:
    """By query, or a JSON object as body (R3): rows in the states asked for, ordered by id (spec 20, section 7)."""
    listed(people, ask(cool_off_days=0, states=["RETIRING_NOTES"]))
    listed(people, ask(cool_off_days=0, states=["PENDING", "RETIRING_NOTES", "COMPLETE"]))
    listed(people, ask(cool_off_days=0, states=list(STATES)))
    unlisted(people, ask(cool_off_days=0, states=["PENDING", "COMPLETE"]))


def test_the_driver_s_form(worker: Caller, people: list[str]) -> None:
    """As a driver asks: its content type, a limit, states repeated (spec 20, section 16)."""
    query = "?cool_off_days=0&states=RETIRING_NOTES&states=COMPLETE&limit=200"
    for path in (QUEUE, retirement.without_slash(QUEUE)):
        response = worker.get(path + query, headers={"Content-Type": "application/json"})
        expect.status(200, response)
        assert response.headers["Content-Type"].startswith("application/json")
        assert len(response.json()) <= 200
    assert rows(worker.get(QUEUE + query)) == rows(worker.get(retirement.without_slash(QUEUE) + query))


def test_the_elements_are_rows(ask: Ask, worker: Caller, people: list[str]) -> None:
    """Each element is exactly what `retirement_status` gives (spec 20, section 3)."""
    found = {each["original_username"]: each for each in rows(ask(cool_off_days=0, states=["RETIRING_NOTES"]))}
    assert [row_of(worker, each) for each in people] == [found[each] for each in people]


@pytest.mark.parametrize("days", [0, 1, 14, 36500])
def test_fresh_rows_are_in_their_cool_off(ask: Ask, people: list[str], days: int) -> None:
    """Only rows made earlier than now minus the days (spec 20, section 7)."""
    response = ask(cool_off_days=days, states=["RETIRING_NOTES"])
    if days:
        unlisted(people, response)
    else:
        listed(people, response)


@pytest.mark.parametrize("limit", range(MANY + 2))
def test_limit(ask: Ask, people: list[str], limit: int) -> None:
    """The first `limit` by id; 0 = `[]` (spec 20, section 7)."""
    everything = rows(ask(cool_off_days=0, states=["RETIRING_NOTES"]))
    assert everything[:limit] == rows(ask(cool_off_days=0, states=["RETIRING_NOTES"], limit=limit))


def test_limit_over_states(ask: Ask, people: list[str]) -> None:
    """The limit is one over all states together, not one for each (spec 20, section 7)."""

    def one_limit() -> None:
        everything = [each["id"] for each in rows(ask(cool_off_days=0, states=["RETIRING_NOTES", "PENDING"]))]
        for limit in (1, 3, len(everything) - 1):
            found = rows(ask(cool_off_days=0, states=["PENDING", "RETIRING_NOTES"], limit=limit))
            assert everything[:limit] == [each["id"] for each in found]

    eventually(one_limit)


def test_an_empty_limit_is_none(worker: Caller, people: list[str]) -> None:
    """`limit` empty = none (spec 20, section 7)."""
    listed(people, worker.get(f"{QUEUE}?cool_off_days=0&states=RETIRING_NOTES&limit="))


@pytest.mark.parametrize("limit", [1_000_000, 2**63, FAR_AWAY], ids=brief)
def test_a_huge_limit(ask: Ask, people: list[str], limit: int) -> None:
    """A whole number is a whole number (spec 20, section 7)."""
    listed(people, ask(cool_off_days=0, states=["RETIRING_NOTES"], limit=limit))


@pytest.mark.parametrize("days", [10_000_000, 2**63, FAR_AWAY], ids=brief)
def test_a_huge_cool_off(ask: Ask, people: list[str], days: int) -> None:
    """Longer ago than any row: `[]` (spec 20, section 7)."""
    assert [] == ask(cool_off_days=days, states=["RETIRING_NOTES"]).json()


@pytest.mark.parametrize("state", DEAD_ENDS)
def test_dead_ends_may_be_asked_for(service: Service, worker: Caller, state: str) -> None:
    """Rows in a dead end are listed too (spec 20, section 7)."""
    name = left(service).username
    moved(worker, name, state)
    eventually(lambda: listed([name], queue(worker, [state])))


def test_nobody_in_a_state(worker: Caller, people: list[str]) -> None:
    """No row: `[]` (spec 20, section 2)."""
    expect.status(200, queue(worker, ["RETIRING_FORUMS"], days=36500))
    assert [] == queue(worker, ["RETIRING_FORUMS"], days=36500).json()


# --- the query wins


def test_the_query_wins(worker: Caller, people: list[str]) -> None:
    """If both are sent, the query counts (R3)."""
    notes, pending = (f"{QUEUE}?cool_off_days=0&states={each}" for each in ("RETIRING_NOTES", "PENDING"))
    listed(people, by_body(worker, {"cool_off_days": 36500, "states": ["PENDING"]}, notes))
    body = {"cool_off_days": 0, "states": ["RETIRING_NOTES"], "limit": 100_000}
    unlisted(people, by_body(worker, body, f"{pending}&limit=100000"))
    assert [] == by_body(worker, body, f"{notes}&limit=0").json()


def test_what_is_wrong_in_the_query_is_wrong(worker: Caller, people: list[str]) -> None:
    """A good body does not mend a bad query (R3)."""
    body = {"cool_off_days": 0, "states": ["RETIRING_NOTES"]}
    retirement.refused(by_body(worker, body, f"{QUEUE}?cool_off_days=-1&states=RETIRING_NOTES"))
    retirement.refused(by_body(worker, body, f"{QUEUE}?cool_off_days=0&states=NO_SUCH_STATE"))


# --- refused


@pytest.mark.parametrize("value", [..., "", "-1", "1.5", "abc", "one", "0x1", "1e3", "--1", " "], ids=brief)
def test_cool_off_days_of_a_query(worker: Caller, value: Any) -> None:
    """Missing, negative, not whole: 400 with a JSON string (spec 20, section 7)."""
    retirement.refused(worker.get(QUEUE, params=present(cool_off_days=value, states="PENDING")))


@pytest.mark.parametrize("value", [..., -1, 1.5, "abc", "", "-1", None, [], [1], {}, {"days": 1}], ids=brief)
def test_cool_off_days_of_a_body(worker: Caller, value: Any) -> None:
    """The same in a body (spec 20, section 7)."""
    retirement.refused(by_body(worker, present(cool_off_days=value, states=["PENDING"])))


@pytest.mark.parametrize(
    "value",
    [
        ...,
        "",
        "NO_SUCH_STATE",
        "pending",
        "PENDING,COMPLETE",
        " PENDING",
        ["PENDING", "NO_SUCH_STATE"],
        ["NO_SUCH_STATE", "PENDING"],
        ["PENDING", ""],
        ["PENDING", "PENDING"],
        ["PENDING", "COMPLETE", "PENDING"],
    ],
    ids=brief,
)
def test_states_of_a_query(worker: Caller, value: Any) -> None:
    """Missing or empty, any unknown name, a name twice: 400 with a JSON string (spec 20, section 7)."""
    retirement.refused(worker.get(QUEUE, params=present(cool_off_days=0, states=value)))


@pytest.mark.parametrize(
    "value",
    [
        ...,
        [],
        None,
        {},
        5,
        "",
        "NO_SUCH_STATE",
        ["NO_SUCH_STATE"],
        ["PENDING", "pending"],
        ["PENDING", "PENDING"],
        ["PENDING", 5],
        ["PENDING", None],
        [["PENDING"]],
        [{"state_name": "PENDING"}],
    ],
    ids=brief,
)
def test_states_of_a_body(worker: Caller, value: Any) -> None:
    """The same in a body (spec 20, section 7)."""
    retirement.refused(by_body(worker, present(cool_off_days=0, states=value)))


@pytest.mark.parametrize("value", ["-1", "1.5", "abc", "0x1", "1e3"])
def test_limits_of_a_query(worker: Caller, value: str) -> None:
    """Not whole, negative: 400 with a JSON string (spec 20, section 7)."""
    retirement.refused(worker.get(QUEUE, params={"cool_off_days": 0, "states": "PENDING", "limit": value}))


@pytest.mark.parametrize("value", [-1, 1.5, "abc", [], [1], {}], ids=brief)
def test_limits_of_a_body(worker: Caller, value: Any) -> None:
    """The same in a body (spec 20, section 7)."""
    retirement.refused(by_body(worker, {"cool_off_days": 0, "states": ["PENDING"], "limit": value}))


def present(**parameters: Any) -> dict[str, Any]:
    """Return the parameters but for those that are `...`."""
    return {key: value for key, value in parameters.items() if value is not ...}


def test_nothing_at_all(worker: Caller) -> None:
    """Neither query nor body: 400 (spec 20, section 7)."""
    retirement.refused(worker.get(QUEUE))
    retirement.refused(by_body(worker, {}))


@pytest.mark.parametrize("content", [b"{", b"[]", b'"x"', b"null", b"\xff", b'{"cool_off_days": NaN}'])
def test_malformed_bodies(worker: Caller, content: bytes) -> None:
    """Malformed JSON, or no object: 400 (spec 20, section 2)."""
    headers = {"Content-Type": "application/json"}
    expect.status(400, worker.request("GET", QUEUE, headers=headers, content=content))


@pytest.mark.parametrize("query", ["cool_off_days=0&states=%00", "cool_off_days=%ff&states=PENDING", "&&&", "=", "%"])
def test_odd_queries(worker: Caller, query: str) -> None:
    """Whatever stands in the query is a 400, no crash (spec 50, section 8)."""
    expect.status(400, worker.get(f"{QUEUE}?{query}"))


# --- freshness


def test_a_new_row_appears(service: Service, worker: Caller) -> None:
    """The queue may lag two seconds, not more (spec 20, section 2)."""
    names = [left(service).username]
    eventually(lambda: listed(names, queue(worker)))


def test_a_moved_row_moves(service: Service, worker: Caller) -> None:
    """It is listed under its new state, and no more under the old one (spec 20, section 2)."""
    names = [left(service).username]
    eventually(lambda: listed(names, queue(worker)))
    moved(worker, names[0], "RETIRING_FORUMS")
    eventually(lambda: listed(names, queue(worker, ["RETIRING_FORUMS"])))
    eventually(lambda: unlisted(names, queue(worker)))
    unlisted(names, queue(worker, [each for each in STATES if each != "RETIRING_FORUMS"]))


def test_a_cleaned_row_goes(service: Service, worker: Caller) -> None:
    """A row that has been cleaned up is not listed (spec 20, section 10)."""
    names = [left(service).username]
    moved(worker, names[0], "COMPLETE")
    eventually(lambda: listed(names, queue(worker, ["COMPLETE"])))
    retirement.nothing(204, retirement.cleanup(worker, *names))
    eventually(lambda: unlisted(names, queue(worker, STATES)))


def test_never_under_a_state_it_has_not_had(service: Service, worker: Caller) -> None:
    """While a row moves, the list shows it once at most, in a state that it has had (spec 20, section 2)."""
    name = left(service).username
    path = ["LOCKING_ACCOUNT", "RETIRING_LMS", "PENDING", "ERRORED", "COMPLETE", "RETIRING_EMAIL_LISTS"] * 3
    for state in path:
        forced(worker, name, state)
        seen = [each for each in rows(queue(worker, STATES)) if each["original_username"] == name]
        assert len(seen) <= 1
        assert {each["current_state"]["state_name"] for each in seen} <= {"PENDING", *path}
    eventually(lambda: listed([name], queue(worker, [path[-1]])))
    eventually(lambda: unlisted([name], queue(worker, [each for each in STATES if each != path[-1]])))


def test_readers_beside_writers(service: Service, worker: Caller) -> None:
    """Lists beside transitions: each 200, ordered, no row twice (spec 20, section 2)."""
    names = [left(service).username for _ in range(4)]
    writes: list[Callable[[], httpx.Response]] = [
        *[lambda: move(worker, names[0], "RETIRING_LMS", force=True)] * 4,
        *[lambda: move(worker, names[1], "COMPLETE", force=True)] * 4,
    ]
    reads: list[Callable[[], httpx.Response]] = [lambda: queue(worker, STATES)] * 8
    for each in at_once([*writes, *reads])[len(writes) :]:
        rows(each)
    eventually(lambda: listed(names, queue(worker, STATES)))
