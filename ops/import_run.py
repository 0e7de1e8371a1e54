"""One run of the importer: rows in chunks, looked up together, made one by one by a few threads.

An account is made in one transaction, so a run that was killed leaves whole accounts, which the next run finds.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from threading import Lock

from chalicelib.accounts.account import Account
from chalicelib.accounts.context import Context
from chalicelib.accounts.registration import NewAccount, provision
from chalicelib.events.claims import Claim, ClaimKind, normalised
from chalicelib.events.errors import ClaimTakenError, TooContendedError
from chalicelib.events.items import fingerprint
from chalicelib.events.reader import RETIRED
from chalicelib.wiring import Wiring
from ops.import_lines import Line
from ops.openedx import Person, Read, differences, read

CHUNK = 25
"""Rows whose names and addresses are looked up in one request."""

AHEAD = 2
"""Chunks that wait for each thread."""

TRIES = 3


class Kind(StrEnum):
    """What became of a row."""

    CREATED = "created"
    PRESENT = "present"
    CONFLICT = "conflict"
    REJECTED = "rejected"


@dataclass(frozen=True)
class Outcome:
    """What became of the row on a line, and which fields are at fault or differ. Never a value."""

    line: int
    kind: Kind
    fields: tuple[str, ...] = ()


@dataclass
class Report:
    """What a run came to: numbers, and the lines of rows that were not taken."""

    counts: Counter[Kind] = field(default_factory=Counter)
    unknown_columns: int = 0
    refused: list[Outcome] = field(default_factory=list)

    def add(self, outcomes: Iterable[Outcome]) -> None:
        """Count outcomes, and keep those that somebody must look at."""
        for outcome in outcomes:
            self.counts[outcome.kind] += 1
            if outcome.kind in (Kind.CONFLICT, Kind.REJECTED):
                self.refused.append(outcome)

    def listed(self, kind: Kind) -> list[dict[str, object]]:
        """The rows of a kind, by line and field."""
        return [{"line": each.line, "fields": list(each.fields)} for each in self.refused if each.kind is kind]


class Importer:
    """Imports rows. Arguments: the services; the context of what is made; whether it only looks; how many threads."""

    def __init__(self, wiring: Wiring, context: Callable[[], Context], *, dry_run: bool, threads: int) -> None:
        self._ledger = wiring.ledger
        self._passwords = wiring.passwords
        self._policy = wiring.policy
        self._random = wiring.random_bytes
        self._context = context
        self._dry_run = dry_run
        self._threads = threads
        self._met: set[int] = set()
        self._numbers: list[int] = []
        self._lock = Lock()

    def run(self, rows: Iterable[Line], done: Callable[[int], None]) -> Report:
        """Import rows; `done` is told how many are through, in the order of the file."""
        report = Report()
        waiting: deque[Future[list[Outcome]]] = deque()
        with ThreadPoolExecutor(self._threads) as pool:
            try:
                for chunk in _chunks(rows):
                    waiting.append(pool.submit(self._import, self._read(chunk, report)))
                    if len(waiting) >= self._threads * AHEAD:
                        _take(waiting.popleft(), report, done)
                while waiting:
                    _take(waiting.popleft(), report, done)
            finally:
                pool.shutdown(cancel_futures=True)
        return report

    def _read(self, chunk: Sequence[Line], report: Report) -> list[tuple[int, Read]]:
        now = self._context().now
        found = []
        for line in chunk:
            this = Read(None, ("line",)) if line.row is None else read(line.row, self._policy, now)
            report.unknown_columns += this.unknown_columns
            found.append((line.number, this))
        return found

    def _import(self, rows: Sequence[tuple[int, Read]]) -> list[Outcome]:
        known = self._known([each.person for _, each in rows if each.person is not None])
        return [
            Outcome(number, Kind.REJECTED, each.faults)
            if each.person is None
            else Outcome(number, *self._taken(each.person, known))
            for number, each in rows
        ]

    def _taken(self, person: Person, known: Mapping[Claim, Account | None]) -> tuple[Kind, tuple[str, ...]]:
        """Make the account of a row, unless it or another one is there."""
        for _ in range(TRIES):
            there = self._judged(person, known)
            if there is not None:
                return there
            if self._dry_run:
                return self._imagined(person)
            try:
                self._make(person)
            except ClaimTakenError:
                known = self._known([person])
            else:
                return Kind.CREATED, ()
        raise TooContendedError("import")

    def _known(self, people: Sequence[Person]) -> Mapping[Claim, Account | None]:
        """Who has the usernames and addresses of rows; null where they are retired for ever."""
        owners = self._ledger.owners(list(dict.fromkeys(claim for person in people for claim in claims_of(person))))
        holders = sorted({holder for holder in owners.values() if holder != RETIRED})
        accounts = {each.account: each.state for each in self._ledger.load_many(holders)}
        return {claim: accounts.get(holder) for claim, holder in owners.items()}

    def _judged(self, person: Person, known: Mapping[Claim, Account | None]) -> tuple[Kind, tuple[str, ...]] | None:
        """Whether the row's account is there, or somebody else has its name or address; null: all is free."""
        held = [claim for claim in claims_of(person) if claim in known]
        if not held:
            return None
        accounts = {None if (state := known[claim]) is None else state.id for claim in held}
        state = known[held[0]]
        if len(held) == len(claims_of(person)) and len(accounts) == 1 and state is not None:
            unlike = differences(person, state)
            return (Kind.CONFLICT, unlike) if unlike else (Kind.PRESENT, ())
        return Kind.CONFLICT, tuple(sorted(str(claim.kind) for claim in held))

    def _imagined(self, person: Person) -> tuple[Kind, tuple[str, ...]]:
        """What a dry run says of a row that could be made: a name or an address may stand in the file twice."""
        digests = {claim.kind: hash((claim.kind, normalised(claim.value))) for claim in claims_of(person)}
        with self._lock:
            twice = tuple(sorted(str(kind) for kind, digest in digests.items() if digest in self._met))
            if not twice:
                self._met |= set(digests.values())
        return (Kind.CONFLICT, twice) if twice else (Kind.CREATED, ())

    def _make(self, person: Person) -> None:
        hashed = self._passwords.unknown(self._random)
        new = NewAccount(self._random(16).hex(), self._number(), hashed, fingerprint(hashed))
        self._ledger.create(new.id, provision(person.applicant, person.provision, new, self._context()))

    def _number(self) -> int:
        """The next number for an account; they are taken from the ledger in blocks, and what is left is skipped."""
        with self._lock:
            if not self._numbers:
                self._numbers = list(reversed(self._ledger.next_numbers("account", CHUNK)))
            return self._numbers.pop()


def claims_of(person: Person) -> tuple[Claim, Claim]:
    """What an account must have for itself."""
    return Claim(ClaimKind.USERNAME, person.applicant.username), Claim(ClaimKind.EMAIL, person.applicant.email)


def _take(future: Future[list[Outcome]], report: Report, done: Callable[[int], None]) -> None:
    outcomes = future.result()
    report.add(outcomes)
    done(len(outcomes))


def _chunks(rows: Iterable[Line]) -> Iterator[list[Line]]:
    rest = iter(rows)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk
