"""Idempotency records that cannot be what was written (spec 50, section 6)."""

import json

import pytest

from chalicelib.projections.findings import Place
from tests.support.calls import meanwhile

OTHER = "f" * 32


@pytest.fixture
def keyed(verification, world):
    """Somebody whose change came with a key: the record, and the account."""
    username = world.new_account("keyed")
    answer = world.api.patch(username, {"bio": "hi"}, headers={"Idempotency-Key": "k"}, as_=username)
    assert 200 == answer.status
    world.catch_up()
    account = world.id_of(username)
    (record,) = [each for each in world.scan("ledger") if each["pk"]["S"].startswith(f"I#{account}#")]
    return record, account


def clear(status=204, headers=None, body=""):
    """An answer in the clear."""
    return {"p": {"S": json.dumps({"status": status, "headers": headers or {}, "body": body})}}


def batch(**change):
    """The content of the record of a call of many commits."""
    return {"p": {"S": json.dumps({"state": None, "until": None, "writer": "a" * 32, **change})}}


class TestSealed:
    """The seal tells any change of the answer, its account and its version."""

    @pytest.mark.parametrize(
        ("change", "what"),
        [
            ({"v": {"N": "1"}}, "answer"),
            ({"v": {"N": "99"}}, "version"),
            ({"v": {"N": "-1"}}, "no v"),
            ({"a": {"S": OTHER}}, "of no account"),
            ({"a": {"S": "zqx"}}, "no a"),
            ({"profile": {"B": b"\x01" + bytes(60)}}, "answer"),
            ({"profile": {"S": "x"}}, "answer"),
            ({"request": {"S": "zqx"}}, "no request"),
            ({"expires": {"S": "soon"}}, "no expires"),
            ({"further": {"S": "zqx"}}, "answer"),
        ],
    )
    def test_changed(self, verification, keyed, change, what):
        """A finding that tells nothing of what stands there, and that nobody mends: the record runs out."""
        record, _ = keyed
        with verification.damaged("ledger", record, {**record, **change}):
            (finding,) = verification.checker.all().findings
            assert (Place.RECORD, what, False, record["pk"]["S"]) == (
                finding.place,
                finding.what,
                finding.mendable,
                finding.item,
            )
            assert "zqx" not in repr(finding)
            assert (finding,) == verification.repairer.mend([finding]).left
        assert verification.checker.all().ok

    def test_of_somebody_who_is_forgotten(self, verification, people, keyed):
        """It cannot be opened any more, and only its version is told."""
        record, _ = keyed
        forgotten = {**record, "a": {"S": people["erased"]}, "v": {"N": "1"}}
        with verification.damaged("ledger", record, forgotten):
            assert verification.checker.all().ok

    def test_gone_meanwhile(self, verification, keyed):
        """A mangled record that has run out when it is looked at again is no finding."""
        record, _ = keyed
        verification.put("ledger", {**record, "v": {"N": "99"}})
        verification.meanwhile = lambda: verification.delete("ledger", record)
        assert verification.checker.all().ok


class TestInTheClear:
    """An answer without a body, and calls of many commits: their form is told."""

    @pytest.mark.parametrize(
        ("content", "ok"),
        [
            (clear(), True),
            (clear(headers={"Location": "/x"}), True),
            (clear(status=999), False),
            (clear(headers={"Location": 1}), False),
            (clear(body="x"), False),
            ({"p": {"S": "{"}}, False),
            ({"p": {"S": "[]"}}, False),
            ({"p": {"S": "{}"}}, False),
            ({"p": {"B": b"x"}}, False),
            ({}, False),
        ],
    )
    def test_answers(self, verification, keyed, content, ok):
        """A status there is, headers of texts, and no body."""
        record, _ = keyed
        bare = {name: value for name, value in record.items() if name != "profile"}
        with verification.damaged("ledger", record, {**bare, **content}):
            assert ok == verification.checker.all().ok

    @pytest.mark.parametrize(
        ("change", "ok"),
        [
            (batch(), True),
            (batch(until=7, state=["x"]), True),
            (batch(until="7"), False),
            (batch(further=1), False),
            ({**batch(), "v": {"N": "1"}}, False),
            ({**batch(), "a": {"S": OTHER}}, False),
        ],
    )
    def test_batches(self, verification, keyed, change, ok):
        """Of the caller, at no version, with a state, a time and a writer."""
        record, _ = keyed
        bare = {name: value for name, value in record.items() if name != "profile"}
        with verification.damaged("ledger", record, {**bare, "v": {"N": "0"}, **change}):
            assert ok == verification.checker.all().ok


def test_while_others_write(verification, world, keyed):
    """A record is never ahead of the head that is read after it."""
    _, account = keyed
    username = world.state(account).username
    for before in range(4):
        headers = {"Idempotency-Key": f"k{before}"}

        def change(headers=headers):
            assert 200 == world.api.patch(username, {"bio": "ho"}, headers=headers, as_=username).status

        with meanwhile(verification.client, "Scan", change, calls_before=before):
            verification.meanwhile = world.catch_up
            assert () == verification.checker.all().findings
