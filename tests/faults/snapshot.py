"""Everything that moto and the process hold at one moment, put back as often as it is needed."""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import FakeKey, MultipartDict, _VersionedKeyStore, s3_backends
from moto.ses.models import Message, ses_backends

from local import moto_index
from local.hooks import HookRecorder
from tests.faults.looking import tables_of
from tests.pipeline.world import World

MEMORIES = (("keys", "_cache"), ("keys", "_current"), ("keys", "_keks"), ("generations", "_known"))
"""What services of a process remember of the tables."""


@dataclass
class Snapshot:
    """A world at one moment. Objects of S3 are kept as they are: `kept_objects` lets none be emptied."""

    tables: dict[str, Any]
    keys: dict[str, list[Any]]
    mails: int
    now: Any
    memories: dict[tuple[str, str], Any]
    seen: dict[str, int]
    tokens: dict[str, Any]


def bucket_of(world: World) -> Any:
    """moto's bucket of pictures."""
    return s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets[world.wiring.settings.image_bucket]


def mails_of(world: World) -> list[Message]:
    """Every mail that SES took, oldest first."""
    mails: list[Message] = ses_backends[DEFAULT_ACCOUNT_ID][world.wiring.settings.aws_region].sent_messages
    return mails


def _tables(world: World) -> dict[str, Any]:
    return tables_of(world.wiring.settings.aws_region)


def take(world: World) -> Snapshot:
    """The world as it is now."""
    wiring = world.wiring
    return Snapshot(
        tables={name: copy.deepcopy(table.items) for name, table in _tables(world).items()},
        keys={name: list(versions) for name, versions in bucket_of(world).keys.iterlists()},
        mails=len(mails_of(world)),
        now=world.clock.now,
        memories={(of, name): copy.copy(getattr(getattr(wiring, of), name)) for of, name in MEMORIES},
        seen=dict(world._seen),
        tokens=dict(world.api._tokens),
    )


def put_back(world: World, snapshot: Snapshot) -> None:
    """Make the world what it was."""
    for name, table in _tables(world).items():
        table.items = copy.deepcopy(snapshot.tables[name])
        moto_index._indexes.pop(table, None)
        if table.stream_shard is not None:
            table.stream_shard.items.clear()
    bucket = bucket_of(world)
    bucket.keys = _VersionedKeyStore()
    for name, versions in snapshot.keys.items():
        dict.__setitem__(bucket.keys, name, list(versions))
    bucket.multiparts = MultipartDict()
    del mails_of(world)[snapshot.mails :]
    world.clock.now = snapshot.now
    for (of, name), value in snapshot.memories.items():
        setattr(getattr(world.wiring, of), name, copy.copy(value))
    world._seen = dict(snapshot.seen)
    world.api._tokens.clear()
    world.api._tokens.update(snapshot.tokens)
    world.hooks = HookRecorder(world.hooks._inner, world.clock)
    world.wiring.hooks = world.hooks


def changed(world: World, snapshot: Snapshot, names: Callable[[str], bool]) -> bool:
    """Whether any table that `names` accepts holds something else than it did; moto keeps partitions without items."""
    return any(
        _filled(table.items) != _filled(snapshot.tables[name]) for name, table in _tables(world).items() if names(name)
    )


def _filled(items: dict[Any, Any]) -> dict[Any, Any]:
    return {key: found for key, found in items.items() if found}


@contextmanager
def kept_objects() -> Iterator[None]:
    """Meanwhile an object of S3 that is deleted keeps its content, for it may be put back."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FakeKey, "dispose", lambda *_, **__: None)
        yield
