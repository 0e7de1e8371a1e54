"""`rollcall keys rotate`, while people go on to register, to write and to be forgotten."""

from __future__ import annotations

import threading
import time

from chalicelib.leases import SORT_KEY
from ops.keys import LEASE
from tests.http.service_client import MERGE_PATCH
from tests.ops.command import stopped

KEYS = "rollcall-keys"
SHORT_LIVED = "rollcall-short-lived"


def rows(rollcall):
    """The rows of the keys table by their key."""
    pages = rollcall.aws("dynamodb").get_paginator("scan").paginate(TableName=KEYS, ConsistentRead=True)
    return {item["pk"]["S"]: item for page in pages for item in page["Items"]}


def wrapped_by(found):
    """The key-encryption keys in use."""
    return {row["kek"]["S"] for name, row in found.items() if name != "KEK" and "kek" in row}


def lease_ended(rollcall):
    """The minute after which a lease is nobody's is over (`tests.pipeline.test_leases`: it ends by itself)."""
    rollcall.aws("dynamodb").update_item(
        TableName=SHORT_LIVED,
        Key={"pk": {"S": f"L#{LEASE}"}, "sk": {"S": SORT_KEY}},
        UpdateExpression="SET expires = :past",
        ConditionExpression="expires > :past",
        ExpressionAttributeValues={":past": {"N": "1"}},
    )


class Writers:
    """People who register and write, one after the other, until they are told to stop."""

    def __init__(self, service):
        self.service = service
        self.made = []
        self.refused = []
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._write)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        self._thread.join()

    def _write(self):
        while not self._end.is_set():
            person = self.service.new_account()
            answer = person.request("PATCH", person.path, json={"bio": "x"}, headers={"Content-Type": MERGE_PATCH})
            (self.made if answer.status_code == 200 else self.refused).append(person)
            self._end.wait(0.3)


def test_rotated_under_way_killed_and_run_again(rollcall, service):
    """The old key goes when nothing needs it any more, and everybody is read and written meanwhile and afterwards."""
    for _ in range(30):
        service.provision()
    gone = service.new_account()
    rollcall.json("retire", gone.username, "--request")
    before = rows(rollcall)
    fences = {name: row for name, row in before.items() if row["state"]["S"] == "ERASED"}
    old = before["KEK"]["kek"]["S"]
    with Writers(service) as writers:
        process = rollcall.start("keys", "rotate")
        end = time.monotonic() + 60
        while rows(rollcall)["KEK"]["kek"]["S"] == old:
            assert time.monotonic() < end
            assert process.poll() is None, process.communicate()
            time.sleep(0.02)
        stopped(process)
        assert 3 == rollcall("keys", "rotate").status
        lease_ended(rollcall)
        done = rollcall.json("keys", "rotate")
    after = rows(rollcall)
    assert ([old], [], done["kek"]) == (done["removed"], done["faulty"], after["KEK"]["kek"]["S"])
    assert {done["kek"]} == wrapped_by(after) == {name for name in after if name.startswith("KEK#")}
    assert fences == {name: row for name, row in after.items() if row["state"]["S"] == "ERASED"}
    assert writers.made
    assert [] == writers.refused
    assert {200} == {person.get(person.path).status_code for person in writers.made}
    assert 0 == rollcall("verify", "--all").status
