"""Which error wins when a PATCH has several (spec 10, section 2)."""

from __future__ import annotations

import pytest

from tests.http import expectations as expect
from tests.http.service_client import Caller, account_path, unique_name

MALFORMED = b'{"bio": '
BAD_FIELD = b'{"country": "ZZ"}'
QUERIES = ["?email=x", "?lms_user_id=1", "?email=", "?lms_user_id"]


@pytest.fixture(scope="module")
def missing() -> str:
    """The path of an account that does not exist."""
    return account_path(unique_name())


@pytest.mark.parametrize("content_type", ["text/plain", "application/merge-patch+json"])
@pytest.mark.parametrize("content", [MALFORMED, BAD_FIELD, b"{}"])
@pytest.mark.parametrize("query", ["", "?email=x"])
def test_401_comes_first(
    anonymous: Caller, writer: Caller, missing: str, content_type: str, content: bytes, query: str
) -> None:
    """Without a token everything is 401 (spec 10, section 2)."""
    for path in (writer.path, missing):
        expect.unauthorized(anonymous.patch_bytes(content, path + query, content_type=content_type))


@pytest.mark.parametrize("content_type", ["text/plain", "application/merge-patch+json"])
@pytest.mark.parametrize("content", [MALFORMED, BAD_FIELD])
@pytest.mark.parametrize("query", QUERIES)
def test_then_403_for_look_up_parameters(
    writer: Caller, learner: Caller, missing: str, content_type: str, content: bytes, query: str
) -> None:
    """`email` or `lms_user_id` without staff: 403 before 415, 400 and 404 (spec 10, section 2)."""
    for caller, path in ((writer, writer.path), (learner, writer.path), (learner, missing)):
        expect.status(403, caller.patch_bytes(content, path + query, content_type=content_type))


@pytest.mark.parametrize("content_type", ["application/json", "text/plain"])
@pytest.mark.parametrize("content", [MALFORMED, BAD_FIELD, b"{}", b"[]", b""])
def test_then_415(
    writer: Caller, learner: Caller, staff: Caller, missing: str, content_type: str, content: bytes
) -> None:
    """A stranger's PATCH with the wrong type is 415, whatever is in it (spec 10, section 2)."""
    for caller, path in ((writer, writer.path), (learner, writer.path), (learner, missing), (staff, missing)):
        expect.detail(415, caller.patch_bytes(content, path, content_type=content_type))


def test_then_400_for_malformed(writer: Caller, learner: Caller, staff: Caller, missing: str) -> None:
    """A stranger's PATCH with malformed JSON is 400 (spec 10, section 2)."""
    for caller, path in ((learner, writer.path), (learner, missing), (staff, writer.path), (staff, missing)):
        expect.detail(400, caller.patch_bytes(MALFORMED, path))


@pytest.mark.parametrize("content", [BAD_FIELD, b'{"username": "x"}', b'{"name": null}'])
def test_then_404_or_403_before_field_errors(
    writer: Caller, learner: Caller, staff: Caller, missing: str, content: bytes
) -> None:
    """Whose account it is comes before what is wrong with the fields (spec 10, section 2; D1, D2)."""
    expect.status(404, learner.patch_bytes(content, writer.path))
    expect.status(404, learner.patch_bytes(content, missing))
    expect.status(403, staff.patch_bytes(content, writer.path))
    expect.status(404, staff.patch_bytes(content, missing))


def test_staff_and_superusers_may_send_look_up_parameters(staff: Caller, bare_superuser: Caller) -> None:
    """With staff or superuser the parameters are no fault (spec 10, section 4)."""
    for caller in (staff, bare_superuser):
        expect.status(200, caller.patch({}, path=f"{caller.path}?email=x"))
