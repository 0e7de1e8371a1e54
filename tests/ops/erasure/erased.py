"""Somebody whose every field is marked, on the way to being forgotten, and what a check finds at each moment."""

import json
import os

from ops.erasure.checking import Check, Surroundings
from ops.erasure.collecting import texts_of
from ops.erasure.forms import FORMS
from ops.erasure.stores import Stores
from tests.pipeline.marked import Person

LEAKED = 'Zoë "Ünï" <O\'Brien> & Söhne?'
"""A value that looks different in every form."""


def whats(checked):
    """What a check found, without where."""
    return {finding.what for finding in checked.findings}


def retire(world, username):
    """The steps after the partner report up to `retire`."""
    assert 200 == world.take_reports().status
    for step in ("retire_misc", "retire"):
        assert 204 == world.step(step, username).status
    world.catch_up()


def clean_up(world, username):
    """Both cleanups."""
    assert 204 == world.move(username, "COMPLETE", "qzxmarkend").status
    assert 204 == world.clean_reports(username).status
    assert 204 == world.clean_up(username).status
    world.catch_up()


class Erasing:
    """One person in a world, checks of them, and ways to leave something behind."""

    def __init__(self, world):
        self.world = world
        self.stores = Stores(world.wiring)
        self.waits = []
        self.told = 0
        world.api.token("staff")
        self.person = Person(world)
        self.person.report()
        self.account = self.person.account
        self.values = [LEAKED, *texts_of(world.wiring, world.ledger.load(self.account)), "", "abc"]

    def check(self, values="all", stores=None, forms=FORMS):
        """What a check comes to now."""
        given = self.values if values == "all" else values
        around = Surroundings(self._tell, self.waits.append)
        return Check(self.world.wiring, self.account, given, around, stores or self.stores, forms).run()

    def _tell(self, count):
        self.told += count

    def retire(self):
        """The steps up to `retire`."""
        retire(self.world, self.person.username)

    def clean_up(self):
        """Both cleanups."""
        clean_up(self.world, self.person.username)

    def put(self, suffix, item):
        """Put an item into a table."""
        (table,) = (each for each in self.stores.tables if each.suffix == suffix)
        self.world.wiring.dynamodb.put_item(TableName=table.name, Item=item)
        return table, table.key_of(item)

    def delete(self, suffix, pk, sk=None):
        """Delete an item."""
        (table,) = (each for each in self.stores.tables if each.suffix == suffix)
        key = {"pk": {"S": pk}} | ({} if sk is None else {"sk": {"S": sk}})
        self.world.wiring.dynamodb.delete_item(TableName=table.name, Key=key)

    def object(self, key, body=b"x", **more):
        """Put an object into the bucket."""
        self.stores.s3.put_object(Bucket=self.stores.bucket, Key=key, Body=body, **more)

    def leak(self):
        """Leave the value in every form in every table, in the bucket and in a queue; a way to take all of it back."""
        left = []
        for table in self.stores.tables:
            for number, form in enumerate(FORMS):
                item = {name: {"S": f"left{number}"} for name in table.keys}
                left.append(self.put(table.suffix, item | {"p": {"M": {"x": {"L": [{"B": form.hide(LEAKED)}]}}}}))
        for number, form in enumerate(FORMS):
            self.object(f"left/{number}", form.hide(LEAKED))
        self.object("left/old", LEAKED.encode())
        self.object("left/old", b"")
        self.stores.s3.delete_object(Bucket=self.stores.bucket, Key="left/old")
        sqs = self.world.wiring.client("sqs")
        queue = sqs.create_queue(QueueName="rollcall-dead-letters")["QueueUrl"]
        sqs.send_message(QueueUrl=queue, MessageBody=json.dumps({"a": LEAKED}))

        def take_back():
            for table, key in left:
                self.world.wiring.dynamodb.delete_item(TableName=table.name, Key=key)
            for version in list(self.stores.versions("left/")):
                self.stores.delete(version.key)
            sqs.delete_queue(QueueUrl=queue)

        return take_back

    def twin(self):
        """Somebody else with the same name and texts, and an export that lies in the bucket; they live."""
        profile = {"year_of_birth": 1990, "bio": "qzxmarkbio", "city": "qzxmarkcity"}
        username = self.world.new_account("twin", name="Qzxmarkname Two", profile=profile)
        account, export = self.world.id_of(username), os.urandom(16).hex()
        self.put(
            "short-lived",
            {
                "pk": {"S": f"O#{account}"},
                "sk": {"S": f"EXPORT#{export}"},
                "expires": {"N": str(int(self.world.clock().timestamp()) + 3600)},
            },
        )
        self.object(f"exports/{export}.json", b'{"name": "Qzxmarkname Two", "bio": "qzxmarkbio"}')
