"""Requests about others: lists of accounts, look-ups by address, and registrations of people who are not there yet."""

import json
from collections.abc import Mapping
from itertools import count
from urllib.parse import urlencode

from bench.caller import PASSWORD, Caller
from bench.clients import Load, load, request
from bench.people import Person, person
from bench.stage_process import HOST

ACCOUNTS = "/api/user/v1/accounts?{}"
REGISTRATION = "/api/user/v2/account/registration/"
FIRST_APPLICANT = 3_000_000
MOST_REGISTRATIONS = 200
"""More than one client gets through in a second."""


class MissingPeopleError(Exception):
    """Some of those who are to be listed are not there."""


class Others:
    """Requests of staff, at the stage at `port`, about `known` usernames and their addresses; and of newcomers."""

    def __init__(self, port: int, known: Mapping[str, str]) -> None:
        self._port = port
        self._known = known
        caller = Caller(f"http://{HOST}:{port}")
        self._token = caller.token("staff")
        found = json.loads(caller.get(ACCOUNTS.format(urlencode({"username": ",".join(known)})), self._token))
        if {one["username"] for one in found} != set(known):
            raise MissingPeopleError
        self._applicants = count(FIRST_APPLICANT)

    def load(self, what: str, clients: int, seconds: float) -> Load:
        """So many clients at once: `list` everybody known in one request, `look up` one by one, or `register`."""
        texts = {"list": self._lists, "look up": self._look_ups, "register": self._registrations}[what]
        return load(self._port, seconds, [texts() for _ in range(clients)])

    def _lists(self) -> list[str]:
        return [self._get(username=",".join(self._known))]

    def _look_ups(self) -> list[str]:
        return [self._get(email=address) for address in self._known.values()]

    def _get(self, **query: str) -> str:
        return request("GET", ACCOUNTS.format(urlencode(query, safe=",")), self._token)

    def _registrations(self) -> list[str]:
        people = [person(next(self._applicants)) for _ in range(MOST_REGISTRATIONS)]
        return [request("POST", REGISTRATION, "", json.dumps(_form(one)), "application/json") for one in people]


def _form(one: Person) -> dict[str, str | int | None]:
    profile = {"year_of_birth": one.profile.year_of_birth, "country": one.profile.country}
    return {"username": one.username, "email": one.email, "name": one.profile.name, "password": PASSWORD, **profile}
