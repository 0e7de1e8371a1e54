"""`rollcall erase`, the command itself."""

from __future__ import annotations


def test_replay_finds_nothing_to_do(rollcall, service):
    """On tables that nobody restored: once it has swept up what erased accounts have left, there is nothing."""
    person = service.new_account()
    rollcall.json("retire", person.username, "--request")
    rollcall.json("erase", "--replay")
    done = rollcall.json("erase", "--replay")
    assert [] == done.pop("left")
    assert done.pop("entries") >= done.pop("accounts") >= 1
    assert {0} == set(done.values())
    told = rollcall("erase", "--replay")
    assert 0 == told.status
    assert "verify --all" in told.out


def test_keys_that_came_back_die_again(rollcall, service):
    """The keys table is restored: the row of before is overwritten, and the account stays what it is."""
    client, person = rollcall.aws("dynamodb"), service.new_account()
    account = rollcall.json("show", person.username)["account"]
    place = {"TableName": "rollcall-keys", "Key": {"pk": {"S": f"{account}#profile"}}}
    before = client.get_item(**place)["Item"]
    rollcall.json("retire", person.username, "--request")
    destroyed = client.get_item(**place)["Item"]
    client.put_item(TableName="rollcall-keys", Item=before)
    assert 1 == rollcall.json("erase", "--replay")["keys"]
    assert destroyed == client.get_item(**place)["Item"]
    assert 0 == rollcall.json("verify", "--all")["findings"]


def test_what_cannot_be_replayed_is_a_finding(rollcall):
    """Status 1, and the entry is told."""
    client = rollcall.aws("dynamodb")
    nonsense = {"TableName": "rollcall-erasures", "Key": {"pk": {"S": "nonsense"}}}
    client.put_item(TableName=nonsense["TableName"], Item=nonsense["Key"])
    try:
        done = rollcall.json("erase", "--replay", status=1)
        assert [{"account": "", "why": "an entry of the erasure ledger cannot be read"}] == done["left"]
        assert 1 == rollcall("erase", "--replay").status
    finally:
        client.delete_item(**nonsense)


def test_exactly_one_thing(rollcall):
    """None of the options is wrong use."""
    assert 2 == rollcall("erase").status
