"""Uploading a picture: who may, in which form, and what is taken (spec 30, sections 1 to 4)."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

import httpx
import pytest

from tests.http import expectations as expect
from tests.http import pictures
from tests.http.case_names import brief
from tests.http.image_client import (
    accepted,
    colour_of,
    image_path,
    older_path,
    part,
    picture_of,
    refused,
    shown,
    upload,
    upload_form,
    upload_raw,
    uploaded,
)
from tests.http.pictures import MAX_BYTES, MIN_BYTES, SIDES
from tests.http.retirement_steps import version_of
from tests.http.service_client import Caller, Service, unique_name

RED = pictures.file_of("jpg", "red")
BLUE = pictures.file_of("jpg", "blue")
FORMS = ("", "/")


@pytest.fixture(scope="module")
def owner(service: Service) -> Caller:
    """Somebody whose image the tests of this module replace."""
    return service.new_account(profile={"year_of_birth": 1990})


@pytest.fixture(scope="module")
def settled_owner(service: Service) -> Caller:
    """Somebody with a red image that no test of this module may change."""
    caller = service.new_account(profile={"year_of_birth": 1990})
    uploaded(caller, RED)
    return caller


def every_path(username: str) -> list[str]:
    """Return all paths to upload on: both families, with and without a slash."""
    return [path + slash for path in (image_path(username), older_path(username, "upload")) for slash in FORMS]


# --- section 1: endpoints and callers


def test_both_paths_in_both_forms(owner: Caller) -> None:
    """204 without a body on both paths, with and without a slash, and each changes the image (spec 30, section 1)."""
    seen = []
    for path in every_path(owner.username):
        accepted(upload(owner, RED, path=path))
        seen.append(shown(owner).image_id)
    assert 4 == len(set(seen))


def test_one_upload_is_one_event(service: Service, staff: Caller) -> None:
    """One event for each upload, appended before the client hears of it (spec 30, section 9)."""
    caller = service.new_account()
    before = version_of(staff, caller.username)
    accepted(upload(caller, RED))
    after = version_of(staff, caller.username)
    assert 1 == int(after.strip('"')) - int(before.strip('"'))


def test_an_inactive_account(service: Service) -> None:
    """An inactive account's token counts (spec 30, section 1)."""
    caller = service.new_account(is_active=False)
    assert uploaded(caller).has_image


def test_nobody(service: Service, anonymous: Caller, settled_owner: Caller) -> None:
    """No token, or a bad one: 401, whoever is named (spec 30, section 1)."""
    bad = Caller(service.http, "not.a.token")
    for path in every_path(settled_owner.username) + every_path(unique_name()):
        expect.unauthorized(upload(anonymous, BLUE, path=path))
        expect.unauthorized(upload(bad, BLUE, path=path))
    assert "red" == colour_of(settled_owner)


@pytest.mark.parametrize("fixture", ["learner", "bare_superuser"])
def test_strangers(request: pytest.FixtureRequest, settled_owner: Caller, fixture: str) -> None:
    """Another who is not staff, a superuser without `is_staff` too: 404 for existing and missing names (I1)."""
    stranger: Caller = request.getfixturevalue(fixture)
    known, unknown = every_path(settled_owner.username), every_path(unique_name())
    for existing, missing in zip(known, unknown, strict=True):
        answers = [upload(stranger, BLUE, path=path) for path in (existing, missing)]
        assert [404, 404] == [each.status_code for each in answers]
        assert answers[0].content == answers[1].content
    assert "red" == colour_of(settled_owner)


def test_staff(staff: Caller, superuser: Caller, settled_owner: Caller) -> None:
    """Staff may not: 403 if the account exists, 404 if not (I2)."""
    for caller in (staff, superuser):
        for path in every_path(settled_owner.username):
            expect.status(403, upload(caller, BLUE, path=path))
        for path in every_path(unique_name()):
            expect.status(404, upload(caller, BLUE, path=path))
    assert "red" == colour_of(settled_owner)


