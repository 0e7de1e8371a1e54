"""What forgetting a person costs: requests and time of the steps `retire` and cleanup, by the length of the history.

Each person leaves as people do; then the two steps are done as the routes of a retirement do them: the account is
found by its original username, and the step is carried through. What the routes do besides (the caller's token, the
record of an idempotency key) is as with any other request, and not in here.
"""

import io
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any, NamedTuple

from bench.dict_store import DictStore
from bench.filling import BulkWriter
from bench.picture_files import photo
from bench.request_count import operations
from bench.table import Goal, Table, at_most, count
from bench.verifying import live
from chalicelib.accounts.context import Context
from chalicelib.accounts.images import NewImage
from chalicelib.events.event import Actor, Role
from chalicelib.events.images import Way
from chalicelib.identity.session import SessionKind
from chalicelib.images.pipeline import Picture
from chalicelib.pipeline import finding, steps
from chalicelib.pipeline.cleaning import clean_up_rows
from chalicelib.pipeline.leaving import request_retirement
from chalicelib.pipeline.ports import Asked
from chalicelib.retirement.cleanup import Redaction
from chalicelib.retirement.states import COMPLETE
from chalicelib.retirement.transitions import Move
from chalicelib.settings import Settings
from chalicelib.wiring import Wiring
from local import emulators
from local.dynamodb_local import DynamoDBLocal, unavailable_reason

WORKING = "RETIRING_LMS"
SESSIONS = 2
PICTURE = (1200, 900)
COLUMNS = ("Engine", "Events when leaving", "Besides", "`retire`: requests", "Time", "Cleanup: requests", "Time ")
NOTE = (
    "Requests to DynamoDB and S3, those that find the account among them; they are the same for everybody in a row. "
    "Median of {rounds} people, taken in turn, by the clock; the engine works on the same cores."
)


@dataclass(frozen=True)
class Life:
    """A person: how many events before they leave, and whether they have a picture and are logged in."""

    events: int
    shown: bool = False

    @property
    def things(self) -> str:
        """What they have besides."""
        return f"a picture of four sizes, {SESSIONS} sessions" if self.shown else "-"


@dataclass(frozen=True)
class Cost:
    """What a step took: which requests, and seconds."""

    sent: Counter[str]
    seconds: float


class Costs(NamedTuple):
    """What both steps took."""

    retire: Cost
    cleanup: Cost


LIVES = (Life(1), Life(100), Life(10_000), Life(100, shown=True))
QUICK_LIVES = (Life(1), Life(3, shown=True))
ROUNDS, QUICK_ROUNDS = 5, 1


class NotAlwaysTheSameError(Exception):
    """The same step made other requests for another person of the same kind, so its number means nothing."""


def erasing(*, quick: bool) -> list[Table]:
    """Both steps on moto and, where it can run, on DynamoDB Local in memory."""
    lives, rounds = (QUICK_LIVES, QUICK_ROUNDS) if quick else (LIVES, ROUNDS)
    costs = {"moto": _costs(None, lives, rounds)}
    if not quick and unavailable_reason() is None:
        with DynamoDBLocal() as engine:
            costs["DynamoDB Local in memory"] = _costs(engine.endpoint, lives, rounds)
    rows = [_row(name, life, cost) for name, found in costs.items() for life, cost in found.items()]
    which = [row for life in (lives[0], lives[-1]) for row in _which(life, costs["moto"][life])]
    return [
        Table("Erasing a person", COLUMNS, rows, NOTE.format(rounds=rounds), list(_goals(costs))),
        Table("Which requests these are", ("Step", "Besides", "Requests"), which),
    ]


def _goals(costs: Mapping[str, Mapping[Life, Costs]]) -> Iterator[Goal]:
    """However long the history: the requests are those of the shortest."""
    for engine, found in costs.items():
        plain = [cost for life, cost in found.items() if not life.shown]
        for place, step in enumerate(("`retire`", "cleanup")):
            sent = [cost[place].sent.total() for cost in plain]
            yield at_most(f"{engine}: requests of {step}, whatever the length of the history", sent, sent[0], count)


def _costs(endpoint: str | None, lives: Sequence[Life], rounds: int) -> dict[Life, Costs]:
    """What both steps cost of each life: the median of so many people."""
    with emulators.start(Settings(), aws_port=None, dynamodb_endpoint=endpoint):
        emulators.prepare(Settings())
        wiring = Wiring(Settings())
        wiring.tables.create()
        forgetting = Forgetting(wiring)
        forgetting.person(lives[0])  # warms up
        costs: dict[Life, list[Costs]] = {life: [] for life in lives}
        for _ in range(rounds):
            for life, taken in costs.items():
                taken.append(forgetting.person(life))
    return {life: Costs(*(_of_all(step) for step in zip(*taken, strict=True))) for life, taken in costs.items()}


