"""`erase --replay`: whatever is restored, whoever was forgotten stays forgotten (spec 50, sections 6 and 8)."""

import pytest

from chalicelib.events.claims import Claim, ClaimKind
from chalicelib.events.reader import RETIRED
from chalicelib.pipeline.cancelling import cancel_retirement
from chalicelib.pipeline.ports import Asked
from chalicelib.projections.findings import Place
from chalicelib.retirement.errors import CancelRefusedError
from tests.ops.erasure.restoring import People, context, numbers, replay, verified
from tests.pipeline.crashes import Fuse, Killed, Mode, fused
from tests.pipeline.world import running_world
from tests.support.calls import recorded

FRONT = ("ledger", "views")


@pytest.fixture(scope="module")
def people():
    """A world, and people who leave it step by step; a backup was made after each step."""
    with running_world() as world:
        yield People(world)


@pytest.fixture
def world(people):
    """The world of these people as it was in the end, each time."""
    people.end.restore()
    people.restore_erasures()
    return people.world


def forgotten(world, person):
    """Nothing leads to a person, nobody takes their names, nobody logs in, and verification finds nothing."""
    process = world.other_process()
    assert () == verified(world)
    state = process.state(person.account)
    assert (True, None, None, "") == (state.erased, state.partner_row, state.credential, state.profile.name)
    assert state.username.startswith("retired__user_")
    names = [Claim(ClaimKind.USERNAME, person.username), Claim(ClaimKind.EMAIL, person.email)]
    assert dict.fromkeys(names, RETIRED) == process.ledger.owners(names)
    assert 400 == process.api.grant(person.username).status
    assert 404 == process.api.get(f"/api/user/v1/accounts/{person.username}", as_="superuser").status
    again = {"username": person.username, "email": person.email, "name": "Eve", "password": "local-Passw0rd"}
    assert 409 == process.api.post_json("/api/user/v1/admin/accounts", again, as_="superuser").status


def erased_rows(world, person):
    """Each key row of an account, by its key: state, version, whether anything is left to unwrap."""
    return {
        row["pk"]["S"]: (row["state"]["S"], row["through"]["N"], "wrapped" in row or "kek" in row)
        for row in world.scan("keys")
        if row["pk"]["S"].startswith(person.account)
    }


ERASED_AGAIN = {"registered": 2, "left": 2, "working": 1, "reported": 1}
"""How many were erased after these steps: Ada and Eve, then Ada alone."""

STEPS = ("registered", "left", "working", "reported", "retired", "complete")


