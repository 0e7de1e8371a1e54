"""Exports in this process: large ones, their memory, and erasure at the same moment (spec 50, section 2)."""

import json
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from chalicelib.events.event import Actor, Role
from chalicelib.events.profile import ProfileUpdated
from chalicelib.images.errors import PicturesUnavailableError
from tests.support.calls import meanwhile, unreachable
from tests.support.dying import killed_at
from tests.support.exporting import WORKER, Exports
from tests.support.stage import running_stage

DIRECT_BYTES = 20_000
MANY = 20_000
MIB = 1024 * 1024
PATIENCE_SECONDS = 30


@pytest.fixture(scope="module")
def stage():
    """A service that answers no more than 20 kB directly."""
    with running_stage(export_direct_bytes=DIRECT_BYTES) as running:
        yield running


@pytest.fixture
def exports(stage):
    """The bucket without exports."""
    found = Exports(stage)
    found.clear()
    return found


# --- where it goes


def test_a_small_one_is_answered(exports, stage):
    """Nothing is written for a small one."""
    username = stage.new_account("small")
    answer = exports.export(username)
    assert (200, "small", []) == (answer.status, answer.json["account"]["username"][:5], exports.lying())
    assert f'attachment; filename="{username}-account.json"' == answer.headers["content-disposition"]


def test_a_large_one_by_link(exports):
    """A large one lies in the bucket, once, and is the same document."""
    username = exports.large()
    answer = exports.export(username)
    content = exports.content(answer)
    assert username == content["account"]["username"]
    assert list(range(len(content["history"]), 0, -1)) == [entry["version"] for entry in content["history"]]
    assert 1 == len(exports.lying())
    assert username not in exports.lying()[0]
    assert "no-store" in answer.headers["cache-control"]


def test_the_edge(exports, stage):
    """No direct answer is larger than the limit, and none that fits is sent away."""
    username = stage.new_account("edge")
    sizes = []
    for length in range(100, 20_000, 1500):
        assert 200 == exports.api.patch(username, {"mailing_address": "x" * length}).status
        answer = exports.export(username)
        sizes.append((answer.status, len(answer.body)))
    assert {200, 303} == {status for status, _ in sizes}
    assert all(size <= DIRECT_BYTES for status, size in sizes if status == 200)


def test_what_is_written_while_it_is_read(exports):
    """A change in the middle leaves the document as it was at its beginning: one version of the account."""
    username = exports.large()
    before = exports.export(username)
    account = exports.content(before)["account"]
    with meanwhile(exports.s3, "CreateMultipartUpload", lambda: exports.api.patch(username, {"bio": "racing"})):
        content = exports.content(exports.export(username))
    assert account["bio"] == content["account"]["bio"]
    assert "racing" not in json.dumps(content["history"])


def test_an_outage(exports):
    """S3 that does not answer is a 503 with Retry-After, and nothing is left."""
    username = exports.large()
    for operation in ("CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"):
        with unreachable(exports.s3, operation):
            answer = exports.export(username)
        assert (503, True) == (answer.status, "retry-after" in answer.headers)
        assert [] == exports.lying()


def test_an_outage_of_the_ledger(exports, stage, monkeypatch):
    """Events that cannot be read to the end leave nothing in the bucket."""
    username = exports.large()
    whole = stage.wiring.ledger.history

    def breaking(account, **how):
        events = whole(account, **how)
        yield next(events)
        yield next(events)
        yield next(events)
        with unreachable(stage.wiring.dynamodb):
            stage.wiring.ledger.load(account)

    monkeypatch.setattr(stage.wiring.ledger, "history", breaking)
    monkeypatch.setattr("chalicelib.api.exporting.CHUNK", 1)
    answer = exports.export(username)
    assert 503 == answer.status
    assert [] == exports.lying()


# --- memory


def synthetic(account):
    """20,000 events that are made when they are asked for, newest first."""
    actor = Actor(account=account, role=Role.OWNER)
    for version in range(MANY, 0, -1):
        yield ProfileUpdated(
            account=account,
            version=version,
            at="2026-11-24T12:00:00Z",
            actor=actor,
            request="r",
            fields=("goals",),
            before={"goals": f"{version:06}" + "o" * 1000},
            after={"goals": f"{version:06}" + "n" * 1000},
        )


class Drain:
    """S3 that counts bytes and forgets them."""

    def __init__(self):
        self.size = 0

    def create_multipart_upload(self, **_):
        """Begin."""
        return {"UploadId": "u"}

    def upload_part(self, Body, **_):  # noqa: N803 - botocore's name
        """Count a part."""
        self.size += len(Body)
        return {"ETag": "e"}

    def complete_multipart_upload(self, **_):
        """End."""
        return {}


