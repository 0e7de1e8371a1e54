"""An account that fails again and again is set aside loudly (spec 50, section 8)."""

import json
import logging
from datetime import timedelta

import pytest

from chalicelib.metrics import LOCAL, measure_in
from tests.support.calls import unreachable
from tests.support.stream import LIMIT, number_of


@pytest.fixture
def records():
    """What the consumer logs."""
    found = []
    handler = logging.Handler()
    handler.emit = found.append
    logger = logging.getLogger("rollcall.projections")
    logger.addHandler(handler)
    yield found
    logger.removeHandler(handler)


def test_after_so_many_failures(stream, records):
    """At the limit the record is done with, named in a row and in the log, without what the error said."""
    ada = stream.account("SECRET-NAME")
    stream.names.poisoned.add(ada)
    record = stream.record(ada)
    assert [[number_of(record)]] * 2 + [[]] == [stream.deliver(record) for _ in range(LIMIT)]
    assert {ada} == stream.set_aside()
    assert ["WARNING", "WARNING", "ERROR"] == [logged.levelname for logged in records]
    assert (ada, 1, "ZeroDivisionError", "QuarantinedAccounts") == (
        records[-1].account,
        records[-1].version,
        records[-1].error,
        records[-1].metric,
    )
    assert "SECRET-NAME" not in repr([vars(logged) for logged in records])


def test_the_metric_counts_it_once(stream, capsys):
    """An account that goes on failing is set aside once, as a number that says nothing of it."""
    ada = stream.account("SECRET-NAME")
    stream.names.poisoned.add(ada)
    record = stream.record(ada)
    measure_in("prod")
    for _ in range(LIMIT + 3):
        stream.deliver(record)
    measure_in(LOCAL)
    written = [line for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    assert [[1]] == [json.loads(line)["QuarantinedAccounts"] for line in written]
    assert not [line for line in written if ada in line or "SECRET-NAME" in line]


def test_everything_else_goes_on(stream):
    """Others are projected, and the poisoned account's later heads do not block."""
    ada, bob = stream.account(), stream.account()
    stream.names.poisoned.add(ada)
    for _ in range(LIMIT):
        stream.deliver(stream.record(ada))
    assert [] == stream.deliver(stream.renamed(ada, "two"), stream.record(bob))
    assert ("Ada", 1) == stream.row(bob)


@pytest.mark.parametrize("process", ["the same", "another"])
def test_released(stream, process):
    """Once it projects again its failures are forgotten, by whatever process."""
    ada = stream.account()
    stream.names.poisoned.add(ada)
    for _ in range(LIMIT):
        stream.deliver(stream.record(ada))
    stream.names.poisoned.clear()
    if process == "another":
        stream.runner = stream.fresh_runner()
    assert [] == stream.deliver(stream.renamed(ada, "well"))
    assert set() == stream.set_aside()
    stream.names.poisoned.add(ada)
    assert 1 == len(stream.deliver(stream.renamed(ada, "ill")))


def test_released_though_another_process_counted(stream):
    """A process that was running already notices within a minute that another one has set aside."""
    ada = stream.account()
    stream.deliver(stream.record(stream.account()))
    other, stream.runner = stream.runner, stream.fresh_runner()
    stream.names.poisoned.add(ada)
    for _ in range(LIMIT):
        stream.deliver(stream.record(ada))
    stream.names.poisoned.clear()
    stream.runner = other
    stream.stage.clock.now += timedelta(seconds=61)
    stream.deliver(stream.record(ada))
    assert set() == stream.set_aside()


def test_its_events_are_published(stream):
    """The feed is at least once: also for an account whose views are set aside."""
    ada = stream.account()
    stream.names.poisoned.add(ada)
    for _ in range(LIMIT):
        stream.deliver(stream.record(ada))
    assert ["AccountProvisioned"] == [entry["DetailType"] for entry in stream.bus.taken]


def test_transient_errors_are_not_counted(stream):
    """What may be over in a moment is delivered again and counted never."""
    ada = stream.account()
    stream.names.waiting.add(ada)
    record = stream.record(ada)
    assert [[number_of(record)]] * (LIMIT + 2) == [stream.deliver(record) for _ in range(LIMIT + 2)]
    assert set() == stream.set_aside()
    stream.names.waiting.clear()
    assert [] == stream.deliver(record)


def test_the_views_table_is_away(stream):
    """DynamoDB out of reach is nobody's fault: nothing counted, everything comes again."""
    ada = stream.account()
    record = stream.record(ada)
    stream.deliver()
    with unreachable(stream.stage.wiring.dynamodb, "PutItem"):
        assert [[number_of(record)]] * (LIMIT + 1) == [stream.deliver(record) for _ in range(LIMIT + 1)]
    assert set() == stream.set_aside()
