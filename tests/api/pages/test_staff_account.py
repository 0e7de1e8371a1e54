"""Somebody's account, for support."""

from collections.abc import Callable

import pytest

from tests.api.pages.browsing import Browser
from tests.api.pages.supporting import ADMIN, ask_for_name, left, pending_name, switches
from tests.support.calls import unreachable
from tests.support.stage import Stage


@pytest.fixture
def staff(signed_in: Callable[[str], Browser]) -> Browser:
    """A browser of support."""
    return signed_in("staff")


@pytest.fixture
def path(ada: str) -> str:
    """Where ada's account is shown."""
    return f"/staff/accounts/{ada}"


def test_shown(stage: Stage, staff: Browser, ada: str, path: str):
    """Every field with its label, the state, and the way to the history; all of it is text."""
    stage.api.patch(ada, {"country": "NZ", "bio": "<b>& more"})
    page = staff.get(path)
    assert (200, ada) == (page.status, page.heading)
    for text in ("New Zealand", f"{ada}@example.com", "<b>& more", "Account number", "Year of birth", "1990", "Active"):
        assert text in page.words
    assert "<b>&" not in page.html
    assert 1 == len(page.all("a", href=f"{path}/history"))
    assert not page.has_form(f"{path}/enable")
    assert not page.has_form(f"{path}/name/approve")


def test_disabled_and_enabled(stage: Stage, staff: Browser, ada: str, path: str):
    """Each with its comment; the page tells since when, and what happened before."""
    page = staff.send(f"{path}/disable", on=path, comment="<i>Spam.")
    assert (303, f"{path}?done=disabled") == (page.status, page.location)
    assert "The account is disabled" in staff.follow().notice
    assert "Disabled since" in staff.page.words
    assert "<i>Spam." in staff.page.words
    assert [(True, "<i>Spam.")] == switches(stage, ada)
    assert 400 == stage.api.grant(ada).status
    staff.send(f"{path}/enable", on=path, comment="It was not them.")
    assert "enabled again" in staff.follow().notice
    assert [(False, "It was not them."), (True, "<i>Spam.")] == switches(stage, ada)
    rows = [cell.words for cell in staff.page.all("td")]
    assert ["enabled", "It was not them.", "staff"] == rows[1:4]


def test_sent_twice(stage: Stage, staff: Browser, ada: str, path: str):
    """A double click disables once, and is told so twice."""
    form = staff.get(path).form(f"{path}/disable")
    assert [303, 303] == [staff.resend(f"{path}/disable", form, comment="Spam.").status for _ in range(2)]
    assert [(True, "Spam.")] == switches(stage, ada)


def test_somebody_else_was_first(stage: Stage, staff: Browser, ada: str, path: str):
    """The words of the contract; what was typed is kept, if there is a form for it."""
    form = staff.get(path).form(f"{path}/disable")
    stage.api.post_json(f"{ADMIN}/{ada}/disable", {"comment": "Mine."}, as_="superuser")
    page = staff.resend(f"{path}/disable", form, comment="Spam.")
    assert (200, "The account is disabled already.") == (page.status, page.alert)
    assert [(True, "Mine.")] == switches(stage, ada)
    assert "Spam." == page.form(f"{path}/enable").values["comment"]


def test_a_comment_that_cannot_be(stage: Stage, staff: Browser, ada: str, path: str):
    """The message stands beside the field, and the comment is kept."""
    text = "x" * 5001
    page = staff.send(f"{path}/disable", on=path, comment=text)
    assert (200, ["comment"]) == (page.status, list(page.faults))
    assert text == page.form(f"{path}/disable").values["comment"]
    assert [] == switches(stage, ada)


def test_while_the_store_is_away(stage: Stage, staff: Browser, ada: str, path: str):
    """The comment is kept."""
    staff.get(path)
    with unreachable(stage.wiring.dynamodb, "TransactWriteItems"):
        page = staff.send(f"{path}/disable", on=path, comment="Spam.")
    assert "busy" in page.alert
    assert "Spam." == page.form(f"{path}/disable").values["comment"]
    assert [] == switches(stage, ada)


