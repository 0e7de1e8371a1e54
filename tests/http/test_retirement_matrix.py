"""What each step must clear, row by row, for every reader (spec 20, section 8.1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.http import expectations as expect
from tests.http.address_changes import EMAIL_LINK, email_asked, links, secondary_asked
from tests.http.preference_writing import get, map_path, preferences
from tests.http.retirement_client import (
    ACCOUNTS,
    by_date,
    cleanup,
    client_caller,
    forced,
    leave,
    message,
    moved,
    nothing,
    queue,
    row_of,
    status_of,
    worker_of,
)
from tests.http.retirement_leaver import NAME_CHANGE, Leaver, emptied, new_mark, preferences_of, somebody
from tests.http.retirement_steps import acted, can_cancel, handed_out, partner_cleanup, partner_list
from tests.http.service_client import ME, Caller, Service, account_path, new_password
from tests.support.waiting import eventually

SEARCH = f"{ACCOUNTS}/search_emails"

CLEARED_BY_RETIRE: dict[str, Any] = {
    "name": "",
    "is_active": False,
    "bio": None,
    "country": None,
    "gender": None,
    "mailing_address": None,
    "phone_number": None,
    "year_of_birth": None,
    "level_of_education": None,
    "goals": None,
    "state": None,
    "extended_profile": [],
    "social_links": [],
    "language_proficiencies": [],
    "language": None,
    "requires_parental_consent": True,
    "account_privacy": "private",
}
"""What the full view shows once `retire` has been done, of what was there until then."""

KEPT = ("id", "date_joined", "last_login")


@pytest.fixture(scope="module")
def worker(service: Service) -> Caller:
    """The retirement worker."""
    return worker_of(service)


@pytest.fixture(scope="module")
def leaver(service: Service, worker: Caller) -> Leaver:
    """Somebody for whom `retire` has been done; the row is in RETIRING_LMS."""
    return emptied(service, worker)


@pytest.mark.parametrize("field", CLEARED_BY_RETIRE)
def test_retire_clears(leaver: Leaver, field: str) -> None:
    """The field is there until `retire`, which clears it (spec 20, section 8.1; R8)."""
    before = leaver.views["before"][field]
    assert before != CLEARED_BY_RETIRE[field]
    assert before == leaver.views["leaving"][field]
    assert before == leaver.views["retire_misc"][field]
    assert CLEARED_BY_RETIRE[field] == leaver.views["retire"][field]


def test_the_whole_view_afterwards(leaver: Leaver) -> None:
    """The full view has the keys it always has, and nothing in them but what is listed (spec 20, section 8.1)."""
    view = dict(leaver.views["retire"])
    assert expect.ADMIN == set(view)
    picture = view.pop("profile_image")
    assert picture["has_image"] is False
    expected = {
        **CLEARED_BY_RETIRE,
        **{each: leaver.views["leaving"][each] for each in KEPT},
        "username": leaver.retired_username,
        "email": leaver.row["retired_email"],
        "secondary_email": None,
        "secondary_email_enabled": True,
        "pending_name_change": None,
        "verified_name": None,
        "course_certificates": None,
        "time_zone": None,
    }
    assert expected == view


def test_the_username_changes_with_retire(leaver: Leaver) -> None:
    """Leaving and `retire_misc` leave the username, `retire` replaces it (spec 20, section 8.1, row 1)."""
    assert [leaver.caller.username] * 3 + [leaver.retired_username] == leaver.shown("username")


def test_the_address_changes_with_leaving(leaver: Leaver) -> None:
    """The retired address is there from leaving on (spec 20, section 8.1, row 2)."""
    assert [leaver.caller.email] + [leaver.row["retired_email"]] * 3 == leaver.shown("email")


def test_recovery_addresses_go_with_leaving(leaver: Leaver) -> None:
    """Confirmed and pending recovery addresses are gone from leaving on (spec 20, section 8.1)."""
    assert leaver.pending_recovery == leaver.views["before"]["secondary_email"]
    assert [None] * 3 == [leaver.views[step]["secondary_email"] for step in ("leaving", "retire_misc", "retire")]


def test_a_requested_name_goes_with_retire_misc(leaver: Leaver) -> None:
    """The requested name stays until `retire_misc` (spec 20, sections 5 and 8.1)."""
    assert [f"{leaver.mark} Third"] * 2 + [None] * 2 == leaver.shown("pending_name_change")


def test_a_requested_name_goes_with_retire_alone(service: Service, staff: Caller, worker: Caller) -> None:
    """`retire` clears the requested name if `retire_misc` has not been called (spec 20, section 8.1: M and R)."""
    caller = somebody(service, new_mark())
    nothing(204, leave(caller))
    forced(worker, caller.username, "RETIRING_LMS")
    acted(worker, caller.username, "retire")
    account = staff.account(row_of(worker, caller.username)["retired_username"])
    assert (None, "") == (account["pending_name_change"], account["name"])
    confirm = f"{NAME_CHANGE}/{account['username']}/confirm"
    expect.status(404, staff.post(confirm))


def test_no_link_works(service: Service, staff: Caller, leaver: Leaver) -> None:
    """Links for pending addresses change nothing, and are not found (spec 20, section 8.1)."""
    for link in leaver.dead_links:
        for method in ("GET", "POST"):
            expect.status(404, service.http.request(method, link))
    assert leaver.views["retire"] == staff.account(leaver.retired_username)


def test_links_are_dead_from_leaving_on(service: Service, staff: Caller) -> None:
    """Between leaving and `retire` no link works either (spec 20, sections 5 and 8.1)."""
    caller = somebody(service, new_mark())
    wanted, link = email_asked(service, caller)
    second, second_link = secondary_asked(service, caller)
    nothing(204, leave(caller))
    before = staff.account(caller.username)
    for each in (link, second_link):
        expect.status(404, service.http.get(each))
    assert before == staff.account(caller.username)
    assert [] == [mail for mail in service.outbox(wanted) if not mail["links"]]
    assert [link] == links(service, wanted, EMAIL_LINK)
    expect.status(200, service.register(email=second))


def test_preferences_are_gone(service: Service, staff: Caller, leaver: Leaver) -> None:
    """All preferences, visibility and language too, are gone (spec 20, section 8.1)."""
    assert {} == preferences(staff, leaver.retired_username)
    for key in preferences_of(leaver.mark):
        expect.status(404, get(staff, key, leaver.retired_username))
    expect.status(404, staff.get(map_path(leaver.caller.username)))


def test_the_owner_is_out(service: Service, leaver: Leaver) -> None:
    """The owner's tokens, refresh token and password are dead under every name (spec 20, section 8.1; R10)."""
    caller = leaver.caller
    for path in (ME, account_path(caller.username), account_path(leaver.retired_username), map_path(caller.username)):
        expect.unauthorized(caller.get(path))
    expect.unauthorized(service.me(f"Bearer {leaver.bearer_token}"))
    expect.oauth_error(service.refresh(leaver.refresh_token), "invalid_grant")
    for name in (caller.username, caller.email, leaver.recovery, leaver.retired_username, leaver.row["retired_email"]):
        expect.oauth_error(service.password_grant(name, caller.password), "invalid_grant")


