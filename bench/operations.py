"""The operations that docs/scale.md prices, each ready to be done once: what must be there is made beforehand."""

import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from itertools import islice
from typing import Any, TypeAlias

from chalice import Chalice

from bench.caller import PASSWORD
from bench.function_caller import FunctionCaller
from bench.histories import decisions
from bench.metering import Meter
from bench.people import Person, person
from bench.picture_files import photo
from bench.queue_rows import QueueFiller
from bench.queue_store import COOL_OFF, NOW
from bench.verifying import fill
from chalicelib.events.claims import Claim, ClaimKind
from chalicelib.events.dynamo import dynamo_client
from chalicelib.events.keys import KeyRing
from chalicelib.settings import Settings
from chalicelib.wiring import Wiring
from local import emulators, seeds
from local.front.function import keep_requests_apart
from local.outbox import RecordingMailer

ACCOUNTS = "/api/user/v1/accounts"
WORKING, COMPLETE = "RETIRING_LMS", "COMPLETE"
PICTURE = (1200, 900)
LISTED, QUEUED, HEADS = 100, 100, 100
SHORT, LONG = 10, 100
A_MINUTE_AND_MORE = 61.0
FIRST = 1_000_000
"""People of turns are numbered from here; those of the list come before."""

Act: TypeAlias = Callable[[], object]
Prepare: TypeAlias = Callable[[int], Act]


class MeteredWiring(Wiring):
    """The services of a process, all of whose clients are metered, with a clock that stands still."""

    def __init__(self, settings: Settings, meter: Meter | None = None) -> None:
        super().__init__(settings, clock=lambda: NOW)
        self.ticks = 0.0
        self.shadow = dynamo_client(settings.aws_region)
        self.meter = meter or Meter(self.shadow, self.tables)
        self.meter.watch(self.dynamodb)
        self.meter.watch(self._s3)

    def client(self, service: str) -> Any:
        """A metered client."""
        return self.meter.watch(super().client(service))

    @cached_property
    def keys(self) -> KeyRing:
        """A key ring that forgets data keys when `ticks` moves on."""
        table = self.tables.keys.Meta.table_name
        return KeyRing(self.dynamodb, table, lambda: self.kms, self.settings.kms_key_id, lambda: self.ticks)

    def let_keys_run_out(self) -> None:
        """From now on data keys must be read again, as in a process that has not seen the account for a minute."""
        self.ticks += A_MINUTE_AND_MORE


@dataclass(frozen=True)
class World:
    """A service in this process, who calls it, and the mails that left."""

    wiring: MeteredWiring
    caller: FunctionCaller
    outbox: RecordingMailer

    def token(self, username: str) -> str:
        """An access token."""
        return str(self.caller.login(username)["access_token"])

    def somebody(self, number: int) -> Person:
        """The person of this number, with an account, a password and a full profile."""
        one = person(number)
        profile = {"bio": one.profile.bio, "country": one.profile.country, "goals": one.profile.goals}
        form = {**fields_of(one), "profile": profile}
        self.caller.send("POST", "/api/user/v1/admin/accounts", form, self.token("superuser"))
        return one

    def head(self, username: str) -> dict[str, Any]:
        """The head item of an account."""
        claim = Claim(ClaimKind.USERNAME, username)
        return self.head_of(self.wiring.ledger.holders([claim])[claim])

    def head_of(self, account: str) -> dict[str, Any]:
        """Likewise by its id."""
        key = {"pk": {"S": f"A#{account}"}, "sk": {"S": "HEAD"}}
        found: dict[str, Any] = self.wiring.shadow.get_item(TableName=self.wiring.ledger.table, Key=key)["Item"]
        return found


def fields_of(one: Person) -> dict[str, str]:
    """What a form of a registration holds."""
    return {"username": one.username, "email": one.email, "name": one.profile.name, "password": PASSWORD}


