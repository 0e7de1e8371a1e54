"""The service that histories run against: two processes of it, each with its own cache of keys, and its log."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from tests.histories.model import Person
from tests.pipeline.world import World, running_world
from tests.support.verification import Verification


class Scene:
    """Two processes on the same tables; caches of keys go by the clock of the service."""

    def __init__(self, first: World, lines: list[str]) -> None:
        self.processes = [first, first.other_process()]
        self.lines = lines
        self.clock = first.clock
        self.mailbox = first.mailbox
        self.verification = Verification(first)
        self._records: list[dict] = []
        self._delivered: dict[str, int] = {}
        for world in self.processes:
            world.wiring.keys._ticks = lambda: first.clock().timestamp()

    @property
    def first(self) -> World:
        """The process that delivers and verifies."""
        return self.processes[0]

    def begin(self) -> None:
        """Nothing of the histories before is delivered again."""
        self._records, self._delivered = [], {}

    def note(self, person: Person) -> None:
        """Keep the record that the stream has of the account as it is now."""
        self._records.append(self.first._record(person.account, self.first._head(person.account)))

    def deliver_again(self, places: list[int]) -> None:
        """Deliver some records of earlier, in any order, late or once more."""
        chosen = [self._records[place % len(self._records)] for place in places if self._records]
        self._handle(chosen)

    def catch_up(self, people: list[Person]) -> None:
        """Deliver the newest heads of everybody."""
        self._handle([self.first._record(each.account, self.first._head(each.account)) for each in people])
        self._delivered = {each.account: each.version for each in people}

    def is_current(self, people: list[Person]) -> bool:
        """Whether the views have everything."""
        return all(self._delivered.get(each.account) == each.version for each in people)

    def _handle(self, records: list[dict]) -> None:
        if records:
            assert {"batchItemFailures": []} == self.first.runner.handle({"Records": records})


@contextmanager
def running_scene(dynamodb_endpoint: str | None = None, **settings: str) -> Iterator[Scene]:
    """A fresh service on moto, or with its tables on another DynamoDB."""
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(f"{record.getMessage()} {vars(record)}")  # type: ignore[method-assign]
    logger = logging.getLogger("rollcall")
    logger.addHandler(handler)
    try:
        with running_world(dynamodb_endpoint, rate_limits=False, **settings) as world:
            yield Scene(world, lines)
    finally:
        logger.removeHandler(handler)
