"""GET me and one account (spec 10, sections 3 and 5)."""

import pytest

from chalicelib.accounts.policy import ADMIN_FIELDS, PUBLIC_FIELDS, SHARED_FIELDS

ME = "/api/user/v1/me"


def path(username):
    """Where an account is."""
    return f"/api/user/v1/accounts/{username}"


@pytest.mark.parametrize("query", ["", "view=shared", "view=x"])
def test_me(api, query):
    """200 `{"username"}`, exactly that key, whatever the view."""
    answer = api.get(ME, as_="learner", query=query)
    assert (200, {"username": "learner"}) == (answer.status, answer.json)


def test_me_inactive(api, new_account):
    """Inactive callers too."""
    username = new_account(is_active=False)
    assert {"username": username} == api.get(ME, as_=username).json


@pytest.mark.parametrize("caller", ["learner", "staff"])
@pytest.mark.parametrize("query", ["", "view=", "view=full", "view=SHARED", "view=shared&view=x"])
def test_owner_and_staff(api, caller, query):
    """Owner or staff, any view but `shared` (the last one counts): ADMIN."""
    assert ADMIN_FIELDS == api.get(path("learner"), as_=caller, query=query).json.keys()


@pytest.mark.parametrize(
    ("caller", "query"),
    [("learner", "view=shared"), ("staff", "view=shared"), ("staff", "view=x&view=shared"), ("stranger", "")],
)
def test_by_visibility(api, new_account, caller, query):
    """Shared views and strangers: by visibility, an adult's SHARED."""
    viewer = new_account() if caller == "stranger" else caller
    assert SHARED_FIELDS == api.get(path("learner"), as_=viewer, query=query).json.keys()


def test_a_bare_superuser_is_a_stranger(api, bare_superuser):
    """A superuser without `is_staff` reads by visibility."""
    assert SHARED_FIELDS == api.get(path("learner"), as_=bare_superuser).json.keys()


def test_a_child(api, child):
    """A child is PUBLIC to others; the full view reads `private` too."""
    assert PUBLIC_FIELDS == api.get(path(child), as_="learner").json.keys()
    full = api.get(path(child), as_="staff").json
    assert ("private", True) == (full["account_privacy"], full["requires_parental_consent"])


def test_custom(api, new_account):
    """`custom`: PUBLIC and what the preferences show."""
    username = new_account(preferences={"account_privacy": "custom", "visibility.name": "all_users"})
    assert PUBLIC_FIELDS | {"name"} == api.get(path(username), as_="learner").json.keys()


@pytest.mark.parametrize("caller", ["learner", "staff"])
@pytest.mark.parametrize("name", ["nobody", "LEARNER", "learner%20", "%C3%A9", "a%2Fb", "x" * 300, "a%00b", "%FF"])
def test_unknown(api, caller, name):
    """404 for an unknown username, whoever asks; usernames are found exactly."""
    assert (404, b"") == ((answer := api.get(path(name), as_=caller)).status, answer.body)


@pytest.mark.parametrize("name", ["learner", "%6Cearner", "learne%72"])
def test_percent_encoding(api, name):
    """A name is the same however its letters are encoded on the way."""
    assert "learner" == api.get(path(name), as_="learner").json["username"]


def test_with_a_slash_at_the_end(api):
    """Each path also with a trailing slash, same answer (spec 00)."""
    assert api.get(path("learner"), as_="staff").json == api.get(path("learner") + "/", as_="staff").json
    assert {"username": "learner"} == api.get(f"{ME}/", as_="learner").json


def test_the_default_picture_is_absolute_and_served(api, stage):
    """Image URLs are absolute, also without an image, and lead to a picture."""
    image = api.get(path("learner"), as_="learner").json["profile_image"]
    assert image.pop("has_image") is False
    assert {"image_url_full", "image_url_large", "image_url_medium", "image_url_small"} == image.keys()
    for url in image.values():
        assert url.startswith(stage.wiring.settings.base_url)
        answer = api.get(url.removeprefix(stage.wiring.settings.base_url))
        assert (200, b"\x89PNG") == (answer.status, answer.body[:4])
        again = api.get(
            url.removeprefix(stage.wiring.settings.base_url), headers={"If-None-Match": answer.headers["etag"]}
        )
        assert (304, b"") == (again.status, again.body)


@pytest.mark.parametrize("name", ["nothing.png", "default_500", "..%2Fx", "default_500.PNG"])
def test_no_other_file(api, name):
    """Only the default pictures are served there."""
    assert 404 == api.get(f"/static/images/profiles/{name}").status


def test_head(api):
    """HEAD answers like GET, without a body."""
    answer = api.request("HEAD", path("learner"), as_="learner")
    assert (200, b"") == (answer.status, answer.body)
    assert answer.headers["etag"] == api.get(path("learner"), as_="learner").headers["etag"]


def test_freshness(api, ada):
    """Once a write has answered, GET shows it, to everybody."""
    assert 200 == api.patch(ada, {"bio": "fresh"}).status
    assert {"fresh"} == {api.get(path(ada), as_=caller).json["bio"] for caller in (ada, "staff", "learner")}
