"""A person's export (spec 50, section 2)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.http import expectations as expect
from tests.http import retirement_client as retirement
from tests.http.address_changes import email_asked, secondary_asked
from tests.http.image_client import all_gone, fetch, uploaded
from tests.http.operations_client import (
    PARTS,
    disable_history,
    disabled,
    enabled,
    entries,
    export,
    exported,
    lifetime_of,
    name_asked,
    refuse,
)
from tests.http.preference_writing import preferences
from tests.http.retirement_leaver import new_mark, preferences_of, profile_of, somebody
from tests.http.s3_client import RUN_EXPIRE
from tests.http.service_client import Caller, Service, account_path, unique_name

KIB = 1024
LOGINS = [{"provider": "tpa", "uid": "uid-1", "extra_data": {"login": "somebody", "deep": {"list": [1, None, "x"]}}}]


@pytest.fixture
def owner(service: Service) -> Caller:
    """An adult."""
    return service.new_account(profile={"year_of_birth": 1980})


def full(service: Service) -> tuple[Caller, str]:
    """Return somebody with a value everywhere, and the mark in each."""
    mark = new_mark()
    return somebody(service, mark), mark


def talkative(service: Service, fields: dict[str, Any] | None = None) -> Caller:
    """Return somebody whose history is too large for one answer of Lambda."""
    caller = retirement.learner_of(service, **(fields or {}))
    for number in range(56):
        text = chr(ord("a") + number % 26) * (32 * KIB - 2)
        expect.status(200, caller.patch({"goals": text, "mailing_address": text}))
    return caller


@pytest.fixture(scope="module")
def large(service: Service) -> Caller:
    """Somebody with a large history."""
    return talkative(service)


# --- a small one


def test_the_answer(owner: Caller) -> None:
    """`application/json`, an attachment named USERNAME-account.json, kept by no cache (spec 50, section 2)."""
    response = export(owner)
    expect.status(200, response)
    assert "application/json" == response.headers["Content-Type"].split(";")[0]
    disposition = response.headers["Content-Disposition"]
    assert "attachment" == disposition.split(";")[0]
    assert f"{owner.username}-account.json" in disposition
    assert "no-store" in response.headers["Cache-Control"]
    assert PARTS == set(response.json())


def test_account_and_preferences(service: Service) -> None:
    """The full view and all preferences (spec 50, section 2)."""
    owner, _ = full(service)
    parts = exported(owner)
    assert owner.account() == parts["account"]
    assert preferences(owner) == parts["preferences"]


def test_all_of_the_history(service: Service) -> None:
    """All of the history, as `history` shows it to the same caller (spec 50, sections 1 and 2)."""
    owner, _ = full(service)
    for number in range(230):
        expect.status(200, owner.patch({"goals": str(number)}))
    assert sorted(entries(owner), key=by_version) == sorted(exported(owner)["history"], key=by_version)


def by_version(entry: dict[str, Any]) -> int:
    """Return the version of an entry."""
    version: int = entry["version"]
    return version


def test_everything_that_is_held(service: Service) -> None:
    """Whatever Rollcall holds on the person is in there (spec 50, section 2)."""
    owner, mark = full(service)
    pending, _ = email_asked(service, owner)
    recovery, _ = secondary_asked(service, owner)
    text = json.dumps(exported(owner), ensure_ascii=False)
    told = [owner.username, owner.email, pending, recovery, f"{mark} First", f"{mark} Second", f"{mark} Third"]
    told += [f"{mark}Org", f"{mark}uid", f"{mark}extra", f"{mark} city", f"{mark} pref", f"{mark} Ringo"]
    told += [f"{mark} {each}" for each in ("bio", "street", "goals")]
    assert [] == [each for each in told if each not in text]


def test_orgs_and_social_logins(service: Service, owner: Caller) -> None:
    """What no view shows: the organisations and the linked logins (spec 00; spec 50, section 2)."""
    person = service.new_account(orgs=["edX", "mb_coaching"], social_logins=LOGINS)
    parts = exported(person)
    assert ["edX", "mb_coaching"] == sorted(parts["orgs"])
    assert LOGINS == parts["social_logins"]
    nothing = exported(owner)
    assert ([], []) == (nothing["orgs"], nothing["social_logins"])


def test_images_by_their_urls(owner: Caller) -> None:
    """Images by their URLs, which are served (spec 50, section 2)."""
    shown = uploaded(owner)
    text = json.dumps(exported(owner)["images"])
    for url in shown.urls.values():
        assert json.dumps(url)[1:-1] in text
        expect.status(200, fetch(url))


def test_no_images(owner: Caller) -> None:
    """Without a picture there is none (spec 50, section 2)."""
    assert not exported(owner)["images"]


def test_support_without_names(owner: Caller, staff: Caller) -> None:
    """The comments of support, without who wrote them (spec 50, sections 2 and 3)."""
    disabled(staff, owner.username, "was rude")
    enabled(staff, owner.username, "was sorry")
    rows = disable_history(staff, owner.username)
    support = exported(staff, owner.username)["support"]
    told = ("created", "comment", "disabled")
    assert [{key: row[key] for key in told} for row in rows] == [{key: row[key] for key in told} for row in support]
    assert "staff" not in json.dumps(support)


def test_the_comment_on_a_name(owner: Caller, staff: Caller) -> None:
    """The comment with which a name was refused is one of them (spec 50, section 3)."""
    name_asked(owner, "Wished Name")
    expect.status(204, refuse(staff, owner.username, "no document"))
    assert ["no document"] == [row["comment"] for row in exported(owner)["support"]]


def test_the_owner_sees_no_staff_names(service: Service, owner: Caller, staff: Caller) -> None:
    """Nobody of the staff is named to the person (spec 50, sections 1 and 2)."""
    helper = service.new_account(is_staff=True)
    disabled(helper, owner.username, "was rude")
    enabled(helper, owner.username, "was sorry")
    fresh = service.login(owner.username, owner.password)
    assert helper.username not in export(fresh).text
    assert "was rude" in export(fresh).text


def test_no_secret(service: Service) -> None:
    """No password, key or token (spec 50, section 1: as the fact alone)."""
    owner, _ = full(service)
    _, link = email_asked(service, owner)
    grant = service.password_grant(owner.username, owner.password).json()
    text = export(owner).text
    secrets = [owner.password, link.rstrip("/").rsplit("/", 1)[1], owner.token or "", grant["refresh_token"], "argon2"]
    assert [] == [each for each in secrets if each in text]


def test_other_scripts_come_back(service: Service, owner: Caller) -> None:
    """Text of any script, and what is no HTML, comes back as it was written (spec 50, section 8)."""
    text = 'שלום \u202e 😀 </script> "quoted" \\ \u2028 é'
    expect.status(200, owner.patch({"bio": text, "goals": text}))
    assert text.strip() == exported(owner)["account"]["bio"]


# --- who


def test_staff_and_owner(owner: Caller, staff: Caller) -> None:
    """Staff gets the same account, preferences, orgs and logins (spec 50, section 2)."""
    mine, theirs = exported(owner), exported(staff, owner.username)
    same = PARTS - {"history"}
    assert {key: mine[key] for key in same} == {key: theirs[key] for key in same}


@pytest.mark.parametrize("who", ["learner", "bare_superuser"])
def test_others(owner: Caller, who: str, request: pytest.FixtureRequest) -> None:
    """Others: 403 for an existing account, 404 for an unknown one (spec 50, sections 1 and 2)."""
    other: Caller = request.getfixturevalue(who)
    expect.detail(403, export(other, owner.username))
    expect.status(404, export(other, unique_name()))


def test_nobody(anonymous: Caller, owner: Caller, staff: Caller) -> None:
    """No token: 401; staff and an unknown account: 404 (spec 50, section 2)."""
    expect.unauthorized(export(anonymous, owner.username))
    expect.status(404, export(staff, unique_name()))


def test_methods_and_slash(owner: Caller) -> None:
    """GET alone, with a trailing slash too (spec 00)."""
    path = f"{account_path(owner.username)}/export"
    expect.status(200, owner.get(f"{path}/"))
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        expect.detail(405, owner.request(method, path))


def test_reading_is_no_event(owner: Caller) -> None:
    """Exporting changes nothing that the next export shows (spec 50, section 2)."""
    assert exported(owner) == exported(owner)


# --- a large one


def test_a_link(large: Caller) -> None:
    """A larger answer is a 303 to a private link of ten minutes, with a random key (spec 50, section 2)."""
    responses = [export(large) for _ in range(2)]
    links = [each.headers["Location"] for each in responses]
    for response, link in zip(responses, links, strict=True):
        expect.status(303, response)
        assert "no-store" in response.headers["Cache-Control"]
        assert len(response.content) < KIB
        assert 600 == lifetime_of(link)
        path = link.split("?")[0]
        assert large.username not in path
        assert str(large.account()["id"]) not in path.rsplit("/", 1)[1]
    assert links[0].split("?")[0] != links[1].split("?")[0]


def test_what_the_link_gives(large: Caller) -> None:
    """The same document, as an attachment of the same name (spec 50, section 2)."""
    response = fetch(export(large).headers["Location"])
    expect.status(200, response)
    assert "application/json" == response.headers["Content-Type"].split(";")[0]
    assert f"{large.username}-account.json" in response.headers["Content-Disposition"]
    parts = response.json()
    assert PARTS == set(parts)
    assert large.account() == parts["account"]
    assert sorted(entries(large, limit=20), key=by_version) == sorted(parts["history"], key=by_version)


def test_a_large_history_is_paged(large: Caller) -> None:
    """A page of a history never bursts the platform's limit (spec 50, sections 1 and 2: 6 MB)."""
    response = large.get(f"{account_path(large.username)}/history", params={"limit": 200})
    expect.status(200, response)
    assert len(response.content) < 6_000_000
    whole = entries(large, limit=200)
    assert list(range(len(whole), 0, -1)) == [each["version"] for each in whole]


