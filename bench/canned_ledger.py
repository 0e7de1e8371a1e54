"""One account on a canned DynamoDB, and the command that the benchmarks give."""

from collections.abc import Mapping
from typing import Any

from bench.canned import CannedClient, Recorder, body
from bench.histories import KEYS, LEDGER, History, change, history, key_ring, ledger_on
from chalicelib.accounts.account import Account
from chalicelib.events.aggregate import Decision
from chalicelib.events.classification import Purpose
from chalicelib.events.ledger import Ledger

PATCH: Mapping[str, Any] = {
    "bio": "Since last week I look after the library of the tram depot. Write to me if you have books to give away."
}


class CannedLedger:
    """A ledger that finds the account of a history at each read, and stores nothing."""

    def __init__(self, kept: History) -> None:
        self.history = kept
        self.canned = CannedClient()
        self.canned.answers = {
            "GetItem": [body({"Item": kept.head})],
            "BatchGetItem": [body({"Responses": {LEDGER: [kept.head], KEYS: [kept.key_row]}, "UnprocessedKeys": {}})],
            "TransactWriteItems": [b"{}"],
        }
        self.ring = key_ring(kept.store, ticks=lambda: 0.0)
        self.ledger = ledger_on(self.canned.botocore, self.ring)
        self.key = self.ring.load(kept.account, Purpose.PROFILE)

    @classmethod
    def of_length(cls, length: int) -> "CannedLedger":
        """An account with so many events."""
        return cls(history(length))

    def key_cached(self) -> None:
        """From now on the account's data key is in memory."""
        self.ring.remember(self.key)

    def key_unknown(self) -> None:
        """From now on the key must be read with the head, and unwrapped."""
        self.ring.forget(self.history.account, Purpose.PROFILE)

    def load(self, *, cached: bool) -> None:
        """Load the account."""
        self._prepare(cached=cached)
        self.ledger.load(self.history.account)

    def command(self, *, cached: bool, ledger: Ledger[Account] | None = None) -> None:
        """Load, decide, commit: one change of the profile."""
        self._prepare(cached=cached)
        (ledger or self.ledger).execute(self.history.account, decide)

    def refold(self) -> Account | None:
        """The state from the events alone, read page by page; `answers["Query"]` must hold the pages."""
        self.key_cached()
        return self.ledger.refold(self.history.account)

    def calls_of_command(self, *, cached: bool) -> Recorder:
        """The botocore calls in a command, to be made again without us."""
        recorder = Recorder(self.canned.botocore)
        self.command(cached=cached, ledger=ledger_on(recorder, self.ring))
        return recorder

    def calls_of_load(self, *, cached: bool) -> Recorder:
        """The botocore call in a load."""
        recorder = Recorder(self.canned.botocore)
        self._prepare(cached=cached)
        ledger_on(recorder, self.ring).load(self.history.account)
        return recorder

    def _prepare(self, *, cached: bool) -> None:
        if cached:
            self.key_cached()
        else:
            self.key_unknown()


def decide(state: Account) -> Decision:
    """A new biography, in place of whatever stands there."""
    return change(state, PATCH, 100_000)
