"""What each operation asks of AWS, counted, and what that comes to at list prices: `python -m bench costs`.

Requests and capacity units are exact, and a test compares docs/scale.md with them. Milliseconds are measured: CPU
time of this process without what the emulators take, which share it.
"""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from statistics import median

from bench.capacity import Item, stored_bytes
from bench.metering import Usage
from bench.operations import SHORT, Operations, World, world
from bench.prices import LAMBDA_GB, MILLION, PRICES, WAITS, Prices
from bench.table import Table

ROUNDS, QUICK_ROUNDS = 3, 1
LAST_TURN = 9_999
GIB = 1 << 30
WITHOUT_GATEWAY = ("stream:", "verify")
OPERATION_COLUMNS = ("Operation", "DynamoDB requests", "Read units", "Write units", "Other calls", "CPU")
COST_COLUMNS = ("Operation", "DynamoDB", "Other calls", "Lambda", "API Gateway", "Together")
STORAGE_COLUMNS = ("Table", "Bytes an account", "Storage", "Backup", "Together")
BACKED_UP = ("ledger",)
READS = frozenset({"GetItem", "BatchGetItem", "Query", "Scan"})


@dataclass(frozen=True)
class Counted:
    """What an operation asks for, and its CPU time in milliseconds."""

    requests: Counter[str]
    read_units: float
    write_units: float
    others: Counter[str]
    milliseconds: float

    def row(self, name: str) -> list[str]:
        """As in the table."""
        units = (f"{self.read_units:g}", f"{self.write_units:g}")
        return [name, _named(self.requests), *units, _named(self.others), f"{self.milliseconds:.1f} ms"]


@dataclass(frozen=True)
class Cost:
    """Dollars of a million operations, by what they are paid for."""

    dynamodb: float
    others: float
    function: float
    gateway: float

    @property
    def together(self) -> float:
        """All of it."""
        return sum(astuple(self))

    def row(self, name: str) -> list[str]:
        """As in the table."""
        return [name, *(f"${value:,.2f}" for value in (*astuple(self), self.together))]


def costs(*, quick: bool) -> list[Table]:
    """Four tables: what is asked for, what it costs, what storage costs, and the prices."""
    with world() as at:
        stored = stored_of(at)
        counted = dict(operations(at, QUICK_ROUNDS if quick else ROUNDS))
    priced = {
        name: cost_of(found, through_gateway=not name.startswith(WITHOUT_GATEWAY)) for name, found in counted.items()
    }
    return [
        Table("What each operation asks for", OPERATION_COLUMNS, [found.row(name) for name, found in counted.items()]),
        Table("A million of each", COST_COLUMNS, [cost.row(name) for name, cost in priced.items()]),
        Table("A million accounts for a month", STORAGE_COLUMNS, storage_rows(stored)),
        Table("List prices", ("What", "US dollars"), price_rows()),
    ]


def operations(at: World, rounds: int) -> Iterator[tuple[str, Counted]]:
    """Each operation after one that warms up; requests and units are those of the first round, so always the same."""
    turn = 0
    for name, prepare in Operations(at).by_name().items():
        prepare(turn)()
        found: list[tuple[Usage, float]] = []
        for _ in range(rounds):
            turn += 1
            act = prepare(turn)
            at.wiring.let_keys_run_out()
            with at.wiring.meter.metered() as usage:
                start = time.process_time()
                act()
                found.append((usage, time.process_time() - start - usage.engine_seconds))
        turn = _next_decade(turn)
        first = found[0][0]
        own = median(seconds for _, seconds in found) * 1000
        yield name, Counted(first.requests, first.read_units, first.write_units, first.others, own)


def _next_decade(turn: int) -> int:
    """Turns of an operation begin at a number that does not depend on how many rounds the one before it had."""
    return (turn // 10 + 1) * 10


def cost_of(counted: Counted, *, through_gateway: bool, prices: Prices = PRICES) -> Cost:
    """What a million of an operation cost; Lambda bills its CPU time and the time that its calls are taken to last."""
    seconds = (counted.milliseconds + waiting(counted)) / 1000
    return Cost(
        dynamodb=counted.read_units * prices.read_units_million + counted.write_units * prices.write_units_million,
        others=sum(times * call_price(call, prices) for call, times in counted.others.items()),
        function=prices.lambda_requests_million + seconds * LAMBDA_GB * prices.lambda_gb_second * MILLION,
        gateway=prices.gateway_requests_million if through_gateway else 0.0,
    )


def waiting(counted: Counted) -> float:
    """Milliseconds that the calls of an operation are taken to last, one after the other."""
    lasting = dict.fromkeys(READS, WAITS.read) | {"TransactWriteItems": WAITS.transaction}
    ours = sum(times * lasting.get(name, WAITS.write) for name, times in counted.requests.items())
    return ours + counted.others.total() * WAITS.other


def call_price(call: str, prices: Prices = PRICES) -> float:
    """Dollars of a million calls; raises `KeyError` for one that has no price."""
    return {
        "kms.Sign": prices.kms_rsa_million,
        "kms.GetPublicKey": prices.kms_rsa_million,
        "kms.Encrypt": prices.kms_symmetric_million,
        "kms.Decrypt": prices.kms_symmetric_million,
        "ses.SendEmail": prices.mails_million,
        "ses.SendRawEmail": prices.mails_million,
        "eventbridge.PutEvents": prices.events_million,
        "secrets-manager.GetSecretValue": prices.secret_reads_million,
        "s3.PutObject": prices.s3_writes_million,
        "s3.ListObjectVersions": prices.s3_writes_million,
        "s3.GetObject": prices.s3_reads_million,
        "s3.DeleteObjects": 0.0,
        "s3.DeleteObject": 0.0,
    }[call]


def stored_of(at: World) -> dict[str, int]:
    """Bytes by table that an account of so many events takes for as long as it stands."""
    before = _bytes_by_table(at)
    Operations(at).by_name()[f"verify an account of {SHORT} events"](LAST_TURN)
    after = _bytes_by_table(at)
    return {suffix: after[suffix] - before[suffix] for suffix in ("ledger", "keys", "views")}


def _bytes_by_table(at: World) -> dict[str, int]:
    prefix = at.wiring.settings.table_prefix + "-"
    names = [model.Meta.table_name for model in at.wiring.tables.all()]
    return {name.removeprefix(prefix): sum(map(stored_bytes, _items(at, name))) for name in names}


def _items(at: World, table: str) -> Iterator[Item]:
    for page in at.wiring.shadow.get_paginator("scan").paginate(TableName=table):
        yield from page["Items"]


def storage_rows(stored: dict[str, int], prices: Prices = PRICES) -> list[list[str]]:
    """What a million times these bytes cost a month, with point-in-time recovery where a table has it."""
    rows = []
    for table, size in stored.items():
        gigabytes = size * MILLION / GIB
        kept = gigabytes * prices.dynamodb_gb_month
        backup = gigabytes * prices.backup_gb_month if table in BACKED_UP else 0.0
        rows.append([f"`{table}`", f"{size:,}", *(f"${value:,.2f}" for value in (kept, backup, kept + backup))])
    return rows


def price_rows(prices: Prices = PRICES) -> Sequence[list[str]]:
    """Every price by its name."""
    return [[f"`{each.name}`", str(getattr(prices, each.name))] for each in fields(prices)]


def _named(calls: Counter[str]) -> str:
    named = ", ".join(name if times == 1 else f"{times} {name}" for name, times in sorted(calls.items()))
    return named or "-"
