"""Lists and look-ups cost a bounded number of requests (spec 10, section 4)."""

from collections import Counter

import pytest

from tests.support.calls import recorded

ACCOUNTS = "/api/user/v1/accounts"
MOST_REQUESTS = 6
"""The caller; a hundred claims; a hundred heads with their keys are two hundred items, at most a hundred a request."""


@pytest.fixture(scope="module")
def names(stage):
    return [stage.new_account("listed") for _ in range(100)]


def test_a_hundred_usernames(stage, api, names):
    """100 usernames are a handful of BatchGetItem calls, never 100 reads."""
    api.token("learner")
    with recorded(stage.wiring.dynamodb) as calls:
        answer = api.get(ACCOUNTS, as_="learner", query=f"username={','.join(names)}")
    assert sorted(names) == sorted(each["username"] for each in answer.json)
    assert ({"BatchGetItem"}, True) == (set(calls), len(calls) <= MOST_REQUESTS)


def test_a_hundred_addresses(stage, api, names):
    """100 addresses cost no more."""
    api.token("staff")
    emails = [f"{name}@example.com" for name in names]
    with recorded(stage.wiring.dynamodb) as calls:
        answer = api.post_json(f"{ACCOUNTS}/search_emails", {"emails": emails}, as_="staff")
    assert sorted(emails) == sorted(each["email"] for each in answer.json)
    assert ({"BatchGetItem"}, True) == (set(calls), len(calls) <= MOST_REQUESTS)


def test_too_many(api):
    """More than 5,000 addresses at a time are refused, quickly and with a reason."""
    emails = [f"a{number}@example.com" for number in range(5001)]
    answer = api.post_json(f"{ACCOUNTS}/search_emails", {"emails": emails}, as_="staff")
    assert (400, {"detail"}) == (answer.status, answer.json.keys())


def test_asking_for_a_taken_address_costs_the_same(stage, api, new_account):
    """A PATCH that asks for a taken address makes the same calls as one that asks for a free one."""
    username, other = new_account(), new_account()
    api.token(username)

    def asked(email: str) -> Counter[str]:
        with recorded(stage.wiring.dynamodb) as calls:
            assert 200 == api.patch(username, {"email": email}).status
        return Counter(calls)

    asked("warm-up@example.com")
    assert asked("nobody-has@example.com") == asked(f"{other}@example.com") != Counter()
