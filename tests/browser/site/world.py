"""What the pages have to show: a person with everything, somebody who leaves, a name that waits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tests.http.browser_client import reset_token
from tests.http.retirement_client import left, moved, originals, queue, row_of
from tests.http.service_client import Caller, Service, unique_email
from tests.support.waiting import eventually

NAME_CHANGE = "/api/user/v1/accounts/name_change/"
LONG = "An unusually long word, Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen, and العربية beside it."


@dataclass(frozen=True)
class World:
    """Who is there. `words` are what the addresses of pages name: `{person}`, `{retirement}` ..."""

    callers: Mapping[str, Caller]
    words: Mapping[str, str]


def make_world(service: Service) -> World:
    """Make the people."""
    known = {"username": "lena", "email": "lena@example.com", "name": "Lena Learner"}
    person = service.new_account(**known, profile={"year_of_birth": 1990})
    fields = {"bio": LONG, "country": "SE", "language_proficiencies": [{"code": "sv"}, {"code": "ar"}]}
    for each in (fields, {"email": unique_email("waits")}):
        assert 200 == person.patch(each).status_code
    asked = person.post(NAME_CHANGE, json={"name": "Lena Waits & Wants"})
    assert asked.is_success, asked.text
    leaver, superuser = left(service, profile={"year_of_birth": 1990}), service.seed("superuser")

    def is_queued() -> None:
        assert leaver.username in originals(queue(superuser))

    eventually(is_queued)
    callers = {"person": person, "staff": service.seed("staff"), "superuser": superuser}
    latecomer = left(service, profile={"year_of_birth": 1990})
    moved(superuser, latecomer.username, "RETIRING_LMS")
    words = {
        "person": person.username,
        "leaver": leaver.username,
        "retirement": str(row_of(superuser, leaver.username)["id"]),
        "latecomer": latecomer.username,
        "reset": reset_token(service, person.email),
        "late": str(row_of(superuser, latecomer.username)["id"]),
    }
    return World(callers, words)
