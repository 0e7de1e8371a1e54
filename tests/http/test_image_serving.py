"""Where pictures are shown: URLs, headers, freshness, and who may look (spec 30, section 6)."""

from __future__ import annotations

import io
import re
import secrets
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from urllib.parse import urlsplit

import pytest
from PIL import Image

from tests.http import expectations as expect
from tests.http import pictures, raw_http
from tests.http.image_client import (
    NAME,
    Shown,
    accepted,
    all_gone,
    all_served,
    colour_of,
    fetch,
    picture_of,
    read,
    shown,
    upload,
    uploaded,
)
from tests.http.pictures import SIDES
from tests.http.retirement_client import REPLACE, username_worker_of
from tests.http.retirement_steps import version_of
from tests.http.service_client import Caller, Service, account_path, unique_name
from tests.http.test_concurrency import at_once

every_size = pytest.mark.parametrize("size", SIDES)


@pytest.fixture(scope="module")
def owner(service: Service) -> Caller:
    """Somebody whose image the tests replace."""
    return service.new_account(profile={"year_of_birth": 1990})


@pytest.fixture(scope="module")
def kept(service: Service) -> Shown:
    """An image that nobody replaces."""
    return uploaded(service.new_account(profile={"year_of_birth": 1990}), pictures.file_of("png", "green"), "png")


@pytest.fixture(scope="module")
def bare_account(service: Service) -> Shown:
    """What an account without an image shows."""
    return shown(service.new_account())


def max_age(header: str) -> int:
    """Return the seconds of a Cache-Control header."""
    found = re.search(r"(?<!s-)max-age=(\d+)", header)
    assert found, header
    return int(found[1])


def raw(url: str, method: str = "GET") -> raw_http.RawAnswer:
    """Ask for a URL byte by byte, so that no client tidies its path."""
    address = urlsplit(url)
    target = address.path + (f"?{address.query}" if address.query else "")
    return raw_http.exchange(
        f"http://{address.netloc}", raw_http.request(method, target, {"Host": address.netloc}), method
    )


def base_of(seen: Shown) -> str:
    """Return a picture's URL without its name and its query, ending in a slash."""
    return seen.urls["full"].partition("?")[0].rpartition("/")[0] + "/"


# --- the pictures of an account


@every_size
def test_each_url_answers_with_its_side(kept: Shown, size: str) -> None:
    """All four answer 200 with a square JPEG of their side, without a token."""
    assert "green" == pictures.middle(picture_of(kept, size))


def test_names(kept: Shown) -> None:
    """`{image_id}_{side}.jpg`, one random id of at least 128 bits in all four (section 6, names)."""
    assert SIDES == {size: int(match["side"]) for size, name in kept.names.items() if (match := NAME.fullmatch(name))}
    assert len(kept.image_id) >= 22
    assert kept.version > 1_000_000_000


def test_urls_are_not_of_the_username(service: Service) -> None:
    """Neither username nor id are in a URL, and the same picture gets other names (I8)."""
    people = [service.new_account(), service.new_account()]
    seen = [uploaded(each) for each in people]
    assert seen[0].image_id != seen[1].image_id
    for caller, image in zip(people, seen, strict=True):
        assert [] == [url for url in image.urls.values() if caller.username in url]
        again = uploaded(caller)
        assert image.image_id != again.image_id


def test_urls_carry_no_signature(kept: Shown) -> None:
    """No token, no signature that runs out: `v` is all that the query holds."""
    assert {f"v={kept.version}"} == {urlsplit(url).query for url in kept.urls.values()}


@every_size
def test_headers(kept: Shown, size: str) -> None:
    """The headers of a picture (section 6, on the wire)."""
    response = fetch(kept.urls[size])
    assert "image/jpeg" == response.headers["Content-Type"]
    assert "public" in response.headers["Cache-Control"]
    assert "no-store" not in response.headers["Cache-Control"]
    assert 0 < max_age(response.headers["Cache-Control"]) <= 86400
    assert "nosniff" == response.headers["X-Content-Type-Options"]
    assert "cross-origin" == response.headers["Cross-Origin-Resource-Policy"]
    assert "Set-Cookie" not in response.headers
    assert re.fullmatch(r'(W/)?"[^"]+"', response.headers["ETag"])


@pytest.mark.parametrize("which", ["kept", "bare_account"])
@every_size
def test_if_none_match(request: pytest.FixtureRequest, which: str, size: str) -> None:
    """`If-None-Match` answers 304 without a body, another ETag 200 (section 6, on the wire)."""
    seen: Shown = request.getfixturevalue(which)
    etag = fetch(seen.urls[size]).headers["ETag"]
    for known in (etag, f'"other", {etag}', "*"):
        response = fetch(seen.urls[size], headers={"If-None-Match": known})
        expect.status(304, response)
        assert b"" == response.content
        assert etag == response.headers["ETag"]
    for other in ('"other"', '""', "x"):
        expect.status(200, fetch(seen.urls[size], headers={"If-None-Match": other}))


