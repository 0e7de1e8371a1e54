"""One command's people before, during and after it: what may be seen of what it did."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from app import make_app
from chalicelib.events.claims import Claim, ClaimKind
from chalicelib.mail.ses import SIMULATOR, SesMailer
from chalicelib.projections.checking import Checker
from chalicelib.projections.examining import Stores
from chalicelib.wiring import Wiring
from local.front.function import keep_requests_apart
from tests.faults.looking import DirectClient
from tests.faults.snapshot import bucket_of, mails_of
from tests.pipeline.world import World, running_world
from tests.support.api import Api
from tests.support.gateway import Answer

SETTINGS = {"pending_change_days": 3, "export_direct_bytes": 500, "feed_bus": "rollcall-test"}
SENT_OR_KEPT_BRIEFLY = ("incoming/", "exports/", "erasure-check/")
"""How objects are called that a lifecycle rule or the next check takes away."""

RANDOM = re.compile(r"[0-9a-f]{16,}|\$argon2.*")
NUMBERS = frozenset({"number", "last_row", "last_report"})


@dataclass
class Case:
    """Who a command is about (`people`: usernames; `new`: usernames that it gives), and what else it needs."""

    people: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Effects:
    """What a command has done so far."""

    events: Mapping[str, tuple[str, ...]]
    states: Mapping[str, Any]
    mails: Mapping[tuple[str, str], int]
    sessions: Mapping[str, int]
    pictures: Mapping[str, int]
    hooks: frozenset[str]
    swept: bool
    more: Any = None


class Scene:
    """A world whose mail, feed and pictures go through moto, and what can be seen of people in it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.eyes = _onlooker(world)
        self.checker = Checker(_stores(self.eyes, world), world.wiring.settings.verify_grace_seconds)
        world.wiring.__dict__["stores"] = _stores(world.wiring, world)
        world.wiring.mailer = SesMailer(world.wiring.client("ses"), world.wiring.settings.mail_from)
        world.wiring.keys._ticks = lambda: world.clock().timestamp()

    def begin(self, case: Case, mails: int) -> Case:
        """Note who is who before a command."""
        case.accounts = {name: self.world.id_of(name) for name in case.people}
        case.versions = {name: self._load(account).version for name, account in case.accounts.items()}
        case.facts["mails"] = mails
        return case

    def effects(self, case: Case, more: Callable[["Scene", Case], Any]) -> Effects:
        """What has happened since `begin`."""
        world = self.world
        known = {**case.accounts, **self._holders(case.new)}
        states = {name: self._load(account).state for name, account in known.items()}
        events = {name: self._events(known[name], case.versions.get(name, 0)) for name in known}
        numbers = {state.number for state in states.values()}
        hooks = [call for call in world.hooks.calls() if call["account_id"] in numbers]
        return Effects(
            events=events,
            states={name: masked(state.model_dump()) for name, state in states.items()},
            mails=self.mails(case.facts["mails"]),
            sessions={name: self._sessions(state) for name, state in states.items()},
            pictures={name: len(self._objects(state)) for name, state in states.items()},
            hooks=frozenset(call["hook"] for call in hooks),
            swept=self._is_sweepable(list(states.values())),
            more=more(self, case),
        )

    def mails(self, since: int) -> Counter[tuple[str, str]]:
        """Mails by address and subject, without those that go nowhere."""
        found = [(mail.destinations["ToAddresses"][0], mail.subject) for mail in mails_of(self.world)[since:]]
        return Counter(each for each in found if each[0] != SIMULATOR)

    def newest_mail(self) -> str:
        """The text of the newest mail."""
        return str(mails_of(self.world)[-1].body)

    def follow(self) -> None:
        """The views catch up."""
        self.world.catch_up()

    def findings(self) -> list[str]:
        """What the verification of everything finds."""
        self.follow()
        self.eyes.keys._cache.clear()
        report = self.checker.all()
        return [f"{each.place} {each.what} {each.account}" for each in report.findings]

    def cold(self) -> World:
        """A process that has just started: it remembers nothing and has asked nobody anything."""
        world = self.world
        wiring = Wiring(world.wiring.settings, clock=world.clock)
        for name in ("dynamodb", "kms", "mailer", "hooks"):
            wiring.__dict__[name] = getattr(world.wiring, name)
        wiring.keys._ticks = world.wiring.keys._ticks
        app = make_app(wiring)
        keep_requests_apart(app)
        other = World.__new__(World)
        other.__dict__.update(world.__dict__)
        other.wiring, other.api = wiring, Api(app, world.clock)
        other.api._tokens = world.api._tokens
        return other

    def _holders(self, names: tuple[str, ...]) -> dict[str, str]:
        claims = {name: Claim(ClaimKind.USERNAME, name) for name in names}
        held = self.eyes.ledger.holders(list(claims.values())) if claims else {}
        return {name: held[claim] for name, claim in claims.items() if claim in held}

    def _load(self, account: str) -> Any:
        self.eyes.keys._cache.clear()
        return self.eyes.ledger.load(account)

    def _events(self, account: str, after: int) -> tuple[str, ...]:
        """The types of an account's events, oldest first; transitions with the state that they lead to."""
        return tuple(
            f"-> {event.after}" if type(event).__name__ == "RetirementStateChanged" else type(event).__name__
            for event in self.eyes.ledger.history(account, after=after)
        )

    def _short_lived(self, pk: str) -> list[Any]:
        table = self.eyes.tables.short_lived.Meta.table_name
        return list(self.eyes.dynamodb.partition(table, pk))

    def _sessions(self, state: Any) -> int:
        """How many sessions could still be used."""
        now = int(self.world.clock().timestamp())
        alive = [item for item in self._short_lived(f"S#{state.id}") if int(item["expires"]["N"]) > now]
        return sum(state.accepts_token(json.loads(item["data"]["S"])["generation"], item["sk"]["S"]) for item in alive)

    def _objects(self, state: Any) -> list[str]:
        """The objects that an account shows."""
        return [key for key in self.standing() if state.image is not None and state.image.id in key]

    def standing(self) -> Iterator[str]:
        """The keys of objects that there are, or were: those with a version."""
        for key, versions in bucket_of(self.world).keys.iterlists():
            if versions:
                yield key

    def _is_sweepable(self, states: list[Any]) -> bool:
        """Whether every object is shown, or noted for the sweep, or sent by somebody and not yet looked at."""
        noted: set[str] = set()
        for state in states:
            noted |= {item["sk"]["S"].partition("#")[2] for item in self._short_lived(f"O#{state.id}")}
            noted |= {state.image.id} if state.image else set()
        return all(
            key.startswith(SENT_OR_KEPT_BRIEFLY) or any(each in key for each in noted) for key in self.standing()
        )


