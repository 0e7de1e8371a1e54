"""How many requests to DynamoDB each command makes: counted at botocore, with moto behind it."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from bench.caller import LOGIN_CLIENT, PASSWORD, Caller
from bench.people import Person, person
from bench.stage_process import free_ports
from bench.table import Table, at_most, count
from local.front import start_in_thread
from local.stage import Options, running

OWN = "/api/user/v1/accounts/learner"
OTHER = "/api/user/v1/accounts/staff"
REGISTRATION = "/api/user/v2/account/registration/"
TARGETS = {"read own account": 2, "PATCH": 3}


class Commands:
    """Everything that is counted, by name. `turn` makes the values of a repetition differ from the first time's."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._login = caller.login("learner")
        self._learner = str(self._login["access_token"])
        self._superuser = caller.token("superuser")

    def by_name(self) -> Mapping[str, Callable[[int], object]]:
        """The commands in the order of the table."""
        caller, learner = self._caller, self._learner
        return {
            "read who I am": lambda _: caller.get("/api/user/v1/me", learner),
            "read own account": lambda _: caller.get(OWN, learner),
            "read another's account": lambda _: caller.get(OTHER, learner),
            "PATCH": lambda turn: caller.patch(OWN, learner, {"bio": f"Turn {turn}."}),
            "PATCH that changes nothing": lambda _: caller.patch(OWN, learner, {"bio": "Turn 1."}),
            "PATCH with an idempotency key": lambda turn: caller.patch(
                OWN, learner, {"bio": f"Key {turn}."}, Idempotency_Key=f"key-{turn}"
            ),
            "the same again": lambda _: caller.patch(OWN, learner, {"bio": "Key 1."}, Idempotency_Key="key-1"),
            "log in with a password": lambda _: caller.login("learner"),
            "refresh a token": self._refresh,
            "log in as a service": self._log_in_as_service,
            "make an account": lambda turn: caller.provision(self._superuser, form(person(turn))),
            "register": lambda turn: caller.post(REGISTRATION, {**form(person(10 + turn)), "password": PASSWORD}),
            "open an activation link": lambda turn: self._activate(person(10 + turn)),
        }

    def _refresh(self, _: int) -> None:
        token = str(self._login["refresh_token"])
        self._login = self._caller.grant(grant_type="refresh_token", client_id=LOGIN_CLIENT, refresh_token=token)

    def _log_in_as_service(self, _: int) -> None:
        self._caller.grant(
            grant_type="client_credentials", client_id="retirement-worker", client_secret="retirement-worker-secret"
        )

    def _activate(self, one: Person) -> None:
        (mail,) = json.loads(self._caller.call("GET", f"/_local/outbox?to={one.email}"))
        self._caller.call("GET", "/activate/" + mail["links"][0].rpartition("/activate/")[2])


def form(one: Person) -> dict[str, str]:
    """The required fields of a person's account."""
    return {"username": one.username, "email": one.email, "name": one.profile.name}


def requests(*, quick: bool) -> list[Table]:
    """The requests of each command, in a process that has served it before. `quick` makes no difference."""
    del quick
    with counting() as (caller, sent):
        rows, goals = [], []
        for name, command in Commands(caller).by_name().items():
            command(0)
            sent.clear()
            command(1)
            target = f"{TARGETS[name]} at most" if name in TARGETS else "-"
            rows.append([name, str(sent.total()), operations(sent), target])
            if name in TARGETS:
                goals.append(at_most(f"Requests to DynamoDB: {name}", [sent.total()], TARGETS[name], count))
    return [Table("Requests to DynamoDB", ("Command", "Requests", "Which", "Target"), rows, goals=goals)]


def operations(sent: Counter[str]) -> str:
    """What was sent."""
    return ", ".join(name if times == 1 else f"{times} {name}" for name, times in sent.items())


@contextmanager
def counting() -> Iterator[tuple[Caller, Counter[str]]]:
    """A local stage in this process, somebody to call it, and what its DynamoDB client has sent."""
    (port,) = free_ports(1)
    with running(Options(port, None)) as stage:
        stage.poller.stop()
        sent: Counter[str] = Counter()

        def note(event_name: str, **_: object) -> None:
            sent[event_name.rpartition(".")[2]] += 1

        stage.wiring.dynamodb.meta.events.register_first("before-send.dynamodb", note)
        front = start_in_thread(stage.app, stage.routes)
        try:
            yield Caller(front.url), sent
        finally:
            front.stop()
