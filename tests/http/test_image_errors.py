"""Hostile uploads: a 4xx, quickly, and never a 5xx (spec 30, section 2; spec 50, section 8)."""

from __future__ import annotations

import time

import pytest

from tests.http import expectations as expect
from tests.http import raw_http
from tests.http.case_names import brief
from tests.http.image_client import (
    accepted,
    colour_of,
    image_path,
    older_path,
    part,
    remove,
    upload,
    upload_form,
    upload_raw,
    uploaded,
)
from tests.http.pictures import file_of, padded
from tests.http.service_client import Caller, Service

PICTURE = file_of("jpg", "blue")
MULTIPART = "multipart/form-data; boundary=edge"
END = b"\r\n--edge--\r\n"


@pytest.fixture(scope="module")
def owner(service: Service) -> Caller:
    """Somebody with a red image, which hostile uploads do not change."""
    caller = service.new_account(profile={"year_of_birth": 1990})
    uploaded(caller)
    return caller


def form(owner: Caller, body: bytes, content_type: str = MULTIPART) -> int:
    """POST a body that calls itself a form; return the status."""
    start = time.monotonic()
    response = owner.post(image_path(owner.username), content=body, headers={"Content-Type": content_type})
    assert time.monotonic() - start < 10
    assert "Traceback" not in response.text
    return response.status_code


GOOD = b"--edge\r\n" + part(PICTURE) + END
NESTED = b"--edge\r\nContent-Type: multipart/mixed; boundary=inner\r\nContent-Disposition: form-data; name=file\r\n\r\n"

BROKEN = {
    "no boundary in the body": PICTURE,
    "another boundary": GOOD.replace(b"edge", b"egde"),
    "cut in the headers": GOOD[:40],
    "cut in the file": GOOD[:300],
    "no last boundary": GOOD[: -len(END)],
    "a boundary alone": b"--edge",
    "an end alone": b"--edge--\r\n",
    "a part of nothing": b"--edge\r\n" + END,
    "no disposition": b"--edge\r\nContent-Type: image/jpeg\r\n\r\n" + PICTURE + END,
    "an empty disposition": b"--edge\r\n" + part(PICTURE, "") + END,
    "no name": b"--edge\r\n" + part(PICTURE, 'form-data; filename="x.jpg"') + END,
    "an empty file name": b"--edge\r\n" + part(PICTURE, 'form-data; name="file"; filename=""') + END,
    "an attachment": b"--edge\r\n" + part(PICTURE, 'attachment; name="files"; filename="x.jpg"') + END,
    "headers without colon": b"--edge\r\nnonsense\r\n\r\n" + PICTURE + END,
    "headers of odd bytes": b'--edge\r\nContent-Disposition: form-data; name="\xff\xfe"; filename="\0"\r\n\r\nx' + END,
    "a huge header": b"--edge\r\nX-Junk: " + b"a" * 1_000_000 + b"\r\n\r\nx" + END,
    "many headers": b"--edge\r\n" + b"X-A: b\r\n" * 20_000 + b"\r\nx" + END,
    "a header that never ends": b"--edge\r\n" + b"a" * 1_000_000,
    "many parts": b"".join(b"--edge\r\n" + part(b"x", f'form-data; name="p{n}"', None) + b"\r\n" for n in range(20_000))
    + b"--edge--\r\n",
    "many boundaries": b"--edge\r\n" * 100_000 + b"--edge--\r\n",
    "nearly boundaries": b"--edge\r\n" + part(b"\r\n--edg" * 100_000, 'form-data; name="a"') + END,
    "nested": NESTED + b"--inner\r\n" + part(PICTURE) + b"\r\n--inner--" + END,
    "NUL bytes": b"\0" * 1_000_000,
    "line ends": b"\r\n" * 400_000,
}


@pytest.mark.parametrize("which", BROKEN)
def test_broken_forms(owner: Caller, which: str) -> None:
    """A broken form is a 4xx, quickly, and changes nothing (spec 50, section 8)."""
    assert form(owner, BROKEN[which]) in (400, 413)
    assert "red" == colour_of(owner)


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data",
        "multipart/form-data;",
        "multipart/form-data; boundary",
        "multipart/form-data; boundary=",
        'multipart/form-data; boundary=""',
        'multipart/form-data; boundary="edge',
        "multipart/form-data; boundary=" + "a" * 5000,
        "multipart/form-data; boundary=other",
        "multipart/form-data; boundary=\xe4",
        "multipart/form-data; charset=utf-16; boundary=other",
    ],
    ids=brief,
)
def test_missing_boundaries(owner: Caller, content_type: str) -> None:
    """No boundary, or not the body's: malformed, 400 (spec 30, section 2)."""
    answer = owner.post(
        image_path(owner.username), content=GOOD, headers={"Content-Type": content_type.encode("latin-1")}
    )
    expect.status(400, answer)
    assert "red" == colour_of(owner)