@contextmanager
def running_scene() -> Iterator[Scene]:
    """A scene on a world of its own."""
    with running_world(**SETTINGS) as world:
        yield Scene(world)


def _onlooker(world: World) -> Wiring:
    """A process that looks at moto's tables directly, and changes nothing."""
    wiring = Wiring(world.wiring.settings, clock=world.clock)
    wiring.__dict__["dynamodb"] = DirectClient(world.wiring.dynamodb)
    wiring.__dict__["kms"] = world.wiring.kms
    return wiring


def _stores(wiring: Wiring, world: World) -> Stores:
    """Where a verification looks; it waits on the service's clock."""
    return replace(wiring.stores, wait=lambda seconds: world.clock.advance(seconds=seconds))


def masked(value: Any, name: str = "") -> Any:
    """A state without what differs each time: moments, random text, numbers that are given once."""
    if isinstance(value, dict):
        return {key: masked(each, key) for key, each in value.items() if key != "id"}
    if isinstance(value, list | tuple):
        return [masked(each, name) for each in value]
    if isinstance(value, datetime):
        return "moment"
    if isinstance(value, str):
        return RANDOM.sub("random", value)
    return "number" if name in NUMBERS and value is not None else value


def nothing(_: Scene, __: Case) -> None:
    """There is nothing more to see."""


def answer_of_job(status: int, content: Any) -> Answer:
    """What a job came to, in the form of an answer."""
    return Answer(status, {"retry-after": "2"} if status == 503 else {}, repr(content).encode())
