"""A POST with nothing in it, and no type for that: an empty form, as clients send one that has no fields."""

import pytest

from tests.support.stage import Stage

LOGIN = "/api/user/v1/account/login_session/"
PUBLIC = (
    ("/api/user/v1/validation/registration", 200),
    (LOGIN, 400),
    ("/api/user/v2/account/registration", 400),
    ("/password/reset/x-y/", 200),
    ("/api/user/v1/account/password_reset/token/validate/", 200),
)


@pytest.mark.parametrize(("path", "status"), PUBLIC)
def test_public_forms(stage: Stage, path: str, status: int):
    """What is missing is told as the contract says (spec 10, section 11; spec 40, sections 2 and 7)."""
    assert status == stage.api.request("POST", path).status


def test_what_a_login_says(stage: Stage):
    """A field is missing: no `error_code` (spec 40, section 2)."""
    answer = stage.api.request("POST", LOGIN)
    assert (False, False) == (answer.json["success"], "error_code" in answer.json)


def test_forms_of_a_person(stage: Stage, ada: str):
    """Leaving without a password, a name that is missing, a picture that is none: 400, never 415."""
    paths = ("deactivate_logout", "name_change", f"{ada}/image")
    statuses = [stage.api.request("POST", f"/api/user/v1/accounts/{path}", as_=ada).status for path in paths]
    assert [400, 400, 400] == statuses
    answer = stage.api.request("POST", "/api/user/v1/accounts/cancel_retirement", as_="superuser")
    assert (400, {"message"}) == (answer.status, set(answer.json))


def test_something_without_a_type(stage: Stage):
    """What has content must say what it is."""
    assert 415 == stage.api.request("POST", LOGIN, body=b"email=ada").status


def test_events_of_the_pages_are_bounded(stage: Stage):
    """A tracking event is dropped whatever it holds, but not read without end (spec 50, section 8)."""
    limit = stage.wiring.settings.body_limit_bytes
    assert 204 == stage.api.request("POST", "/event", body=b"x" * limit).status
    assert 413 == stage.api.request("POST", "/event", body=b"x" * (limit + 1)).status
