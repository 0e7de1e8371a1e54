"""Sample stamps, events and items."""

from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.events import items
from chalicelib.events.chain import GENESIS
from chalicelib.events.classification import Purpose
from chalicelib.events.dynamo import Item
from chalicelib.events.event import Actor, Event, Proof, Role
from chalicelib.events.profile import Profile, ProfileUpdated
from chalicelib.events.registration import AccountRegistered
from chalicelib.events.sealing import DataKey

ACCOUNT = "ab" * 16
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
OWNER = Actor(account=ACCOUNT, role=Role.OWNER, proof=Proof.TOKEN)
KEY = DataKey(ACCOUNT, Purpose.PROFILE, bytes(range(32)))
KEYS = {Purpose.PROFILE: KEY}
ERASED = {Purpose.PROFILE: None}


def stamp(version: int, account: str = ACCOUNT) -> dict[str, Any]:
    """The common fields of event number `version`."""
    return {
        "account": account,
        "version": version,
        "at": BEGINNING + timedelta(minutes=version),
        "actor": OWNER,
        "request": f"request-{version}",
    }


def registered(account: str = ACCOUNT, **more: Any) -> AccountRegistered:
    """The first event of an account."""
    fields = {
        "number": 1,
        "activation": "a" * 64,
        "credential": "c" * 64,
        "username": "ada",
        "email": "ada@example.com",
        "profile": Profile(name="Ada"),
    }
    return AccountRegistered(**stamp(1, account), **{**fields, **more})


def bio_changed(version: int, account: str = ACCOUNT) -> ProfileUpdated:
    """Event number `version`, a change of the bio."""
    before, after = {"bio": f"text {version - 1}"}, {"bio": f"text {version}"}
    return ProfileUpdated(**stamp(version, account), fields=("bio",), before=before, after=after)


def history(length: int) -> list[Event]:
    """The events of an account."""
    return [registered(), *(bio_changed(version) for version in range(2, length + 1))]


def stored(events: list[Event]) -> tuple[list[Item], bytes]:
    """The items of events, and the digest of the last."""
    digest = GENESIS
    found = []
    for event in events:
        item, digest = items.event_item(event, digest, KEYS)
        found.append(item)
    return found, digest
