"""A page on an origin that nobody configured: the same site, so the cookies are sent, and yet it gets nowhere.

Cookies know no ports (RFC 6265, section 8.5), so that page reads what any script may read: the claims and the CSRF
token. What stops it are CORS, the `Origin` of its requests, and the header without which cookies are nobody's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.visitor import NewVisitor, Place, Visitor, call, ready
from tests.http.service_client import Service, new_password

FETCH = """async ([address, options]) => {
    try {
        const response = await fetch(address, { credentials: "include", ...options });
        return response.type === "opaque" ? "opaque" : await response.text();
    } catch (error) {
        return "refused";
    }
}"""
FORM_TYPE = {"Content-Type": "application/x-www-form-urlencoded"}
UPLOAD = """async address => {
    const body = new FormData();
    body.append("file", new File([new Uint8Array(200)], "x.jpg", { type: "image/jpeg" }));
    await fetch(address, { method: "POST", credentials: "include", mode: "no-cors", body });
}"""
SUBMIT = """([address, fields]) => {
    const sink = document.createElement("iframe");
    const form = document.createElement("form");
    sink.name = "sink";
    Object.assign(form, { method: "POST", action: address, target: "sink" });
    for (const [name, value] of Object.entries(fields)) {
        const field = document.createElement("input");
        Object.assign(field, { type: "hidden", name, value });
        form.append(field);
    }
    document.body.append(sink, form);
    form.submit();
}"""
FRAME = """address => {
    document.body.append(Object.assign(document.createElement("iframe"), { src: address }));
}"""
CSRF_COOKIE = "document.cookie.split('; ').find(each => each.startsWith('csrftoken=')).slice('csrftoken='.length)"


class Attack:
    """A victim who is signed in, and the hostile page in another tab of the same browser."""

    def __init__(self, victim: Visitor, hostile: Place) -> None:
        self.victim = victim
        self.own = victim.signed_in()
        assert 200 == call(self.own, "patchAccount", {"bio": "mine"}).status
        self.page = victim.tab(hostile.quiet_page)
        self.service = hostile.service
        self.before = victim.account.account()

    def fetch(self, path: str, **options: Any) -> str:
        """Send a request with the victim's cookies; return what the hostile page can read."""
        return str(self.page.evaluate(FETCH, [self.service + path, options]))

    def submit(self, path: str, **fields: str) -> int:
        """Send a form with the victim's cookies; return the status, which the page itself does not learn."""
        with self.page.expect_response(self.service + path) as response:
            self.page.evaluate(SUBMIT, [self.service + path, fields])
        return response.value.status

    def stolen_token(self) -> str:
        """Let the hostile page read the victim's CSRF token, as any port of the same host can."""
        return str(self.page.evaluate(CSRF_COOKIE))

    def has_failed(self) -> None:
        """Expect that the victim's account and session are what they were."""
        assert self.before == self.victim.account.account()
        assert self.victim.account.username == self.own.evaluate("pages.claims().preferred_username")
        assert 200 == call(self.own, "account").status


@pytest.fixture(scope="module")
def siege(lasting_visitor: NewVisitor, hostile: Place) -> Iterator[Attack]:
    """One victim for all attacks. At the end the session is renewed as if nothing had been."""
    attempt = Attack(lasting_visitor(), hostile)
    yield attempt
    attempt.own.reload()
    ready(attempt.own)
    attempt.victim.forgets()


@pytest.fixture
def attack(siege: Attack) -> Iterator[Attack]:
    """A hostile page that is about to try something. Afterwards nothing must have come of it."""
    yield siege
    siege.has_failed()


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/api/user/v1/me", {}),
        ("GET", "/api/user/v1/me", {"USE-JWT-COOKIE": "true"}),
        ("GET", "/api/user/v1/accounts", {"USE-JWT-COOKIE": "true"}),
        ("GET", "/csrf/api/v1/token", {}),
        ("GET", "/api/third_party_auth/v0/providers/user_status", {"USE-JWT-COOKIE": "true"}),
        ("POST", "/login_refresh", {}),
        ("GET", "/api/user/v1/no-such-thing", {}),
    ],
)
def test_reads_nothing(attack: Attack, method: str, path: str, headers: dict[str, str]) -> None:
    """No answer can be read, whatever it would be (spec 40, section 5)."""
    assert "refused" == attack.fetch(path, method=method, headers=headers)


def test_blind_requests_show_nothing(attack: Attack) -> None:
    """Without CORS a request is sent, and its answer stays closed."""
    assert "opaque" == attack.fetch("/api/user/v1/me", mode="no-cors")


@pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE", "POST"])
def test_no_preflight_is_passed(attack: Attack, method: str) -> None:
    """With all headers that a write needs, a stolen CSRF token among them, it is never sent (sections 4 and 5)."""
    headers = {
        "USE-JWT-COOKIE": "true",
        "X-CSRFToken": attack.stolen_token(),
        "Content-Type": "application/merge-patch+json",
    }
    sent: list[str] = []
    attack.page.on("response", lambda response: sent.append(response.request.method))
    assert "refused" == attack.fetch(attack.victim.account.path, method=method, headers=headers, body='{"bio": "gone"}')
    assert method not in sent


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/api/user/v1/accounts/name_change/", {"name": "Mallory"}),
        ("/api/user/v1/accounts/deactivate_logout/", {"password": "{password}"}),
    ],
)
def test_no_form_writes(attack: Attack, path: str, fields: dict[str, str]) -> None:
    """A form is sent with the cookies and a stolen token, and is nobody's without its header (B9)."""
    known = {name: value.format(password=attack.victim.account.password) for name, value in fields.items()}
    assert 401 == attack.submit(path, csrfmiddlewaretoken=attack.stolen_token(), **known)


def test_no_upload_writes(attack: Attack) -> None:
    """Nor is a file."""
    path = f"{attack.victim.account.path}/image"
    with attack.page.expect_response(attack.service + path) as response:
        attack.page.evaluate(UPLOAD, attack.service + path)
    assert 401 == response.value.status


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/login", "email_or_username"),
        ("/api/user/v2/account/login_session/", "email_or_username"),
        ("/api/user/v1/account/login_session/", "email"),
        ("/login_ajax", "email"),
    ],
)
def test_nobody_is_signed_in_as_another(attack: Attack, service: Service, path: str, name: str) -> None:
    """A form that would sign the victim in as the attacker is refused, even with a stolen token (section 4)."""
    attacker = service.new_account(password=new_password())
    fields = {name: attacker.email, "password": attacker.password, "csrfmiddlewaretoken": attack.stolen_token()}
    assert 403 == attack.submit(path, **fields)


@pytest.mark.parametrize("path", ["/", "/login", "/api-docs"])
def test_no_page_is_framed(siege: Attack, path: str) -> None:
    """None of the service's pages is shown within another one (spec 40, section 8)."""
    with siege.page.expect_event("framenavigated") as event:
        siege.page.evaluate(FRAME, siege.service + path)
    assert "chrome-error://chromewebdata/" == event.value.url
