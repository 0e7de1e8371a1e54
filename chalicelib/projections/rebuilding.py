"""Rebuilding a view beside the one that is read (spec 50, section 6): announce, wait, fill, compare, switch.

A rebuild that was killed is taken up by the next one: the generation that it announced is still written by everybody,
and filling it again changes nothing that is there.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from operator import methodcaller
from typing import Any

from chalicelib.accounts.account import Account
from chalicelib.events.aggregate import Loaded
from chalicelib.events.dynamo import Item, call, text
from chalicelib.events.errors import KeyServiceUnavailableError, StoreUnavailableError, TooContendedError
from chalicelib.events.items import HEAD
from chalicelib.leases import Leases
from chalicelib.projections.checking import Checker
from chalicelib.projections.examining import Stores
from chalicelib.projections.expecting import POISON, Part
from chalicelib.projections.findings import Finding, Place, ordered
from chalicelib.projections.generations import CACHE_SECONDS, Generations, Standing
from chalicelib.projections.heads import Heads
from chalicelib.projections.matching import Suspects
from chalicelib.projections.passes import RowMatching, Tally, ViewsPass, slots_of
from chalicelib.projections.scanning import WHOLE, pages
from chalicelib.projections.view import Projection, ViewWriter, row_pk

ATTEMPTS = 5
TRANSIENT = (StoreUnavailableError, KeyServiceUnavailableError)
LEASE = "job:rebuild"
LEASE_SECONDS = 5 * 60
IN_FLIGHT_SECONDS = 1
"""What a writer may take from reading the generations to writing a row."""


class RebuildRunningError(Exception):
    """Another rebuild is at work, or has taken over; run it again later."""


class UnknownViewError(LookupError):
    """There is no view of this name; `view` is the name."""

    def __init__(self, view: str) -> None:
        super().__init__(f"no view {view}")
        self.view = view


@dataclass(frozen=True)
class Step:
    """How far a rebuild is: what it does (`waiting`, `dropping`, `filling`, `comparing`), and how many it has done."""

    name: str
    done: int = 0


@dataclass(frozen=True)
class Rebuilt:
    """What a rebuild came to.

    `generation` is the new one; `accounts` have been projected into it. `wrong` are its rows that are not what their
    accounts project: while there are any, it is not switched to. `differing` are rows of the generation that was read
    until now which differ from it.
    """

    view: str
    generation: int
    accounts: int
    wrong: tuple[Finding, ...]
    differing: tuple[Finding, ...]
    switched: bool

    @property
    def ok(self) -> bool:
        """Whether the new generation is right."""
        return not self.wrong


Tell = Callable[[Step], None]


def quiet(_: Step) -> None:
    """Tells nobody how far a rebuild is."""


@dataclass(frozen=True)
class Surroundings:
    """What keeps rebuilds apart: leases, and random bytes to tell holders apart."""

    leases: Leases
    random_bytes: Callable[[int], bytes]


class Rebuilder:
    """Rebuilds views, one at a time.

    Arguments: where accounts and views are, what keeps rebuilds apart, and the seconds that a view row may lag.
    """

    def __init__(self, stores: Stores, around: Surroundings, grace: float) -> None:
        self._stores = stores
        self._around = around
        self._grace = grace
        self._writer = ViewWriter(stores.client, stores.views, stores.generations)

    def rebuild(self, view: str, tell: Tell = quiet, *, switch: bool = False) -> Rebuilt:
        """Make a new generation, or finish the one that was begun; with `switch` it is read from then on, if right.

        Raises `UnknownViewError`, `RebuildRunningError`, `StoreUnavailableError`, `KeyServiceUnavailableError`.
        """
        projection = self._view(view)
        with self._alone() as hold:
            run = _Run(self._stores, self._writer, projection, self._grace, hold, tell)
            built = run.build()
            if switch and built.ok:
                hold()
                self._change(view, Standing.switched)
                built = replace(built, switched=True)
        return built

    def switch(self, view: str) -> int:
        """Read the generation that was built from now on; its number. Raises `GenerationError` if there is none."""
        self._view(view)
        with self._alone():
            return self._change(view, Standing.switched).serving

    def back(self, view: str) -> int:
        """Read what was read before the last switch; its number. Raises `GenerationError` if there is none."""
        self._view(view)
        with self._alone():
            return self._change(view, Standing.returned).serving

    def _view(self, name: str) -> Projection:
        for projection in self._stores.projections:
            if projection.name == name:
                return projection
        raise UnknownViewError(name)

    @contextmanager
    def _alone(self) -> Iterator[Callable[[], None]]:
        """Hold the lease; what is given must be called again and again to go on holding it."""
        leases, owner = self._around.leases, self._around.random_bytes(16).hex()

        def hold() -> None:
            if not leases.extend(LEASE, owner, LEASE_SECONDS):
                raise RebuildRunningError

        with leases.try_hold(LEASE, owner, LEASE_SECONDS) as held:
            if not held:
                raise RebuildRunningError
            yield hold

    def _change(self, view: str, step: Callable[[Standing], Standing]) -> Standing:
        return changed(self._stores.generations, view, step)


class _Run:
    """One rebuild of one view."""

    def __init__(
        self,
        stores: Stores,
        writer: ViewWriter,
        view: Projection,
        grace: float,
        hold: Callable[[], None],
        tell: Tell,
    ) -> None:
        self._stores = stores
        self._writer = writer
        self._view = view
        self._grace = grace
        self._hold = hold
        self._tell = tell
        self._heads = Heads(stores.client, stores.ledger)
        self._unreadable: list[Finding] = []

    def build(self) -> Rebuilt:
        """Announce, wait, drop what is old, fill, compare."""
        standing = self._announced()
        generation = standing.building or 0
        self._step("waiting", 0)
        self._stores.wait(CACHE_SECONDS + IN_FLIGHT_SECONDS)
        self._drop(standing.dropping)
        accounts = self._fill(generation)
        found = self._compared(generation, standing.serving)
        wrong = [each for each in found if not each.item.startswith(self._prefix(standing.serving))]
        differing = [each for each in found if each not in wrong]
        return Rebuilt(
            self._view.name, generation, accounts, ordered([*self._unreadable, *wrong]), ordered(differing), False
        )

    def _announced(self) -> Standing:
        """A generation is built: everybody writes it from soon on."""
        standing = self._stores.generations.standing(self._view.name)
        if standing.building is not None:
            return standing
        return changed(self._stores.generations, self._view.name, Standing.begun)

    def _drop(self, generations: Sequence[int]) -> None:
        """Delete the rows of generations that nobody writes any more."""
        dropped = 0
        for generation in generations:
            for page in self._rows(self._prefix(generation)):
                for item in page:
                    key = {"pk": item["pk"], "sk": item["sk"]}
                    call(self._stores.client.delete_item, TableName=self._stores.views, Key=key)
                dropped += len(page)
                self._step("dropping", dropped)
            changed(self._stores.generations, self._view.name, methodcaller("dropped", generation))

    def _fill(self, generation: int) -> int:
        """Project every account into the new generation, but for rows that are newer already."""
        filled = 0
        for account, loaded in self._accounts("filling"):
            if loaded is not None:
                try:
                    self._writer.write_to(generation, self._view, loaded)
                except POISON as error:
                    if isinstance(error, TRANSIENT):
                        raise
                    loaded = None
            if loaded is None:
                self._unreadable.append(Finding(Place.HEAD, account, None, "cannot be projected", False))
            filled += 1
        return filled

    def _compared(self, generation: int, serving: int) -> tuple[Finding, ...]:
        """The rows of both generations that are not what their accounts project, and those that no account has."""
        parts = [Part(self._view, generation), Part(self._view, serving)]
        tally, suspects = Tally(), Suspects()
        matching = RowMatching(self._stores, suspects)
        for _, loaded in self._accounts("comparing"):
            if loaded is not None:
                matching.expect(loaded, parts, slots_of(loaded))
        matching.finish()
        rows = ViewsPass(self._stores, parts, tally, suspects)
        rows.run(WHOLE, matching.confirmed, lambda _: self._hold(), **self._only(self._prefix()))
        found = Checker(self._stores, self._grace, parts).settle(tally, suspects, []).findings
        return tuple(each for each in found if each.place is Place.VIEW_ROW and each.item.startswith(self._prefix()))

    def _accounts(self, step: str) -> Iterator[tuple[str, Loaded[Account] | None]]:
        """Every account; null for one that cannot be read."""
        done = 0
        heads: dict[str, Any] = {
            "FilterExpression": "sk = :head",
            "ExpressionAttributeValues": {":head": text(HEAD)},
        }
        for page in pages(self._stores.client, self._stores.ledger.table, **heads):
            yield from self._heads.opened(page)
            done += len(page)
            self._step(step, done)

    def _rows(self, prefix: str) -> Iterator[list[Item]]:
        return pages(self._stores.client, self._stores.views, **self._only(prefix))

    @staticmethod
    def _only(prefix: str) -> dict[str, Any]:
        return {
            "FilterExpression": "begins_with(pk, :prefix)",
            "ExpressionAttributeValues": {":prefix": text(prefix)},
        }

    def _prefix(self, generation: int | None = None) -> str:
        """What the partition keys of the view's rows start with, or of one generation of them."""
        return f"V#{self._view.name}#" if generation is None else row_pk(self._view.name, generation, "")

    def _step(self, name: str, done: int) -> None:
        self._hold()
        self._tell(Step(name, done))


def changed(generations: Generations, view: str, step: Callable[[Standing], Standing]) -> Standing:
    """Take a step with the generations of a view; the standing afterwards. Raises `GenerationError`."""
    for _ in range(ATTEMPTS):
        before = generations.standing(view)
        if generations.change(view, before, step(before)):
            return generations.standing(view)
    raise TooContendedError(view)