def test_encodings_of_a_part(owner: Caller) -> None:
    """A part that calls itself base64 or gzip is never a 5xx (spec 50, section 8)."""
    for name in ("base64", "gzip", "quoted-printable", "bogus"):
        odd = f'form-data; name="file"; filename="x.jpg"\r\nContent-Transfer-Encoding: {name}'
        assert upload_form(owner, part(b"no picture " * 20, odd)).status_code == 400


@pytest.mark.parametrize("megabytes", [2, 5, 10, 12])
def test_large_bodies(owner: Caller, megabytes: int) -> None:
    """Large bodies: 400, or 413 where the gateway's limit is near, quickly (spec 30, section 2)."""
    content = padded(PICTURE, megabytes * 1024 * 1024)
    allowed = (400,) if megabytes < 4 else (400, 413)
    for send in (upload, upload_raw):
        start = time.monotonic()
        assert send(owner, content).status_code in allowed
        assert time.monotonic() - start < 10
    assert "red" == colour_of(owner)


@pytest.mark.parametrize("path", ["image", "upload"])
@pytest.mark.parametrize("length", ["10", "100000", "0", "-1", "x", "999999999999"])
def test_wrong_lengths(service: Service, owner: Caller, path: str, length: str) -> None:
    """A Content-Length that is not the body's: a 4xx or the end of the connection (spec 50, section 8)."""
    target = image_path(owner.username) if path == "image" else older_path(owner.username, "upload")
    headers = {"Authorization": f"JWT {owner.token}", "Content-Type": MULTIPART, "Content-Length": length}
    connection = raw_http.RawConnection(service.url)
    connection.send(raw_http.request("POST", target, headers, GOOD))
    connection.half_close()
    answer = connection.answer_or_end()
    connection.close()
    raw_http.alive(service.url)
    assert answer is None or 400 <= answer.status < 500, answer
    assert "red" == colour_of(owner)


@pytest.mark.parametrize(
    "disposition",
    [
        "x" * 5000,
        'attachment;filename="x.png',
        "attachment;filename*=UTF-8''x.png",
        "attachment;filename*=bogus'x",
        "attachment;filename=x.png;filename=y.exe",
        'attachment;filename="\\"',
        "attachment;" + "a=b;" * 1000,
    ],
    ids=brief,
)
def test_odd_dispositions(owner: Caller, disposition: str) -> None:
    """An odd Content-Disposition of a raw body is no 5xx (spec 50, section 8)."""
    assert upload_raw(owner, b"no picture " * 20, "image/png", disposition).status_code == 400


def test_the_file_name_is_not_told(owner: Caller) -> None:
    """A refusal does not repeat the file name, nor the bytes (spec 30, section 9)."""
    for name in ("Zq5marker.jpg", "Zq5marker.exe"):
        response = upload(owner, b"Zq5marker " * 20, name=name)
        expect.status(400, response)
        assert "Zq5marker" not in response.text + str(response.headers)


def test_bodies_that_a_delete_does_not_need(service: Service) -> None:
    """DELETE and `remove` read no body, whatever it is (spec 30, section 1)."""
    caller = service.new_account()
    for content_type in ("application/json", "image/tiff", "multipart/form-data", "bogus"):
        headers = {"Content-Type": content_type}
        accepted(remove(caller, headers=headers, content=b"{"))
        accepted(caller.post(older_path(caller.username, "remove"), headers=headers, content=b"{"))


@pytest.mark.parametrize("name", ["%00", "a%2fb", "%ff", "..", "x" * 300, "%ED%A0%80"], ids=brief)
@pytest.mark.parametrize("end", ["image", "image/uploads", "image/uploads/x"])
def test_odd_usernames(service: Service, owner: Caller, name: str, end: str) -> None:
    """What is no username is nobody's: 4xx (spec 10, section 5)."""
    headers = {"Authorization": f"JWT {owner.token}", "Content-Type": MULTIPART}
    for method in ("GET", "POST", "DELETE"):
        content = raw_http.request(method, f"/api/user/v1/accounts/{name}/{end}", headers, GOOD)
        assert 400 <= raw_http.exchange(service.url, content, method).status < 500


def test_the_service_is_well_afterwards(owner: Caller) -> None:
    """After all this an honest upload is accepted."""
    assert "red" == colour_of(owner)
    accepted(upload(owner, PICTURE))
    assert "blue" == colour_of(owner)
