"""People whom support looks at: their names, their retirements, and the views that lists are read from."""

import json

from tests.pipeline.world import World
from tests.support.api import JSON, PASSWORD
from tests.support.stage import Stage

ACCOUNTS = "/api/user/v1/accounts"
ADMIN = "/api/user/v1/admin/accounts"


def ask_for_name(stage: Stage, username: str, name: str) -> None:
    """Let somebody ask for another name."""
    answer = stage.api.post_json(f"{ACCOUNTS}/name_change", {"name": name}, as_=username)
    assert 201 == answer.status, answer.text


def pending_name(stage: Stage, username: str) -> str | None:
    """The name that waits for approval."""
    found: str | None = stage.api.get(f"{ACCOUNTS}/{username}", as_="staff").json["pending_name_change"]
    return found


def switches(stage: Stage, username: str) -> list[tuple[bool, str]]:
    """Whether it disabled, and the comment, of every time that somebody was disabled or enabled; newest first."""
    rows = stage.api.get(f"{ADMIN}/{username}/disable_history", as_="staff").json
    return [(row["disabled"], row["comment"]) for row in rows]


def left(stage: Stage, username: str) -> None:
    """Let somebody ask to be forgotten."""
    answer = stage.api.post_json(f"{ACCOUNTS}/deactivate_logout", {"password": PASSWORD}, as_=username)
    assert 204 == answer.status, answer.text


def moved(stage: Stage, username: str, state: str) -> None:
    """Move somebody's row, by force."""
    content = {"username": username, "new_state": state, "response": "", "force": True}
    path, sent = f"{ACCOUNTS}/update_retirement_status", {"Content-Type": JSON}
    answer = stage.api.request("PATCH", path, as_="superuser", headers=sent, body=json.dumps(content).encode())
    assert 204 == answer.status, answer.text


def row_of(stage: Stage, username: str) -> int:
    """The number of somebody's retirement."""
    found: int = stage.api.get(f"{ACCOUNTS}/{username}/retirement_status", as_="superuser").json["id"]
    return found


def caught_up(stage: Stage) -> None:
    """Bring the views up to date."""
    World(stage).catch_up()
