"""Every route: nobody acts on somebody else's account, nobody uses another's office (OWASP API1, API5)."""

import re

import pytest

from chalicelib.api.blueprint import ROUTES
from chalicelib.api.routing import Route
from tests.support.api import FORM, JSON, MERGE_PATCH, Api
from tests.support.stage import Stage

SAFE = ("GET", "HEAD")
PLACES = {"key": "pref-lang", "upload_id": "f" * 32, "session_id": "f" * 32, "name": "default_30.png", "id": "1"}
SHOWN_TO_EVERYBODY = {"GET /api/user/v1/accounts/{username}"}
"""What a person shows to who is logged in, by their own choice of visibility (spec 10, section 3)."""

SOMEBODYS = [
    route for route in ROUTES if "{username}" in route.path and not route.public and not route.path.startswith("/staff")
]
BODIES = {MERGE_PATCH: b'{"bio": "x"}', JSON: b'{"name": "x", "comment": "x"}', FORM: b"name=x&comment=x"}


def named(route: Route) -> str:
    return f"{route.method} {route.path}"


def path_of(route: Route, username: str) -> str:
    return re.sub(r"{(\w+)}", lambda found: {**PLACES, "username": username}[found[1]], route.path)


@pytest.fixture(scope="module")
def victim(stage: Stage) -> str:
    """Somebody who shows everything to everybody, so that nothing is refused for being hidden."""
    username = stage.new_account("victim")
    stage.api.request(
        "PATCH",
        f"/api/user/v1/accounts/{username}",
        as_=username,
        headers={"Content-Type": MERGE_PATCH},
        body=b'{"account_privacy": "all_users"}',
    )
    return username


def test_the_routes_are_found():
    """The control: there are many, of both kinds."""
    assert len(SOMEBODYS) > 15
    assert {"GET", "PATCH", "POST", "PUT", "DELETE"} == {route.method for route in SOMEBODYS}
    assert SHOWN_TO_EVERYBODY < {named(route) for route in SOMEBODYS}


@pytest.mark.parametrize("route", SOMEBODYS, ids=named)
def test_nobody_reaches_an_account_that_is_not_theirs(api: Api, stage: Stage, victim: str, route: Route):
    """A learner is refused on each route of somebody else's account, whatever the body's type, and nothing changes."""
    before = stage.events_of(victim)
    statuses = set()
    for content_type, body in BODIES.items():
        sent = None if route.method in SAFE else body
        headers = {} if route.method in SAFE else {"Content-Type": content_type}
        statuses.add(
            api.request(route.method, path_of(route, victim), as_="learner", headers=headers, body=sent).status
        )
    if named(route) in SHOWN_TO_EVERYBODY:
        assert {200} == statuses
    else:
        assert statuses <= {400, 403, 404, 415}
        assert statuses & {403, 404}
    assert before == stage.events_of(victim)


OFFICES = [route for route in ROUTES if route.right is not None or "/admin/" in route.path]


@pytest.mark.parametrize("route", OFFICES, ids=named)
def test_nobody_uses_an_office_that_is_not_theirs(api: Api, victim: str, route: Route):
    """What needs a right or staff is 403 for a learner before anything else is looked at, 401 for nobody."""
    path = path_of(route, victim)
    statuses = [
        api.request(route.method, path, as_=who, headers={"Content-Type": JSON}, body=b"{}").status
        for who in ("learner", None)
    ]
    assert [403, 401] == statuses


def test_there_are_offices():
    """The control: rights and administration are both among them."""
    assert len(OFFICES) > 15
    assert {True, False} == {route.right is None for route in OFFICES}