def test_staff_may_change_their_own(service: Service) -> None:
    """Staff are owners of their own image (spec 30, section 1)."""
    assert uploaded(service.new_account(is_staff=True)).has_image


@pytest.mark.parametrize("slash", FORMS)
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH"])
def test_405_on_image(anonymous: Caller, learner: Caller, owner: Caller, method: str, slash: str) -> None:
    """GET, PUT, PATCH on `image`: 405, after 401 and the refusals (spec 30, section 1)."""
    path = image_path(owner.username) + slash
    expect.status(405, owner.request(method, path))
    expect.unauthorized(anonymous.request(method, path))
    expect.status(404, learner.request(method, path))


@pytest.mark.parametrize("act", ["upload", "remove"])
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_405_on_the_older_paths(anonymous: Caller, learner: Caller, owner: Caller, act: str, method: str) -> None:
    """All but POST on the two older names: 405, after 401 and the refusals (spec 30, section 1)."""
    for slash in FORMS:
        path = older_path(owner.username, act) + slash
        expect.status(405, owner.request(method, path))
        expect.unauthorized(anonymous.request(method, path))
        expect.status(404, learner.request(method, path))


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH"])
def test_405_for_staff(staff: Caller, owner: Caller, method: str) -> None:
    """Staff get 404 for an unknown name, a refusal or 405 for a known one (spec 30, section 1)."""
    expect.status(404, staff.request(method, image_path(unique_name())))
    assert staff.request(method, image_path(owner.username)).status_code in (403, 405)


# --- section 2: precedence


def test_the_caller_outranks_the_body(anonymous: Caller, learner: Caller, staff: Caller, settled_owner: Caller) -> None:
    """401, 403 and 404 come before 415 and every 400 (spec 30, section 2)."""
    path = image_path(settled_owner.username)
    for headers, content in (
        ({"Content-Type": "image/tiff"}, RED),
        ({"Content-Type": "application/json"}, b"{"),
        ({"Content-Type": "multipart/form-data"}, b""),
        ({"Content-Type": "application/x-www-form-urlencoded"}, b""),
    ):
        expect.unauthorized(anonymous.post(path, headers=headers, content=content))
        expect.status(404, learner.post(path, headers=headers, content=content))
        expect.status(403, staff.post(path, headers=headers, content=content))


def test_405_outranks_415(owner: Caller) -> None:
    """405 comes before 415 (spec 30, section 2)."""
    response = owner.request("PUT", image_path(owner.username), headers={"Content-Type": "image/tiff"}, content=RED)
    expect.status(405, response)


# --- section 2: 415 and the 400 of requests


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "image/tiff",
        "image/webp",
        "image/svg+xml",
        "image/bmp",
        "image/heic",
        "image/*",
        "text/plain",
        "application/octet-stream",
        "application/merge-patch+json",
        "multipart/mixed; boundary=edge",
        "bogus",
    ],
)
def test_415(settled_owner: Caller, content_type: str) -> None:
    """A body of another type: 415 with `detail`; nothing changes (spec 30, section 2)."""
    expect.detail(415, upload_raw(settled_owner, RED, content_type, "attachment;filename=x.jpg"))
    assert "red" == colour_of(settled_owner)


REQUESTS_WITHOUT_A_FILE: dict[str, Callable[[Caller], httpx.Response]] = {
    "a form without `file`": lambda caller: upload_form(
        caller, part(BLUE, 'form-data; name="image"; filename="x.jpg"')
    ),
    "a form of nothing": lambda caller: upload_form(caller),
    "`file` as plain text": lambda caller: upload_form(caller, part(b"x" * 200, 'form-data; name="file"', None)),
    "an empty multipart body": lambda caller: caller.post(
        image_path(caller.username), content=b"", headers={"Content-Type": "multipart/form-data; boundary=edge"}
    ),
    "a urlencoded form": lambda caller: caller.post(image_path(caller.username), data={"file": "x" * 200}),
    "an empty urlencoded form": lambda caller: caller.post(
        image_path(caller.username), headers={"Content-Type": "application/x-www-form-urlencoded"}
    ),
    "an empty file": lambda caller: upload(caller, b""),
}


