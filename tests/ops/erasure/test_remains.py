"""Whatever may be left of an account besides its values: keys, claims, rows, sessions, objects."""

import json
import os
from datetime import timedelta

import pytest

from tests.ops.erasure.erased import Erasing, whats
from tests.pipeline.world import running_world

KEY = {"state": {"S": "ACTIVE"}, "fingerprint": {"S": "f" * 64}, "at": {"S": "2026-01-01T00:00:00+00:00"}}


def damage(erasing):
    """Whatever may be left of somebody, all at once."""
    account, random = erasing.account, os.urandom(16).hex()
    later = {"expires": {"N": str(int((erasing.world.clock() + timedelta(hours=1)).timestamp()))}}
    digest = erasing.world.wiring.digests.of("login", account.encode())
    short = {
        f"S#{account}": (random, {}),
        f"P#{account}": ("RESET", {}),
        f"F#{digest}": ("FAILURES", {"n": {"N": "3"}}),
        f"L#account:{account}": ("LEASE", {"owner": {"S": "x"}}),
        f"O#{account}": (f"EXPORT#{random}", {}),
        f"U#{random}": ("UPLOAD", {"n": {"N": "0"}, "data": {"S": json.dumps({"account": account})}}),
        f"B#{digest}": ("BATCH", {"data": {"S": json.dumps([[account, 1]])}}),
    }
    for pk, (sk, more) in short.items():
        erasing.put("short-lived", {"pk": {"S": pk}, "sk": {"S": sk}, **later, **more})
    for spare in ("01", "02"):
        ended = {"n": {"N": "1"}, "data": {"S": json.dumps({"account": account})}}
        erasing.put("short-lived", {"pk": {"S": f"U#{spare * 16}"}, "sk": {"S": "UPLOAD"}, **later, **ended})
    erasing.put("keys", {"pk": {"S": f"{account}.1#retirement"}, **KEY})
    erased = {**KEY, "state": {"S": "ERASED"}, "through": {"N": "1"}, "kek": {"S": "KEK#1"}}
    erasing.put("keys", {"pk": {"S": f"{account}#profile"}, **erased})
    erasing.delete("keys", f"{account}.1#partner")
    erasing.delete("erasures", f"{account}.2#retirement")
    place = {"pk": {"S": f"A#{account}"}, "sk": {"S": "CREDENTIAL"}}
    erasing.put("ledger", {**place, "v": {"N": "1"}})
    erasing.put("ledger", {"pk": {"S": f"C#email#{'0' * 64}"}, "sk": {"S": "CLAIM"}, "a": {"S": account}})
    for item in erasing.world.scan("ledger"):
        if item["pk"]["S"].startswith("C#retired-email#"):
            erasing.delete("ledger", item["pk"]["S"], "CLAIM")
    row = {"pk": {"S": f"V#retirement_queue#7#{account}"}, "sk": {"S": "ROW"}, "v": {"N": "1"}, "row": {"S": "{}"}}
    erasing.put("views", row)
    erasing.put("views", {"pk": {"S": "Q"}, "sk": {"S": account}, "v": {"N": "1"}, "n": {"N": "9"}})
    client = {"client_id": {"S": "a-client"}, "account": {"S": account}, "grants": {"S": "[]"}}
    erasing.put("clients", client)
    erasing.object(f"exports/{random}.json")
    erasing.stores.s3.delete_object(Bucket=erasing.stores.bucket, Key=f"exports/{random}.json")
    erasing.object(f"incoming/{random}")
    for key in (f"incoming/{random}", "exports/nobodys.json"):
        erasing.stores.s3.create_multipart_upload(Bucket=erasing.stores.bucket, Key=key)


LEFT = (
    "a session",
    "a link of a password reset",
    "a counter of wrong passwords",
    "a lease: somebody is at work on the account",
    "a note of what is in S3",
    "an upload that is open",
    "a cleanup that is under way",
    "the key is not destroyed",
    "destroyed, and there is still something to unwrap",
    "no fence: a key of this name could be made again",
    "the erasure ledger has no entry",
    "the erasure ledger tells another version than the fence",
    "the password hash",
    "a claim",
    "no claim: the retired name could be taken again",
    "a row with content",
    "a projection that failed",
    "an OAuth client that speaks for the account",
    "an object of the account",
    "an unfinished upload of the account",
    "an unfinished upload of nobody, which cannot be read",
)


@pytest.fixture(scope="module")
def damaged():
    """What a check finds after everything was damaged at once, and what it counts as running out by itself."""
    with running_world() as world:
        erasing = Erasing(world)
        erasing.retire()
        erasing.clean_up()
        assert erasing.check(values=None).clean
        damage(erasing)
        yield erasing.check(values=None)


@pytest.mark.parametrize("what", LEFT)
def test_whatever_is_left_of_an_account_is_found(damaged, what):
    """Each by itself, told by its store and its key."""
    assert what in whats(damaged)


def test_nothing_else_is_found(damaged):
    """What runs out by itself, and holds nothing of anybody, is counted."""
    assert set(LEFT) == whats(damaged)
    assert 2 == damaged.residue.running_out
    assert 2 == [each.what for each in damaged.findings].count("an object of the account")