@pytest.mark.parametrize("which", ["kept", "bare_account"])
@every_size
def test_head(request: pytest.FixtureRequest, which: str, size: str) -> None:
    """HEAD answers as GET does, without the body (section 1)."""
    seen: Shown = request.getfixturevalue(which)
    get, head = fetch(seen.urls[size]), fetch(seen.urls[size], "HEAD")
    expect.status(200, head)
    assert b"" == head.content
    for name in ("Content-Type", "Cache-Control", "ETag", "Cross-Origin-Resource-Policy", "X-Content-Type-Options"):
        assert get.headers[name] == head.headers[name]


def test_etags_are_of_the_content(kept: Shown) -> None:
    """Different pictures have different ETags."""
    assert len(SIDES) == len({fetch(url).headers["ETag"] for url in kept.urls.values()})


# --- defaults


@every_size
def test_defaults(bare_account: Shown, size: str) -> None:
    """Without an image the four URLs answer 200 with square PNGs of their sides (section 6)."""
    assert not bare_account.has_image
    response = fetch(bare_account.urls[size])
    expect.status(200, response)
    assert "image/png" == response.headers["Content-Type"]
    picture = Image.open(io.BytesIO(response.content), formats=["PNG"])
    picture.load()
    assert (SIDES[size], SIDES[size]) == picture.size
    assert 0 < max_age(response.headers["Cache-Control"]) <= 86400
    assert "public" in response.headers["Cache-Control"]
    assert "nosniff" == response.headers["X-Content-Type-Options"]
    assert "cross-origin" == response.headers["Cross-Origin-Resource-Policy"]
    assert "Set-Cookie" not in response.headers


def test_everybody_has_the_same_defaults(service: Service, bare_account: Shown) -> None:
    """The default pictures tell nobody apart (section 6)."""
    assert bare_account == shown(service.new_account())


# --- what is not served


@every_size
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_other_methods(kept: Shown, method: str, size: str) -> None:
    """Other methods: 404 or 405, and the picture stays (section 6)."""
    assert fetch(kept.urls[size], method).status_code in (404, 405)
    expect.status(200, fetch(kept.urls[size]))


@pytest.mark.parametrize(
    "name",
    [
        "{other}_500.jpg",
        "{id}_501.jpg",
        "{id}_0500.jpg",
        "{id}_-500.jpg",
        "{id}_500.png",
        "{id}_500.jpg.jpg",
        "{id}_500",
        "{id}",
        "{id}_.jpg",
        "{id}_500.jpg%00",
        "{id}_500.jpg%20",
        "_500.jpg",
        "*_500.jpg",
        "x.jpg",
        "%ff.jpg",
        "learner_500.jpg",
    ],
)
def test_unknown_names(kept: Shown, name: str) -> None:
    """A name that nobody was shown: 404 (section 6)."""
    other = secrets.token_hex(len(kept.image_id))[: len(kept.image_id)]
    answer = raw(base_of(kept) + name.format(id=kept.image_id, other=other))
    assert answer.status in ((400, 404) if "%" in name else (404,)), answer


@pytest.mark.parametrize("end", ["", "?list-type=2", "?prefix=", "?delimiter=/", "%2f", ".", "./"])
def test_no_listing(kept: Shown, end: str) -> None:
    """The place of the pictures itself: 404, never a listing (section 6)."""
    for base in (base_of(kept) + end, base_of(kept).rstrip("/") + end):
        answer = raw(base)
        assert answer.status in (400, 404, 405), answer
        assert kept.image_id.encode() not in answer.body


@pytest.mark.parametrize(
    "path",
    [
        "../profile-images/{name}",
        "..%2fprofile-images%2f{name}",
        "%2e%2e/{name}",
        "%2e%2e%2f{name}",
        "..%5c{name}",
        "../../../../etc/passwd",
        "..%2f..%2f..%2f..%2fetc%2fpasswd",
        "..%2fincoming%2fx",
        "../incoming/",
        "....//{name}",
        "%252e%252e%252f{name}",
        "{name}/..",
        "{name}/../../incoming",
    ],
)
def test_no_way_out_of_the_place(kept: Shown, bare_account: Shown, path: str) -> None:
    """`..` in the name: 404 (405), never another object of the bucket, nor a file (section 6)."""
    for seen in (kept, bare_account):
        answer = raw(base_of(seen) + path.format(name=seen.names["full"]))
        assert answer.status in (400, 404, 405), answer
        assert b"root:" not in answer.body