def test_another_learner_sees_next_to_nothing(learner: Caller, leaver: Leaver) -> None:
    """To others the account is a private one: its retired name, no picture (spec 20, section 8.1)."""
    account = learner.account(leaver.retired_username)
    assert expect.PUBLIC == set(account)
    assert (leaver.retired_username, "private", False) == (
        account["username"],
        account["account_privacy"],
        account["profile_image"]["has_image"],
    )


def test_the_picture_is_the_default(service: Service, learner: Caller, leaver: Leaver) -> None:
    """`profile_image` shows the default of an account without a picture (spec 20, section 8.1)."""
    default = service.new_account().account()["profile_image"]
    for picture in (leaver.views["retire"]["profile_image"], learner.account(leaver.retired_username)["profile_image"]):
        assert default == picture
        expect.status(200, service.http.get(picture["image_url_full"]))


def readers(service: Service, worker: Caller) -> dict[str, Caller]:
    """Return one caller of each kind."""
    return {
        "learner": service.seed("learner"),
        "staff": service.seed("staff"),
        "superuser": service.seed("superuser"),
        "superuser who is not staff": service.new_account(is_superuser=True),
        "worker": worker,
        "username worker": client_caller(service, "username-worker"),
    }


def looked_for(leaver: Leaver) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield every read in which something of a retired account could show."""
    for name in (leaver.caller.username, leaver.retired_username):
        yield account_path(name), {}
        yield account_path(name), {"view": "shared"}
        yield map_path(name), {}
        yield f"{map_path(name)}/{leaver.mark}", {}
        yield ACCOUNTS, {"username": name}
        yield f"{account_path(name)}/history", {}
        yield f"{account_path(name)}/export", {}
        yield f"{account_path(name)}/image", {}
    for address in (leaver.caller.email, leaver.recovery, leaver.pending_email, leaver.row["retired_email"]):
        yield ACCOUNTS, {"email": address}
    yield ACCOUNTS, {"lms_user_id": str(leaver.number)}


def test_nobody_reads_an_original(service: Service, worker: Caller, leaver: Leaver) -> None:
    """After `retire` no view gives an original value to any caller, but for the rows (spec 20, section 14)."""
    seen: list[tuple[str, str, str]] = []
    for kind, reader in readers(service, worker).items():
        for path, query in looked_for(leaver):
            answer = reader.get(path, params=query)
            assert answer.status_code < 500, answer.text
            seen += [(kind, path, value) for value in leaver.originals if value in answer.text]
        found = reader.post(
            SEARCH, json={"emails": [leaver.caller.email, leaver.recovery, leaver.row["retired_email"]]}
        )
        seen += [(kind, "search_emails", value) for value in leaver.originals if value in found.text]
    assert [] == seen


def test_the_old_name_is_404_to_everybody(service: Service, worker: Caller, leaver: Leaver) -> None:
    """The old URL is not found, whoever asks (spec 20, section 8.1, row 1)."""
    for reader in readers(service, worker).values():
        expect.status(404, reader.get(account_path(leaver.caller.username)))
        expect.status(404, reader.get(ACCOUNTS, params={"username": leaver.caller.username}))


def test_the_old_addresses_lead_nowhere(staff: Caller, leaver: Leaver) -> None:
    """`search_emails` leaves the old addresses out; the retired one finds the account (spec 20, section 11)."""
    assert [] == staff.post(SEARCH, json={"emails": [leaver.caller.email, leaver.recovery]}).json()
    assert [{"email": leaver.row["retired_email"], "id": leaver.number, "username": leaver.retired_username}] == (
        staff.post(SEARCH, json={"emails": [leaver.row["retired_email"]]}).json()
    )


def test_by_its_number_the_account_is_the_retired_one(staff: Caller, leaver: Leaver) -> None:
    """`id` is kept and finds the emptied account (spec 20, section 8.1)."""
    found = staff.get(ACCOUNTS, params={"lms_user_id": str(leaver.number)}).json()
    assert [leaver.views["retire"]] == found


def test_organisations_are_in_no_view(leaver: Leaver) -> None:
    """`orgs` are in no account view, before or after (spec 20, sections 8.1 and 9)."""
    for view in leaver.views.values():
        assert f"{leaver.mark}Org" not in str(view)


def test_social_logins_are_in_no_view(leaver: Leaver) -> None:
    """Linked social logins are in no account view, before or after (spec 20, section 8.1)."""
    for view in leaver.views.values():
        assert f"{leaver.mark}uid" not in str(view)
        assert f"{leaver.mark}extra" not in str(view)


@pytest.mark.parametrize("kind", ["username", "email"])
def test_what_was_theirs_stays_taken(service: Service, leaver: Leaver, kind: str) -> None:
    """The originals stay retired after `retire`, in any capitals (spec 20, section 3.1)."""
    original = {"username": leaver.caller.username, "email": leaver.caller.email}[kind]
    for value in (original, original.upper()):
        response = service.register(**{kind: value})
        expect.status(409, response)
        assert {kind} <= set(expect.refused_registration(response))


def test_flags_do_not_survive(service: Service, worker: Caller, staff: Caller) -> None:
    """Staff, superusers and holders of rights can leave; nothing of it is left to their tokens (spec 20, 8.1)."""
    rights = ["can_retire_user", "can_deactivate_user", "can_cancel_retirement", "can_replace_username"]
    caller = service.new_account(is_staff=True, is_superuser=True, permissions=rights, password=new_password())
    nothing(204, leave(caller))
    forced(worker, caller.username, "RETIRING_LMS")
    acted(worker, caller.username, "retire")
    expect.unauthorized(queue(caller))
    expect.unauthorized(caller.get(account_path("learner")))
    assert staff.account(row_of(worker, caller.username)["retired_username"])["is_active"] is False


# --- what goes with the cleanups


@pytest.fixture(scope="module")
def cleaned(service: Service, worker: Caller, leaver: Leaver) -> Leaver:
    """The same person, after partner cleanup and cleanup."""
    handed_out(worker, leaver.caller.username)
    nothing(204, partner_cleanup(worker, leaver.caller.username))
    moved(worker, leaver.caller.username, "COMPLETE")
    nothing(204, cleanup(worker, leaver.caller.username))
    return leaver


def everything_listed(service: Service, worker: Caller) -> list[httpx.Response]:
    """Return the answers of every list that a RETIRE caller can read."""
    today = service.now().date()
    states = ("PENDING", "RETIRING_LMS", "COMPLETE")
    lists = [by_date(worker, today, today, state) for state in states]
    return [queue(worker, states), *lists, worker.post(f"{ACCOUNTS}/retirement_partner_report/")]


def test_after_both_cleanups_nothing_is_left(service: Service, worker: Caller, cleaned: Leaver) -> None:
    """After C and P the originals are nowhere: no row, no list, no partner report (spec 20, section 14)."""

    def gone() -> None:
        for answer in everything_listed(service, worker):
            expect.status(200, answer)
            names = [each["original_username"] for each in answer.json()]
            assert cleaned.caller.username not in names
            assert cleaned.mark not in answer.text

    eventually(gone)
    for name in (cleaned.caller.username, cleaned.retired_username):
        nothing(404, status_of(worker, name))
    test_nobody_reads_an_original(service, worker, cleaned)


def test_after_both_cleanups_the_account_stays(staff: Caller, cleaned: Leaver) -> None:
    """The emptied account stays as `retire` left it (spec 20, section 8.1)."""
    assert cleaned.views["retire"] == staff.account(cleaned.retired_username)


@pytest.mark.parametrize("kind", ["username", "email"])
def test_after_both_cleanups_the_originals_stay_taken(service: Service, cleaned: Leaver, kind: str) -> None:
    """Retired for ever, in any capitals (spec 20, section 3.1)."""
    test_what_was_theirs_stays_taken(service, cleaned, kind)


def test_after_both_cleanups_nobody_can_cancel(staff: Caller, superuser: Caller, cleaned: Leaver) -> None:
    """The look-up still says that the address is retired, and offers nothing (spec 20, section 11)."""
    assert (False, None) == can_cancel(staff, cleaned.caller.email)
    assert (False, None) == can_cancel(staff, cleaned.caller.email.upper())
    body = {"retirement_id": cleaned.row["id"]}
    message(400, superuser.post(f"{ACCOUNTS}/cancel_retirement/", json=body))


def test_it_can_not_be_retired_again(worker: Caller, cleaned: Leaver) -> None:
    """Every step is a 404 for whoever has been cleaned up (spec 20, section 10)."""
    for name in (cleaned.caller.username, cleaned.retired_username):
        nothing(404, worker.post(f"{ACCOUNTS}/retire/", json={"username": name}))
    assert [] == [each for each in partner_list(worker) if each["user_id"] == cleaned.number]