class TestWhoWasErased:
    """A person who left, was reported to partners, retired and cleaned up, restored to each step on that way."""

    @pytest.mark.parametrize("step", STEPS)
    def test_everything_restored(self, world, people, step):
        """Keys and all; the fences and the erasure ledger say what they said, and the second time nothing is to do."""
        fences, entries = erased_rows(world, people.ada), world.scan("erasures")
        people.backups[step].restore()
        first = replay(world)
        assert {} == first.left
        assert first.keys
        assert ERASED_AGAIN.get(step, 0) == first.erased
        forgotten(world, people.ada)
        assert fences == erased_rows(world, people.ada)
        assert _by_key(entries) == _by_key(world.scan("erasures"))
        assert 0 == replay(world).changed

    def test_it_reads_nobody_by_themselves_but_their_history(self, world, people):
        """Heads, keys and claims come many at a time; Ada's notes of pictures and exports are two queries more."""
        people.backups["registered"].restore()
        client = world.wiring.dynamodb
        with recorded(client) as first:
            assert 2 == replay(world).erased
        with recorded(client) as second:
            assert 0 == replay(world).changed
        assert (2, 2 + 2) == (first.count("TransactWriteItems"), first.count("Query"))
        assert first.count("GetItem") == second.count("GetItem")

    @pytest.mark.parametrize(
        ("step", "tables"),
        [("registered", FRONT), ("left", ("ledger",)), ("reported", ("ledger", "short_lived")), ("retired", FRONT)],
    )
    def test_the_ledger_restored_and_the_keys_not(self, world, people, step, tables):
        """The keys are destroyed still, and that of Eve's second row goes with it."""
        people.backups[step].restore(*tables)
        first = replay(world)
        assert (int(step in ("registered", "left")), {}) == (first.keys, first.left)
        forgotten(world, people.ada)
        assert 0 == replay(world).changed

    @pytest.mark.parametrize("step", ["left", "retired"])
    def test_views_restored_and_the_ledger_not(self, world, people, step):
        """Rows of before are written anew, or taken away."""
        people.backups[step].restore("views")
        assert (0, 0, {}) == numbers(replay(world), "keys", "erased", "left")
        forgotten(world, people.ada)

    def test_keys_restored_and_the_ledger_not(self, world, people):
        """Destroyed again, each with its first fence."""
        fences = erased_rows(world, people.ada)
        people.backups["reported"].restore("keys")
        assert (3, 0, {}) == numbers(replay(world), "keys", "erased", "left")
        assert fences == erased_rows(world, people.ada)
        forgotten(world, people.ada)

    def test_sessions_restored(self, world, people):
        """They, and what else runs out, are deleted."""
        people.backups["registered"].restore("short_lived")
        theirs = f"S#{people.ada.account}"
        assert theirs in {item["pk"]["S"] for item in world.scan("short_lived")}
        assert replay(world).outside
        assert theirs not in {item["pk"]["S"] for item in world.scan("short_lived")}

    def test_pictures_restored(self, world, people):
        """What an erased account once showed is deleted; a picture of nobody known is left to the job `expire`."""
        s3, bucket = world.wiring._s3, world.wiring.settings.image_bucket
        stranger = f"profile-images/{'e' * 32}_50.jpg"
        theirs = f"profile-images/{people.ada.image}_50.jpg"
        for key in (stranger, theirs):
            s3.put_object(Bucket=bucket, Key=key, Body=b"picture")
        people.backups["registered"].restore("ledger", "keys")
        replay(world)
        kept = {found["Key"] for found in s3.list_objects_v2(Bucket=bucket).get("Contents", ())}
        assert (True, False) == (stranger in kept, theirs in kept)
        s3.delete_object(Bucket=bucket, Key=stranger)

    def test_before_they_came(self, world, people):
        """Of an account that is not in the restored ledger the fence is all that there is to do."""
        people.backups["empty"].restore()
        first = replay(world)
        assert (0, {}) == numbers(first, "erased", "left")
        assert {("ERASED", False)} == {(state, left) for state, _, left in erased_rows(world, people.ada).values()}
        assert None is world.other_process().ledger.load(people.ada.account)
        assert () == verified(world)

    def test_before_they_came_and_the_views_of_today(self, world, people):
        """Rows of an account that there is not are taken away."""
        people.backups["retired"].restore("views")
        people.backups["empty"].restore("ledger")
        assert replay(world).strays
        assert [] == [row for row in world.scan("views") if people.ada.account in row["pk"]["S"]]


