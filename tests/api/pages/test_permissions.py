"""Who may do what on the site: no more than the API lets them, page by page, for all pages there are."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

import pytest

from chalicelib.api.areas import API
from chalicelib.api.pages import PARTS, page, visit
from chalicelib.api.pages.inner import Call, Reply
from chalicelib.api.pages.page import OFFICES, Declared, For
from tests.api.pages.accepted import ACCEPTED, REFUSED_TO_LEARNERS
from tests.api.pages.browsing import OWN, Browser
from tests.support.stage import Stage, running_stage

PAGES = [declared for part in PARTS for declared in part.declared]
SHOWN = [declared for declared in PAGES if declared.method == "GET"]
FORMS = [declared for declared in PAGES if declared.method == "POST"]
SAFE = ("GET", "HEAD")


def named(declared: Declared) -> str:
    """A page as tests list it."""
    return f"{declared.method} {declared.path}"


@dataclass
class Recorder:
    """The calls of the API that pages made, and what became of them."""

    calls: list[tuple[Call, Reply]] = field(default_factory=list)

    @property
    def changing(self) -> list[tuple[str, str]]:
        """Method and path of those that could change something."""
        return [(call.method, call.path) for call, _ in self.calls if call.method not in SAFE]


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """The service without limits: more people sign in here than anybody's address may."""
    with running_stage(rate_limits=False) as running:
        yield running


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    """Listens to the pages while a test runs."""
    recorder, ask = Recorder(), visit.ask

    def listening(services, request, token, call):
        reply = ask(services, request, token, call)
        recorder.calls.append((call, reply))
        return reply

    monkeypatch.setattr(visit, "ask", listening)
    return recorder


@pytest.fixture(scope="module")
def words(stage: Stage) -> dict[str, str]:
    """What stands for the parameters of paths: each names somebody whom a page could be about."""
    username = stage.new_account("somebody")
    return {"username": username, "retirement_id": "1", "id": "1", "name_id": "1", "session_id": "x", "token": "x"}


@pytest.fixture
def address(words: dict[str, str]) -> Callable[[Declared], str]:
    """The address of a page."""
    return lambda declared: declared.path.format(**words)


def own_fields(browser: Browser) -> dict[str, str]:
    """What a form of our own brings to prove itself, for this browser."""
    form = browser.get("/login").form("/login")
    return {name: form.values[name] for name in OWN}


def of(*audiences: For, among: list[Declared]) -> list[Declared]:
    """The pages for some people."""
    return [declared for declared in among if declared.audience in audiences]


SIGNED_IN = (For.PERSON, *OFFICES)


@pytest.mark.parametrize("declared", of(*SIGNED_IN, among=SHOWN), ids=named)
def test_who_is_not_signed_in_is_led_to_the_login(
    anonymous: Browser, recorder: Recorder, address, declared: Declared
) -> None:
    """
    Nobody sees such a page without a session, and nothing is asked of the API for them.
    """
    path = address(declared)
    shown = anonymous.get(path)

    assert 303 == shown.status
    assert f"/login?next={quote(path, safe='')}" == shown.location
    assert [] == recorder.calls


@pytest.mark.parametrize("declared", of(*SIGNED_IN, among=FORMS), ids=named)
def test_a_form_without_a_session_is_kept(anonymous: Browser, recorder: Recorder, address, declared: Declared) -> None:
    """
    A form of our own that comes without a session changes nothing, and is not lost.
    """
    shown = anonymous.post(address(declared), own_fields(anonymous) | {"anything": 'typed "<b>"', "new_password": "s3"})

    assert (200, "Your session has ended") == (shown.status, shown.all("h1")[0].words)
    assert 'typed "<b>"' == shown.form(address(declared)).values["anything"]
    assert "s3" not in anonymous.text
    assert [] == recorder.calls


@pytest.mark.parametrize("declared", of(*OFFICES, among=PAGES), ids=named)
def test_pages_of_offices_are_not_for_learners(
    browser: Browser, recorder: Recorder, address, declared: Declared
) -> None:
    """
    Who neither is staff nor may drive retirements gets a 403, and nothing is asked for them.
    """
    path = address(declared)
    shown = browser.get(path) if declared.method == "GET" else browser.post(path, own_fields(browser))

    assert 403 == shown.status
    assert [] == recorder.calls


