"""What look-ups ask of the store (spec 10, section 4)."""

import pytest

from tests.support.calls import recorded
from tests.support.failing_mail import FailingMail
from tests.support.stage import Stage

ACCOUNTS = "/api/user/v1/accounts"
MOST_CALLS = 6
"""The caller's own reads, and two for the names: claims and accounts, each at most a hundred items a call."""


@pytest.fixture(scope="module", autouse=True)
def mail(stage: Stage) -> FailingMail:
    """A mail service that takes everything."""
    taking = FailingMail()
    stage.wiring.mailer = taking
    return taking


@pytest.fixture(scope="module")
def hundred(stage: Stage) -> list[str]:
    """The usernames of a hundred accounts."""
    return [stage.new_account("many") for _ in range(100)]


@pytest.mark.parametrize("count", [1, 50, 100])
def test_names_are_read_in_bulk(stage: Stage, hundred: list[str], count: int):
    """A hundred names are a handful of requests, as one is (spec 10, section 4)."""
    stage.api.token("learner")
    with recorded(stage.wiring.dynamodb) as calls:
        answer = stage.api.get(ACCOUNTS, query=f"username={','.join(hundred[:count])}", as_="learner")
    assert sorted(hundred[:count]) == sorted(each["username"] for each in answer.json)
    assert len(calls) <= MOST_CALLS, calls
    assert "Scan" not in calls


def test_addresses_are_read_in_bulk(stage: Stage, hundred: list[str]):
    """A hundred addresses too (spec 10, section 4)."""
    stage.api.token("staff")
    emails = [f"{each}@example.com" for each in hundred]
    with recorded(stage.wiring.dynamodb) as calls:
        answer = stage.api.post_json(f"{ACCOUNTS}/search_emails", {"emails": emails}, as_="staff")
    assert sorted(emails) == sorted(each["email"] for each in answer.json)
    assert len(calls) <= MOST_CALLS, calls


def test_the_reads_do_not_tell_who_is_there(stage: Stage, hundred: list[str]):
    """A request for a taken address makes the same calls as one for a free address (spec 10, section 9)."""
    asker = stage.new_account("asker")
    seen = []
    for wanted in ("warm-up@example.com", f"{hundred[0]}@example.com", "nobody-yet@example.com", "x@retired.invalid"):
        stage.api.token(asker)
        with recorded(stage.wiring.dynamodb) as calls:
            stage.api.patch(asker, {"email": wanted})
        seen.append(list(calls))
    assert seen[1] == seen[2] == seen[3]


def test_too_many(stage: Stage):
    """More than 5,000 addresses at a time are refused, quickly and with a reason."""
    emails = [f"a{number}@example.com" for number in range(5001)]
    answer = stage.api.post_json(f"{ACCOUNTS}/search_emails", {"emails": emails}, as_="staff")
    assert (400, {"detail"}) == (answer.status, answer.json.keys())
