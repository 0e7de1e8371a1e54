"""Requests of commands, in few words."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from tests.faults.scene import Case, Scene
from tests.faults.trying import Act
from tests.pipeline.world import World
from tests.support.api import FORM, JSON, MERGE_PATCH
from tests.support.gateway import Answer, form_body

V1 = "/api/user/v1"
ACCOUNTS = f"{V1}/accounts"
ACCOUNT = ACCOUNTS + "/{username}"
ADMIN = f"{V1}/admin"
KEY = {"Idempotency-Key": "the same each time"}
OWNER = "the first of the people"
Prepare = Callable[[Scene], Case]
Body = Any


def sends(
    method: str,
    path: str,
    body: Body = None,
    *,
    kind: str = JSON,
    as_: str | None = OWNER,
    headers: Mapping[str, str] = KEY,
    query: str = "",
) -> Act:
    """A request; `path`, and a body in text, may name what a case holds: `{username}` is the first of the people."""

    def act(world: World, case: Case) -> Answer:
        names = {"username": next(iter(case.people), ""), **case.facts}
        caller = case.people[0] if as_ is OWNER else as_
        sent = {**headers, **({"Content-Type": kind} if body is not None else {})}
        sent = {name: value.format(**names) for name, value in sent.items()}
        content = body(case) if callable(body) else body
        return world.api.request(
            method, path.format(**names), as_=caller, headers=sent, body=_encoded(content, kind), query=query
        )

    return act


def _encoded(content: Any, kind: str) -> bytes | None:
    if content is None or isinstance(content, bytes):
        return content
    return form_body(content) if kind == FORM else json.dumps(content).encode()


def patches(fields: Mapping[str, Any], path: str = ACCOUNT, **how: Any) -> Act:
    """A merge patch."""
    return sends("PATCH", path, fields, kind=MERGE_PATCH, **how)


def posts(path: str, body: Body = None, **how: Any) -> Act:
    """POST."""
    return sends("POST", path, body, **how)


def somebody(**form: Any) -> Prepare:
    """Somebody who is logged in."""

    def prepare(scene: Scene) -> Case:
        username = scene.world.new_account(**form)
        scene.world.api.token(username)
        return Case((username,))

    return prepare


def after(prepare: Prepare, *steps: Callable[[Scene, Case], Any]) -> Prepare:
    """People to whom something has happened; each step is checked to have succeeded if it answers."""

    def prepared(scene: Scene) -> Case:
        case = prepare(scene)
        for step in steps:
            answer = step(scene, case)
            assert not isinstance(answer, Answer) or answer.status < 400, (answer.status, answer.text)
        return case

    return prepared


def done(act: Act) -> Callable[[Scene, Case], Answer]:
    """A request as a step of the preparation."""
    return lambda scene, case: act(scene.world, case)


def nobody(*new: str, **facts: Any) -> Prepare:
    """Nobody yet: accounts of these names are going to be made."""
    return lambda _: Case((), new, dict(facts))