@pytest.mark.parametrize("which", REQUESTS_WITHOUT_A_FILE)
def test_400_without_a_file(settled_owner: Caller, which: str) -> None:
    """No part `file`, `file` as text, a urlencoded form, an empty body: 400; nothing changes (spec 30, section 2)."""
    response = REQUESTS_WITHOUT_A_FILE[which](settled_owner)
    expect.status(400, response)
    if "detail" not in response.json():
        refused(response)
    assert "red" == colour_of(settled_owner)


def test_no_file_has_the_keys_of_section_2(settled_owner: Caller) -> None:
    """A well-formed form without a file has both messages (spec 30, section 2)."""
    refused(REQUESTS_WITHOUT_A_FILE["a form without `file`"](settled_owner))
    refused(REQUESTS_WITHOUT_A_FILE["`file` as plain text"](settled_owner))
    refused(REQUESTS_WITHOUT_A_FILE["a urlencoded form"](settled_owner))


def test_a_post_of_nothing(settled_owner: Caller) -> None:
    """No body and no type at all: a 4xx (spec 30, section 2)."""
    assert settled_owner.post(image_path(settled_owner.username)).status_code in (400, 415)


# --- section 3: forms


def test_other_parts_are_ignored(owner: Caller) -> None:
    """Other parts are ignored, files too (spec 30, section 3)."""
    other = part(b"no picture", 'form-data; name="other"; filename="x.exe"', "application/x-dosexec")
    text = part(b"value", 'form-data; name="field"', None)
    accepted(upload_form(owner, other, part(BLUE), text))
    assert "blue" == colour_of(owner)
    accepted(upload_form(owner, text, part(RED), other))
    assert "red" == colour_of(owner)


def test_the_last_of_two_files_counts(owner: Caller) -> None:
    """If `file` comes twice the last one counts (spec 30, section 3)."""
    accepted(upload_form(owner, part(RED), part(BLUE)))
    assert "blue" == colour_of(owner)
    accepted(upload_form(owner, part(b"no picture"), part(RED)))
    assert "red" == colour_of(owner)
    refused(upload_form(owner, part(BLUE), part(b"no picture")))
    assert "red" == colour_of(owner)


@pytest.mark.parametrize("boundary", ["x", "-" * 30 + "8f2", "a" * 70, "'()+_,-./:=?"])
def test_boundaries(owner: Caller, boundary: str) -> None:
    """Any boundary of RFC 2046 will do (spec 30, section 3)."""
    edge = boundary.encode()
    body = b"--" + edge + b"\r\n" + part(BLUE) + b"\r\n--" + edge + b"--\r\n"
    headers = {"Content-Type": f'multipart/form-data; boundary="{boundary}"'}
    accepted(owner.post(image_path(owner.username), content=body, headers=headers))


@pytest.mark.parametrize("kind", ["jpg", "png", "gif"])
def test_a_raw_body(owner: Caller, kind: str) -> None:
    """The bytes as the body, with type and file name (spec 30, section 3)."""
    content = pictures.file_of(kind, "green")
    named = (f"filename=x.{kind}", f'filename="a b.{kind.upper()}"', f"filename*=UTF-8''%C3%BC.{kind}")
    for disposition in (f"attachment; {name}" for name in named):
        accepted(upload_raw(owner, content, pictures.CONTENT_TYPES[kind], disposition))
        assert "green" == colour_of(owner)


def test_a_raw_body_on_every_path(owner: Caller) -> None:
    """A raw body is taken on both paths in both forms (spec 30, sections 1 and 3)."""
    headers = {"Content-Type": "image/pjpeg", "Content-Disposition": "attachment;filename=x.jpeg"}
    for path in every_path(owner.username):
        accepted(owner.post(path, content=BLUE, headers=headers))


