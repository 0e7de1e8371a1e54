"""Accounts with something of everything, damage done behind the service's back, and a checker that does not sleep."""

from contextlib import contextmanager
from dataclasses import replace

from chalicelib.projections.checking import Checker
from chalicelib.projections.rebuilding import Rebuilder, Surroundings
from chalicelib.projections.repairing import Repairer

GRACE = 1
PEOPLE = ("stays", "left", "reported", "erased", "cleaned")


class Verification:
    """Verifies, repairs and rebuilds a world of `tests.pipeline`; waiting moves its clock and takes no time."""

    def __init__(self, world):
        self.world = world
        self.client = world.wiring.dynamodb
        self.ledger = world.wiring.ledger.table
        self.views = world.wiring.tables.views.Meta.table_name
        self.keys = world.wiring.keys.table
        self.erasures = world.wiring.tables.erasures.Meta.table_name
        self.waited = 0.0
        self.meanwhile = lambda: None
        self.stores = replace(world.wiring.stores, wait=self.wait)
        self.checker = Checker(self.stores, GRACE)
        self.repairer = Repairer(self.stores, self.checker)
        wiring = world.wiring
        self.rebuilder = Rebuilder(self.stores, Surroundings(wiring.leases, wiring.random_bytes), GRACE)

    def wait(self, seconds):
        """Let time pass on the clock of the service."""
        self.waited += seconds
        self.world.clock.advance(seconds=seconds)
        self.meanwhile()

    def table(self, name):
        """A table by its short name."""
        return {"ledger": self.ledger, "views": self.views, "keys": self.keys, "erasures": self.erasures}[name]

    def everybody(self):
        """Account ids: somebody who stays, who has left, who is reported, who is erased, whose row is cleaned up."""
        world = self.world
        names = {stem: world.new_account(stem, orgs=["edX"], preferences={"colour": "blue"}) for stem in PEOPLE}
        ids = {stem: world.id_of(username) for stem, username in names.items()}
        for stem in PEOPLE[1:]:
            assert 204 == world.leave(names[stem]).status
        for stem in PEOPLE[2:]:
            assert 204 == world.move(names[stem], "LOCKING_ACCOUNT").status
        assert 204 == world.report(names["reported"]).status
        for stem in PEOPLE[3:]:
            assert [204, 204] == [world.step(name, names[stem]).status for name in ("retire_misc", "retire")]
        assert [204, 204] == [
            world.move(names["cleaned"], "COMPLETE").status,
            world.clean_up(names["cleaned"]).status,
        ]
        world.catch_up()
        return ids

    def items(self, table, pk):
        """Every item of a partition."""
        if table in ("keys", "erasures"):
            found = self.client.get_item(TableName=self.table(table), Key={"pk": {"S": pk}}, ConsistentRead=True)
            return [found["Item"]] if "Item" in found else []
        query = {
            "TableName": self.table(table),
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": pk}},
            "ConsistentRead": True,
        }
        return self.client.query(**query)["Items"]

    def in_use(self, counter):
        """The highest number of a counter that anything has."""
        if counter == "account":
            return max(self.world.state(head["pk"]["S"][2:]).number for head in self.world.heads())
        names = [row["pk"]["S"].partition("#") for row in self.world.scan("keys")]
        return max(int(subject.partition(".")[2]) for subject, _, purpose in names if purpose == counter)

    def put(self, table, item):
        """Write an item, whatever stands there."""
        self.client.put_item(TableName=self.table(table), Item=item)

    def delete(self, table, item):
        """Take an item away."""
        key = {name: item[name] for name in ("pk", "sk") if name in item}
        self.client.delete_item(TableName=self.table(table), Key=key)

    @contextmanager
    def damaged(self, table, before, after):
        """An item is another one meanwhile (null: none)."""
        self.delete(table, before or after)
        if after is not None:
            self.put(table, after)
        try:
            yield
        finally:
            if after is not None:
                self.delete(table, after)
            if before is not None:
                self.put(table, before)
