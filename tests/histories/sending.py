"""Sending requests for people of a history, and watching what anybody is told of those who are forgotten."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine

from chalicelib.events.keys import CACHE_SECONDS
from tests.histories import commands
from tests.histories.model import Caller, Model, Person, Token
from tests.histories.scene import Scene
from tests.pipeline.world import World
from tests.support.api import PASSWORD
from tests.support.gateway import Answer

NOBODY = Caller()
MERGE = "application/merge-patch+json"
ABOUT_ROWS = ("retirement_status", "retirement_queue", "retirements_by", "retirement_partner_report")
"""Stand in the paths of all endpoints that may tell of rows."""

KEPT = timedelta(hours=23)
"""How long a repeated request is sure to get its first answer."""


@dataclass(frozen=True)
class Sent:
    """A request with an Idempotency-Key that succeeded; `about` is whose account its answer tells of."""

    method: str
    path: str
    caller: Caller
    body: bytes
    kind: str
    key: str
    status: int
    answer: bytes
    at: Any
    about: Person | None


class Requests(RuleBasedStateMachine):
    """One history: who takes part, what they sent, and the process that answers."""

    scene: Scene

    def __init__(self) -> None:
        super().__init__()
        self.stem = self.scene.first.stage.fresh("hist").ljust(10, "x")
        self.model = Model(self.scene.clock)
        self.process = 0
        self.sent: list[Sent] = []
        self.touched: list[Person] = []
        self.typed: dict[str, set[str]] = {}
        self.broken = False
        self.scene.begin()

    @property
    def world(self) -> World:
        """The process that answers now."""
        return self.scene.processes[self.process]

    @property
    def people(self) -> list[Person]:
        """Everybody with an account, or who had one."""
        return self.model.people

    def person(self, who: int) -> Person:
        """One of them."""
        return self.people[who % len(self.people)]

    def caller(self, who: int | str | None) -> Caller:
        """A seed account, or somebody with their newest token, dead or not, or nobody."""
        if isinstance(who, int):
            return self.owner(self.person(who)) if self.people else NOBODY
        return Caller(who)

    def owner(self, person: Person) -> Caller:
        """A person with a token that counts if they can get one, else with an old one."""
        living = [token for token in person.tokens if self.model.knows(Caller(None, person, token))]
        if not living and person.may_log_in:
            self.log_in(person.username)
            living = person.tokens[-1:]
        found = living or person.tokens[-1:]
        return Caller(None, person, found[0]) if found else NOBODY

    def log_in(self, name: str) -> None:
        """The password grant, with the password that everybody chooses."""
        self.touched += [each for each in self.people if name in (each.username, each.email)]
        form = {"grant_type": "password", "client_id": "login-service-client-id", "token_type": "jwt"}
        answer = self.world.api.post_form("/oauth2/access_token", {**form, "username": name, "password": PASSWORD})
        token = Token(answer.json["access_token"], self.model.now) if answer.status == 200 else None
        self.expect(commands.log_in(self.model, name, token), answer)
        self._watch("", name, answer, len(self.scene.mailbox.mails))

    def types(self, person: Person, *values: str) -> None:
        """Somebody uses a name or an address that others may use, too."""
        for value in values:
            self.typed.setdefault(value.casefold(), set()).add(person.mark)

    def send(
        self,
        method: str,
        path: str,
        caller: Caller = NOBODY,
        content: Any = None,
        *,
        kind: str = "application/json",
        version: int | None = None,
        keyed: bool = False,
        about: Person | None = None,
    ) -> Answer:
        """A request and its answer. `keyed` sends an Idempotency-Key, `version` is that of an If-Match."""
        body = content if isinstance(content, bytes) else b"" if content is None else json.dumps(content).encode()
        headers = {"Content-Type": kind}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        if kind.startswith("image/"):
            headers["Content-Disposition"] = 'attachment; filename="me.png"'
        key = f"{self.stem}-{len(self.sent)}"
        if keyed:
            headers["Idempotency-Key"] = key
        answer = self._exchange(method, path, caller, headers, body)
        if keyed and answer.status < 300:
            at = self.model.now
            self.sent.append(Sent(method, path, caller, body, kind, key, answer.status, answer.body, at, about))
        return answer

    def expect(self, status: int, answer: Answer) -> None:
        """The answer has the status that the model says; if not, the model is not to be compared with any more."""
        self.broken = status != answer.status
        assert status == answer.status, answer.text

    def send_again(self, sent: Sent) -> Answer:
        """The same request once more, byte for byte."""
        headers = {"Content-Type": sent.kind, "Idempotency-Key": sent.key}
        return self._exchange(sent.method, sent.path, sent.caller, headers, sent.body)

    def _exchange(self, method: str, path: str, caller: Caller, headers: dict[str, str], body: bytes) -> Answer:
        who = {"token": caller.token.text} if caller.token else {"as_": caller.seed}
        mails = len(self.scene.mailbox.mails)
        address, _, query = path.partition("?")
        answer = self.world.api.request(method, address, query=query, headers=headers, body=body or None, **who)
        assert answer.status < 500, answer.text
        self._watch(path, body.decode(errors="replace"), answer, mails)
        return answer

    def _watch(self, path: str, body: str, answer: Answer, mails: int) -> None:
        """No answer and no mail tells anything of somebody who is forgotten, unless the request said it."""
        asked, told = f"{path} {body}", answer.text + repr(self.scene.mailbox.mails[mails:])
        about_rows = any(word in path for word in ABOUT_ROWS)
        for person in self.people:
            if self._is_forgotten(person, about_rows=about_rows):
                for needle in self._needles(person):
                    assert needle in asked.casefold() or needle not in told.casefold(), (needle, asked)

    def _is_forgotten(self, person: Person, *, about_rows: bool) -> bool:
        """Whether nothing of the person may be told: another process may know for a minute."""
        if not person.erased or (about_rows and not person.gone):
            return False
        at, process = person.forgot or (self.model.now, self.process)
        return process == self.process or self.model.now >= at + timedelta(seconds=CACHE_SECONDS)

    def _needles(self, person: Person) -> Iterator[str]:
        yield person.mark
        yield from (value for value, marks in self.typed.items() if marks == {person.mark})
