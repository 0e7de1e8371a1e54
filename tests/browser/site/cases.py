"""How each page of the site is come to, and what its forms refuse. A page that is in no list fails the tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

NOBODY, PERSON, STAFF, SUPERUSER = "nobody", "person", "staff", "superuser"


@dataclass(frozen=True)
class View:
    """Who opens a page, and at which address; words in braces are the world's."""

    by: str
    address: str


@dataclass(frozen=True)
class Refused:
    """A form that comes back: whose, on which page, where it leads, and what is typed."""

    by: str
    on: str
    action: str
    typed: Mapping[str, str] = field(default_factory=dict)


VIEWS: Mapping[str, View] = {
    "GET /signup": View(NOBODY, "/signup"),
    "GET /signup/done": View(NOBODY, "/signup/done"),
    "GET /forgotten": View(NOBODY, "/forgotten"),
    "GET /forgotten/done": View(NOBODY, "/forgotten/done"),
    "GET /my/account": View(PERSON, "/my/account"),
    "GET /my/settings": View(PERSON, "/my/settings"),
    "GET /my/privacy": View(PERSON, "/my/privacy"),
    "GET /my/preview": View(PERSON, "/my/preview"),
    "GET /my/picture": View(PERSON, "/my/picture"),
    "GET /my/address": View(PERSON, "/my/address"),
    "GET /my/name": View(PERSON, "/my/name"),
    "GET /my/sessions": View(PERSON, "/my/sessions"),
    "GET /my/history": View(PERSON, "/my/history"),
    "GET /my/data": View(PERSON, "/my/data"),
    "GET /my/deletion": View(PERSON, "/my/deletion"),
    "GET /staff": View(STAFF, "/staff?q={person}"),
    "GET /staff/names": View(STAFF, "/staff/names"),
    "GET /staff/accounts/{username}": View(STAFF, "/staff/accounts/{person}"),
    "GET /staff/accounts/{username}/history": View(STAFF, "/staff/accounts/{person}/history"),
    "GET /staff/accounts/{username}/at": View(STAFF, "/staff/accounts/{person}/at?version=2"),
    "GET /staff/retirements": View(SUPERUSER, "/staff/retirements"),
    "GET /staff/retirements/{id}/cancel": View(SUPERUSER, "/staff/retirements/{retirement}/cancel?username={leaver}"),
}
"""Every page that is opened, as it was declared."""

FILES: Mapping[str, str] = {
    "GET /my/data/download": "a JSON document, which the browser keeps",
}
"""What is opened and is no page, and what it is."""

BESIDE: Mapping[str, View] = {
    "front": View(NOBODY, "/"),
    "login": View(NOBODY, "/login"),
    "dead activation link": View(NOBODY, "/activate/nobody-waits-for-this"),
    "search, empty": View(STAFF, "/staff"),
    "search, retired": View(STAFF, "/staff?q={leaver}@example.com"),
    "search, nobody": View(STAFF, "/staff?q=nobody-is-called-so"),
    "not for everybody": View(PERSON, "/staff"),
    "not there": View(STAFF, "/staff/accounts/nobody-is-called-so"),
    "new password": View(NOBODY, "/password_reset_confirm/{reset}/"),
    "dead reset link": View(NOBODY, "/password_reset_confirm/x-y/"),
}
"""Pages that the site did not declare."""

REFUSALS: Mapping[str, Refused] = {
    "POST /signup": Refused(
        NOBODY,
        "/signup",
        "/signup",
        {"username": "learner", "email": "no address", "name": "<b>", "password": "short", "year_of_birth": "x"},
    ),
    "POST /my/account": Refused(
        PERSON,
        "/my/account",
        "/my/account",
        {
            "bio": "I collect old maps, and new ones. " * 9,
            "year_of_birth": "soon",
            "link_x": "https://elsewhere.example/x",
        },
    ),
    "POST /my/picture": Refused(PERSON, "/my/picture", "/my/picture"),
    "POST /my/address": Refused(PERSON, "/my/address", "/my/address", {"email": "no address"}),
    "POST /my/address/recovery": Refused(
        PERSON, "/my/address", "/my/address/recovery", {"secondary_email": "no address"}
    ),
    "POST /my/name": Refused(PERSON, "/my/name", "/my/name", {"name": "No <b>"}),
    "POST /my/deletion": Refused(PERSON, "/my/deletion", "/my/deletion", {"password": "wrong", "agreed": "yes"}),
    "POST /staff/accounts/{username}/disable": Refused(
        STAFF, "/staff/accounts/{person}", "/staff/accounts/{person}/disable", {"comment": "x" * 5001}
    ),
    "POST /staff/accounts/{username}/name/refuse": Refused(
        STAFF, "/staff/accounts/{person}", "/staff/accounts/{person}/name/refuse", {"reason": "x" * 5001}
    ),
    "POST /staff/retirements/{id}/cancel": Refused(
        SUPERUSER, "/staff/retirements/{late}/cancel?username={latecomer}", "/staff/retirements/{late}/cancel"
    ),
}
"""Forms that are refused, with what was typed."""

NEVER_REFUSED: Mapping[str, str] = {
    "POST /my/privacy": "it offers what the API takes; an older form than the account is one of `test_forms`",
    "POST /my/settings": "it offers what the API takes",
    "POST /my/sessions/end": "a session that is over already counts as ended",
    "POST /my/sessions/others": "there is nothing to type",
    "POST /my/sessions/password": "there is nothing to type",
    "POST /my/picture/removal": "removing a picture that is not there is done, too",
    "POST /staff/accounts/{username}/enable": "its comment is refused as that of disabling, on the same page",
    "POST /staff/accounts/{username}/name/approve": "there is nothing to type",
    "POST /forgotten": "the answer is the same for every address, so that nobody learns who has an account",
    "POST /language": "every choice that is offered is taken; an unknown one changes nothing",
}
"""Forms in which there is nothing to correct, and why."""
