"""Somebody of whom nothing is left, and every way that could bring a key of theirs back."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from chalicelib.accounts.context import Context
from chalicelib.events.aggregate import CredentialChange, Decision
from chalicelib.events.classification import Purpose
from chalicelib.events.dynamo import Item
from chalicelib.events.event import Actor, Role
from chalicelib.events.profile import ProfileUpdated
from chalicelib.events.rotation import Rotation, Surroundings
from chalicelib.events.sealing import subject_of
from tests.pipeline.world import ACCOUNTS, World
from tests.support.api import PASSWORD
from tests.support.pictures import picture

ADMIN = "/api/user/v1/admin"
MERGE = {"Content-Type": "application/merge-patch+json"}
RENAMER = "username_replacement_service_worker"


@dataclass
class Leaver:
    """Somebody on the way out: the numbers of both rows, a token of before, their export, and their living head."""

    username: str
    account: str
    token: str
    export: dict[str, Any]
    head: Item
    row: int = 0
    report: int = 0

    def subject(self, purpose: Purpose) -> str:
        """What a key of theirs is the key of."""
        rows = {Purpose.RETIREMENT: self.row, Purpose.PARTNER: self.report}
        return subject_of(self.account, rows.get(purpose))


def reported(world: World) -> Leaver:
    """Somebody who has left and whose partner row has been handed out: all three keys are there."""
    username = world.new_account("gone", orgs=["edX"], preferences={"colour": "blue"})
    account = world.id_of(username)
    export = world.api.get(f"{ACCOUNTS}/{username}/export", as_="staff").json
    leaver = Leaver(username, account, world.api.token(username), export, world._head(account))
    assert 204 == world.leave(username).status
    assert 204 == world.move(username, "RETIRING_LMS").status
    assert 204 == world.report(username).status
    world.catch_up()
    assert username in [each["original_username"] for each in world.take_reports().json]
    world.catch_up()
    state = world.state(account)
    leaver.row, leaver.report = state.row.number, state.partner_row.number
    return leaver


def forget(world: World, leaver: Leaver, purpose: Purpose) -> None:
    """Do what destroys the key of this purpose."""
    if purpose is Purpose.PROFILE:
        assert [204, 204] == [world.step(name, leaver.username).status for name in ("retire_misc", "retire")]
    elif purpose is Purpose.PARTNER:
        assert 204 == world.clean_reports(leaver.username).status
    else:
        assert 204 == world.move(leaver.username, "COMPLETE").status
        assert 204 == world.clean_up(leaver.username).status


def forgotten(world: World) -> Leaver:
    """Somebody whose three keys are destroyed."""
    leaver = reported(world)
    for purpose in (Purpose.PROFILE, Purpose.PARTNER, Purpose.RETIREMENT):
        forget(world, leaver, purpose)
    return leaver


def key_rows(world: World, leaver: Leaver) -> dict[str, Item]:
    """Every row of the keys table that is about the person."""
    return {item["pk"]["S"]: item for item in world.scan("keys") if item["pk"]["S"].startswith(leaver.account)}


def _names(world: World, leaver: Leaver) -> tuple[str, str]:
    return leaver.username, world.state(leaver.account).username


def by_driver(world: World, leaver: Leaver) -> None:
    """Each request of a driver, under the old and the retired name."""
    for name in _names(world, leaver):
        world.move(name, "RETIRING_LMS", force=True)
        world.report(name)
        for step in ("retire_misc", "retire", "retire_mailings"):
            world.step(step, name)
        world.take_reports()
        world.clean_reports(name)
        world.clean_up(name)


def by_support(world: World, leaver: Leaver) -> None:
    """Each request of staff, of a superuser and of the worker for names."""
    post = world.api.post_json
    for name in _names(world, leaver):
        for what in ("disable", "enable"):
            post(f"{ADMIN}/accounts/{name}/{what}", {"comment": "again"}, as_="staff")
        post(f"{ADMIN}/name_changes/{name}/refuse", {"comment": "again"}, as_="staff")
        post(f"{ACCOUNTS}/name_change/{name}/confirm", {}, as_="staff")
        post(f"{ACCOUNTS}/{name}/deactivate", {}, as_="superuser")
        rights = json.dumps({"orgs": ["edX"]}).encode()
        world.api.request("PATCH", f"{ADMIN}/accounts/{name}", headers=MERGE, body=rights, as_="superuser")
        post(f"{ACCOUNTS}/replace_usernames", {"username_mappings": [{name: "another"}]}, as_=RENAMER)
    post(f"{ACCOUNTS}/cancel_retirement", {"retirement_id": leaver.row}, as_="superuser")


def by_owner(world: World, leaver: Leaver) -> None:
    """Each request of the person, with the token of before and with the password."""
    for name in _names(world, leaver):
        how: dict[str, Any] = {"token": leaver.token}
        world.api.patch(name, {"bio": "again", "email": "again@example.com"}, **how)
        preferences = f"/api/user/v1/preferences/{name}"
        world.api.request("PATCH", preferences, headers=MERGE, body=b'{"colour": "red"}', **how)
        sent = {"Content-Type": "image/png", "Content-Disposition": 'attachment; filename="me.png"'}
        world.api.request("POST", f"{ACCOUNTS}/{name}/image", headers=sent, body=picture("PNG"), **how)
        world.api.post_json(f"{ACCOUNTS}/name_change", {"name": "Again"}, **how)
        world.leave(name, token=leaver.token)
        world.api.grant(name)
    world.api.post_json("/account/password", {"email": f"{leaver.username}@example.com"})


def by_registering(world: World, leaver: Leaver) -> None:
    """Registering and provisioning under the same name and address, in any capitals."""
    for name in (leaver.username, leaver.username.upper()):
        form = {"username": name, "email": f"{name}@example.com", "name": "Ada", "password": PASSWORD}
        assert 409 == world.api.post_json("/api/user/v2/account/registration", form).status
        assert 409 == world.api.post_json(f"{ADMIN}/accounts", form, as_="superuser").status


def by_importing(world: World, leaver: Leaver) -> None:
    """Importing the export of before."""
    assert 409 == world.api.post_json(f"{ADMIN}/import", leaver.export, as_="superuser").status


def _bio(world: World, leaver: Leaver) -> ProfileUpdated:
    context = Context(world.clock(), Actor(role=Role.SYSTEM), "r")
    stamp = context.next(world.state(leaver.account))
    return ProfileUpdated(**stamp, fields=("bio",), before={"bio": None}, after={"bio": "again"})


def by_creating(world: World, leaver: Leaver) -> None:
    """Beginning an account of the same id."""
    first = next(iter(world.ledger.history(leaver.account)))
    world.ledger.create(leaver.account, Decision((first,), CredentialChange(None)))


def by_writing(world: World, leaver: Leaver) -> None:
    """An event that says something personal."""
    world.ledger.execute(leaver.account, lambda _: Decision((_bio(world, leaver),)))


def by_beginning_row(world: World, leaver: Leaver, purpose: Purpose) -> None:
    """An event that begins the row of the same number."""
    begins = {purpose: leaver.row if purpose is Purpose.RETIREMENT else leaver.report}
    context = Context(world.clock(), Actor(role=Role.SYSTEM), "r")

    def decide(account: Any) -> Decision:
        event = ProfileUpdated(**context.next(account), fields=(), before={}, after={})
        return Decision((event,), begins=begins)

    world.ledger.execute(leaver.account, decide)


def by_restored_head(world: World, leaver: Leaver) -> None:
    """Requests that meet the head of before, as a backup may have it."""
    table, now = world.ledger.table, world._head(leaver.account)
    world.wiring.dynamodb.put_item(TableName=table, Item=leaver.head)
    try:
        by_support(world, leaver)
        by_owner(world, leaver)
    finally:
        world.wiring.dynamodb.put_item(TableName=table, Item=now)


def by_rotating(world: World, leaver: Leaver) -> None:
    """A new key-encryption key, under which all keys are wrapped anew."""
    around = Surroundings(world.clock, lambda seconds: world.clock.advance(seconds=seconds + 1), lambda _: None)
    rotated = Rotation(world.wiring.dynamodb, world.wiring.keys, around).run()
    assert rotated.rewrapped
    assert () == rotated.faulty
    world.clock.advance(seconds=timedelta(minutes=1).seconds)


PATHS: dict[str, Callable[[World, Leaver], None]] = {
    path.__name__: path
    for path in (by_driver, by_support, by_owner, by_registering, by_importing, by_restored_head, by_rotating)
}
"""What answers, and makes no key."""