def test_bounded_memory(exports, stage, monkeypatch):
    """20,000 events, some 40 MB of document: far less is in memory at any moment."""
    username, drain = stage.new_account("huge"), Drain()
    account = stage.id_of(username)
    monkeypatch.setattr(stage.wiring.ledger, "history", lambda *_, **__: synthetic(account))
    monkeypatch.setattr(stage.wiring.exports, "_client", lambda: drain)
    exports.api.token(username)
    tracemalloc.start()
    try:
        answer = exports.export(username)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 303 == answer.status
    assert drain.size > 40 * MIB
    assert peak < 28 * MIB


# --- erasure


def test_retire_deletes_it(exports):
    """With `retire` every export of the account goes at once, and nobody else's."""
    username, other = exports.large(), exports.large()
    for _ in range(2):
        exports.export(username)
    exports.export(username, as_="staff")
    kept = exports.export(other)
    exports.leave(username)
    exports.export(username, as_="staff")
    assert 5 == len(exports.lying())
    assert 204 == exports.retire(username).status
    assert 1 == len(exports.lying())
    assert other == exports.content(kept)["account"]["username"]


@pytest.mark.parametrize("operation", ["CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"])
def test_retired_while_it_is_written(exports, operation):
    """An export that is under way while its person is retired leaves nothing, and is gone (410)."""
    username = exports.large()
    exports.leave(username)
    with meanwhile(exports.s3, operation, lambda: exports.retire(username)):
        answer = exports.export(username, as_="staff")
    assert 410 == answer.status
    assert [] == exports.lying()


def test_written_in_the_middle_of_retire(exports):
    """One begun before `retire`, and answered just before the erasure is stored, goes with it."""
    username = exports.large()
    exports.leave(username)
    exports.api.token("staff")
    exports.api.token(WORKER)
    before_storing, answered = threading.Event(), threading.Event()

    def pause():
        before_storing.set()
        assert answered.wait(PATIENCE_SECONDS)

    with ThreadPoolExecutor(1) as pool, meanwhile(exports.wiring.dynamodb, "TransactWriteItems", pause):
        retiring = []

        def begin():
            retiring.append(pool.submit(exports.retire, username))
            assert before_storing.wait(PATIENCE_SECONDS)

        with meanwhile(exports.s3, "CompleteMultipartUpload", begin):
            exports.export(username, as_="staff")
        answered.set()
        assert 204 == retiring[0].result().status
    assert [] == exports.lying()


def test_killed_then_retired(exports):
    """Wherever a writer was killed, `retire` leaves nothing of the person in the bucket."""
    for nth in (6, 8, 9, 10, 11):
        username = exports.large()
        exports.api.token("staff")
        with killed_at(nth, landed=True):
            exports.export(username, as_="staff")
        exports.leave(username)
        assert 204 == exports.retire(username).status
        assert [] == exports.lying(), nth


def test_an_outage_while_retiring(exports):
    """S3 that does not answer makes `retire` fail, never succeed with an export left; again finishes it."""
    username = exports.large()
    exports.export(username)
    exports.leave(username)
    with unreachable(exports.s3):
        assert exports.retire(username).status >= 500
    assert 1 == len(exports.lying())
    assert 204 == exports.retire(username).status
    assert [] == exports.lying()


def test_an_outage_after_the_erasure(exports):
    """The erasure is stored and the bucket fails: not yet a success; again finishes it."""
    username = exports.large()
    exports.leave(username)

    class Failing:
        """Deletes nothing the second time."""

        def __init__(self, store):
            self.store, self.calls = store, 0

        def __getattr__(self, name):
            return getattr(self.store, name)

        def forget(self, account):
            self.calls += 1
            if self.calls == 1:
                raise PicturesUnavailableError("SlowDown")
            self.store.forget(account)

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(exports.wiring.__dict__, "exports", Failing(exports.wiring.exports))
        answer = exports.retire(username)
        assert answer.status >= 500
        assert 204 == exports.retire(username).status
    assert [] == exports.lying()


def test_swept(exports, stage):
    """An hour later nothing lies there, whoever it belongs to."""
    exports.export(exports.large())
    stage.clock.advance(hours=2)
    assert 1 == stage.wiring.exports.sweep(lambda _: stage.clock() - timedelta(hours=2))
    assert [] == exports.lying()
