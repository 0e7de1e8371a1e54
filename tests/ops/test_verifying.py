"""`rollcall verify` and `rebuild`, on a stage that is damaged behind the service's back."""

from __future__ import annotations

import time

import pytest

from tests.http.service_client import Service
from tests.ops.command import Rollcall
from tests.ops.stage import running_process

LEDGER = "rollcall-ledger"


@pytest.fixture(scope="module")
def process():
    """A stage of one's own: what looks at everybody should not look at everybody that other tests have made."""
    with running_process() as running:
        yield running


@pytest.fixture(scope="module")
def service(process):
    """That stage over HTTP."""
    client = Service(process.url)
    yield client
    client.close()


@pytest.fixture(scope="module")
def rollcall(process):
    """The command line, on that stage."""
    return Rollcall(f"http://127.0.0.1:{process.aws_port}")


@pytest.fixture
def person(service):
    """Somebody of one's own."""
    return service.new_account(profile={"year_of_birth": 1990})


@pytest.fixture
def damage(rollcall):
    """Change an account's head: the version that it says it has. It is put right again afterwards."""
    client, changed = rollcall.aws("dynamodb"), []

    def overwrite(account, **attributes):
        key = {"pk": {"S": f"A#{account}"}, "sk": {"S": "HEAD"}}
        head = client.get_item(TableName=LEDGER, Key=key, ConsistentRead=True)["Item"]
        changed.append(head)
        client.put_item(TableName=LEDGER, Item={**head, **attributes})

    yield overwrite
    for head in changed:
        client.put_item(TableName=LEDGER, Item=head)


def test_all_is_well(rollcall, person):
    """Counts of what was looked at, and no finding."""
    done = rollcall.json("verify", "--all")
    assert (0, []) == (done["findings"], done["left"])
    assert done["accounts"] >= 6
    assert done["events"] >= done["accounts"]
    assert done["claims"] >= 3 * done["accounts"]
    sample = rollcall.json("verify", "--sample", "3")
    assert (3, 0) == (sample["accounts"], sample["findings"])
    told = rollcall("verify", "--sample", "3")
    assert 0 == told.status
    assert "3 accounts" in told.out


def test_what_is_derived_is_mended(rollcall, service, person, damage):
    """A head that its events contradict is a finding, and --repair makes it what they come to."""
    account = rollcall.json("show", person.username)["account"]
    damage(account, d={"B": b"\0" * 32})
    found = rollcall.json("verify", "--all", status=1)
    assert [account] == sorted({each["account"] for each in found["left"]})
    assert "head" in found["kinds"]
    mended = rollcall.json("verify", "--all", "--repair")
    assert ([], {account}) == (mended["left"], {each["account"] for each in mended["mended"]})
    assert 0 == rollcall.json("verify", "--all")["findings"]
    assert 200 == person.get(person.path).status_code


def test_a_lost_claim_is_put_back(rollcall, service, person):
    """Whoever could not be found by name any more can be found again."""
    client = rollcall.aws("dynamodb")
    account = rollcall.json("show", person.username)["account"]
    pages = client.get_paginator("scan").paginate(
        TableName=LEDGER,
        FilterExpression="a = :account AND begins_with(pk, :kind)",
        ExpressionAttributeValues={":account": {"S": account}, ":kind": {"S": "C#username#"}},
    )
    claims = [claim for page in pages for claim in page["Items"]]
    client.delete_item(TableName=LEDGER, Key={"pk": claims[0]["pk"], "sk": claims[0]["sk"]})
    assert 3 == rollcall("show", person.username).status
    told = rollcall("verify", "--all")
    assert 1 == told.status
    assert "--repair" in told.out
    assert 0 == rollcall("verify", "--all", "--repair").status
    assert account == rollcall.json("show", person.username)["account"]


def test_a_view_is_built_anew_beside_the_old_one(rollcall, service, person):
    """Built, compared, switched to, and back; the queue shows the same each time."""
    answer = person.post("/api/user/v1/accounts/deactivate_logout", data={"password": person.password})
    assert 204 == answer.status_code
    end = time.monotonic() + 20
    while not (before := rollcall.json("queue")["rows"]):
        assert time.monotonic() < end
    built = rollcall.json("rebuild", "retirement_queue")
    assert (False, [], []) == (built["switched"], built["wrong"], built["differing"])
    switched = rollcall.json("rebuild", "retirement_queue", "--switch")
    assert (built["version"], True) == (switched["version"], switched["switched"])
    assert before == rollcall.json("queue")["rows"]
    assert rollcall.json("rebuild", "retirement_queue", "--back")["version"] < switched["version"]
    assert before == rollcall.json("queue")["rows"]
    assert 0 == rollcall("verify", "--all").status


def test_views_that_there_are_not(rollcall):
    """Wrong use, with the names of those that there are; nothing to go back to is said, too."""
    done = rollcall("rebuild", "nothing")
    assert 2 == done.status
    assert "partner_queue" in done.err
    assert 3 == rollcall("rebuild", "partner_queue", "--back").status
