"""One's sessions as a page."""

from tests.api.pages.browsing import Browser
from tests.support.calls import unreachable
from tests.support.resets import links_to
from tests.support.stage import Stage

PATH = "/my/sessions"
END, OTHERS, PASSWORD = f"{PATH}/end", f"{PATH}/others", f"{PATH}/password"
SIGNED_OUT = "/?done=signed-out"
WRITES = ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem")


def sessions(browser: Browser) -> dict[str, str]:
    """Session -> what its button says, as the page lists them."""
    forms = [form for form in browser.get(PATH).forms if form.action == END]
    buttons = [each.words for each in browser.page.all("button") if each.attributes.get("aria-label")]
    return {form.values["session"]: button for form, button in zip(forms, buttons, strict=True)}


def end(browser: Browser, session: str) -> None:
    """End a session by its button."""
    browser.send(END, on=PATH, session=session)


def test_shown(stage: Stage, browser: Browser, ada: str):
    """This browser and an app, with their times; each can be ended."""
    stage.api.grant(ada)
    page = browser.get(PATH)
    assert (200, "Sessions") == (page.status, page.heading)
    assert {"A browser This one", "An app"} == {each.words for each in page.all("p") if each.words[:2] in ("A ", "An")}
    assert 2 == page.words.count("Last used:")
    assert ["End", "Sign out here"] == sorted(sessions(browser).values())


def test_another_one(stage: Stage, browser: Browser, ada: str):
    """It is over; this one goes on. Ended twice it is over all the same."""
    other = Browser.of(stage).signed_in(ada)
    (theirs,) = [session for session, button in sessions(browser).items() if button == "End"]
    for _ in range(2):
        end(browser, theirs)
        assert (303, f"{PATH}?done=ended") == (browser.page.status, browser.page.location)
        assert "The session is over." == browser.follow().notice
    assert ["Sign out here"] == list(sessions(browser).values())
    assert not browser.page.has_form(OTHERS)
    assert other.get(PATH).status in (200, 303)


def test_this_one(stage: Stage, browser: Browser):
    """To the front page, signed out."""
    (session,) = sessions(browser)
    end(browser, session)
    assert (303, SIGNED_OUT) == (browser.page.status, browser.page.location)
    assert "You are signed out." == browser.follow().notice
    assert 303 == browser.get(PATH).status
    assert "/login?next=%2Fmy%2Fsessions" == browser.page.location


def test_all_others(stage: Stage, browser: Browser, ada: str):
    """Only this one goes on; a form sent again ends nothing that began since."""
    Browser.of(stage).signed_in(ada)
    form = browser.get(PATH).form(OTHERS)
    assert (303, f"{PATH}?done=others") == (browser.resend(OTHERS, form).status, browser.page.location)
    assert ["Sign out here"] == list(sessions(browser).values())
    Browser.of(stage).signed_in(ada)
    assert 303 == browser.resend(OTHERS, form).status
    assert 2 == len(sessions(browser))


def test_somebody_elses(stage: Stage, browser: Browser):
    """Nothing of theirs ends."""
    grace = Browser.of(stage).signed_in(stage.new_account("grace"))
    (theirs,) = sessions(grace)
    end(browser, theirs)
    assert 303 == browser.page.status
    assert [theirs] == list(sessions(grace))


def test_another_password(stage: Stage, browser: Browser, ada: str):
    """A link is mailed to one's own address."""
    page = browser.send(PASSWORD, on=PATH)
    assert (303, f"{PATH}?done=password") == (page.status, page.location)
    assert "A mail with a link is on its way to you." == browser.follow().notice
    assert 1 == len(links_to(stage, f"{ada}@example.com"))


def test_while_mail_is_away(stage: Stage, browser: Browser):
    """The page says so, and is there."""
    stage.clock.advance(hours=1)
    stage.mailbox.down = True
    try:
        page = browser.send(PASSWORD, on=PATH)
    finally:
        stage.mailbox.down = False
    assert (200, "Sessions") == (page.status, page.heading)
    assert "busy" in page.alert


def test_while_the_store_is_away(stage: Stage, browser: Browser, ada: str):
    """The same, and nothing has ended."""
    Browser.of(stage).signed_in(ada)
    (session, *_) = sessions(browser)
    with unreachable(stage.wiring.dynamodb, *WRITES):
        for action in (END, OTHERS):
            page = browser.send(action, on=PATH, session=session)
            assert (200, "Sessions") == (page.status, page.heading)
            assert "busy" in page.alert
    assert 2 == len(sessions(browser))
