"""Writes that have landed and are sent again, because their answer was lost: known as one's own, on each engine."""

from datetime import UTC, datetime

import pytest

from chalicelib.events.batch_records import BatchRecords, Progress
from chalicelib.identity.session import SessionKind
from chalicelib.identity.sessions import Sessions
from chalicelib.projections.generations import Generations
from tests.support.calls import lost

NOW = datetime(2027, 1, 15, tzinfo=UTC)
MOMENT = int(NOW.timestamp())
ACCOUNT, SESSION = "a" * 32, "5" * 32


@pytest.fixture
def client(engine):
    """The client that writes; the first answer of each of its puts and updates is lost."""
    with lost(engine.client(), "PutItem", "UpdateItem"):
        yield engine.client()


def test_a_batch_record(client, tables):
    """It is the writer's, anew and over what was found, and nobody else's."""
    records = BatchRecords(client, tables.ledger.Meta.table_name)

    def write(writer, over=None):
        return records.write(ACCOUNT, "key", "request", MOMENT, Progress([writer], MOMENT + 60, writer), over)

    assert write("first")
    first = records.find(ACCOUNT, "key", MOMENT)
    assert not write("second")
    assert write("second", first)
    assert not write("third", first)
    assert ["second"] == records.find(ACCOUNT, "key", MOMENT).state


def test_a_generation(client, tables):
    """A switch counts once, and the same switch by somebody else is refused."""
    generations = Generations(client, tables.views.Meta.table_name, lambda: NOW)
    start = generations.standing("view")
    assert generations.change("view", start, start.begun())
    built = generations.standing("view")
    assert generations.change("view", built, built.switched())
    assert not generations.change("view", built, built.switched())
    assert (2, 2) == (generations.serving("view"), generations.standing("view").revision)


def test_a_session_that_is_ended(client, tables):
    """It is known as ended by this command, and by no other."""
    sessions = Sessions(tables.short_lived)
    sessions.begin(ACCOUNT, SessionKind.TOKEN, NOW, SESSION, b"s" * 32, 60, generation=1)
    for command in ("first", "second"):
        sessions.end_for(ACCOUNT, SESSION, NOW, command)
    assert [] == sessions.list_live(ACCOUNT, NOW)
    assert (True, False) == tuple(sessions.ended_by(ACCOUNT, SESSION, each) for each in ("first", "second"))
