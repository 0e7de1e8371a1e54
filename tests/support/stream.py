"""A stream of heads, a view, and a bus, for tests of the consumer."""

import base64
import json

from chalicelib.accounts.update import update_account
from chalicelib.api.services import context
from chalicelib.events.errors import StoreUnavailableError
from chalicelib.events.event import Actor, Role
from chalicelib.projections.feed import Feed
from chalicelib.projections.quarantine import Quarantine
from chalicelib.projections.runner import Runner
from chalicelib.projections.view import Row, ViewWriter

LIMIT = 3
"""Failures after which an account is set aside."""


class Names:
    """A view for tests: one row an account, with its name; gone while the name is "gone"."""

    name = "names"

    def __init__(self):
        self.poisoned = set()
        self.waiting = set()
        self.order = []

    def project(self, account):
        self.order.append((account.account, account.version))
        if account.account in self.poisoned:
            raise ZeroDivisionError(account.state.profile.name)
        if account.account in self.waiting:
            raise StoreUnavailableError("busy")
        name = account.state.profile.name
        return [Row(account.account, "ROW", None if name == "gone" else name)]


class Bus:
    """EventBridge, as far as the feed knows it; refuses the entries of some accounts."""

    def __init__(self):
        self.taken = []
        self.refused = set()

    def put_events(self, Entries):  # noqa: N803 - botocore's name
        assert 10 >= len(Entries)
        answers = []
        for entry in Entries:
            if json.loads(entry["Detail"])["account"] in self.refused:
                answers.append({"ErrorCode": "ThrottlingException"})
            else:
                self.taken.append(entry)
                answers.append({"EventId": "e"})
        failed = sum("ErrorCode" in answer for answer in answers)
        return {"FailedEntryCount": failed, "Entries": answers}


class Stream:
    """Heads as the stream carries them, and the consumer that reads them."""

    def __init__(self, stage):
        self.stage = stage
        self.views = stage.wiring.tables.views.Meta.table_name
        self.names, self.bus = Names(), Bus()
        self.runner = self.fresh_runner()
        self.sequence = 0

    def fresh_runner(self, ledger=None):
        """Another process of the consumer; by default with the ledger, and so the memory of keys, of the stage."""
        wiring = self.stage.wiring
        ledger = ledger or wiring.ledger
        return Runner(
            projections=(self.names,),
            writer=ViewWriter(wiring.dynamodb, self.views, wiring.generations),
            feed=Feed(self.bus, "bus"),
            quarantine=Quarantine(wiring.dynamodb, self.views, LIMIT),
            decode=ledger.decode,
            clock=self.stage.clock,
            fetch_keys=ledger.fetch_keys,
        )

    def account(self, name="Ada"):
        """A new account's id."""
        return self.stage.id_of(self.stage.new_account(name=name))

    def renamed(self, account, name):
        """Change the name; the record of the new head."""
        wiring = self.stage.wiring
        wiring.ledger.execute(
            account,
            lambda state: update_account(
                state, {"name": name}, wiring.policy, context(wiring, Actor(role=Role.SYSTEM), "r")
            ),
        )
        return self.record(account)

    def record(self, account):
        """The present head as a record: bytes in base64, and a sequence number as long as DynamoDB's."""
        self.sequence += 1
        key = {"pk": {"S": f"A#{account}"}, "sk": {"S": "HEAD"}}
        table = self.stage.wiring.tables.ledger.Meta.table_name
        item = self.stage.wiring.dynamodb.get_item(TableName=table, Key=key)["Item"]
        image = {
            name: {"B": base64.b64encode(value["B"]).decode()} if "B" in value else value
            for name, value in item.items()
        }
        number = str(49_590_000_000_000_000_000 + self.sequence)
        return {"eventName": "MODIFY", "dynamodb": {"NewImage": image, "SequenceNumber": number}}

    def deliver(self, *records):
        """Hand records over; the sequence numbers that must come again."""
        answer = self.runner.handle({"Records": list(records)})
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    def row(self, account):
        """(name, version) of the account's row; None if there never was one."""
        key = {"pk": {"S": f"V#names#1#{account}"}, "sk": {"S": "ROW"}}
        item = self.stage.wiring.dynamodb.get_item(TableName=self.views, Key=key).get("Item")
        return None if item is None else (item.get("row", {}).get("S"), int(item["v"]["N"]))

    def set_aside(self):
        """The accounts in quarantine's list."""
        return Quarantine(self.stage.wiring.dynamodb, self.views, LIMIT).accounts()


def number_of(record):
    """A record's sequence number."""
    return record["dynamodb"]["SequenceNumber"]
