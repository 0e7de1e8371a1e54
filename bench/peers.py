"""The same account and the same changes elsewhere: `eventsourcing` from PyPI, and plain boto3 without any of us."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any
from uuid import UUID

import boto3

from bench.canned import REGION, CannedClient
from bench.canned_ledger import PATCH, CannedLedger
from bench.charts import Chart, Series
from bench.folding import decoded, folded, parts_of, query_pages
from bench.peer_eventsourcing import PeerAccounts, applications
from bench.people import person
from bench.table import Table, milliseconds, rate
from bench.timing import Work, medians, turns

ROUNDS = {1: 200, 100: 60, 10_000: 5}
QUICK_ROUNDS = {1: 3, 20: 3}
OUR_ROUNDS = 300
FOLD_ROUNDS = 5
NOTE = (
    "`eventsourcing` keeps its store in this process, without a network, without encryption, without claims; "
    "Rollcall and boto3 speak to a canned DynamoDB. CPU time in all rows."
)
Peers = Mapping[str, PeerAccounts]


def peers(*, quick: bool) -> list[Table]:
    """A command at growing lengths of history, and folding, side by side in one run."""
    rounds = QUICK_ROUNDS if quick else ROUNDS
    with applications() as others:
        columns = {length: commands(others, length, times, quick=quick) for length, times in rounds.items()}
        longest = max(rounds)
        folding = medians(foldings(others, longest), FOLD_ROUNDS)
    names = next(iter(columns.values()))
    rows = [[name, *(milliseconds(columns[length][name]) for length in rounds)] for name in names]
    heads = [f"{length:,} event{'s' * (length > 1)}" for length in rounds]
    fold_rows = [[name, rate(longest / seconds)] for name, seconds in folding.items()]
    return [
        Table("Load, one command, save", ("", *heads), rows, NOTE, chart=chart_of(columns)),
        Table(f"Folding {longest:,} profile changes", ("", "Events"), fold_rows),
    ]


def chart_of(columns: Mapping[int, Mapping[str, float]]) -> Chart:
    """A command by the length of the history."""
    names = next(iter(columns.values()))
    lines = [Series(name, [(length, times[name] * 1000) for length, times in columns.items()]) for name in names]
    return Chart("peers", "Load, one command, save", "events", "CPU ms", lines)


def commands(others: Peers, length: int, rounds: int, *, quick: bool) -> dict[str, float]:
    """What one command takes, a new biography, for an account of so many events."""
    ledger = CannedLedger.of_length(length)
    ours: dict[str, Work] = {
        "Rollcall, data key read along": partial(ledger.command, cached=False),
        "plain boto3, the same two calls": boto3_calls(ledger),
    }
    times = medians(ours, rounds if quick else OUR_ROUNDS)
    for name, app in others.items():
        accounts = iter([grown(app, length) for _ in range(turns(rounds))])
        times |= medians({f"eventsourcing {name}": partial(change_next, app, accounts)}, rounds)
    return times


def change_next(app: PeerAccounts, accounts: Iterator[UUID]) -> None:
    """Give the command to an account that has not had it: else short histories would grow while they are measured."""
    app.change(next(accounts), dict(PATCH))


def grown(app: PeerAccounts, length: int) -> UUID:
    """A new account with so many events."""
    account_id = app.register(person(length))
    app.grow(account_id, length, length)
    return account_id


def boto3_calls(ledger: CannedLedger) -> Work:
    """The calls of a command on a client as boto3 makes it, which also checks parameters."""
    calls = ledger.calls_of_command(cached=False)
    plain = CannedClient(boto3.client("dynamodb", region_name=REGION))
    plain.answers = ledger.canned.answers
    return partial(calls.replay_on, plain.botocore)


def foldings(others: Peers, length: int) -> dict[str, Work]:
    """Folding alone, and with reading and decoding."""
    ledger = CannedLedger.of_length(length)
    history = ledger.history
    ledger.canned.answers["Query"] = list(query_pages(history.event_items))
    parts = parts_of(history)
    ids = {name: grown(app, length) for name, app in others.items()}
    peer_events = list(others["in memory"].events.get(ids["in memory"]))
    return {
        "Rollcall: fold decoded events": lambda: folded(history.events),
        "eventsourcing: fold decoded events": lambda: mutated(peer_events),
        "Rollcall: decode and fold": lambda: folded(decoded(parts)),
        "Rollcall: read through botocore, unseal, decode, fold": ledger.refold,
        **{f"eventsourcing {name}: read, decode, fold": partial(app.folded, ids[name]) for name, app in others.items()},
    }


def mutated(events: list[Any]) -> Any:
    """The peer's state after its events."""
    state = None
    for event in events:
        state = event.mutate(state)
    return state
