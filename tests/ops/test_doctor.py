"""`rollcall doctor`: nothing is wrong with the stage, and each fault is named with what to do about it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from ops.checks_service import _clock
from ops.checks_store import faults, wanted_keys
from tests.ops.command import Rollcall

LOOKED_AT = (
    "settings",
    "credentials",
    "region",
    "clock",
    "sealing key",
    "signing key",
    "certificate key",
    "secret",
    "bucket",
    "sender",
)


def faulty(document):
    """The checks that found a fault, each with its advice."""
    return {each["check"]: each["advice"] for each in document["checks"] if not each["ok"]}


def test_a_stage_is_whole(rollcall):
    """Every check is fine, and the document and the table say so."""
    document = rollcall.json("doctor")
    checks = {each["check"] for each in document["checks"]}
    assert document["ok"]
    assert checks.issuperset(LOOKED_AT)
    assert 6 == sum(name.startswith("table rollcall-") for name in checks)
    told = rollcall("doctor")
    assert 0 == told.status
    assert "FAULT" not in told.out


@pytest.mark.parametrize(
    ("setting", "value", "check"),
    [
        ("TABLE_PREFIX", "elsewhere", "table elsewhere-ledger"),
        ("KMS_KEY_ID", "alias/none", "sealing key"),
        ("SIGNING_KEY_ID", "alias/none", "signing key"),
        ("SIGNING_KEY_ID", "alias/rollcall", "signing key"),
        ("CERTIFICATE_KEY_ID", "alias/none", "certificate key"),
        ("CERTIFICATE_KEY_ID", "alias/rollcall-tokens", "certificate key"),
        ("SECRET_ID", "none", "secret"),
        ("IMAGE_BUCKET", "there-is-no-such-bucket", "bucket"),
        ("MAIL_FROM", "nobody@unverified.example", "sender"),
        ("FEED_BUS", "none", "feed"),
        ("RETIREMENT_PIPELINE", '[["PENDING", "LMS_COMPLETE", []]]', "pipeline"),
        ("RETIREMENT_STATES", '["PENDING"]', "pipeline"),
        ("RETIREMENT_WORKER_USERNAME", "not-made-yet", "RETIREMENT_WORKER_USERNAME"),
        ("AWS_DEFAULT_REGION", "us-east-1", "region"),
        ("HOOK_LMS_URL", "https://lms.example/hook", "secret"),
    ],
)
def test_a_fault_is_named_with_advice(rollcall, setting, value, check):
    """What is wrong is a finding, and all the rest is looked at all the same."""
    document = rollcall.json("doctor", status=1, **{setting: value})
    assert not document["ok"]
    assert faulty(document)[check]
    assert set(LOOKED_AT) <= {each["check"] for each in document["checks"]}


def test_settings_that_cannot_be_read(rollcall):
    """The setting is named; its value is not shown."""
    done = rollcall("doctor", "--json", COOL_OFF_DAYS="a-fortnight")
    assert 1 == done.status
    assert "COOL_OFF_DAYS" in done.document["checks"][0]["found"]
    assert "a-fortnight" not in done.out + done.err


def test_nothing_answers():
    """Without AWS everything but the settings is a fault, and the command ends."""
    document = Rollcall("http://127.0.0.1:9").json("doctor", status=1)
    whole = {each["check"] for each in document["checks"] if each["ok"]}
    assert {"settings", "pipeline", "RETIREMENT_WORKER_USERNAME", "USERNAME_WORKER_USERNAME"} == whole


def test_members_of_the_secret(rollcall):
    """Each member that is missing or too short is named, and no value is shown."""
    members = {"claims_pepper": "c2hvcnQ=", "requests_pepper": "A" * 44, "retired_digits_secrets": []}
    rollcall.aws("secretsmanager").create_secret(Name="doctor/partial", SecretString=json.dumps(members))
    done = rollcall("doctor", "--json", SECRET_ID="doctor/partial")
    told = " ".join(each["found"] for each in done.document["checks"] if each["check"] == "secret")
    assert 1 == done.status
    for member in ("claims_pepper", "retired_claims_pepper", "retired_digits_secrets"):
        assert f"{member} is" in told
    assert "c2hvcnQ=" not in done.out


def test_an_open_bucket(rollcall):
    """A bucket that may become public is a fault."""
    s3 = rollcall.aws("s3")
    s3.create_bucket(Bucket="open-doors", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_public_access_block(
        Bucket="open-doors",
        PublicAccessBlockConfiguration={"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": False},
    )
    assert "bucket" in faulty(rollcall.json("doctor", status=1, IMAGE_BUCKET="open-doors"))


def described(**changes):
    """A ledger table as DynamoDB describes it."""
    table = {
        "TableStatus": "ACTIVE",
        "KeySchema": [
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    }
    return {**table, **changes}


def test_the_shape_of_tables(stage):
    """Keys, stream and index are compared with the models; a stream of keys is a fault."""
    tables = stage.wiring.tables
    ledger, views, keys = tables.ledger, tables.views, tables.keys
    assert (["pk", "sk"], ["client_id"]) == (wanted_keys(ledger), wanted_keys(tables.clients))
    assert [] == faults(described(), ledger, tables)
    only_pk = [{"AttributeName": "pk", "KeyType": "HASH"}]
    assert 1 == len(faults(described(KeySchema=only_pk), ledger, tables))
    assert 1 == len(faults(described(StreamSpecification={"StreamEnabled": False}), ledger, tables))
    assert 1 == len(faults(described(TableStatus="DELETING"), ledger, tables))
    assert 1 == len(faults(described(), views, tables))
    index = [{"IndexName": "by-index", "IndexStatus": "ACTIVE"}]
    assert [] == faults(described(GlobalSecondaryIndexes=index), views, tables)
    assert 1 == len(faults(described(KeySchema=only_pk), keys, tables))
    assert [] == faults(described(KeySchema=only_pk, StreamSpecification={}), keys, tables)


@pytest.mark.parametrize(("second", "ok"), [(0, True), (59, True), (61, False)])
def test_a_clock_that_is_wrong(second, ok):
    """A minute beside AWS's clock is too much."""
    now = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
    wiring = SimpleNamespace(clock=lambda: now)
    minute, rest = divmod(second, 60)
    found = _clock(wiring, {"date": f"Thu, 01 Jan 2026 12:{minute:02d}:{rest:02d} GMT"})
    assert (ok, bool(found.advice)) == (found.ok, not ok)
