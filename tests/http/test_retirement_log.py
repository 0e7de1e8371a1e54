"""The log of a row: what each transition adds, and what a response may be (spec 20, sections 3 and 4.2)."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial

import httpx
import pytest

from tests.http import expectations as expect
from tests.http import retirement_client as retirement
from tests.http.case_names import brief
from tests.http.retirement_client import STATES, forced, log_of, move, moved, row_of, status_of
from tests.http.service_client import Caller, Service
from tests.support.waiting import eventually

KIB = 1024
LIMIT = 64 * KIB


@pytest.fixture(scope="module")
def worker(service: Service) -> Caller:
    """The retirement worker."""
    return retirement.worker_of(service)


@pytest.fixture
def username(service: Service) -> str:
    """The original username of somebody who has just left: PENDING."""
    return retirement.left(service).username


def test_asked_for_by_include(worker: Caller, username: str) -> None:
    """`?include=responses`: the row plus the key `responses` (spec 20, section 3)."""
    row = row_of(worker, username)
    response = status_of(worker, username, include="responses")
    expect.status(200, response)
    assert {*row, "responses"} == set(response.json())
    assert row == {key: value for key, value in response.json().items() if key != "responses"}


@pytest.mark.parametrize("query", [{}, {"include": ""}, {"include": "nothing"}, {"responses": "1"}], ids=brief)
def test_never_in_a_row_otherwise(worker: Caller, username: str, query: dict[str, str]) -> None:
    """`responses` is never in a row (spec 20, section 3)."""
    moved(worker, username, "LOCKING_ACCOUNT", "not to be seen")
    response = status_of(worker, username, **query)
    expect.status(200, response)
    assert "responses" not in response.json()
    assert "not to be seen" not in response.text


def test_never_in_a_list(worker: Caller, username: str) -> None:
    """Nor in the lists, whatever they are asked for (spec 20, section 3)."""
    moved(worker, username, "RETIRING_NOTES", "not to be seen")
    created = row_of(worker, username)["created"][:10]
    lists: list[Callable[[], httpx.Response]] = [
        lambda: retirement.queue(worker, ["RETIRING_NOTES"], include="responses"),
        lambda: retirement.by_date(worker, created, created, "RETIRING_NOTES"),
    ]
    for ask in lists:
        response = eventually(partial(holding, ask, username))
        assert "not to be seen" not in response.text
        assert "responses" not in {key for row in response.json() for key in row}


def holding(ask: Callable[[], httpx.Response], username: str) -> httpx.Response:
    """Expect that somebody is in a list of rows; return the list."""
    response = ask()
    assert username in retirement.originals(response)
    return response


def test_it_begins_with_the_first_state(worker: Caller, username: str) -> None:
    """It begins with a line that names the first state, and stays the beginning (spec 20, section 3)."""
    first = log_of(worker, username).splitlines()[0]
    assert "PENDING" in first
    moved(worker, username, "COMPLETE", "done")
    assert first == log_of(worker, username).splitlines()[0]


def test_each_transition_adds_a_block(worker: Caller, username: str) -> None:
    """Every transition adds a block with both state names and the response, in order (spec 20, section 3)."""
    before, state = log_of(worker, username), "PENDING"
    for new_state in ["LOCKING_ACCOUNT", "LOCKING_COMPLETE", "RETIRING_LMS", "ERRORED"]:
        moved(worker, username, new_state, f"response of {new_state.lower()}")
        after = log_of(worker, username)
        assert after.startswith(before)
        block = after[len(before) :]
        assert state in block
        assert new_state in block
        assert f"response of {new_state.lower()}" in block
        before, state = after, new_state


def test_an_empty_response(worker: Caller, username: str) -> None:
    """`""` is a response: a block with both state names alone (spec 20, section 4.2)."""
    before = log_of(worker, username)
    moved(worker, username, "LOCKING_ACCOUNT", "")
    block = log_of(worker, username)[len(before) :]
    assert "PENDING" in block
    assert "LOCKING_ACCOUNT" in block


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        " white space \t around ",
        "line one\nline two\n\nline four",
        "<b>&amp;</b> \"quoted\" 'text' \\n",
        "\u202eمرحبا\u202c שלום 😀 é",
        "Moved from PENDING to COMPLETE:",
        "null",
        "x" * LIMIT,
        "é" * (LIMIT // 2),
    ],
    ids=brief,
)
def test_text_is_kept_as_it_is(worker: Caller, username: str, text: str) -> None:
    """Text of any script, up to 64 KiB (spec 20, section 4.2)."""
    moved(worker, username, "LOCKING_ACCOUNT", text)
    assert text in log_of(worker, username)


@pytest.mark.parametrize(
    "value", [5, -1.5, True, False, None, [], {}, ["a", 1, None], {"code": 500, "why": ["x", {"y": "z"}]}], ids=brief
)
def test_anything_else_is_kept_as_json(worker: Caller, username: str, value: object) -> None:
    """Anything but a string is kept as its JSON text (spec 20, section 4.2)."""
    before = log_of(worker, username)
    moved(worker, username, "LOCKING_ACCOUNT", value)
    block = log_of(worker, username)[len(before) :]
    assert any(json.dumps(value, separators=each) in block for each in [(",", ":"), (", ", ": ")]), block


@pytest.mark.parametrize(
    "value",
    ["x" * (LIMIT + 1), "é" * (LIMIT // 2 + 1), "x" * 10 * LIMIT, ["x" * LIMIT], {"a": "x" * LIMIT}, "😀" * LIMIT],
    ids=brief,
)
@pytest.mark.parametrize("force", [False, True])
def test_too_long(worker: Caller, username: str, value: object, force: bool) -> None:
    """More than 64 KiB: 400, nothing changes (spec 20, section 4.2)."""
    before = row_of(worker, username), log_of(worker, username)
    retirement.refused(move(worker, username, "LOCKING_ACCOUNT", value, force=force))
    assert before == (row_of(worker, username), log_of(worker, username))


@pytest.mark.parametrize("text", [r"\u0000", r"a\u0000b", r"\ud800", r"\udfff", "\\u001b[31m"])
def test_odd_characters(worker: Caller, username: str, text: str) -> None:
    """NUL, lone surrogates and the like are taken or refused, never a crash (spec 50, section 8)."""
    content = b'{"username": "%s", "new_state": "LOCKING_ACCOUNT", "response": "%s"}' % (
        username.encode(),
        text.encode(),
    )
    headers = {"Content-Type": "application/json"}
    response = worker.request("PATCH", retirement.UPDATE, headers=headers, content=content)
    assert response.status_code in (204, 400), response.text
    moved_on = "LOCKING_ACCOUNT" == retirement.state_of(worker, username)
    assert (response.status_code == 204) is moved_on
    assert log_of(worker, username)


def test_a_long_log(worker: Caller, username: str) -> None:
    """The log grows with every transition, past what one item of a store holds (spec 20, section 3)."""
    texts = [f"{number:03} " + "x" * (LIMIT - 4) for number in range(12)]
    for number, text in enumerate(texts):
        forced(worker, username, STATES[number % len(STATES)], text)
    log = log_of(worker, username)
    positions = [log.find(text) for text in texts]
    assert -1 not in positions
    assert sorted(positions) == positions


def test_a_long_row_of_transitions(worker: Caller, username: str) -> None:
    """A hundred transitions are a hundred blocks, in order (spec 20, section 3)."""
    marks = [f"[mark {number:03}]" for number in range(100)]
    for number, mark in enumerate(marks):
        forced(worker, username, STATES[number % len(STATES)], mark)
    log = log_of(worker, username)
    positions = [log.find(mark) for mark in marks]
    assert -1 not in positions
    assert sorted(positions) == positions
    assert [1] * 100 == [log.count(mark) for mark in marks]


@pytest.mark.parametrize("kind", ["staff", "learner"])
def test_who_may_not_read_it(service: Service, worker: Caller, username: str, kind: str) -> None:
    """It is given to RETIRE callers alone (spec 20, section 3)."""
    moved(worker, username, "LOCKING_ACCOUNT", "a secret of the driver")
    response = status_of(service.seed(kind), username, include="responses")
    expect.detail(403, response)
    assert "secret" not in response.text


def test_after_retire(service: Service, worker: Caller) -> None:
    """The log stays until the cleanup, under both names (spec 20, sections 7 and 8.1)."""
    caller = retirement.left(service)
    moved(worker, caller.username, "RETIRING_LMS", "before retire")
    retirement.nothing(204, retirement.retire(worker, caller.username))
    retired_username = row_of(worker, caller.username)["retired_username"]
    for name in (caller.username, retired_username):
        assert "before retire" in log_of(worker, name)