@pytest.mark.parametrize("disposition", [None, "attachment", "attachment;filename=", "inline", "", ";;;", "filename"])
def test_a_raw_body_without_a_file_name(settled_owner: Caller, disposition: str | None) -> None:
    """A raw body without a file name: 400 (I7)."""
    expect.status(400, upload_raw(settled_owner, BLUE, "image/jpeg", disposition))
    assert "red" == colour_of(settled_owner)


@pytest.mark.parametrize("name", ["x.png", "x.gif", "x.bmp", "x", "x.jpg.html"])
def test_a_raw_body_whose_name_does_not_fit(settled_owner: Caller, name: str) -> None:
    """A file name that does not fit the type: 400 (spec 30, section 2)."""
    expect.status(400, upload_raw(settled_owner, BLUE, "image/jpeg", f"attachment;filename={name}"))
    assert "red" == colour_of(settled_owner)


def test_a_raw_body_is_checked_like_a_file(settled_owner: Caller) -> None:
    """The checks of section 4 hold for raw bodies (spec 30, sections 3 and 4)."""
    png = pictures.file_of("png")
    for content in (png[:60], png + b"\0" * MAX_BYTES, RED, b"", png[: len(png) // 2] + b"\0" * 200):
        expect.status(400, upload_raw(settled_owner, content))
    assert "red" == colour_of(settled_owner)


# --- results that belong to the request


def test_the_version_is_the_time_of_the_upload(service: Service, owner: Caller) -> None:
    """`?v=` carries the upload time in Unix seconds (spec 30, section 6)."""
    before = int(service.now().timestamp())
    seen = uploaded(owner)
    assert before - 1 <= seen.version <= int(service.now().timestamp()) + 1


@pytest.mark.parametrize("length", [MIN_BYTES, MAX_BYTES])
def test_the_smallest_and_the_largest_file(owner: Caller, length: int) -> None:
    """Exactly 100 and exactly 1 048 576 bytes pass (spec 30, section 4, row 1)."""
    content = pictures.padded(pictures.encoded(pictures.plain("green", (2, 2)), "GIF"), length)
    assert length == len(content)
    accepted(upload(owner, content, "gif"))
    assert set(SIDES.values()) == {picture_of(shown(owner), size).width for size in SIDES}


def test_ten_seconds_at_most(owner: Caller) -> None:
    """The largest picture that is accepted ends within 10 s (spec 30, section 4)."""
    start = time.monotonic()
    accepted(upload(owner, pictures.black_png(8192, 6144), "png"))
    assert time.monotonic() - start < 10
    assert "black" == colour_of(owner)


# --- Idempotency-Key (spec 50, section 4)


def test_the_same_upload_again(owner: Caller) -> None:
    """Same key, same request: the first answer again, and no second image (spec 50, section 4)."""
    headers = {
        "Idempotency-Key": secrets.token_hex(16),
        "Content-Type": "image/jpeg",
        "Content-Disposition": "attachment;filename=x.jpg",
    }
    path = image_path(owner.username)
    accepted(owner.post(path, content=RED, headers=headers))
    first = shown(owner)
    again = owner.post(path, content=RED, headers=headers)
    accepted(again)
    assert "true" == again.headers["Idempotent-Replayed"]
    assert first == shown(owner)
    expect.status(422, owner.post(path, content=BLUE, headers=headers))
    assert first == shown(owner)


@pytest.mark.parametrize("key", ["", "x" * 256], ids=brief)
def test_a_bad_key(settled_owner: Caller, key: str) -> None:
    """A key of another length or of other characters: 400 (spec 50, section 4)."""
    expect.status(400, upload(settled_owner, BLUE, headers={"Idempotency-Key": key}))
    assert "red" == colour_of(settled_owner)
