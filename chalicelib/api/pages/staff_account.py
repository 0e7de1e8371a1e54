"""One person's account, for support: what it holds, whether it is disabled, and the name that waits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from chalicelib.api.pages.failing import failed, session_ended
from chalicelib.api.pages.faults import WHOLE, faults_of
from chalicelib.api.pages.inner import NOTHING, Body, Reply, as_json
from chalicelib.api.pages.page import For, Pages
from chalicelib.api.pages.privacy import NEVER_FILLED
from chalicelib.api.pages.visit import Visit
from chalicelib.events.idempotency import Answer
from chalicelib.site.naming import Names

pages = Pages("Site: support")
SEARCH, NAMES = "/staff", "/staff/names"
PATH = "/staff/accounts/{username}"
ACCOUNT = "/api/user/v1/accounts/{username}"
SUPPORT = "/api/user/v1/admin/accounts/{username}"
APPROVE = "/api/user/v1/accounts/name_change/{username}/confirm"
REFUSE = "/api/user/v1/admin/name_changes/{username}/refuse"

COMMENT, REASON = "comment", "reason"
"""The comment on disabling or enabling, and the one on refusing a name: two fields of one page."""

FIRST = ("username", "id", "email", "secondary_email", "name", "is_active", "date_joined", "last_login")
APART = NEVER_FILLED | {"profile_image", "pending_name_change"}
"""What is not among the fields: it is null always, or it stands elsewhere on the page."""


@dataclass(frozen=True)
class Sent:
    """What a refused form brought, and why it was refused; `gone` is a name that does not wait any more."""

    fields: Mapping[str, str] = field(default_factory=dict, repr=False)
    faults: Mapping[str, str] = field(default_factory=dict)
    gone: bool = False


@pages.get(PATH, "Somebody's account", For.STAFF)
def show_account(visit: Visit) -> Answer:
    """Fields, state, and what support may do about it."""
    return _page(visit, Sent())


@pages.post(f"{PATH}/disable", "Disable an account", ("POST", f"{SUPPORT}/disable"), audience=For.STAFF)
def disable(visit: Visit) -> Answer:
    """Nobody can sign in to it any more."""
    return _switch(visit, "disable", done="disabled")


@pages.post(f"{PATH}/enable", "Enable an account", ("POST", f"{SUPPORT}/enable"), audience=For.STAFF)
def enable(visit: Visit) -> Answer:
    """Its owner may sign in again."""
    return _switch(visit, "enable", done="enabled")


@pages.post(f"{PATH}/name/approve", "Approve a name", ("POST", APPROVE), audience=For.STAFF)
def approve_name(visit: Visit) -> Answer:
    """The name that waits becomes the person's name."""
    return _decide_name(visit, APPROVE, NOTHING, done="approved")


@pages.post(f"{PATH}/name/refuse", "Refuse a name", ("POST", REFUSE), audience=For.STAFF)
def refuse_name(visit: Visit) -> Answer:
    """The name stays as it was; the person reads the comment in a mail."""
    return _decide_name(visit, REFUSE, as_json({"comment": visit.typed(REASON)}), done="refused")


def path_of(username: str) -> str:
    """Where somebody's account is shown."""
    return PATH.format(username=quote(username, safe=""))


def rows_of(account: Mapping[str, Any]) -> list[str]:
    """The fields of an account that are listed, in the order in which support looks for them."""
    known = {name: place for place, name in enumerate(FIRST)}
    return sorted(account.keys() - APART, key=lambda name: (known.get(name, len(known)), name))


def _switch(visit: Visit, verb: str, done: str) -> Answer:
    username = visit.request.parameters["username"]
    body = as_json({"comment": visit.typed(COMMENT)})
    reply = visit.call("POST", f"{SUPPORT}/{verb}", body, once=True, username=username)
    if reply.ok:
        return visit.go(path_of(username), done=done)
    return failed(visit, reply, SEARCH) if reply.status == 404 else _refused(visit, reply, COMMENT)


def _decide_name(visit: Visit, route: str, body: Body, done: str) -> Answer:
    username = visit.request.parameters["username"]
    reply = visit.call("POST", route, body, once=True, username=username)
    if reply.ok:
        return visit.go(NAMES if visit.typed("back") == "names" else path_of(username), done=done)
    if reply.status == 404:
        return _page(visit, Sent(gone=True))
    return _refused(visit, reply, REASON)


def _refused(visit: Visit, reply: Reply, name: str) -> Answer:
    """The page again with what was typed; the API's `comment` is the field `name` of the page."""
    if reply.status == 401:
        return session_ended(visit)
    faults = {name if key == "comment" else key: text for key, text in faults_of(reply).items()}
    if not faults.keys() <= {name, WHOLE}:
        faults = {WHOLE: " ".join(faults.values())}
    return _page(visit, Sent({name: visit.typed(name)}, faults))


def _page(visit: Visit, sent: Sent) -> Answer:
    username = visit.request.parameters["username"]
    account = visit.call("GET", ACCOUNT, username=username)
    history = visit.call("GET", f"{SUPPORT}/disable_history", username=username)
    broken = next((reply for reply in (account, history) if not reply.ok), None)
    if broken is not None:
        return failed(visit, broken, SEARCH)
    switched: list[dict[str, Any]] = history.content
    return visit.show(
        "staff_account.html",
        account=account.content,
        rows=rows_of(account.content),
        names=Names(visit.language),
        switched=switched,
        disabled=bool(switched) and switched[0]["disabled"],
        own=username == visit.me.username,
        sent=sent,
    )