@pytest.mark.parametrize("declared", FORMS, ids=named)
@pytest.mark.parametrize("token", [None, "", "0" * 96], ids=["none", "empty", "made up"])
def test_a_forged_form_changes_nothing(
    stage: Stage, recorder: Recorder, address, declared: Declared, token: str | None
) -> None:
    """
    What another site lets a browser send is a 403, whoever sits before it; nothing is asked, nothing is repeated.
    """
    browser = Browser.of(stage).signed_in("superuser")
    own_fields(browser)
    planted = {"anything": "typed elsewhere"} | ({} if token is None else {"csrfmiddlewaretoken": token})
    shown = browser.forge(address(declared), **planted)

    assert 403 == shown.status
    assert "typed elsewhere" not in browser.text
    assert [] == recorder.calls


@pytest.mark.parametrize("declared", FORMS, ids=named)
def test_what_a_form_changes_by_are_routes_of_the_api(declared: Declared) -> None:
    """
    Each form names at least one route; no route of the pages is among them.
    """
    assert declared.twins
    assert [] == [(method, path) for method, path in declared.twins if method not in API.get(path, {})]
    assert [] == [method for method, _ in declared.twins if method in SAFE]


@pytest.mark.parametrize("declared", SHOWN, ids=named)
def test_looking_changes_nothing(stage: Stage, recorder: Recorder, address, declared: Declared) -> None:
    """
    A page that is opened asks the API for what it shows, and lets it change nothing.
    """
    shown = Browser.of(stage).signed_in("superuser").get(address(declared))

    assert shown.status in (200, 303, 400, 404)
    assert [] == recorder.changing


@pytest.mark.parametrize("declared", FORMS, ids=named)
def test_a_form_changes_by_what_it_declares(stage: Stage, recorder: Recorder, declared: Declared) -> None:
    """
    A form that is accepted calls the routes that its page names, and no other that could change something.
    """
    sent = ACCEPTED[named(declared)](stage)
    browser = sent.browser(stage)
    browser.get(sent.on)
    recorder.calls.clear()
    shown = browser.send(sent.action, **sent.fields)

    assert (303, set(declared.twins)) == (shown.status, set(recorder.changing)), browser.page.words
    assert [] == [reply.status for _, reply in recorder.calls if reply.status >= 400]


@pytest.mark.parametrize("declared", of(*OFFICES, among=FORMS), ids=named)
def test_the_routes_look_at_the_rights_themselves(
    stage: Stage, recorder: Recorder, monkeypatch: pytest.MonkeyPatch, declared: Declared
) -> None:
    """
    Were a page shown to somebody who must not see it, its form would still change nothing: the API refuses the call.
    """
    sent = ACCEPTED[named(declared)](stage)
    before = stage.events_of(sent.about)
    learner = Browser.of(stage).signed_in(stage.new_account("curious"))
    own = own_fields(learner)
    monkeypatch.setattr(page, "_may", lambda *_: True)
    recorder.calls.clear()
    shown = learner.post(sent.action, own | sent.fields)

    assert REFUSED_TO_LEARNERS >= {reply.status for call, reply in recorder.calls if call.method not in SAFE}
    assert recorder.changing
    assert 303 != shown.status
    assert before == stage.events_of(sent.about)


@pytest.mark.parametrize("declared", of(For.PERSON, among=FORMS), ids=named)
def test_nobody_acts_for_another(stage: Stage, recorder: Recorder, declared: Declared) -> None:
    """
    Whatever a form says about whose account it is for, it is for the account that is signed in.
    """
    sent = ACCEPTED[named(declared)](stage)
    other = stage.new_account("other")
    before = stage.events_of(other)
    browser = sent.browser(stage)
    browser.get(sent.on)
    browser.send(sent.action, **sent.fields, username=other, user=other)

    assert before == stage.events_of(other)
    assert other not in {call.parameters.get("username") for call, _ in recorder.calls}
