"""One's addresses as a page."""

from collections.abc import Iterator

import pytest

from tests.api.pages.browsing import Browser
from tests.support.calls import unreachable
from tests.support.resets import SECONDARY, link_for, use
from tests.support.stage import Stage, running_stage

PATH = "/my/address"
RECOVERY = "/my/address/recovery"


@pytest.fixture
def fixed() -> Iterator[Stage]:
    """A stage where nobody changes an address, and limits are in force."""
    with running_stage(email_changes_allowed=False) as running:
        yield running


def values(browser: Browser) -> list[str]:
    """What stands in the list of addresses."""
    return [each.words for each in browser.get(PATH).all("dd")]


def test_shown(browser: Browser, ada: str):
    """The address; nothing else is there yet, and nothing waits."""
    page = browser.get(PATH)
    assert (200, "E-mail") == (page.status, page.heading)
    assert [f"{ada}@example.com", "(nothing)"] == [each.words for each in page.all("dd")]
    assert "" == page.form(PATH).values["email"]
    assert len(page.html.encode()) < 50_000


def test_asked_for(stage: Stage, browser: Browser, ada: str):
    """A link is mailed; the page says what waits since when, until something settles it."""
    page = browser.send(PATH, email="ada.new@example.org")
    assert (303, f"{PATH}?done=asked") == (page.status, page.location)
    page = browser.follow()
    assert "written to the new address" in page.notice
    assert "ada.new@example.org It waits for its link" in page.words
    assert "Asked for on" in page.words
    assert 1 == len(stage.mailbox.to("ada.new@example.org"))
    assert 200 == use(stage.api, link_for(stage, ada)).status
    assert "ada.new@example.org" not in Browser.of(stage).signed_in(ada, "another-Passw0rd").get(PATH).html


def test_twice(stage: Stage, browser: Browser, ada: str):
    """A double click is one request and one mail."""
    form = browser.get(PATH).form(PATH)
    assert [303, 303] == [browser.resend(PATH, form, email="once@example.org").status for _ in range(2)]
    assert 1 == stage.events_of(ada).count("EmailChangeRequested")
    assert 1 == len(stage.mailbox.to("once@example.org"))


def test_somebodys_address(stage: Stage, browser: Browser, ada: str):
    """One that somebody has looks exactly like a free one, but nobody gets a mail (decision 014)."""
    taken, free = f"{stage.new_account('other')}@example.com", f"{'x' * len('other1')}@example.com"
    shown = []
    for address in (free, taken):
        page = browser.send(PATH, on=PATH, email=address)
        assert (303, f"{PATH}?done=asked") == (page.status, page.location)
        shown.append(browser.follow().words.replace(address, "ADDRESS"))
    assert shown[0] == shown[1]
    assert [] == stage.mailbox.to(taken)


@pytest.mark.parametrize(
    ("typed", "message"), [("<b>", "Enter a valid e-mail address."), ("own", "This is your e-mail address already.")]
)
def test_refused(stage: Stage, browser: Browser, ada: str, typed: str, message: str):
    """The message of the contract stands beside the field, with what was typed."""
    address = f"{ada}@example.com" if typed == "own" else typed
    page = browser.send(PATH, email=address)
    assert (200, {"email": message}) == (page.status, page.faults)
    assert address == page.form(PATH).values["email"]
    assert "<b>" not in page.html
    assert "EmailChangeRequested" not in stage.events_of(ada)


def test_recovery(stage: Stage, browser: Browser):
    """It waits for its link, and counts then."""
    page = browser.send(RECOVERY, on=PATH, secondary_email="home@example.org")
    assert (303, f"{PATH}?done=recovery") == (page.status, page.location)
    assert "home@example.org It waits for its link" in browser.follow().words
    found = SECONDARY.search(stage.mailbox.to("home@example.org")[-1].text)
    assert found is not None
    assert 200 == stage.api.get(found[1]).status
    assert "home@example.org Confirmed." == values(browser)[1]


def test_a_recovery_address_that_somebody_has(stage: Stage, browser: Browser):
    """The contract refuses it, beside its own field."""
    other = Browser.of(stage).signed_in(stage.new_account("other"))
    assert 303 == other.send(RECOVERY, on=PATH, secondary_email="shared@example.org").status
    found = SECONDARY.search(stage.mailbox.to("shared@example.org")[-1].text)
    assert found is not None
    assert 200 == stage.api.get(found[1]).status
    page = browser.send(RECOVERY, on=PATH, secondary_email="shared@example.org")
    assert {"secondary_email": "This address cannot be your recovery address."} == page.faults
    assert "shared@example.org" == page.form(RECOVERY).values["secondary_email"]


def test_while_mail_or_store_are_away(stage: Stage, browser: Browser, ada: str):
    """The form comes again with what was typed; nothing has changed."""
    stage.mailbox.down = True
    try:
        page = browser.send(PATH, email="ada.new@example.org")
    finally:
        stage.mailbox.down = False
    assert {"email": "We could not send the mail. Try again."} == page.faults
    with unreachable(stage.wiring.dynamodb, "TransactWriteItems"):
        page = browser.send(PATH, email="ada.new@example.org")
    assert "busy" in page.alert
    assert "ada.new@example.org" == page.form(PATH).values["email"]
    assert "EmailChangeRequested" not in stage.events_of(ada)


def test_switched_off(fixed: Stage):
    """Only a sentence stands in the form's place; a form of before is refused in the API's words."""
    browser = Browser.of(fixed).signed_in("learner")
    page = browser.get(PATH)
    assert "Addresses cannot be changed here." in page.words
    assert not page.has_form(PATH)
    own = {name: value for name, value in page.form(RECOVERY).values.items() if name != "secondary_email"}
    assert "EmailChangeRequested" not in fixed.events_of("learner")
    assert 200 == browser.post(PATH, own | {"email": "new@example.org"}).status
    assert "EmailChangeRequested" not in fixed.events_of("learner")
