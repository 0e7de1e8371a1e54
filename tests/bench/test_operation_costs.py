"""docs/scale.md tells what operations ask for: it is what is counted now, and its dollars follow from it."""

import re
from collections import Counter
from dataclasses import replace

import pytest

from bench.catalogue import run_apart
from bench.operation_costs import (
    COST_COLUMNS,
    OPERATION_COLUMNS,
    STORAGE_COLUMNS,
    Counted,
    call_price,
    cost_of,
    price_rows,
    storage_rows,
    waiting,
)
from bench.operations import stream_event
from bench.prices import LAMBDA_GB, PRICES, WAITS
from bench.stage_process import REPOSITORY

SCALE = (REPOSITORY / "docs/scale.md").read_text()
MEASURED = OPERATION_COLUMNS.index("CPU")


def rows_in_docs(columns: tuple[str, ...]) -> list[list[str]]:
    """The rows of the table in docs/scale.md with these columns."""
    lines = SCALE.splitlines()
    (start,) = [place for place, line in enumerate(lines) if cells_of(line) == list(columns)]
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            return rows
        rows.append(cells_of(line))
    return rows


def cells_of(line: str) -> list[str]:
    """The cells of a line of a table."""
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def counted_in_docs(row: list[str]) -> Counted:
    """A row of docs/scale.md as it was counted."""
    return Counted(calls(row[1]), float(row[2]), float(row[3]), calls(row[4]), float(row[5].removesuffix(" ms")))


def calls(cell: str) -> Counter[str]:
    """`2 GetItem, Query` as a counter."""
    found = re.findall(r"(?:(\d+) )?([A-Za-z][\w.-]+)", cell)
    return Counter({name: int(times or 1) for times, name in found})


def test_the_documented_requests_and_units_are_those_counted_now() -> None:
    """
    Requests, units and other calls exactly, and what is stored; milliseconds are measured and not compared.
    """
    operations, costs, storage, prices = run_apart("costs", quick=True)

    assert [list(row[:MEASURED]) for row in operations.rows] == [
        row[:MEASURED] for row in rows_in_docs(OPERATION_COLUMNS)
    ]
    assert [row[0] for row in costs.rows] == [row[0] for row in rows_in_docs(COST_COLUMNS)]
    assert [list(row) for row in storage.rows] == rows_in_docs(STORAGE_COLUMNS)
    assert [list(row) for row in prices.rows] == rows_in_docs(("What", "US dollars"))


def test_the_documented_dollars_follow_from_the_documented_counts() -> None:
    """
    Units, calls and milliseconds times the prices in force; milliseconds are rounded to a tenth in the table.
    """
    documented = {
        row[0]: [float(cell.strip("$").replace(",", "")) for cell in row[1:]] for row in rows_in_docs(COST_COLUMNS)
    }

    for row in rows_in_docs(OPERATION_COLUMNS):
        cost = cost_of(counted_in_docs(row), through_gateway=documented[row[0]][3] > 0)
        expected = [cost.dynamodb, cost.others, cost.function, cost.gateway, cost.together]
        assert documented[row[0]] == pytest.approx(expected, abs=0.011), row[0]


def test_a_million_of_an_operation() -> None:
    """
    Each part by its own price; Lambda for CPU time and for what calls are taken to last.
    """
    counted = Counted(Counter(GetItem=2, TransactWriteItems=1), 3.0, 4.0, Counter({"kms.Sign": 1}), 10.0)
    prices = replace(PRICES, read_units_million=1.0, write_units_million=10.0, kms_rsa_million=100.0)
    seconds = (10.0 + 2 * WAITS.read + WAITS.transaction + WAITS.other) / 1000

    cost = cost_of(counted, through_gateway=True, prices=prices)

    assert 43.0 == cost.dynamodb
    assert 100.0 == cost.others
    assert pytest.approx(0.2 + seconds * LAMBDA_GB * 16.6667) == cost.function
    assert 3.5 == cost.gateway
    assert 0.0 == cost_of(counted, through_gateway=False).gateway
    assert seconds * 1000 - 10.0 == pytest.approx(waiting(counted))


def test_a_call_without_a_price_is_an_error() -> None:
    """
    A service that is new to the table does not count as free.
    """
    with pytest.raises(KeyError):
        call_price("sqs.SendMessage")


def test_only_the_ledger_pays_for_backups() -> None:
    """
    A million accounts of a GiB each would be a million gigabytes.
    """
    ledger, keys = storage_rows(
        {"ledger": 1 << 30, "keys": 1 << 30}, replace(PRICES, dynamodb_gb_month=0.5, backup_gb_month=0.25)
    )

    assert ["`ledger`", f"{1 << 30:,}", "$500,000.00", "$250,000.00", "$750,000.00"] == ledger
    assert "$0.00" == keys[3]


def test_every_price_is_told() -> None:
    """
    The table has the region and the date, which say what the others are worth.
    """
    assert ["`region`", "eu-west-1"] in price_rows()
    assert ["`date`", PRICES.date] in price_rows()


def test_heads_on_the_stream_have_their_bytes_in_base64() -> None:
    """
    As Lambda delivers them, one record each, in order.
    """
    records = stream_event([{"d": {"B": b"\0\0\0"}}, {"v": {"N": "1"}}])["Records"]

    assert {"d": {"B": "AAAA"}} == records[0]["dynamodb"]["NewImage"]
    assert "2" == records[1]["dynamodb"]["SequenceNumber"]
