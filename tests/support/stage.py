"""The whole service in this process, on moto, with a clock and a mailbox that tests hold in their hands."""

import itertools
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from app import make_app
from chalicelib.events.claims import Claim, ClaimKind
from chalicelib.mail.message import Message
from chalicelib.mail.port import MailUnavailableError
from chalicelib.settings import Settings
from chalicelib.wiring import Wiring
from local import emulators, seeds
from local.front.function import keep_requests_apart
from tests.support.api import PASSWORD, Api
from tests.support.clock import FakeClock

TINY_ARGON2 = {"argon2_memory_kib": 8, "argon2_passes": 1, "argon2_lanes": 1}
WORKERS = {
    "retirement_worker_username": seeds.RETIREMENT_WORKER,
    "username_worker_username": seeds.USERNAME_WORKER,
    "orgs_config": {"mb_coaching": ["student_id", "original_email", "original_name", "deletion_completed"]},
}
EXTENDED_PROFILE = ["favorite_beatle", "conlangs_spoken"]


@dataclass
class Mailbox:
    """Takes mails, or refuses them while `down`."""

    down: bool = False
    mails: list[Message] = field(default_factory=list)

    def send(self, message: Message) -> None:
        """Keep a mail."""
        if self.down:
            raise MailUnavailableError("down")
        self.mails.append(message)

    def pretend(self, message: Message) -> None:
        """Take as long as `send`, and keep nothing."""
        assert message.to
        if self.down:
            raise MailUnavailableError("down")

    def to(self, address: str) -> list[Message]:
        """The mails to an address, oldest first."""
        return [mail for mail in self.mails if mail.to == address]


@dataclass
class Stage:
    """A service that is ready, and its surroundings."""

    wiring: Wiring
    clock: FakeClock
    mailbox: Mailbox
    api: Api
    environment: Mapping[str, str] = field(default_factory=dict)
    """What another process finds the same AWS by."""

    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def fresh(self, stem: str = "user") -> str:
        """A username that nobody has."""
        return f"{stem}{next(self._numbers)}"

    def new_account(self, stem: str = "user", **form: Any) -> str:
        """Provision an account through the API; answers its username."""
        username = self.fresh(stem)
        standard = {"username": username, "email": f"{username}@example.com", "name": "Ada", "password": PASSWORD}
        profile = {"year_of_birth": 1990} | form.pop("profile", {})
        content = standard | {"profile": profile} | form
        answer = self.api.post_json("/api/user/v1/admin/accounts", content, as_="superuser")
        assert 201 == answer.status, answer.text
        return username

    def id_of(self, username: str) -> str:
        """The account id behind a username."""
        claim = Claim(ClaimKind.USERNAME, username)
        return self.wiring.ledger.holders([claim])[claim]

    def events_of(self, username: str) -> list[str]:
        """The types of the account's events, oldest first."""
        return [type(event).__name__ for event in self.wiring.ledger.history(self.id_of(username))]


@contextmanager
def running_stage(**settings: Any) -> Iterator[Stage]:
    """A fresh service with the seeds planted; the environment is as before when it has ended."""
    with pytest.MonkeyPatch.context() as environment:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            environment.delenv(name)
        chosen = Settings(**{"extended_profile_fields": EXTENDED_PROFILE} | WORKERS | TINY_ARGON2 | settings)
        with emulators.start(chosen, aws_port=None, dynamodb_endpoint=None) as aws:
            emulators.prepare(chosen)
            clock, mailbox = FakeClock(), Mailbox()
            wiring = Wiring(chosen, clock=clock)
            wiring.mailer = mailbox
            wiring.tables.create()
            seeds.plant(wiring)
            app = make_app(wiring)
            keep_requests_apart(app)
            yield Stage(wiring, clock, mailbox, Api(app, clock), aws.variables)
