"""Somebody with a marked value everywhere, taken through leaving, `retire_misc` and `retire` (spec 20, section 8.1)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from tests.http import expectations as expect
from tests.http.address_changes import email_asked, secondary_asked, secondary_confirmed
from tests.http.retirement_client import ACCOUNTS, forced, leave, nothing, row_of
from tests.http.retirement_steps import acted
from tests.http.service_client import Caller, Service, unique_name

NAME_CHANGE = f"{ACCOUNTS}/name_change"
STEPS = ("before", "leaving", "retire_misc", "retire")


def new_mark() -> str:
    """Return a text that stands nowhere else."""
    return f"Zq7{secrets.token_hex(5)}"


def profile_of(mark: str) -> dict[str, Any]:
    """Return a value for every field of a profile, the mark in each text."""
    return {
        "bio": f"{mark} bio",
        "country": "US",
        "gender": "f",
        "mailing_address": f"{mark} street",
        "phone_number": f"+46{secrets.randbelow(10**10):010}",
        "year_of_birth": 1971,
        "level_of_education": "m",
        "goals": f"{mark} goals",
        "state": "TX",
        "city": f"{mark} city",
        "language_proficiencies": [{"code": "sv"}],
        "social_links": [{"platform": "x", "social_link": f"{mark}link"}],
        "extended_profile": [{"field_name": "favorite_beatle", "field_value": f"{mark} Ringo"}],
    }


def preferences_of(mark: str) -> dict[str, str]:
    """Return preferences of every kind."""
    return {"pref-lang": "sv", "account_privacy": "all_users", "visibility.bio": "all_users", mark: f"{mark} pref"}


@dataclass
class Leaver:
    """Somebody with a value everywhere, and the full view of the account after each step."""

    caller: Caller
    mark: str
    recovery: str
    pending_recovery: str
    pending_email: str
    dead_links: list[str]
    refresh_token: str
    bearer_token: str
    row: dict[str, Any]
    views: dict[str, dict[str, Any]]

    @property
    def number(self) -> int:
        """The id of the account."""
        number: int = self.views["before"]["id"]
        return number

    @property
    def retired_username(self) -> str:
        """The username that the account has in the end."""
        name: str = self.row["retired_username"]
        return name

    @property
    def originals(self) -> list[str]:
        """Every value that nobody may read any more."""
        addresses = [self.caller.email, self.recovery, self.pending_recovery, self.pending_email]
        return [self.mark, self.caller.username, *addresses, self.views["before"]["phone_number"]]

    def shown(self, field: str) -> list[Any]:
        """Return what the full view showed of a field, step by step."""
        return [self.views[step][field] for step in STEPS]


def somebody(service: Service, mark: str) -> Caller:
    """Make an account that has a value in every field, and a history."""
    name = unique_name("leaver")
    caller = service.new_account(
        username=name,
        email=f"{name}@example.com",
        name=f"{mark} First",
        preferences=preferences_of(mark),
        profile={"year_of_birth": 1971},
        orgs=[f"{mark}Org", "mb_coaching"],
        social_logins=[{"provider": "tpa", "uid": f"{mark}uid", "extra_data": {"login": f"{mark}extra"}}],
    )
    expect.status(200, caller.patch(profile_of(mark)))
    expect.status(200, caller.patch({"name": f"{mark} Second"}))
    expect.status(201, caller.post(NAME_CHANGE, json={"name": f"{mark} Third"}))
    return caller


def emptied(service: Service, worker: Caller) -> Leaver:
    """Take somebody from a full account through leaving, `retire_misc` and `retire`, and look after each."""
    mark, staff = new_mark(), service.seed("staff")
    caller = somebody(service, mark)
    recovery = secondary_confirmed(service, caller)
    pending_recovery, recovery_link = secondary_asked(service, caller)
    pending_email, email_link = email_asked(service, caller)
    grants = [service.password_grant(caller.username, caller.password, kind).json() for kind in ("jwt", "bearer")]
    views = {"before": staff.account(caller.username)}
    nothing(204, leave(caller))
    views["leaving"] = staff.account(caller.username)
    forced(worker, caller.username, "RETIRING_LMS", f"{mark} said")
    acted(worker, caller.username, "partner row", "retire_misc")
    views["retire_misc"] = staff.account(caller.username)
    acted(worker, caller.username, "retire")
    row = row_of(worker, caller.username)
    views["retire"] = staff.account(row["retired_username"])
    return Leaver(
        caller=caller,
        mark=mark,
        recovery=recovery,
        pending_recovery=pending_recovery,
        pending_email=pending_email,
        dead_links=[recovery_link, email_link],
        refresh_token=grants[0]["refresh_token"],
        bearer_token=grants[1]["access_token"],
        row=row,
        views=views,
    )
