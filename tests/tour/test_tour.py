"""README's tour, taken as a new user would: a fresh service, the page's commands, the page's answers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.http.service_process import ServiceProcess
from tests.tour.tour import README, Step, fits, run, steps

STEPS = steps(README.read_text(encoding="utf-8"))
PARTS_OF_THE_MAIN_JOB = (
    "/oauth2/access_token",
    "/api/user/v1/me",
    '"social_links"',
    '"account_privacy": "private"',
    '"account_privacy": "custom"',
    "/api/user/v1/admin/accounts",
    "/account/registration",
    "/_local/outbox",
    "Idempotency-Key",
    "If-Match",
    '"email": "lena@example.com"',
    '"secondary_email"',
    "accounts/name_change",
    "confirm accounts\n",
    "confirm account\n",
    '"pref-lang"',
    "-X PUT",
    "username_suggestions",
    "?username=",
    "?email=",
    "?lms_user_id=",
    "search_emails",
)

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def printed() -> Iterator[list[str]]:
    """What each step of the tour prints on a service of its own."""
    service = ServiceProcess()
    try:
        service.wait_until_ready()
        yield run(STEPS, f"127.0.0.1:{service.port}")
    finally:
        service.interrupt()


@pytest.mark.parametrize("number", range(len(STEPS)), ids=[f"line-{step.line}" for step in STEPS])
def test_a_step(printed: list[str], number: int) -> None:
    """Each block prints what the page shows after it."""
    assert number < len(printed), "the shell ended before this step"
    step = STEPS[number]
    assert fits(step.shown, printed[number]), f"README.md, line {step.line}, printed:\n{printed[number]}"


@pytest.mark.parametrize("part", PARTS_OF_THE_MAIN_JOB)
def test_the_tour_is_whole(part: str) -> None:
    """The tour goes through all that the service is for."""
    assert any(part in step.command for step in STEPS)


@pytest.mark.parametrize(
    ("shown", "text"),
    [("a\n", "a"), ("a...c", "abc"), ("a\n...\nd", "a\nb\nc\nd"), ("[...]", "[]"), ("id 1", "id 1\n")],
)
def test_a_wildcard_fits(shown: str, text: str) -> None:
    """Three dots stand for anything, also across lines; white space at the ends does not count."""
    assert fits(shown, text)


@pytest.mark.parametrize(("shown", "text"), [("a", "ab"), ("a...c", "abd"), ("", "a"), ("a.c", "abc"), ("404", "200")])
def test_a_difference_is_seen(shown: str, text: str) -> None:
    """Everything else is compared letter by letter, and nothing shown means nothing printed."""
    assert not fits(shown, text)


def test_blocks_and_outputs_are_paired() -> None:
    """A text block belongs to the shell block before it; a shell block may have none."""
    page = "\n## Tour\n```shell\na\n```\n```shell\nb\n```\n```text\nB\n```\n\n## Next\n```shell\nc\n```\n"
    assert [Step(3, "a\n", ""), Step(6, "b\n", "B\n")] == steps(page)
