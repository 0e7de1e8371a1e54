"""Fills a running stage with accounts, from a process of its own: `python -m bench.filling FIRST COUNT`.

The accounts are made by the service's own ledger, sealed and chained; only the way in is shorter: 25 items of
several accounts to a BatchWriteItem, where the service writes each account in one transaction. The endpoints come from
`AWS_ENDPOINT_URL` and `AWS_ENDPOINT_URL_DYNAMODB`.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from bench.histories import first_decision
from bench.people import person
from bench.stage_process import REPOSITORY
from chalicelib.accounts.aggregate import AccountAggregate
from chalicelib.events.claims import ClaimKeys
from chalicelib.events.ledger import Ledger
from chalicelib.settings import Settings
from chalicelib.wiring import Wiring

BATCH = 25
"""The most items that one BatchWriteItem takes."""


class BulkWriter:
    """Stands before a DynamoDB client: reads go through, puts of transactions are gathered into batches."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._waiting: list[tuple[str, Any]] = []

    def __getattr__(self, operation: str) -> Any:
        return getattr(self._client, operation)

    def transact_write_items(self, **request: Any) -> dict[str, Any]:
        """Gather the puts; their conditions are left out, for every account is new."""
        self._waiting += [(put["Put"]["TableName"], put["Put"]["Item"]) for put in request["TransactItems"]]
        while len(self._waiting) >= BATCH:
            self._write(BATCH)
        return {}

    def finish(self) -> None:
        """Write what is left."""
        while self._waiting:
            self._write(BATCH)

    def _write(self, most: int) -> None:
        batch, self._waiting = self._waiting[:most], self._waiting[most:]
        request: dict[str, list[Any]] = {}
        for table, item in batch:
            request.setdefault(table, []).append({"PutRequest": {"Item": item}})
        while request:
            request = self._client.batch_write_item(RequestItems=request)["UnprocessedItems"]


def fill(first: int, count: int) -> None:
    """Make the accounts of `count` people, from the number `first` on."""
    wiring = Wiring(Settings())
    writer = BulkWriter(wiring.dynamodb)
    claims = ClaimKeys(wiring.secrets["claims_pepper"])
    ledger = Ledger(
        AccountAggregate(),
        writer,
        wiring.tables.ledger.Meta.table_name,
        wiring.keys,
        claims,
        wiring.tables.erasures.Meta.table_name,
    )
    for number in range(first, first + count):
        decision = first_decision(person(number))
        ledger.create(decision.events[0].account, decision)
    writer.finish()


def fill_apart(endpoints: Mapping[str, str], first: int, count: int) -> None:
    """`fill` in a process of its own, at these endpoints."""
    environment = {**os.environ, **endpoints, "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled"}
    command = [sys.executable, "-m", "bench.filling", str(first), str(count)]
    subprocess.run(command, cwd=REPOSITORY, env=environment, check=True)


if __name__ == "__main__":
    fill(int(sys.argv[1]), int(sys.argv[2]))