def test_ones_own(staff: Browser):
    """There is no form that the API would refuse; sent all the same, its refusal is shown."""
    page = staff.get("/staff/accounts/staff")
    assert not page.has_form("/staff/accounts/staff/disable")
    fields = page.form("/language").values
    page = staff.post("/staff/accounts/staff/disable", fields | {"comment": "Me."})
    assert 200 == page.status
    assert page.alert


def test_a_name_is_approved(stage: Stage, staff: Browser, ada: str, path: str):
    """It becomes the name."""
    ask_for_name(stage, ada, "Ada King & Co")
    assert "Ada King & Co" in staff.get(path).words
    assert f"{path}?done=approved" == staff.send(f"{path}/name/approve", on=path).location
    assert "The name is approved." == staff.follow().notice
    assert "Ada King & Co" == stage.api.get(f"/api/user/v1/accounts/{ada}", as_=ada).json["name"]


def test_a_name_is_refused(stage: Stage, staff: Browser, ada: str, path: str):
    """The person reads the comment in a mail."""
    ask_for_name(stage, ada, "Queen Ada")
    assert f"{path}?done=refused" == staff.send(f"{path}/name/refuse", on=path, reason="No queens.").location
    assert pending_name(stage, ada) is None
    assert ["No queens." in mail.text for mail in stage.mailbox.to(f"{ada}@example.com")][-1:] == [True]


def test_a_name_is_refused_while_no_mail_goes(stage: Stage, staff: Browser, ada: str, path: str):
    """The form comes again with what was typed; the name still waits."""
    ask_for_name(stage, ada, "Queen Ada")
    staff.get(path)
    stage.mailbox.down = True
    page = staff.send(f"{path}/name/refuse", on=path, reason="No queens.")
    stage.mailbox.down = False
    assert page.alert
    assert "No queens." == page.form(f"{path}/name/refuse").values["reason"]
    assert "Queen Ada" == pending_name(stage, ada)


def test_a_refusal_that_cannot_be(stage: Stage, staff: Browser, ada: str, path: str):
    """The message stands beside its own field."""
    ask_for_name(stage, ada, "Queen Ada")
    page = staff.send(f"{path}/name/refuse", on=path, reason="x" * 5001)
    assert ["reason"] == list(page.faults)
    assert "Queen Ada" == pending_name(stage, ada)


@pytest.mark.parametrize("verb", ["approve", "refuse"])
def test_a_name_that_does_not_wait_any_more(stage: Stage, staff: Browser, ada: str, path: str, verb: str):
    """Somebody else was first: the page says so."""
    ask_for_name(stage, ada, "Ada King")
    form = staff.get(path).form(f"{path}/name/{verb}")
    assert 204 == stage.api.request("POST", f"/api/user/v1/accounts/name_change/{ada}/confirm", as_="superuser").status
    page = staff.resend(f"{path}/name/{verb}", form, reason="No.")
    assert 200 == page.status
    assert "No name waits here any more" in page.alert


def test_somebody_who_has_left(stage: Stage, staff: Browser, ada: str, path: str):
    """The page is there as long as the account is; the API refuses to disable it."""
    left(stage, ada)
    assert 200 == staff.get(path).status
    page = staff.send(f"{path}/disable", on=path, comment="Late.")
    assert 200 == page.status
    assert page.alert


def test_nobody(staff: Browser):
    """404, for forms as well."""
    page = staff.get("/staff/accounts/nobody-at-all")
    assert 404 == page.status
    fields = page.form("/language").values
    assert 404 == staff.post("/staff/accounts/nobody-at-all/disable", fields).status
    assert 404 == staff.post("/staff/accounts/nobody-at-all/name/approve", fields).status


def test_forged(stage: Stage, staff: Browser, ada: str, path: str):
    """Nothing changes."""
    assert 403 == staff.forge(f"{path}/disable", comment="Spam.").status
    assert [] == switches(stage, ada)
