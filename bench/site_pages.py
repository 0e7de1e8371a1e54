"""What a page of the site costs: its time, what it reads, and how large it is."""

import re
import time
from collections import Counter
from dataclasses import dataclass
from http.cookiejar import CookieJar
from statistics import median
from typing import Self
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, ProxyHandler, Request, build_opener

from bench.caller import PASSWORD, SECONDS, Caller
from bench.request_count import counting, operations
from bench.table import Table, at_most, milliseconds
from chalicelib.api.pages import PARTS
from chalicelib.api.pages.page import For

ROUNDS, QUICK_ROUNDS = 15, 1
MOST_KILOBYTES = 50
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
NAMES = re.compile(r"{(\w+)}")
API = "/api/user/v1/accounts/learner"
LEAVER = {"username": "leaver", "email": "leaver@example.com", "name": "Lea Ver"}
LEAVE = "/api/user/v1/accounts/deactivate_logout"
WORDS = {"username": "learner"}
QUERIES = {"/staff": "?q=learner", "/staff/accounts/{username}/at": "?version=1"}
"""What pages want to be asked for."""
NOTE = (
    "Medians of {}, the pages in turn, over HTTP from the same process, on moto. Pages for people are opened by "
    "`learner`, those for staff by `superuser`; `{}`, asked with the same cookies, is there to compare."
)


class _Stay(HTTPRedirectHandler):
    """Follows nothing."""

    def redirect_request(self, *_: object) -> None:
        """Do not go on."""


@dataclass
class Taken:
    """One page, opened once."""

    seconds: float
    requests: Counter[str]
    size: int


class Browser:
    """Somebody who is signed in by the page, and opens others."""

    def __init__(self, url: str, sent: Counter[str]) -> None:
        self._url, self._sent = url, sent
        self._headers = {"USE-JWT-COOKIE": "true"}
        self._opener = build_opener(HTTPCookieProcessor(CookieJar()), ProxyHandler({}), _Stay)

    def signed_in(self, username: str) -> Self:
        """This browser, after somebody has signed in on the page."""
        token = TOKEN.search(self.get("/login")[1].decode())
        if token is None:
            raise LookupError("the page to sign in on has no form")
        form = {"email_or_username": username, "password": PASSWORD, "csrfmiddlewaretoken": token[1]}
        self.get("/login", urlencode(form).encode())
        return self

    def get(self, path: str, form: bytes | None = None) -> tuple[int, bytes]:
        """Status and body; with a form it is sent."""
        try:
            request = Request(self._url + path, form, self._headers)  # noqa: S310
            with self._opener.open(request, timeout=SECONDS) as answer:
                return answer.status, answer.read()
        except HTTPError as answer:
            return answer.code, answer.read()

    def taken(self, path: str) -> Taken:
        """Open a page that must be there."""
        self._sent.clear()
        start = time.perf_counter()
        status, body = self.get(path)
        seconds = time.perf_counter() - start
        if status not in (200, 303):
            raise LookupError(f"{path} is {status}")
        return Taken(seconds, self._sent.copy(), len(body))


def site(*, quick: bool) -> list[Table]:
    """Every page that can be opened, by whoever may see it."""
    with counting() as (caller, sent):
        _let_somebody_leave(caller)
        start = time.perf_counter()
        learner = Browser(caller.url, sent).signed_in("learner")
        first = time.perf_counter() - start
        office = Browser(caller.url, sent).signed_in("superuser")
        asked = _asked(Browser(caller.url, sent), learner, office)
        rounds = QUICK_ROUNDS if quick else ROUNDS
        turns = [{name: who.taken(path) for name, (who, path) in asked.items()} for _ in range(rounds + 1)]
    rows = [_row(name, [turn[name] for turn in turns[1:]]) for name in asked]
    sizes = [turns[-1][name].size / 1000 for name in asked if name != API]
    goals = [at_most("Bytes of a page", sizes, MOST_KILOBYTES, "{:.1f} KB".format)]
    columns = ("Page", "Time", "Requests", "Which", "Bytes")
    return [
        Table("Pages of the site", columns, rows, NOTE.format(rounds, API), goals),
        Table("The first page in a process", ("", "Time"), [["the form to sign in, and that", milliseconds(first)]]),
    ]


def _asked(nobody: Browser, learner: Browser, office: Browser) -> dict[str, tuple[Browser, str]]:
    """Name -> who opens it, and its address: a route of the API to compare, and every page whose address is known."""
    who = {For.ANYBODY: nobody, For.PERSON: learner, For.STAFF: office, For.RETIRING: office}
    pages = [page for part in PARTS for page in part.declared if page.method == "GET"]
    known = [page for page in pages if set(NAMES.findall(page.path)) <= set(WORDS)]
    return {API: (learner, API), **{page.path: (who[page.audience], _address(page.path)) for page in known}}


def _address(path: str) -> str:
    return path.format(**WORDS) + QUERIES.get(path, "")


def _row(name: str, of_page: list[Taken]) -> list[str]:
    requests = of_page[-1].requests
    time_taken = milliseconds(median(each.seconds for each in of_page))
    return [f"`{name}`", time_taken, str(requests.total()), operations(requests) or "-", f"{of_page[-1].size:,}"]


def _let_somebody_leave(caller: Caller) -> None:
    """So that the board has something to show."""
    caller.provision(caller.token("superuser"), LEAVER)
    caller.post(LEAVE, {"password": PASSWORD}, caller.token(LEAVER["username"]))