def test_retire_deletes_it_at_once(service: Service, staff: Caller) -> None:
    """With `retire` the object goes at once, and nothing can be exported any more (spec 50, section 2)."""
    worker, mark = retirement.worker_of(service), new_mark()
    caller = talkative(service, {"preferences": preferences_of(mark)})
    expect.status(200, caller.patch({**profile_of(mark), "year_of_birth": 1980}))
    links = [export(caller).headers["Location"], export(staff, caller.username).headers["Location"]]
    for link in links:
        assert mark in fetch(link).text
    retirement.nothing(204, retirement.leave(caller))
    links.append(export(staff, caller.username).headers["Location"])
    retirement.moved(worker, caller.username, "RETIRING_LMS")
    retirement.nothing(204, retirement.retire(worker, caller.username))
    for link in links:
        response = fetch(link)
        assert response.status_code in (403, 404)
        assert mark not in response.text


def test_after_retire(service: Service, staff: Caller, learner: Caller) -> None:
    """After `retire`: 410 for staff, 403 for others, 404 under the old name (spec 50, section 2)."""
    worker = retirement.worker_of(service)
    caller = retirement.retired(service, worker)
    name = retirement.row_of(worker, caller.username)["retired_username"]
    response = export(staff, name)
    expect.status(410, response)
    assert caller.username not in response.text
    expect.status(403, export(learner, name))
    expect.status(404, export(staff, caller.username))


def test_pictures_of_an_export_die_with_it(service: Service, staff: Caller) -> None:
    """The URLs of an export lead nowhere after `retire` (spec 20, section 8.1)."""
    worker = retirement.worker_of(service)
    caller = retirement.learner_of(service)
    urls = uploaded(caller).urls.values()
    retirement.nothing(204, retirement.leave(caller))
    retirement.moved(worker, caller.username, "RETIRING_LMS")
    retirement.nothing(204, retirement.retire(worker, caller.username))
    all_gone(urls)


def test_a_link_outlives_no_more_than_its_time(service: Service, large: Caller) -> None:
    """The job that clears what ran out leaves an export whose link still works (spec 50, sections 2 and 7)."""
    link = export(large).headers["Location"]
    expect.status(200, service.http.post(RUN_EXPIRE))
    expect.status(200, fetch(link))


def test_waiting_for_deletion(service: Service, staff: Caller) -> None:
    """Until `retire` staff may still export (spec 50, section 2)."""
    caller = retirement.left(service, name="Still Here")
    expect.unauthorized(export(caller))
    expect.status(200, export(staff, caller.username))
    assert "Still Here" == exported(staff, caller.username)["account"]["name"]
