"""One's language and time zone as a page."""

from tests.api.pages.browsing import Browser
from tests.api.pages.preferring import prefer, preferences
from tests.support.calls import unreachable
from tests.support.stage import Stage

PATH = "/my/settings"


def test_shown(browser: Browser):
    """Nothing is set at first; all zones can be chosen."""
    page = browser.get(PATH)
    assert (200, "Settings") == (page.status, page.heading)
    form = page.form(PATH)
    assert ("", "") == (form.values["pref-lang"], form.values["time_zone"])
    assert ["", "en", "de", "ar"] == form.choices["pref-lang"]
    assert {"", "UTC", "Europe/Berlin"} <= set(form.choices["time_zone"])
    assert len(page.html.encode()) < 50_000


def test_saved(stage: Stage, browser: Browser, ada: str):
    """Both are stored, and count at once."""
    page = browser.send(PATH, **{"pref-lang": "de", "time_zone": "Asia/Tokyo"})
    assert (303, f"{PATH}?done=saved") == (page.status, page.location)
    assert {"pref-lang": "de", "time_zone": "Asia/Tokyo"} == preferences(stage, ada)
    page = browser.follow()
    assert "de" == page.all("html")[0].attributes["lang"]
    assert ("de", "Asia/Tokyo") == tuple(page.form(PATH).values[name] for name in ("pref-lang", "time_zone"))
    assert "21:00" in browser.get("/my/account").words


def test_over_what_the_browser_chose(browser: Browser):
    """The language of the account wins over one chosen at the foot of a page before."""
    browser.send("/language", on=PATH, language="ar")
    assert "rtl" == browser.get(PATH).all("html")[0].attributes["dir"]
    browser.send(PATH, **{"pref-lang": "de"})
    assert "de" == browser.follow().all("html")[0].attributes["lang"]
    browser.send(PATH, **{"pref-lang": ""})
    assert "en" == browser.follow().all("html")[0].attributes["lang"]


def test_taken_back(stage: Stage, browser: Browser, ada: str):
    """What is not set any more is no preference at all."""
    prefer(stage, ada, {"pref-lang": "en", "time_zone": "UTC", "other": "kept"})
    browser.send(PATH, **{"pref-lang": "", "time_zone": ""})
    assert {"other": "kept"} == preferences(stage, ada)


def test_zones_of_the_country(stage: Stage, browser: Browser, ada: str):
    """They come first, in a group of their own; one is chosen once."""
    stage.api.patch(ada, {"country": "NZ"})
    prefer(stage, ada, {"time_zone": "Pacific/Auckland"})
    page = browser.get(PATH)
    assert ["New Zealand", "Everywhere"] == [group.attributes["label"] for group in page.all("optgroup")]
    assert ["", "Pacific/Auckland", "Pacific/Chatham"] == page.form(PATH).choices["time_zone"][:3]
    selected = [each for each in page.all("option", value="Pacific/Auckland") if "selected" in each.attributes]
    assert 1 == len(selected)
    assert len(page.html.encode()) < 50_000


def test_other_values_stay(stage: Stage, browser: Browser, ada: str):
    """A language that these pages do not have is no reason to lose it."""
    prefer(stage, ada, {"pref-lang": "fr"})
    assert "fr" == browser.get(PATH).form(PATH).values["pref-lang"]
    assert "French" in browser.text
    before = stage.events_of(ada)
    assert 303 == browser.send(PATH).status
    assert before == stage.events_of(ada)


def test_refused(stage: Stage, browser: Browser, ada: str):
    """The message of the contract; what was chosen is kept, nothing is stored."""
    page = browser.send(PATH, **{"pref-lang": "de", "time_zone": "<b>Moon/Crater"})
    assert (200, {"time_zone": "Choose a time zone."}) == (page.status, page.faults)
    assert ("de", "<b>Moon/Crater") == tuple(page.form(PATH).values[name] for name in ("pref-lang", "time_zone"))
    assert "<b>Moon" not in page.html
    assert {} == preferences(stage, ada)


def test_changed_meanwhile(stage: Stage, browser: Browser, ada: str):
    """Nothing is overwritten unseen."""
    browser.get(PATH)
    prefer(stage, ada, {"time_zone": "UTC"})
    page = browser.send(PATH, time_zone="Asia/Tokyo")
    assert "UTC" in page.alert
    assert "UTC" == preferences(stage, ada)["time_zone"]
    assert 303 == browser.send(PATH).status
    assert "Asia/Tokyo" == preferences(stage, ada)["time_zone"]


def test_while_the_store_is_away(stage: Stage, browser: Browser):
    """The choice is kept."""
    browser.get(PATH)
    with unreachable(stage.wiring.dynamodb, "TransactWriteItems"):
        page = browser.send(PATH, time_zone="Asia/Tokyo")
    assert "busy" in page.alert
    assert "Asia/Tokyo" == page.form(PATH).values["time_zone"]


def test_without_a_session(anonymous: Browser):
    """To the login and back."""
    assert "/login?next=%2Fmy%2Fsettings" == anonymous.get(PATH).location


def test_forged(stage: Stage, browser: Browser, ada: str):
    """Nothing changes."""
    assert 403 == browser.forge(PATH, time_zone="UTC").status
    assert {} == preferences(stage, ada)