class TestRowsThatWereLost:
    """Rows made after the backup: nothing in the restored ledger tells of them."""

    def test_their_keys_die(self, world, people):
        """Retired and not cleaned up yet, restored to before the leaving: the originals are not kept for nobody."""
        people.backups["retired"].restore()
        people.restore_erasures("retired")
        people.backups["registered"].restore("ledger", "views")
        first = replay(world)
        assert (3, 2, {}) == numbers(first, "keys", "erased", "left")
        forgotten(world, people.ada)
        ends = {item["pk"]["S"]: item["event"]["S"] for item in world.scan("erasures")}
        account = people.ada.account
        rows = erased_rows(world, people.ada)
        assert {"ERASED"} == {state for state, _, _ in rows.values()}
        assert rows.keys() == {name for name in ends if name.startswith(account)}
        assert "ErasureReplayed" == ends[next(name for name in ends if name.endswith("#partner"))]

    def test_a_row_that_stands_is_kept(self, world, people):
        """Retired and not cleaned up yet: who cleans up later still finds the originals."""
        people.backups["retired"].restore()
        people.restore_erasures("retired")
        people.backups["working"].restore("ledger", "views")
        assert (1, {}) == numbers(replay(world), "erased", "left")
        assert () == verified(world)
        state = world.other_process().state(people.ada.account)
        assert (True, people.ada.username, None) == (state.erased, state.originals.username, state.partner_row)

    def test_no_number_is_given_twice(self, world, people):
        """Its key could not be made: there is a fence of that name."""
        people.backups["registered"].restore()
        replay(world)
        process = world.other_process()
        used = {
            purpose: max(int(item["pk"]["S"].split(".")[1].split("#")[0]) for item in entries)
            for purpose in ("retirement", "partner")
            if (entries := [each for each in world.scan("erasures") if each["pk"]["S"].endswith(f"#{purpose}")])
        }
        assert used == {purpose: process.ledger.last_number(purpose) for purpose in used}


class TestWhoStayed:
    """A person who left and cancelled."""

    @pytest.mark.parametrize("tables", [(), ("ledger",)], ids=["all", "ledger"])
    def test_cancelled_again(self, world, people, tables):
        """The address of before is theirs again, nobody knows the password, and they can leave once more."""
        people.backups["left"].restore(*tables)
        first = replay(world)
        assert (1, {}) == numbers(first, "cancelled", "left")
        assert () == verified(world)
        process = world.other_process()
        state = process.state(people.bob.account)
        assert (False, people.bob.email, None, False) == (state.erased, state.email, state.row, state.has_left)
        assert people.bob.username == state.username
        assert 400 == process.api.grant(people.bob.username).status
        claims = [Claim(ClaimKind.USERNAME, people.bob.username), Claim(ClaimKind.EMAIL, people.bob.email)]
        assert dict.fromkeys(claims, people.bob.account) == process.ledger.owners(claims)
        assert 0 == replay(world).changed

    def test_before_the_row(self, world, people):
        """Nothing is to be done for them."""
        people.backups["registered"].restore()
        assert (0, {}) == numbers(replay(world), "cancelled", "left")
        state = world.other_process().state(people.bob.account)
        assert (people.bob.email, people.bob.username) == (state.email, state.username)

    def test_an_address_that_somebody_else_has(self, world, people):
        """Named, and left as it is; all others are done."""
        people.backups["left"].restore()
        key = world.ledger.claim_key(Claim(ClaimKind.EMAIL, people.bob.email))
        world.wiring.dynamodb.put_item(TableName=world.ledger.table, Item={**key, "a": {"S": "f" * 32}})
        first = replay(world)
        assert {people.bob.account: "somebody else has its name or address"} == first.left
        assert 2 == first.erased

    def test_cancelled_with_another_address(self, world, people, monkeypatch):
        """What the runbook says of who was left: the row's key is gone, so another address must be given."""
        monkeypatch.setattr(world.clock, "now", world.clock.now)  # the time of the others is put back
        people.backups["left"].restore()
        key = world.ledger.claim_key(Claim(ClaimKind.EMAIL, people.bob.email))
        world.wiring.dynamodb.put_item(TableName=world.ledger.table, Item={**key, "a": {"S": "f" * 32}})
        assert {people.bob.account} == replay(world).left.keys()
        world.clock.advance(hours=1)
        wiring = world.other_process().wiring
        found = wiring.ledger.load(people.bob.account)
        asked = Asked(lambda: context(world))
        with pytest.raises(CancelRefusedError, match="another one must be given"):
            cancel_retirement(wiring, found, found.state.row.number, asked)
        cancel_retirement(wiring, found, found.state.row.number, asked, "bob.again@example.com")
        world.wiring.dynamodb.delete_item(TableName=world.ledger.table, Key=key)
        world.catch_up()
        strays = verified(world)
        assert {(Place.CLAIM, "too many", True)} == {(each.place, each.what, each.mendable) for each in strays}
        assert () == wiring.repairer.mend(strays).left
        assert () == verified(world)
        state = world.other_process().state(people.bob.account)
        assert ("bob.again@example.com", people.bob.username, None) == (state.email, state.username, state.row)
        assert 0 == replay(world).changed


