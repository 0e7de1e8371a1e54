"""GET me (spec 10, section 3)."""

from __future__ import annotations

import pytest

from tests.http import expectations as expect
from tests.http.service_client import ME, Caller, Service


def test_exactly_one_key(learner: Caller) -> None:
    """200 with `username` and nothing else (spec 10, section 3)."""
    response = learner.get(ME)
    expect.status(200, response)
    assert {"username": "learner"} == response.json()


@pytest.mark.parametrize("query", ["view=shared", "view=", "view=full", "unknown=1", "username=staff"])
def test_the_view_changes_nothing(learner: Caller, query: str) -> None:
    """`?view=shared` is accepted and changes nothing (spec 10, section 3)."""
    assert {"username": "learner"} == learner.get(f"{ME}?{query}").json()


def test_inactive_callers_too(service: Service) -> None:
    """An inactive caller's token counts (spec 10, section 3)."""
    caller = service.new_account(is_active=False)
    assert {"username": caller.username} == caller.get(ME).json()


def test_nobody(anonymous: Caller) -> None:
    """No token: 401 (spec 10, section 2)."""
    expect.unauthorized(anonymous.get(ME))


@pytest.mark.parametrize(
    "query",
    ["email=a@example.com", "email=", "email", "lms_user_id=1", "lms_user_id=", "email=a&lms_user_id=b"],
)
def test_look_up_parameters_need_rights(learner: Caller, staff: Caller, bare_superuser: Caller, query: str) -> None:
    """The mere presence of `email` or `lms_user_id` needs staff or superuser (spec 10, section 4)."""
    expect.status(403, learner.get(f"{ME}?{query}"))
    expect.status(200, staff.get(f"{ME}?{query}"))
    expect.status(200, bare_superuser.get(f"{ME}?{query}"))