@contextmanager
def world() -> Iterator[World]:
    """A fresh service on moto with the seeds, the people of a list and a page of the queue."""
    settings = Settings(retirement_worker_username=seeds.RETIREMENT_WORKER, feed_bus="rollcall-feed")
    with emulators.start(settings, aws_port=None, dynamodb_endpoint=None):
        emulators.prepare(settings)
        wiring = MeteredWiring(settings)
        wiring.mailer = outbox = RecordingMailer(wiring.mailer, wiring.clock)
        wiring.tables.create()
        seeds.plant(wiring)
        fill(wiring, LISTED)
        for counter in ("account", "retirement"):
            wiring.ledger.next_numbers(counter, FIRST)  # those of the people of the list and of the queue are taken
        yield World(wiring, FunctionCaller(function_of(wiring)), outbox)


def function_of(wiring: Wiring) -> Chalice:
    """The function for requests on these services."""
    from app import make_app  # its clients must be made after the emulators have started

    app = make_app(wiring)
    keep_requests_apart(app)
    return app


def jpeg() -> bytes:
    """A picture that is sent with a request."""
    target = BytesIO()
    photo(PICTURE).save(target, "JPEG")
    return target.getvalue()


class Operations:
    """Every operation by its name in the tables. A turn's people are others than those of another turn."""

    def __init__(self, at: World) -> None:
        self._world = at
        self._caller = at.caller
        self._picture = jpeg()
        self._filled = False

    def by_name(self) -> Mapping[str, Prepare]:
        """In the order of the tables. What is prepared is not part of the operation."""
        return {
            "read own account": self._read_own,
            "the same, first of a new process": self._read_first,
            "read another's account": self._read_other,
            "list of 100 accounts": self._list,
            "PATCH account": self._patch,
            "registration": self._register,
            "open an activation link": self._activate,
            "login by password": lambda turn: self._with(turn, lambda one: self._caller.login(one.username)),
            "refresh": self._refresh,
            "picture upload, 1200 x 900": self._show,
            "leave (`deactivate_logout`)": self._leave,
            "retirement transition": self._transition,
            "`retire`": self._retire,
            "`retirement_cleanup` of one": self._clean_up,
            "queue page of 100 rows": self._queue,
            "stream: a head without view rows": lambda turn: self._project(turn, {"bio": "Another."}),
            "stream: a head with a view row": lambda turn: self._project(turn, {"email": f"new_{turn}@example.com"}),
            "stream: a batch of 100 heads": self._project_batch,
            f"verify an account of {SHORT} events": lambda turn: self._verify(turn, SHORT),
            f"verify an account of {LONG:,} events": lambda turn: self._verify(turn, LONG),
        }

    def _with(self, turn: int, act: Callable[[Person], object]) -> Act:
        one = self._world.somebody(FIRST + turn)
        return lambda: act(one)

    def _with_token(self, turn: int, act: Callable[[Person, str], object]) -> Act:
        one = self._world.somebody(FIRST + turn)
        token = self._world.token(one.username)
        return lambda: act(one, token)

    def _read_own(self, turn: int) -> Act:
        return self._with_token(turn, lambda one, token: self._get(f"{ACCOUNTS}/{one.username}", token))

    def _read_first(self, turn: int) -> Act:
        old = self._world.wiring
        fresh = FunctionCaller(function_of(MeteredWiring(old.settings, old.meter)))
        return self._with_token(turn, lambda one, token: fresh.call("GET", f"{ACCOUNTS}/{one.username}", token=token))

    def _read_other(self, turn: int) -> Act:
        return self._with_token(turn, lambda _, token: self._get(f"{ACCOUNTS}/staff", token))

    def _list(self, _: int) -> Act:
        token = self._world.token("staff")
        names = ",".join(person(number).username for number in range(1, LISTED + 1))
        return lambda: self._get(ACCOUNTS, token, f"username={names}", items=LISTED)

    def _patch(self, turn: int) -> Act:
        changed = {"bio": f"{person(turn).profile.bio} And more."}
        return self._with_token(turn, lambda one, token: self._caller.patch(one.username, changed, token))

    def _register(self, turn: int) -> Act:
        form = fields_of(person(FIRST + turn))
        return lambda: self._caller.send("POST", "/api/user/v2/account/registration", form)

    def _activate(self, turn: int) -> Act:
        one = person(FIRST + turn)
        self._register(turn)()
        (mail,) = self._world.outbox.sent(one.email)
        key = mail["links"][0].rpartition("/activate/")[2]
        return lambda: self._caller.call("GET", f"/activate/{key}")

    def _refresh(self, turn: int) -> Act:
        one = self._world.somebody(FIRST + turn)
        token = str(self._caller.login(one.username)["refresh_token"])
        return lambda: self._caller.grant(grant_type="refresh_token", refresh_token=token)

    def _show(self, turn: int) -> Act:
        return self._with_token(turn, lambda one, token: self._caller.picture(one.username, self._picture, token))

    def _leave(self, turn: int) -> Act:
        def leave(_: Person, token: str) -> object:
            return self._caller.send("POST", f"{ACCOUNTS}/deactivate_logout", {"password": PASSWORD}, token)

        return self._with_token(turn, leave)

    def _left(self, turn: int) -> tuple[str, str]:
        """The username of somebody who has left, and the worker's token."""
        self._leave(turn)()
        return person(FIRST + turn).username, self._world.token(seeds.RETIREMENT_WORKER)

    def _move(self, username: str, state: str, token: str) -> object:
        sent = {"username": username, "new_state": state, "response": "Done."}
        return self._caller.send("PATCH", f"{ACCOUNTS}/update_retirement_status", sent, token)

    def _transition(self, turn: int) -> Act:
        username, token = self._left(turn)
        return lambda: self._move(username, WORKING, token)

    def _retire(self, turn: int) -> Act:
        username, token = self._left(turn)
        self._move(username, WORKING, token)
        return lambda: self._caller.send("POST", f"{ACCOUNTS}/retire", {"username": username}, token)

    def _clean_up(self, turn: int) -> Act:
        self._retire(turn)()
        username, token = person(FIRST + turn).username, self._world.token(seeds.RETIREMENT_WORKER)
        self._move(username, COMPLETE, token)
        return lambda: self._caller.send("POST", f"{ACCOUNTS}/retirement_cleanup", {"usernames": [username]}, token)

    def _queue(self, _: int) -> Act:
        if not self._filled:
            QueueFiller(self._world.wiring).retirements(QUEUED, pending=QUEUED)
            self._filled = True
        token = self._world.token(seeds.RETIREMENT_WORKER)
        query = f"cool_off_days={COOL_OFF.days}&states=PENDING&limit={QUEUED}"
        return lambda: self._get(f"{ACCOUNTS}/retirement_queue", token, query, items=QUEUED)

    def _project(self, turn: int, changed: Mapping[str, str]) -> Act:
        one = self._world.somebody(FIRST + turn)
        self._caller.patch(one.username, changed, self._world.token(one.username))
        event = stream_event([self._world.head(one.username)])
        return lambda: self._world.wiring.runner.handle(event)

    def _project_batch(self, _: int) -> Act:
        names = [person(number).username for number in range(1, HEADS + 1)]
        event = stream_event([self._world.head(name) for name in names])
        return lambda: self._world.wiring.runner.handle(event)

    def _verify(self, turn: int, length: int) -> Act:
        wiring, one = self._world.wiring, self._world.somebody(FIRST + turn)
        account = str(self._world.head(one.username)["pk"]["S"]).removeprefix("A#")
        loaded = wiring.ledger.load(account)
        if loaded is None:
            raise LookupError(account)
        live_on(wiring, account, length - loaded.version)
        return lambda: wiring.checker.check(account)

    def _get(self, path: str, token: str, query: str = "", items: int | None = None) -> None:
        found = json.loads(self._caller.call("GET", path, token=token, query=query).body)
        if items is not None and len(found) != items:
            raise LookupError(len(found))


def live_on(wiring: Wiring, account: str, changes: int) -> None:
    """So many changes of an account more, of an event each."""
    first = None
    for decide in islice(decisions(1, 0), changes):
        first = wiring.ledger.execute(account, decide, first=first).loaded


def stream_event(heads: list[dict[str, Any]]) -> dict[str, Any]:
    """What the stream hands to its consumer of these heads."""
    return {
        "Records": [
            {"dynamodb": {"SequenceNumber": str(place), "NewImage": _image(head)}}
            for place, head in enumerate(heads, 1)
        ]
    }


def _image(head: Mapping[str, Any]) -> dict[str, Any]:
    return {name: {"B": b64encode(value["B"]).decode()} if "B" in value else value for name, value in head.items()}
