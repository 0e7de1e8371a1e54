"""Commands about accounts: making them, their fields, preferences, names, addresses, support."""

import re
from typing import Any

from tests.faults.asking import ACCOUNT, ACCOUNTS, ADMIN, V1, after, done, nobody, patches, posts, sends, somebody
from tests.faults.scene import Case, Scene
from tests.faults.trying import Command
from tests.support.api import FORM

PATCH = ("PATCH /api/user/v1/accounts/{username}",)
PREFERENCES = V1 + "/preferences/{username}"
COLOUR = PREFERENCES + "/colour"
LINK = re.compile(r"https?://[^/\s]+(/(?:email_confirm|activate_secondary_email|activate)/[A-Za-z0-9_.%~/-]+)")
APPLICANT = {"username": "fresh1", "email": "fresh1@example.com", "name": "Fred", "password": "a-Good-passw0rd"}
PROVISIONED = {**APPLICANT, "profile": {"year_of_birth": 1990}, "orgs": ["edX"], "preferences": {"colour": "blue"}}
NEW_ADDRESS = {"email": "newer@example.org"}
RECOVERY = {"secondary_email": "recovery@example.org"}
COMMENT = {"comment": "Once."}
WANTED_NAME = {"name": "Ada King"}


def keep_link(scene: Scene, case: Case) -> None:
    """Keep the path of the link in the newest mail."""
    found = LINK.search(scene.newest_mail())
    assert found is not None
    case.facts["link"] = found[1]


def imported(_: Case) -> dict[str, Any]:
    """An export of somebody on another stage."""
    account = {"username": "fresh1", "email": "fresh1@example.com", "name": "Fred", "is_active": True, "bio": "hello"}
    account["date_joined"] = "2020-01-01T00:00:00Z"
    return {"account": account, "preferences": {"colour": "blue"}, "orgs": ["edX"], "social_logins": []}


REGISTERED_AT = ("api/user/v1", "api/user/v2", "user_api/v1", "user_api/v2")
REGISTERING = (
    Command(
        "register",
        tuple(f"POST /{path}/account/registration" for path in REGISTERED_AT),
        nobody("fresh1"),
        posts("/api/user/v2/account/registration", {**APPLICANT, "honor_code": "true"}, kind=FORM, as_=None),
    ),
    Command(
        "activate",
        ("GET /activate/{key}",),
        after(
            lambda _: Case(("fresh1",)),
            done(posts("/api/user/v2/account/registration", {**APPLICANT, "honor_code": "true"}, kind=FORM, as_=None)),
            keep_link,
        ),
        sends("GET", "{link}", as_=None),
    ),
    Command(
        "provision",
        ("POST /api/user/v1/admin/accounts",),
        nobody("fresh1"),
        posts(f"{ADMIN}/accounts", PROVISIONED, as_="superuser"),
    ),
    Command(
        "import",
        ("POST /api/user/v1/admin/import",),
        nobody("fresh1"),
        posts(f"{ADMIN}/import", imported, as_="superuser"),
    ),
)

FIELDS = tuple(
    Command(f"patch {next(iter(fields))}", PATCH, somebody(), patches(fields))
    for fields in (
        {"bio": "hello"},
        {"name": "Ada Lovelace"},
        {"year_of_birth": 1980},
        {"language_proficiencies": [{"code": "en"}]},
        {"social_links": [{"platform": "x", "social_link": "https://www.x.com/ada"}]},
        {"extended_profile": [{"field_name": "favorite_beatle", "field_value": "Ringo"}]},
        {"account_privacy": "private"},
    )
)

ADDRESSES = (
    Command("ask for another address", PATCH, somebody(), patches(NEW_ADDRESS), refusals=frozenset({400})),
    Command("ask for both addresses", PATCH, somebody(), patches(NEW_ADDRESS | RECOVERY), refusals=frozenset({400})),
    Command(
        "open the link of another address",
        ("GET /email_confirm/{key}", "POST /email_confirm/{key}"),
        after(somebody(), done(patches(NEW_ADDRESS)), keep_link),
        posts("{link}", as_=None, headers={}),
    ),
    Command("ask for a recovery address", PATCH, somebody(), patches(RECOVERY), refusals=frozenset({400})),
    Command(
        "open the link of a recovery address",
        ("GET /activate_secondary_email/{key}", "POST /activate_secondary_email/{key}"),
        after(somebody(), done(patches(RECOVERY)), keep_link),
        posts("{link}", as_=None, headers={}),
    ),
)

PREFERENCE = (
    Command(
        "patch preferences",
        ("PATCH /api/user/v1/preferences/{username}",),
        somebody(preferences={"colour": "blue"}),
        patches({"colour": None, "size": "10"}, PREFERENCES),
    ),
    Command(
        "put a preference",
        ("PUT /api/user/v1/preferences/{username}/{key}",),
        somebody(),
        sends("PUT", COLOUR, "red"),
    ),
    Command(
        "delete a preference",
        ("DELETE /api/user/v1/preferences/{username}/{key}",),
        somebody(preferences={"colour": "blue"}),
        sends("DELETE", COLOUR),
    ),
)

asked_for_a_name = after(somebody(), done(posts(f"{ACCOUNTS}/name_change", WANTED_NAME, headers={})))
CONFIRM = ACCOUNTS + "/name_change/{username}/confirm"

NAMES = (
    Command(
        "ask for a name",
        ("POST /api/user/v1/accounts/name_change",),
        somebody(),
        posts(f"{ACCOUNTS}/name_change", WANTED_NAME),
    ),
    Command(
        "confirm a name",
        (
            "POST /api/user/v1/accounts/name_change/{username}/confirm",
            "POST /api/user/v1/account/name_change/{username}/confirm",
        ),
        asked_for_a_name,
        posts(CONFIRM, as_="staff"),
    ),
    Command(
        "refuse a name",
        ("POST /api/user/v1/admin/name_changes/{username}/refuse",),
        asked_for_a_name,
        posts(ADMIN + "/name_changes/{username}/refuse", COMMENT, as_="staff"),
    ),
)

DISABLE = ADMIN + "/accounts/{username}/disable"
SUPPORT = (
    Command(
        "disable",
        ("POST /api/user/v1/admin/accounts/{username}/disable",),
        somebody(),
        posts(DISABLE, COMMENT, as_="staff"),
    ),
    Command(
        "enable",
        ("POST /api/user/v1/admin/accounts/{username}/enable",),
        after(somebody(), done(posts(DISABLE, COMMENT, as_="staff", headers={}))),
        posts(ADMIN + "/accounts/{username}/enable", COMMENT, as_="staff"),
    ),
    Command(
        "change rights",
        ("PATCH /api/user/v1/admin/accounts/{username}",),
        somebody(),
        patches({"is_staff": True, "orgs": ["edX"]}, ADMIN + "/accounts/{username}", as_="superuser"),
    ),
    Command(
        "export",
        ("GET /api/user/v1/accounts/{username}/export",),
        somebody(preferences={"colour": "blue"}),
        sends("GET", ACCOUNT + "/export"),
    ),
    Command(
        "patch by a process that has just started",
        PATCH,
        somebody(),
        patches({"bio": "hello"}),
        cold=True,
    ),
    Command(
        "provision by a process that has just started",
        ("POST /api/user/v1/admin/accounts",),
        nobody("fresh1"),
        posts(f"{ADMIN}/accounts", PROVISIONED, as_="superuser"),
        cold=True,
    ),
)

COMMANDS = (*REGISTERING, *FIELDS, *ADDRESSES, *PREFERENCE, *NAMES, *SUPPORT)
