"""Pictures over HTTP: sending them in every way, what an account shows, and waiting for what may lag (spec 30)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import parse_qs, quote, urlsplit

import httpx
from PIL import Image

from tests.http import expectations as expect
from tests.http import pictures
from tests.http.pictures import SIDES
from tests.http.service_client import Caller, account_path
from tests.support.waiting import eventually

NAME = re.compile(r"(?P<image>[A-Za-z0-9_-]{22,})_(?P<side>\d+)\.jpg")
"""The name of a served object (spec 30, section 6)."""

T = TypeVar("T")
web = httpx.Client(timeout=60, trust_env=False)
"""A client without token, cookie or redirect."""


# --- paths


def image_path(username: str) -> str:
    """Return the path of somebody's image."""
    return f"{account_path(username)}/image"


def older_path(username: str, act: str) -> str:
    """Return the older path of `upload` or `remove`."""
    return f"/api/profile_images/v1/{quote(username, safe='')}/{act}"


# --- sending through the service


def upload(
    caller: Caller,
    content: bytes,
    kind: str = "jpg",
    *,
    name: str | None = None,
    content_type: str | None = None,
    path: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> httpx.Response:
    """POST a file as the profile page does; by default one's own image, named and typed as its kind."""
    given = (f"x.{kind}" if name is None else name, content, content_type or pictures.CONTENT_TYPES[kind])
    return caller.post(path or image_path(caller.username), files={"file": given}, headers=headers)


def upload_raw(
    caller: Caller,
    content: bytes,
    content_type: str = "image/png",
    disposition: str | None = "attachment;filename=x.png",
) -> httpx.Response:
    """POST a file as the body itself."""
    headers = {"Content-Type": content_type}
    if disposition is not None:
        headers["Content-Disposition"] = disposition
    return caller.post(image_path(caller.username), content=content, headers=headers)


def upload_form(caller: Caller, *parts: bytes, boundary: str = "edge") -> httpx.Response:
    """POST a multipart body whose parts are given byte by byte."""
    edge = boundary.encode()
    body = b"".join(b"--" + edge + b"\r\n" + each + b"\r\n" for each in parts) + b"--" + edge + b"--\r\n"
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    return caller.post(image_path(caller.username), content=body, headers=headers)


def part(
    content: bytes,
    disposition: str = 'form-data; name="file"; filename="x.jpg"',
    content_type: str | None = "image/jpeg",
) -> bytes:
    """Return one part of a multipart body."""
    lines = [f"Content-Disposition: {disposition}"]
    lines += [f"Content-Type: {content_type}"] if content_type is not None else []
    return "\r\n".join([*lines, "", ""]).encode() + content


def accepted(response: httpx.Response) -> None:
    """Expect a 204 without a body."""
    expect.status(204, response)
    assert b"" == response.content


def refused(response: httpx.Response) -> dict[str, str]:
    """Expect the 400 of spec 30, section 2; return its messages."""
    expect.status(400, response)
    told: dict[str, str] = response.json()
    assert {"developer_message", "user_message"} == set(told), response.text
    assert all(isinstance(each, str) and each for each in told.values()), response.text
    return told


def uploaded(caller: Caller, content: bytes | None = None, kind: str = "jpg") -> Shown:
    """Upload a picture as one's own image; return what the account shows then."""
    accepted(upload(caller, pictures.file_of(kind) if content is None else content, kind))
    return shown(caller)


def remove(caller: Caller, username: str | None = None, **arguments: Any) -> httpx.Response:
    """DELETE an image, by default one's own."""
    return caller.request("DELETE", image_path(username or caller.username), **arguments)


# --- what an account shows


@dataclass(frozen=True)
class Shown:
    """The `profile_image` of an account, as it was when it was asked for."""

    has_image: bool
    urls: Mapping[str, str]

    @property
    def names(self) -> dict[str, str]:
        """The last part of each URL's path."""
        return {size: urlsplit(url).path.rsplit("/", 1)[-1] for size, url in self.urls.items()}

    @property
    def image_id(self) -> str:
        """The one id in the names of all four pictures."""
        found = {match["image"] for match in map(NAME.fullmatch, self.names.values()) if match}
        assert 1 == len(found), f"names of one image expected: {self.names}"
        return found.pop()

    @property
    def version(self) -> int:
        """The one number behind `?v=` in all four URLs."""
        found = {tuple(parse_qs(urlsplit(url).query).get("v", ())) for url in self.urls.values()}
        assert 1 == len(found), f"one version expected: {self.urls}"
        (number,) = found.pop()
        return int(number)


def read(profile_image: dict[str, Any]) -> Shown:
    """Read the `profile_image` of an account, which must have exactly the keys of spec 30, section 6."""
    assert {"has_image", *(f"image_url_{size}" for size in SIDES)} == set(profile_image), profile_image
    assert isinstance(profile_image["has_image"], bool), profile_image
    urls = {size: profile_image[f"image_url_{size}"] for size in SIDES}
    assert all(urlsplit(url).scheme in ("http", "https") and urlsplit(url).netloc for url in urls.values()), urls
    return Shown(profile_image["has_image"], urls)


def shown(caller: Caller, username: str | None = None, **query: str) -> Shown:
    """Return the image that an account shows to a caller, by default one's own."""
    return read(caller.account(username, **query)["profile_image"])


def fetch(url: str, method: str = "GET", **arguments: Any) -> httpx.Response:
    """Ask for a URL as a page's `<img>` does: no token, no cookie, no redirect."""
    response = web.request(method, url, **arguments)
    web.cookies.clear()
    return response


def picture_of(content_of: Shown, size: str = "full") -> Image.Image:
    """Fetch one picture, which must be a JPEG of its side."""
    response = fetch(content_of.urls[size])
    expect.status(200, response)
    assert "image/jpeg" == response.headers["Content-Type"]
    picture = pictures.opened(response.content)
    assert (SIDES[size], SIDES[size]) == picture.size
    return picture


def colour_of(caller: Caller, username: str | None = None) -> str:
    """Return the colour of the middle of the image that an account shows; `none` without an image."""
    seen = shown(caller, username)
    return pictures.middle(picture_of(seen)) if seen.has_image else "none"


def all_served(seen: Shown) -> None:
    """Expect that all four URLs answer 200, at once."""
    assert dict.fromkeys(SIDES, 200) == {size: fetch(url).status_code for size, url in seen.urls.items()}


def all_gone(urls: Iterable[str]) -> None:
    """Expect that URLs stop answering 200: a replaced picture is served for a short time only (spec 30, section 6)."""
    waiting = list(urls)

    def none_left() -> None:
        left = {url: status for url in waiting if (status := fetch(url).status_code) not in (403, 404)}
        assert {} == left

    eventually(none_left)
