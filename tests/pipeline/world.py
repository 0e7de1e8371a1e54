"""A service in this process whose views follow by hand, and people who leave it."""

import base64
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from app import make_app
from chalicelib.events.dynamo import Item
from chalicelib.hooks.port import NoHooks
from chalicelib.projections.feed import Feed
from chalicelib.projections.quarantine import Quarantine
from chalicelib.projections.runner import Runner
from chalicelib.projections.view import ViewWriter
from chalicelib.settings import Settings
from chalicelib.wiring import Wiring
from local import emulators, seeds
from local.front.function import keep_requests_apart
from local.hooks import HookRecorder
from tests.support.api import PASSWORD, Api
from tests.support.clock import FakeClock
from tests.support.gateway import Answer
from tests.support.stage import EXTENDED_PROFILE, TINY_ARGON2, WORKERS, Mailbox, Stage, running_stage

ACCOUNTS = "/api/user/v1/accounts"
WORKER = seeds.RETIREMENT_WORKER
SHARED = ("dynamodb", "kms", "mailer", "hooks", "_secret_members")
"""What another process of the service has in common with the first one: the clients, and what is outside."""


class Bus:
    """EventBridge, as far as the feed knows it; takes everything."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - botocore's name
        """Keep the entries."""
        self.taken += Entries
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "e"} for _ in Entries]}


class World:
    """A stage, its hooks, its feed, and the requests of a driver."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.wiring = stage.wiring
        self.clock = stage.clock
        self.mailbox = stage.mailbox
        self.bus = Bus()
        self.hooks = HookRecorder(NoHooks(), stage.clock)
        self.wiring.hooks = self.hooks
        self.runner = self._runner()
        self._seen: dict[str, int] = {}
        self._sequence = 0
        self.api = stage.api
        assert "PENDING" == self.wiring.states.names[0]

    @property
    def ledger(self) -> Any:
        """The accounts."""
        return self.wiring.ledger

    def other_process(self) -> "World":
        """Another process of the same service, with a memory of its own."""
        wiring = Wiring(self.wiring.settings, clock=self.clock)
        for name in SHARED:
            wiring.__dict__[name] = self.wiring.__dict__.get(name) or getattr(self.wiring, name)
        app = make_app(wiring)
        keep_requests_apart(app)
        other = World.__new__(World)
        other.__dict__.update(self.__dict__)
        other.wiring, other.api = wiring, Api(app, self.clock)
        other.api._tokens = self.api._tokens
        other.runner = other._runner()
        return other

    def _runner(self) -> Runner:
        views = self.wiring.tables.views.Meta.table_name
        return Runner(
            projections=self.wiring.projections,
            writer=ViewWriter(self.wiring.dynamodb, views, self.wiring.generations),
            feed=Feed(self.bus, "bus"),
            quarantine=Quarantine(self.wiring.dynamodb, views, 5),
            decode=self.wiring.ledger.decode,
            clock=self.clock,
            fetch_keys=self.wiring.ledger.fetch_keys,
        )

    def catch_up(self, accounts: Sequence[str] | None = None) -> None:
        """Deliver the newest heads to the views and to the feed: of some accounts, or of all that have changed."""
        records = [self._record(account, head) for account, head in self._new_heads(accounts)]
        if records:
            assert {"batchItemFailures": []} == self.runner.handle({"Records": records})

    def _new_heads(self, accounts: Sequence[str] | None) -> Iterator[tuple[str, Item]]:
        heads = self.heads() if accounts is None else [self._head(account) for account in accounts]
        for head in heads:
            account, version = head["pk"]["S"][2:], int(head["v"]["N"])
            if self._seen.get(account) != version:
                self._seen[account] = version
                yield account, head

    def _head(self, account: str) -> Item:
        key = {"pk": {"S": f"A#{account}"}, "sk": {"S": "HEAD"}}
        item: Item = self.wiring.dynamodb.get_item(TableName=self.ledger.table, Key=key, ConsistentRead=True)["Item"]
        return item

    def _record(self, account: str, head: Item) -> dict[str, Any]:
        self._sequence += 1
        image = {
            name: {"B": base64.b64encode(value["B"]).decode()} if "B" in value else value
            for name, value in head.items()
        }
        sequence = str(49_590_000_000_000_000_000 + self._sequence)
        return {"eventName": "MODIFY", "dynamodb": {"NewImage": image, "SequenceNumber": sequence}}

    def scan(self, table: str) -> list[dict[str, Any]]:
        """Every item of one of the service's tables, on the wire."""
        name = getattr(self.wiring.tables, table).Meta.table_name
        pages = self.wiring.dynamodb.get_paginator("scan").paginate(TableName=name, ConsistentRead=True)
        return [item for page in pages for item in page["Items"]]

    def heads(self) -> list[Item]:
        """The heads of all accounts."""
        return [item for item in self.scan("ledger") if item["sk"]["S"] == "HEAD"]

    def state(self, account: str) -> Any:
        """An account as it is now."""
        return self.ledger.load(account).state

    def events(self, account: str, after: int = 0) -> list[str]:
        """The types of an account's events, oldest first; transitions with the state that they lead to."""
        return [
            f"-> {event.after}" if type(event).__name__ == "RetirementStateChanged" else type(event).__name__
            for event in self.ledger.history(account, after=after)
        ]

    def version(self, account: str) -> int:
        """The number of an account's events."""
        return int(self.ledger.load(account).version)

    def new_account(self, stem: str = "user", **form: Any) -> str:
        """A fresh account; answers its username."""
        return self.stage.new_account(stem, **form)

    def id_of(self, username: str) -> str:
        """The account id behind a username."""
        return self.stage.id_of(username)

    def leave(self, username: str, **how: Any) -> Answer:
        """Ask for one's own retirement."""
        caller = {} if "token" in how else {"as_": username}
        return self.api.post_json(f"{ACCOUNTS}/deactivate_logout", {"password": PASSWORD}, **caller | how)

    def leaver(self, stem: str = "leaver", state: str = "PENDING", **form: Any) -> str:
        """The username of somebody who has left, whose row stands in `state`."""
        username = self.new_account(stem, **form)
        assert 204 == self.leave(username).status
        if state != "PENDING":
            assert 204 == self.move(username, state).status
        return username

    def post(self, path: str, content: Any, **how: Any) -> Answer:
        """POST as the retirement worker."""
        return self.api.post_json(f"{ACCOUNTS}/{path}", content, **{"as_": WORKER} | how)

    def move(self, username: str, state: str, response: str = "", **how: Any) -> Answer:
        """PATCH a row as the retirement worker."""
        content = {"username": username, "new_state": state, "response": response}
        if how.pop("force", False):
            content["force"] = True
        return self._send("PATCH", "update_retirement_status", content, **how)

    def report(self, username: str, **how: Any) -> Answer:
        """PUT the partner row."""
        return self._send("PUT", "retirement_partner_report", {"username": username}, **how)

    def step(self, name: str, username: str, **how: Any) -> Answer:
        """`retire_misc`, `retire` or `retire_mailings`."""
        return self.post(name, {"username": username}, **how)

    def take_reports(self, **how: Any) -> Answer:
        """The partner list."""
        return self.post("retirement_partner_report", {}, **how)

    def clean_reports(self, *usernames: str, **how: Any) -> Answer:
        """The partner cleanup."""
        content = [{"original_username": username} for username in usernames]
        return self.post("retirement_partner_report_cleanup", content, **how)

    def clean_up(self, *usernames: str, **more: Any) -> Answer:
        """The cleanup of rows."""
        how = {name: more.pop(name) for name in ("headers", "as_") if name in more}
        return self.post("retirement_cleanup", {"usernames": list(usernames), **more}, **how)

    def _send(self, method: str, path: str, content: Any, headers: Any = None, **how: Any) -> Answer:
        sent = {"Content-Type": "application/json", **(headers or {})}
        body = json.dumps(content).encode()
        return self.api.request(method, f"{ACCOUNTS}/{path}", headers=sent, body=body, **{"as_": WORKER} | how)


@contextmanager
def running_world(dynamodb_endpoint: str | None = None, **settings: Any) -> Iterator[World]:
    """A fresh world on moto, or with its tables on another DynamoDB."""
    if dynamodb_endpoint is None:
        with running_stage(**settings) as stage:
            yield World(stage)
        return
    with _stage_on(dynamodb_endpoint, **settings) as stage:
        yield World(stage)


@contextmanager
def _stage_on(endpoint: str, **settings: Any) -> Iterator[Stage]:
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("AWS_ENDPOINT_URL", raising=False)
        chosen = Settings(**{"extended_profile_fields": EXTENDED_PROFILE} | WORKERS | TINY_ARGON2 | settings)
        with emulators.start(chosen, aws_port=None, dynamodb_endpoint=endpoint) as aws:
            emulators.prepare(chosen)
            clock, mailbox = FakeClock(), Mailbox()
            wiring = Wiring(chosen, clock=clock)
            wiring.mailer = mailbox
            wiring.tables.create()
            seeds.plant(wiring)
            app = make_app(wiring)
            keep_requests_apart(app)
            yield Stage(wiring, clock, mailbox, Api(app, clock), aws.variables)
