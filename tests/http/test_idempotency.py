"""Idempotency-Key (spec 50, section 4)."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.http import expectations as expect
from tests.http.case_names import brief
from tests.http.service_client import ADMIN_ACCOUNTS, Caller, Service, account_path


def key() -> dict[str, str]:
    """Return a header with a new key."""
    return {"Idempotency-Key": secrets.token_hex(16)}


def replayed(response: httpx.Response) -> bool:
    """Tell whether an answer says that it was given before."""
    return response.headers.get("Idempotent-Replayed") == "true"


def test_the_same_request_again(writer: Caller) -> None:
    """Same key, same request: the first answer again, and no second event (spec 50, section 4)."""
    headers = key()
    first = writer.patch({"goals": "once"}, headers=headers)
    expect.status(200, first)
    etag = writer.etag()
    for _ in range(3):
        again = writer.patch({"goals": "once"}, headers=headers)
        assert (first.status_code, first.json()) == (again.status_code, again.json())
        assert (False, True) == (replayed(first), replayed(again))
    assert etag == writer.etag()


def test_the_first_answer_not_the_present_account(writer: Caller) -> None:
    """The answer that comes again is the first one, whatever happened since (spec 50, section 4)."""
    headers = key()
    first = writer.patch({"goals": "then"}, headers=headers)
    writer.patch({"goals": "now"})
    again = writer.patch({"goals": "then"}, headers=headers)
    assert first.json() == again.json()
    assert "now" == writer.account()["goals"]


def test_the_same_key_with_another_body(writer: Caller) -> None:
    """Same key, another request: 422, and nothing changes (spec 50, section 4)."""
    headers = key()
    expect.status(200, writer.patch({"goals": "first"}, headers=headers))
    expect.status(422, writer.patch({"goals": "second"}, headers=headers))
    expect.status(422, writer.patch_bytes(b'{"goals":"first"}', headers=headers))
    assert "first" == writer.account()["goals"]


def test_the_same_key_with_another_query(writer: Caller) -> None:
    """The query belongs to the request (spec 50, section 4)."""
    headers = key()
    expect.status(200, writer.patch({"goals": "q"}, headers=headers))
    expect.status(422, writer.patch({"goals": "q"}, path=f"{writer.path}?view=shared", headers=headers))


def test_the_same_key_on_another_path(superuser: Caller, service: Service) -> None:
    """Method and path belong to the request (spec 50, section 4)."""
    headers = key()
    expect.status(200, superuser.patch({"goals": "path"}, headers=headers))
    response = superuser.post(ADMIN_ACCOUNTS, json=service.registration(), headers=headers)
    expect.status(422, response)


def test_keys_are_the_callers_own(writer: Caller, learner: Caller) -> None:
    """Another account's same key is another key (spec 50, section 4)."""
    headers = key()
    expect.status(200, writer.patch({"goals": "mine"}, headers=headers))
    other = learner.patch({"goals": "theirs"}, headers=headers)
    expect.status(200, other)
    assert not replayed(other)
    assert ("mine", "theirs") == (writer.account()["goals"], learner.account()["goals"])


def test_only_successes_are_kept(writer: Caller) -> None:
    """Only 2xx answers are kept: after a refusal the key is free (spec 50, section 4)."""
    headers = key()
    expect.status(400, writer.patch({"country": "ZZ"}, headers=headers))
    expect.status(415, writer.patch_bytes(b"{}", headers=headers, content_type="text/plain"))
    response = writer.patch({"goals": "after a refusal"}, headers=headers)
    expect.status(200, response)
    assert not replayed(response)


def test_a_stranger_leaves_no_record(writer: Caller, learner: Caller) -> None:
    """A refused 404 keeps nothing (spec 50, section 4)."""
    headers = key()
    expect.status(404, learner.patch({"goals": "x"}, path=writer.path, headers=headers))
    expect.status(200, learner.patch({"goals": "y"}, headers=headers))


@pytest.mark.parametrize("value", [b"", b"x" * 256, b"a\tb", "é".encode(), b"\x80", b"x" * 5000], ids=brief)
def test_bad_keys(writer: Caller, value: bytes) -> None:
    """A key of another length, or of other characters, is 400 (spec 50, section 4)."""
    before = writer.etag()
    response = writer.http.request(
        "PATCH",
        writer.path,
        headers=[
            (b"Authorization", f"JWT {writer.token}".encode()),
            (b"Content-Type", b"application/merge-patch+json"),
            (b"Idempotency-Key", value),
        ],
        content=b'{"goals": "bad key"}',
    )
    expect.status(400, response)
    assert before == writer.etag()


@pytest.mark.parametrize("value", ["x", "0", "a b", "!\"#$%&'()*+,-./:;<=>?@[]^_`{|}~", "k" * 255], ids=brief)
def test_good_keys(service: Service, value: str) -> None:
    """Any 1 to 255 printable characters make a key (spec 50, section 4)."""
    caller = service.new_account()
    headers = {"Idempotency-Key": value}
    expect.status(200, caller.patch({"goals": "good"}, headers=headers))
    assert replayed(caller.patch({"goals": "good"}, headers=headers))


def test_provisioning_once(superuser: Caller, service: Service) -> None:
    """An account is made once; its answer comes again (spec 50, section 4)."""
    headers, fields = key(), service.registration()
    first = superuser.post(ADMIN_ACCOUNTS, json=fields, headers=headers)
    expect.status(201, first)
    again = superuser.post(ADMIN_ACCOUNTS, json=fields, headers=headers)
    expect.status(201, again)
    assert first.json() == again.json()
    assert replayed(again)
    expect.refused_registration(superuser.post(ADMIN_ACCOUNTS, json=fields, headers=key()))


@pytest.mark.parametrize("attempt", range(5))
def test_two_at_once(service: Service, attempt: int) -> None:
    """Several at once: one does it, all get its answer (spec 50, section 4)."""
    caller, headers = service.new_account(), key()
    before = int(caller.etag().strip('"'))
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: caller.patch({"goals": "at once"}, headers=headers), range(8)))
    assert [200] * 8 == [each.status_code for each in answers]
    assert all(each.json() == answers[0].json() for each in answers)
    assert 7 == sum(map(replayed, answers))
    assert before + 1 == int(caller.etag().strip('"'))


def test_provisioning_at_once(superuser: Caller, service: Service, staff: Caller) -> None:
    """Several equal provisionings at once make one account (spec 50, section 4)."""
    headers, fields = key(), service.registration()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: superuser.post(ADMIN_ACCOUNTS, json=fields, headers=headers), range(4)))
    assert [201] * 4 == [each.status_code for each in answers]
    assert 1 == len({each.json()["id"] for each in answers})
    expect.status(200, staff.get(account_path(fields["username"])))


def test_a_get_needs_no_key(writer: Caller) -> None:
    """A key on GET is none of the service's business: the account is answered afresh."""
    headers = key()
    writer.patch({"goals": "before"})
    writer.get(writer.path, headers=headers)
    writer.patch({"goals": "after"})
    assert "after" == writer.get(writer.path, headers=headers).json()["goals"]
