"""ETag and If-Match on an account (spec 50, section 4)."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.http import expectations as expect
from tests.http.service_client import Caller, Service


def test_the_tag_is_the_version(writer: Caller) -> None:
    """GET answers `ETag: "<version>"`, the same until something changes (spec 50, section 4)."""
    first = writer.etag()
    assert re.fullmatch(r'"\d+"', first)
    assert first == writer.etag()
    writer.patch({"bio": f"after {first}"})
    assert int(first.strip('"')) < int(writer.etag().strip('"'))


def test_every_view_has_the_tag(writer: Caller, learner: Caller) -> None:
    """The tag is the account's version, whoever reads it (spec 50, section 4)."""
    tags = {
        writer.etag(),
        learner.get(writer.path).headers["ETag"],
        writer.get(f"{writer.path}?view=shared").headers["ETag"],
    }
    assert 1 == len(tags)


def test_a_match(writer: Caller) -> None:
    """If-Match with the present tag goes on (spec 50, section 4)."""
    expect.status(200, writer.patch({"goals": "matched"}, headers={"If-Match": writer.etag()}))
    assert "matched" == writer.account()["goals"]


def test_a_star(writer: Caller) -> None:
    """`*` matches (spec 50, section 4)."""
    expect.status(200, writer.patch({"goals": "star"}, headers={"If-Match": "*"}))


def test_no_match(writer: Caller) -> None:
    """An older tag is 412 with the present one, and nothing changes (spec 50, section 4)."""
    old = writer.etag()
    writer.patch({"goals": f"moved on from {old}"})
    before = writer.account()
    response = writer.patch({"goals": "too late"}, headers={"If-Match": old})
    expect.status(412, response)
    assert writer.etag() == response.headers["ETag"]
    assert before == writer.account()


@pytest.mark.parametrize(
    "value", ["x", "1", '"', '"x"', '""', '"-1"', '"1.0"', "'1'", '"99999999999999999999999"', "é", "**"]
)
def test_malformed_tags(writer: Caller, value: str) -> None:
    """A malformed value is 412 with the present tag (spec 50, section 4)."""
    response = writer.http.request(
        "PATCH",
        writer.path,
        headers=[
            (b"Authorization", f"JWT {writer.token}".encode()),
            (b"Content-Type", b"application/merge-patch+json"),
            (b"If-Match", value.encode()),
        ],
        content=b'{"goals": "malformed tag"}',
    )
    expect.status(412, response)
    assert writer.etag() == response.headers["ETag"]


def test_an_unquoted_tag_is_malformed(writer: Caller) -> None:
    """The right number without its quotes is malformed: 412 (spec 50, section 4)."""
    response = writer.patch({"goals": "x"}, headers={"If-Match": writer.etag().strip('"')})
    expect.status(412, response)


def test_several_writers_with_one_tag(service: Service) -> None:
    """Of several writers with the same tag exactly one wins (spec 50, section 4)."""
    caller = service.new_account()
    tag = caller.etag()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: caller.patch({"goals": f"writer {n}"}, headers={"If-Match": tag}), range(8)))
    assert [200, *[412] * 7] == sorted(each.status_code for each in answers)
    winner = next(each for each in answers if each.status_code == 200)
    assert winner.json()["goals"] == caller.account()["goals"]


def test_a_stranger_learns_no_tag(learner: Caller, writer: Caller) -> None:
    """A stranger's PATCH is 404 whatever the tag, and hides that the account exists (spec 10, D1)."""
    for tag in ('"0"', "*", writer.etag()):
        response = learner.patch({"goals": "x"}, path=writer.path, headers={"If-Match": tag})
        expect.status(404, response)
        assert "ETag" not in response.headers
