"""The job `retirement_queue` forgets what lies in the bucket, as `retire` does (spec 20, section 15; spec 30, 7).

What the job's function may do is compared with what it does here: see `tests.side_by_side`.
"""

import pytest

from chalicelib.images.store import INCOMING
from chalicelib.pipeline import driver
from chalicelib.pipeline.driver import Outcome
from local.streams import StreamPoller, streams_client
from tests.support.dying import killed_at
from tests.support.exporting import ACCOUNTS, Exports
from tests.support.stage import running_stage

PASSWORD = {"password": "local-Passw0rd"}


@pytest.fixture
def stage():
    """A service that waits for nobody and answers no export directly."""
    with running_stage(cool_off_days=0, export_direct_bytes=0) as running:
        yield running


@pytest.fixture
def exports(stage):
    """Its exports."""
    return Exports(stage)


def upload(stage, username):
    """Be granted an upload and send it; nobody has looked at it yet."""
    granted = stage.api.post_json(f"{ACCOUNTS}/{username}/image/uploads", {"content_type": "image/png"}, as_=username)
    assert 201 == granted.status
    key = INCOMING + granted.json["upload_id"]
    stage.wiring.client("s3").put_object(Bucket=stage.wiring.settings.image_bucket, Key=key, Body=b"x" * 200)


def incoming(stage):
    """What has arrived and still lies there."""
    page = stage.wiring.client("s3").list_object_versions(Bucket=stage.wiring.settings.image_bucket, Prefix=INCOMING)
    return [each["Key"] for each in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]]


def run_job(stage, username):
    """Leave, and have the job drive everybody who is due."""
    assert 204 == stage.api.post_json(f"{ACCOUNTS}/deactivate_logout", PASSWORD, as_=username).status
    wiring = stage.wiring
    StreamPoller(
        streams_client(wiring.settings.aws_region), wiring.tables.ledger.Meta.table_name, wiring.runner.handle
    ).drain()
    stage.clock.advance(minutes=1)
    return driver.run(wiring)


def test_uploads_and_exports(stage, exports):
    """What has arrived unseen, and every export, is gone."""
    username = stage.new_account("leaver")
    upload(stage, username)
    assert 303 == exports.export(username).status
    assert (1, 1) == (len(incoming(stage)), len(exports.lying()))
    assert Outcome(examined=1, completed=1) == run_job(stage, username)
    assert ([], []) == (incoming(stage), exports.lying())


def test_an_export_that_was_never_finished(stage, exports):
    """The parts of an export whose writer was killed are gone."""
    username = exports.large()
    stage.api.token(username)
    for nth in range(2, 20):
        with killed_at(nth, landed=True):
            exports.export(username)
        if exports.s3.list_multipart_uploads(Bucket=exports.bucket).get("Uploads"):
            break
    assert exports.s3.list_multipart_uploads(Bucket=exports.bucket).get("Uploads")
    assert Outcome(examined=1, completed=1) == run_job(stage, username)
    assert [] == exports.lying()