# --- freshness and change


def test_everybody_sees_a_new_image_at_once(service: Service, learner: Caller, staff: Caller, owner: Caller) -> None:
    """Once a POST has answered, every view of every reader shows it, and the URLs answer (section 6)."""
    for colour in ("red", "green", "blue"):
        accepted(upload(owner, pictures.file_of("jpg", colour)))
        views = [shown(owner), shown(learner, owner.username), shown(staff, owner.username)]
        views += [shown(owner, view="shared"), shown(staff, owner.username, view="shared")]
        (listed,) = learner.get("/api/user/v1/accounts", params={"username": owner.username}).json()
        views.append(read(listed["profile_image"]))
        assert [views[0]] * len(views) == views
        all_served(views[0])
        assert colour == colour_of(learner, owner.username)


def test_uploads_in_one_second_change_all_urls(owner: Caller) -> None:
    """An upload always changes all four URLs, even twice in a second (section 6)."""
    before, after = uploaded(owner), uploaded(owner)
    assert set() == set(before.urls.values()) & set(after.urls.values())
    assert before.image_id != after.image_id


def test_replaced_pictures_stop_answering(owner: Caller) -> None:
    """A replaced picture's URLs stop answering 200 within two seconds, with any `v` or none (section 6)."""
    before, after = uploaded(owner), uploaded(owner)
    bases = [url.partition("?")[0] for url in before.urls.values()]
    all_gone([*before.urls.values(), *bases, *(f"{base}?v={after.version}" for base in bases)])
    all_served(after)


def test_a_new_image_changes_the_version_of_the_account(staff: Caller, owner: Caller) -> None:
    """The account's ETag moves with its image (spec 50, section 4)."""
    before = version_of(staff, owner.username)
    accepted(upload(owner, pictures.file_of()))
    assert before != version_of(staff, owner.username)


def test_uploads_side_by_side(owner: Caller) -> None:
    """Of several uploads at once one is the image, whole; the sets of the others go (section 6, names)."""
    colours = ("red", "green", "blue", "yellow")
    answers = at_once([partial(upload, owner, pictures.file_of("png", each), "png") for each in colours])
    for response in answers:
        accepted(response)
    last = shown(owner)
    assert 1 == len({pictures.middle(picture_of(last, size)) for size in SIDES})


def test_never_half_old_half_new(owner: Caller, learner: Caller) -> None:
    """While an image is replaced, all four URLs are of one image (section 6, names)."""
    uploaded(owner)
    with ThreadPoolExecutor(2) as pool:
        uploads = pool.submit(lambda: [upload(owner, pictures.file_of()).status_code for _ in range(5)])
        seen = []
        while not uploads.done():
            seen.append(shown(learner, owner.username))
        assert [204] * 5 == uploads.result()
    assert all(each.has_image and each.image_id and each.version for each in seen)


# --- who may look


@pytest.mark.parametrize(
    ("profile", "preferences"),
    [
        ({"year_of_birth": 1990}, {"account_privacy": "private"}),
        ({"year_of_birth": 1990}, {"account_privacy": "custom"}),
        ({}, {}),
        ({"year_of_birth": 2020}, {"account_privacy": "all_users"}),
    ],
    ids=["private", "custom", "no year of birth", "child"],
)
def test_private_accounts(
    service: Service, learner: Caller, profile: dict[str, int], preferences: dict[str, str]
) -> None:
    """`profile_image` is public: a private account, and one that needs consent, keep and show theirs (I9)."""
    caller = service.new_account(profile=profile, preferences=preferences)
    uploaded(caller, pictures.file_of("jpg", "blue"))
    seen = shown(learner, caller.username)
    assert seen == shown(caller)
    assert seen.has_image
    all_served(seen)


def test_a_token_changes_nothing(kept: Shown, learner: Caller) -> None:
    """A picture is the same with a token, a bad token or a cookie (section 1)."""
    url = kept.urls["small"]
    plain = fetch(url).content
    for headers in ({"Authorization": f"JWT {learner.token}"}, {"Authorization": "JWT bad"}, {"Cookie": "a=b"}):
        response = fetch(url, headers=headers)
        expect.status(200, response)
        assert plain == response.content


def test_an_image_survives_a_new_username(service: Service) -> None:
    """The pictures survive a username replacement (section 6, names)."""
    caller = service.new_account()
    before, name = uploaded(caller), unique_name("renamed")
    body = {"username_mappings": [{caller.username: name}]}
    expect.status(200, username_worker_of(service).post(REPLACE, json=body))
    after = shown(service.seed("staff"), name)
    assert before == after
    all_served(after)
    expect.status(404, service.seed("staff").get(account_path(caller.username)))