class TestWhoCameBack:
    """A person who left, cancelled, changed the address, left again and was erased."""

    def test_restored_to_the_first_leaving(self, world, people):
        """The names of the last leaving stay taken; those of the first are free."""
        people.backups["left"].restore()
        assert {} == replay(world).left
        forgotten(world, people.eve)
        first_address = Claim(ClaimKind.EMAIL, f"{people.eve.username}@example.com")
        assert {} == world.other_process().ledger.owners([first_address])


class TestWhatCannotBeDone:
    """Named by account; the keys are destroyed all the same."""

    def test_a_damaged_account(self, world, people):
        """The others are done."""
        people.backups["registered"].restore()
        place = {"pk": {"S": f"A#{people.ada.account}"}, "sk": {"S": "E#000000000001"}}
        (event,) = [item for item in world.scan("ledger") if place.items() <= item.items()]
        world.wiring.dynamodb.put_item(TableName=world.ledger.table, Item={**event, "p": {"S": "nonsense"}})
        first = replay(world)
        assert {people.ada.account: "an item of it is damaged"} == first.left
        assert {"ERASED"} == {state for state, _, _ in erased_rows(world, people.ada).values()}
        assert 1 == first.erased

    def test_an_entry_without_names(self, world, people):
        """The ledger of an older release: who had left has names of their own, who had not has none."""
        table = world.wiring.tables.erasures.Meta.table_name
        for item in world.scan("erasures"):
            kept = {name: item[name] for name in ("pk", "account", "through", "at")}
            world.wiring.dynamodb.put_item(TableName=table, Item=kept)
        people.backups["registered"].restore()
        left = replay(world).left
        assert {people.ada.account, people.eve.account} == left.keys()
        assert all("no retired names" in why for why in left.values())
        people.backups["left"].restore()
        assert {} == replay(world).left
        forgotten(world, people.ada)

    def test_an_entry_that_nobody_can_read(self, world, people):
        """It is said, and the others are done; certificates are no entries."""
        table = world.wiring.tables.erasures.Meta.table_name
        for item in ({"pk": {"S": "nonsense"}}, {"pk": {"S": f"certificate#{'a' * 32}#{'b' * 32}"}}):
            world.wiring.dynamodb.put_item(TableName=table, Item=item)
        people.backups["left"].restore()
        assert {"": "an entry of the erasure ledger cannot be read"} == replay(world).left


STRIDE = 9
"""Of how many calls one is the last; with 1 it is every one, which takes minutes."""


class TestKilled:
    """Between two calls of DynamoDB and KMS, before and after the first has landed."""

    @pytest.mark.parametrize("mode", [Mode.KILLED_BEFORE, Mode.KILLED_AFTER], ids=lambda mode: mode.name)
    def test_the_next_run_finishes(self, world, people, mode):
        """Whatever the first has done: everything is forgotten, once."""
        people.backups["reported"].restore()
        fuse = Fuse()
        with fused(world, fuse) as process:
            replay(process, threads=1)
        calls = len(fuse.calls)
        assert calls > 20
        for at in range(STRIDE if mode is Mode.KILLED_BEFORE else (STRIDE + 1) // 2, calls + 1, STRIDE):
            people.backups["reported"].restore()
            people.restore_erasures()
            with fused(world, Fuse(at, mode)) as process, pytest.raises(Killed):
                replay(process, threads=1)
            assert {} == replay(world).left
            assert 1 == world.other_process().events(people.ada.account).count("ErasureReplayed")
            assert () == verified(world)
            assert 0 == replay(world).changed


def _by_key(items):
    return {item["pk"]["S"]: item for item in items}
