"""For each form of the site, one that is accepted: who sends it, from where, and what is in it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.api.pages.browsing import Browser, Upload
from tests.support.api import PASSWORD
from tests.support.pictures import picture
from tests.support.stage import Stage

REFUSED_TO_LEARNERS = frozenset({403, 404})
"""How the API tells a learner that something is not for them."""


@dataclass(frozen=True)
class Accepted:
    """A form that will be accepted: `by` (a username; empty for nobody) sends it from the page `on` to `action`.

    `about` is the username of the account that it changes.
    """

    by: str
    on: str
    action: str
    about: str = ""
    fields: Mapping[str, str | Upload] = field(default_factory=dict)

    def browser(self, stage: Stage) -> Browser:
        """A browser of whoever sends it."""
        browser = Browser.of(stage)
        return browser.signed_in(self.by) if self.by else browser


Make = Callable[[Stage], Accepted]


def by_nobody(on: str, **fields: str) -> Make:
    """A form that anybody may send."""
    return lambda _: Accepted("", on, on, fields={**fields})


def by_a_person(on: str, action: str = "", **fields: str | Upload) -> Make:
    """A form about one's own account."""

    def make(stage: Stage) -> Accepted:
        username = stage.new_account("sender")
        return Accepted(username, on, action or on, username, fields)

    return make


def _signing_up(stage: Stage) -> Accepted:
    name = stage.fresh("new")
    fields = {"username": name, "email": f"{name}@example.com", "name": "New Person", "password": "Quite-1-secret"}
    return Accepted("", "/signup", "/signup", fields=fields)


def _language(_: Stage) -> Accepted:
    return Accepted("", "/signup", "/language", fields={"language": "de"})


def _picture_removed(stage: Stage) -> Accepted:
    username = stage.new_account("pictured")
    Browser.of(stage).signed_in(username).send("/my/picture", file=PICTURE)
    return Accepted(username, "/my/picture", "/my/picture/removal", username)


def _other_sessions(stage: Stage) -> Accepted:
    username = stage.new_account("twice")
    Browser.of(stage).signed_in(username)
    return Accepted(username, "/my/sessions", "/my/sessions/others", username)


def by_staff(action: str, *before: str, **fields: str) -> Make:
    """A form on somebody's page for staff, `action` below it, sent after those `before`."""

    def make(stage: Stage) -> Accepted:
        username = stage.new_account("subject")
        on = f"/staff/accounts/{username}"
        for each in before:
            Browser.of(stage).signed_in("staff").send(f"{on}{each}", on=on, comment="Before.")
        return Accepted("staff", on, f"{on}{action}", username, fields)

    return make


def about_a_name(action: str, **fields: str) -> Make:
    """A decision of staff on a name that waits."""

    def make(stage: Stage) -> Accepted:
        username = stage.new_account("renamed")
        asked = stage.api.post_json(NAME_CHANGE, {"name": "Another Name"}, as_=username)
        assert 201 == asked.status, asked.text
        on = f"/staff/accounts/{username}"
        return Accepted("staff", on, f"{on}{action}", username, fields)

    return make


def _taken_back(stage: Stage) -> Accepted:
    username = stage.new_account("leaver")
    left = stage.api.post_json(LEAVE, {"password": PASSWORD}, as_=username)
    assert 204 == left.status, left.text
    row = stage.api.get(f"/api/user/v1/accounts/{username}/retirement_status", as_="superuser").json
    action = f"/staff/retirements/{row['id']}/cancel"
    return Accepted("superuser", f"{action}?username={username}", action, row["user"]["username"])


NAME_CHANGE = "/api/user/v1/accounts/name_change"
LEAVE = "/api/user/v1/accounts/deactivate_logout"
PICTURE = ("me.jpg", "image/jpeg", picture())
ACCEPTED: Mapping[str, Make] = {
    "POST /signup": _signing_up,
    "POST /forgotten": by_nobody("/forgotten", email="learner@example.com"),
    "POST /language": _language,
    "POST /my/account": by_a_person("/my/account", bio="New."),
    "POST /my/settings": by_a_person("/my/settings", **{"pref-lang": "de"}),
    "POST /my/privacy": by_a_person("/my/privacy", account_privacy="private"),
    "POST /my/picture": by_a_person("/my/picture", file=PICTURE),
    "POST /my/picture/removal": _picture_removed,
    "POST /my/address": by_a_person("/my/address", email="another@example.com"),
    "POST /my/address/recovery": by_a_person("/my/address", "/my/address/recovery", secondary_email="r@example.com"),
    "POST /my/name": by_a_person("/my/name", name="Another Name"),
    "POST /my/sessions/end": by_a_person("/my/sessions", "/my/sessions/end"),
    "POST /my/sessions/others": _other_sessions,
    "POST /my/sessions/password": by_a_person("/my/sessions", "/my/sessions/password"),
    "POST /my/deletion": by_a_person("/my/deletion", password=PASSWORD, agreed="yes"),
    "POST /staff/accounts/{username}/disable": by_staff("/disable", comment="Asked for by mail."),
    "POST /staff/accounts/{username}/enable": by_staff("/enable", "/disable", comment="Asked for by mail."),
    "POST /staff/accounts/{username}/name/approve": about_a_name("/name/approve"),
    "POST /staff/accounts/{username}/name/refuse": about_a_name("/name/refuse", reason="Not a name."),
    "POST /staff/retirements/{id}/cancel": _taken_back,
}