def _of_all(costs: Sequence[Cost]) -> Cost:
    """The median cost of a step; raises `NotAlwaysTheSameError` if somebody's made other requests."""
    if any(cost.sent != costs[0].sent for cost in costs):
        raise NotAlwaysTheSameError
    return Cost(costs[0].sent, median(cost.seconds for cost in costs))


def _row(engine: str, life: Life, costs: Costs) -> list[str]:
    figures = [(str(cost.sent.total()), f"{cost.seconds * 1000:.0f} ms") for cost in costs]
    return [engine, f"{life.events:,}", life.things, *(cell for pair in figures for cell in pair)]


def _which(life: Life, costs: Costs) -> list[list[str]]:
    return [
        ["`retire`", life.things, operations(costs.retire.sent)],
        ["cleanup", life.things, operations(costs.cleanup.sent)],
    ]


class Forgetting:
    """Makes people and forgets them. Argument: the services."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._number = 0
        self._asked = Asked(lambda: Context(wiring.clock(), Actor(role=Role.SYSTEM), "bench"))

    def person(self, life: Life) -> Costs:
        """Somebody new, with that life, is forgotten: the cost of `retire`, and of the cleanup."""
        self._number += 1
        account = self._lived(life)
        found = self._wiring.ledger.load(account)
        if found is None:
            raise LookupError(account)
        username = found.state.username
        request_retirement(self._wiring, found, self._asked)
        self._move(username, WORKING)
        retired = self._cost(lambda: steps.retire(self._wiring, self._found(username), self._asked))
        self._move(username, COMPLETE)
        return Costs(retired, self._cost(lambda: self._clean_up(username)))

    def _lived(self, life: Life) -> str:
        """Store such a life; the account's id."""
        store, writer = DictStore(), BulkWriter(self._wiring.dynamodb)
        loaded = live(self._wiring, store, self._number, life.events - 1 - life.shown)
        puts = [{"Put": {"TableName": place[0], "Item": item}} for place, item in store.items.items()]
        writer.transact_write_items(TransactItems=puts)
        writer.finish()
        if life.shown:
            self._show(loaded.account)
        return loaded.account

    def _show(self, account: str) -> None:
        wiring, now = self._wiring, self._wiring.clock()
        sent = Picture(_jpeg(), "me.jpg", "image/jpeg")
        new = NewImage(wiring.random_bytes(16).hex(), wiring.album.sides, now, Way.REQUEST)
        wiring.album.set(account, sent, wiring.picture_limits, new, self._asked.context)
        for _ in range(SESSIONS):
            session, secret = wiring.random_bytes(16).hex(), wiring.random_bytes(32)
            wiring.sessions.begin(account, SessionKind.BROWSER, now, session, secret, 3600, generation=1)

    def _clean_up(self, username: str) -> None:
        digest = self._wiring.digests.of("cleanup", username.encode())
        clean_up_rows(self._wiring, [username], Redaction(), digest, self._asked)
        self._wiring.batches.end(digest)

    def _move(self, username: str, state: str) -> None:
        steps.move(self._wiring, self._found(username), Move(state, ""), self._asked)

    def _found(self, username: str) -> Any:
        return finding.by_original(self._wiring, username)

    def _cost(self, step: Callable[[], object]) -> Cost:
        with counted(self._wiring.dynamodb, self._wiring._s3) as sent:
            start = time.perf_counter()
            step()
            return Cost(sent, time.perf_counter() - start)


def _jpeg() -> bytes:
    target = io.BytesIO()
    photo(PICTURE).save(target, "JPEG")
    return target.getvalue()


@contextmanager
def counted(*clients: Any) -> Iterator[Counter[str]]:
    """The requests that these clients send meanwhile, by operation."""
    sent: Counter[str] = Counter()

    def note(event_name: str, **_: object) -> None:
        sent[event_name.rpartition(".")[2]] += 1

    names = [f"before-send.{client.meta.service_model.service_id.hyphenize()}" for client in clients]
    for client, name in zip(clients, names, strict=True):
        client.meta.events.register_first(name, note)
    try:
        yield sent
    finally:
        for client, name in zip(clients, names, strict=True):
            client.meta.events.unregister(name, note)
