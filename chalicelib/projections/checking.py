"""Verification of accounts (spec 50, section 6): events, heads, claims, keys, erasures, passwords and view rows.

Whatever looks wrong is read again with care, and again after pauses, so that nobody who writes meanwhile is a finding.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from chalicelib.accounts.account import Account
from chalicelib.events import items
from chalicelib.events.aggregate import Loaded
from chalicelib.events.dynamo import Item, batch_get, call
from chalicelib.projections.counters import behind
from chalicelib.projections.examining import Examination, Examiner, Stores
from chalicelib.projections.expecting import Part, RowKey, expected_claims, holder_of, shown_version
from chalicelib.projections.fence_passes import ErasuresPass, KeysPass, StrayFences
from chalicelib.projections.findings import Finding, Place, Report, ordered, shape
from chalicelib.projections.generations import PREFIX
from chalicelib.projections.heads import Heads
from chalicelib.projections.matching import Suspects, leads_nowhere
from chalicelib.projections.passes import ACCOUNT_ID, LedgerPass, Progress, Tally, ViewsPass
from chalicelib.projections.records import Records
from chalicelib.projections.scanning import WHOLE, Segment, partition

HOURS = 168
"""The parts of a sample: an hour each, the whole in a week."""

PAUSES = (0.1, 0.4)
"""Seconds between the readings of what looks wrong."""

POLL_SECONDS = 0.5


Look = Callable[[str], list[Finding]]
"""Looks at one suspect with care."""


def quiet(_: Tally) -> None:
    """Tells nobody how far a verification is."""


class Checker:
    """Verifies accounts. Arguments: where they are, and for how many seconds a view row may lag behind its account.

    `parts` are the generations whose rows are compared; by default those that are written.
    """

    def __init__(self, stores: Stores, grace: float, parts: Sequence[Part] | None = None) -> None:
        self._stores = stores
        self._grace = grace
        self._parts = parts
        self._examiner = Examiner(stores, parts)
        self._heads = Heads(stores.client, stores.ledger)
        self._records = Records(stores, self._heads)
        self._fences = StrayFences(stores, self._examiner)

    def check(self, account: str) -> Report:
        """One account. Raises `StoreUnavailableError`, `KeyServiceUnavailableError`, as all of these do."""
        suspects = Suspects()
        suspects.accounts[account] = None
        examination = self._examiner.examine(account)
        events = 0 if examination.story is None else examination.story.events
        there = examination.story is not None and examination.story.head is not None
        tally = Tally(int(there), events, len(examination.claims), len(examination.rows))
        return self.settle(tally, suspects, [])

    def all(self, progress: Progress = quiet) -> Report:
        """Everything: each table is read once."""
        return self._segment(WHOLE, progress)

    def sample(self, hour_of_week: int, progress: Progress = quiet) -> Report:
        """The part of an hour, 0 being the first one of Monday; all hours of a week are everything."""
        return self._segment(Segment(hour_of_week % HOURS, HOURS), progress)

    def _segment(self, segment: Segment, progress: Progress) -> Report:
        parts = self._stores.sound_parts() if self._parts is None else list(self._parts)
        tally, suspects = Tally(), Suspects()
        ledger = LedgerPass(self._stores, parts, tally, suspects)
        ledger.run(segment, progress)
        views = ViewsPass(self._stores, parts, tally, suspects)
        views.run(segment, ledger.rows.confirmed, progress)
        keys = KeysPass(self._stores, suspects)
        keys.run(segment, ledger.accounts)
        erasures = ErasuresPass(self._stores, suspects)
        erasures.run(segment)
        lost = [Finding(Place.VIEW_ROW, None, None, "generations", False, PREFIX + view) for view in views.lost]
        unknown = [*lost, *ledger.unknown, *views.unknown, *keys.unknown, *erasures.unknown]
        return self.settle(tally, suspects, unknown)

    def settle(self, tally: Tally, suspects: Suspects, found: list[Finding]) -> Report:
        """Look at suspects with care; what stays wrong, and `found`, are the findings."""
        settled = Settling(self._examiner, self._stores, self._grace)
        found = [*found, *settled.accounts(suspects.accounts)]
        found += settled.again(self.stray_claim, suspects.claims)
        found += settled.again(self.stray_rows, suspects.rows)
        found += settled.again(self.stray_fence, suspects.fences)
        found += settled.again(self.record, suspects.records)
        found += settled.again(lambda each: behind(self._stores, each, suspects.numbers[each]), suspects.numbers)
        unsettled = settled.unsettled
        return Report(tally.accounts, tally.events, tally.claims, tally.rows, unsettled, ordered(found))

    def stray_fence(self, name: str) -> list[Finding]:
        """A key, or an entry of the erasure ledger, that no account knows and that is not right by itself."""
        return self._fences.look(name)

    def record(self, pk: str) -> list[Finding]:
        """An idempotency record that cannot be what was written."""
        return self._records.look(pk)

    def stray_claim(self, pk: str) -> list[Finding]:
        """A claim that leads to an account which does not have it, or to none."""
        claim = self._claim(pk)
        if claim is None:
            return []
        holder, nowhere = holder_of(claim), leads_nowhere(pk)
        if nowhere and holder is None:
            return []
        if nowhere or holder is None or not ACCOUNT_ID.fullmatch(holder):
            return [Finding(Place.CLAIM, None, None, "leads elsewhere", False, pk)]
        account = self._heads.read([holder])
        if holder not in account:
            return []  # what is wrong with that account is a finding of its own
        loaded = account[holder]
        if loaded is not None and self._has_lost_a_key(loaded):
            return []  # nobody knows what it claims, and its key is a finding of its own
        if loaded is not None and pk in expected_claims(self._stores.ledger, loaded):
            return []
        if self._claim(pk) != claim or _version(self._heads.read([holder]).get(holder)) != _version(loaded):
            return []
        if loaded is None:
            return [Finding(Place.CLAIM, holder, None, "leads to no account", self._is_gone(holder), pk)]
        return [Finding(Place.CLAIM, holder, loaded.version, "too many", True, pk)]

    def _has_lost_a_key(self, loaded: Loaded[Account]) -> bool:
        """Whether a key is destroyed that an account still needs."""
        erased = self._stores.ledger.aggregate.is_erased(loaded.state)
        return None in loaded.row_keys.values() or (loaded.key is None and not erased)

    def _claim(self, pk: str) -> Item | None:
        found: Item | None = call(
            self._stores.client.get_item,
            TableName=self._stores.ledger.table,
            Key=items.claim_key(pk),
            ConsistentRead=True,
        ).get("Item")
        return found

    def _is_gone(self, account: str) -> bool:
        """Whether nothing at all is left of an account."""
        found = partition(self._stores.client, self._stores.ledger.table, items.account_pk(account))
        return next(iter(found), None) is None

    def stray_rows(self, pk: str) -> list[Finding]:
        """Rows of an account that there is not, or of a generation that nobody writes; none if that is not so."""
        standing = list(partition(self._stores.client, self._stores.views, pk))
        _, view, generation, key = pk.split("#", 3)
        if not standing or self._is_dropping(view, generation):
            return []
        if not ACCOUNT_ID.fullmatch(key):
            return [_stray_row(each, None, "of nobody", False) for each in standing]
        if not self._is_written(view, generation):
            return [_stray_row(each, key, "of no generation", True) for each in standing]
        account = self._heads.read([key])
        if key not in account or account[key] is not None:
            return []  # what is wrong with the rows of an account that there is, is a finding of its own
        gone = self._is_gone(key)
        return [_stray_row(each, key, "of no account", gone) for each in standing]

    def _is_written(self, view: str, generation: str) -> bool:
        return generation in {str(each) for each in self._stores.generations.standing(view).written}

    def _is_dropping(self, view: str, generation: str) -> bool:
        return generation in {str(each) for each in self._stores.generations.standing(view).dropping}


class Settling:
    """Reads again what looked wrong, until it is right or stays wrong.

    Arguments: who examines accounts, where these are, and the seconds that a view row may lag.
    """

    def __init__(self, examiner: Examiner, stores: Stores, grace: float) -> None:
        self._unsettled: set[str] = set()
        self._examiner = examiner
        self._stores = stores
        self._grace = grace

    @property
    def unsettled(self) -> int:
        """How many accounts never stood still."""
        return len(self._unsettled)

    def accounts(self, suspects: Iterable[str]) -> list[Finding]:
        """The findings of accounts that stay wrong, and the rows that stay behind for longer than they may."""
        late: dict[str, Examination] = {}

        def examined(account: str) -> list[Finding]:
            examination = self._examiner.examine(account)
            if examination.late:
                late.setdefault(account, examination)
            if examination.story is None:
                self._unsettled.add(account)
            else:
                self._unsettled.discard(account)
            return list(examination.findings)

        found = self.again(examined, suspects)
        return found + list(self._late(late))

    def again(self, look: Look, suspects: Iterable[str]) -> list[Finding]:
        """What is found each time, with pauses in between."""
        wrong = {suspect: found for suspect in suspects if (found := look(suspect))}
        for pause in PAUSES:
            if not wrong:
                break
            self._stores.wait(pause)
            wrong = {suspect: found for suspect, before in wrong.items() if (found := same(before, look(suspect)))}
        return [finding for found in wrong.values() for finding in found]

    def _late(self, late: dict[str, Examination]) -> Iterator[Finding]:
        """Rows that still do not show the version that they had to show when they were first looked at."""
        behind = {key: version for first in late.values() for key, version in first.late.items()}
        waited = 0.0
        while behind and waited < self._grace:
            pause = min(max(POLL_SECONDS, waited), self._grace - waited)
            self._stores.wait(pause)
            waited += pause
            behind = self._behind(behind)
        for account, first in late.items():
            if behind.keys() & first.late.keys():
                now = self._examiner.examine(account)
                for key in sorted(behind.keys() & first.late.keys() & now.late.keys()):
                    trusted = now.story is not None and now.story.whole
                    yield Finding(Place.VIEW_ROW, account, behind[key], "late", trusted, key[0])

    def _behind(self, wanted: dict[RowKey, int]) -> dict[RowKey, int]:
        """The rows that do not yet show the version that they must."""
        views = self._stores.views
        keys = [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in wanted]
        found = batch_get(self._stores.client, {views: keys})[views]
        shown = {(item["pk"]["S"], item["sk"]["S"]): shown_version(item) for item in found}
        return {key: version for key, version in wanted.items() if shown.get(key, 0) < version}


def _stray_row(row: Item, account: str | None, what: str, mendable: bool) -> Finding:
    pk = row["pk"]["S"]
    return Finding(Place.VIEW_ROW, account, shown_version(row), what, mendable, pk if account else shape(pk))


def _version(loaded: Loaded[Account] | None) -> int:
    return 0 if loaded is None else loaded.version


def same(before: list[Finding], now: list[Finding]) -> list[Finding]:
    """What is found now and was found before."""
    known = {finding.identity for finding in before}
    return [finding for finding in now if finding.identity in known]
