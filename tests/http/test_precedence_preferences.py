"""Which error wins on preferences: 401, 403, 415, 400, 403 (staff), 404, 400 (spec 10, section 2)."""

from __future__ import annotations

import pytest

from tests.http import expectations as expect
from tests.http.preference_writing import both_messages, delete, patch_as, put_as
from tests.http.service_client import MERGE_PATCH, Caller, Service, unique_name

JSON = "application/json"
BODIES = [b"{", b"{}", b'{"time_zone": "Nowhere"}', b'{"k": "v"}']


@pytest.fixture(scope="module")
def names(writer: Caller) -> list[str]:
    """Somebody, and nobody."""
    return [writer.username, unique_name()]


@pytest.mark.parametrize("content_type", ["text/plain", MERGE_PATCH, JSON])
@pytest.mark.parametrize("content", BODIES)
def test_401_comes_first(anonymous: Caller, names: list[str], content_type: str, content: bytes) -> None:
    """Without a token everything is 401 (spec 10, section 2)."""
    for name in names:
        expect.unauthorized(patch_as(anonymous, content_type, content, name))
        expect.unauthorized(put_as(anonymous, "k", content_type, content, name))
        expect.unauthorized(delete(anonymous, "k", name))


@pytest.mark.parametrize("content_type", ["text/plain", MERGE_PATCH, JSON])
@pytest.mark.parametrize("content", BODIES)
def test_then_403_for_strangers(
    learner: Caller, bare_superuser: Caller, names: list[str], content_type: str, content: bytes
) -> None:
    """Neither owner nor staff: 403 before 415, 400 and 404 (spec 10, section 2)."""
    for caller in (learner, bare_superuser):
        for name in names:
            expect.status(403, patch_as(caller, content_type, content, name))
            expect.status(403, put_as(caller, "k", content_type, content, name))
            expect.status(403, put_as(caller, "no key", content_type, content, name))
            expect.status(403, delete(caller, "no key", name))


@pytest.mark.parametrize("content", BODIES)
def test_then_415(writer: Caller, staff: Caller, names: list[str], content: bytes) -> None:
    """The wrong content type is 415 for the owner and for staff, whatever is in it (spec 10, section 2)."""
    expect.detail(415, patch_as(writer, JSON, content))
    expect.detail(415, put_as(writer, "k", MERGE_PATCH, content))
    for name in names:
        expect.detail(415, patch_as(staff, JSON, content, name))
        expect.detail(415, put_as(staff, "k", MERGE_PATCH, content, name))


def test_then_400_for_malformed_or_empty(writer: Caller, staff: Caller, names: list[str]) -> None:
    """Malformed or empty is 400, for staff too (spec 10, section 2)."""
    expect.detail(400, patch_as(writer, MERGE_PATCH, b"{"))
    both_messages(patch_as(writer, MERGE_PATCH, b"{}"))
    for name in names:
        expect.detail(400, patch_as(staff, MERGE_PATCH, b"{", name))
        both_messages(patch_as(staff, MERGE_PATCH, b"{}", name))
        expect.status(400, put_as(staff, "k", JSON, b"{", name))


def test_then_403_for_staff(staff: Caller, names: list[str]) -> None:
    """Staff who is not the owner: 403, before 404 and field errors (spec 10, section 2)."""
    for name in names:
        expect.status(403, patch_as(staff, MERGE_PATCH, b'{"time_zone": "Nowhere"}', name))
        expect.status(403, put_as(staff, "time_zone", JSON, b'"Nowhere"', name))
        expect.status(403, put_as(staff, "no key", JSON, b'"v"', name))
        expect.status(403, delete(staff, "never", name))
        expect.status(403, delete(staff, "no key", name))


def test_then_404_before_what_is_wrong_with_the_value(service: Service) -> None:
    """A key that cannot be in the path is 404 before the value is judged (spec 10, section 2)."""
    own = service.new_account()
    expect.status(404, put_as(own, "no key", JSON, b'""'))
    expect.status(404, delete(own, "never"))
