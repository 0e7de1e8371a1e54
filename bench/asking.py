"""Accounts whose owners are about to ask: with a profile, a password and a token each."""

import json
from itertools import islice

from bench.caller import Caller
from bench.clients import Load, load, request
from bench.people import patches, person
from bench.stage_process import HOST

FIRST = 2_000_000
PATCHES = 60


class OwnAccounts:
    """So many new accounts of the stage at `port`, and requests of their owners."""

    def __init__(self, port: int, count: int) -> None:
        self._port = port
        caller = Caller(f"http://{HOST}:{port}")
        superuser = caller.token("superuser")
        self._numbers = range(FIRST, FIRST + count)
        self._tokens = [self._join(caller, superuser, number) for number in self._numbers]

    def _join(self, caller: Caller, superuser: str, number: int) -> str:
        one = person(number)
        profile = {"year_of_birth": one.profile.year_of_birth, "bio": one.profile.bio, "country": one.profile.country}
        account = {"username": one.username, "email": one.email, "name": one.profile.name, "profile": profile}
        caller.provision(superuser, account)
        return caller.token(one.username)

    def load(self, method: str, clients: int, seconds: float) -> Load:
        """So many owners at once, again and again: GET, or PATCH with one change after the other."""
        texts = [self._requests(method, place) for place in range(clients)]
        return load(self._port, seconds, texts)

    def _requests(self, method: str, place: int) -> list[str]:
        number, token = self._numbers[place], self._tokens[place]
        path = f"/api/user/v1/accounts/{person(number).username}"
        if method == "GET":
            return [request(method, path, token)]
        return [request(method, path, token, json.dumps(patch)) for patch in islice(patches(number), PATCHES)]
