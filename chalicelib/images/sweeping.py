"""The part of the job `expire` that is about pictures: what a crash has left in the bucket (spec 30, section 9).

A picture's claim leads to the account that shows it; objects without one are nobody's. Young objects are left alone:
their event may be on its way.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby, islice

from chalicelib.events.claims import Claim, ClaimKind
from chalicelib.images.incoming import Ports, process
from chalicelib.images.store import INCOMING, NAME, SERVED, Found
from chalicelib.leases import JOB_SECONDS

log = logging.getLogger("rollcall.images")
LEASE = "job:sweep"
SETTLED_PICTURE, SETTLED_UPLOAD = timedelta(minutes=45), timedelta(minutes=15)
"""A picture is stored before its event; by a clock that is ahead it must not look as if none were coming. To look at an
upload early does no harm."""

BATCH = 100


@dataclass
class Swept:
    """What a run came to: objects looked at, pictures deleted, uploads processed or deleted."""

    examined: int = 0
    pictures: int = 0
    uploads: int = 0


def sweep(ports: Ports) -> Swept:
    """Delete pictures that nobody shows and uploads that ran out. A run that finds another at work does nothing."""
    swept = Swept()
    with ports.leases.try_hold(LEASE, ports.random_bytes(16).hex(), JOB_SECONDS) as held:
        if held:
            _sweep_pictures(ports, swept)
            _sweep_uploads(ports, swept)
    log.info("pictures swept", extra={"outcome": vars(swept)})
    return swept


def _sweep_pictures(ports: Ports, swept: Swept) -> None:
    images = (image for image, _ in groupby(_settled(ports, SERVED, SETTLED_PICTURE, swept), key=_image_of))
    while batch := list(islice(images, BATCH)):
        known = [image for image in batch if image is not None]
        holders = ports.ledger.holders([Claim(ClaimKind.IMAGE, image) for image in known])
        for image in known:
            if Claim(ClaimKind.IMAGE, image) not in holders:
                ports.store.delete_picture(image)
                swept.pictures += 1


def _sweep_uploads(ports: Ports, swept: Swept) -> None:
    """An object whose notification was lost is processed now; all others are deleted by that as well."""
    for found in list(_settled(ports, INCOMING, SETTLED_UPLOAD, swept)):
        process(ports, found.key, found.written)
        swept.uploads += 1


def _settled(ports: Ports, prefix: str, age: timedelta, swept: Swept) -> Iterator[Found]:
    latest = ports.clock() - age
    for found in ports.store.list(prefix, ""):
        swept.examined += 1
        if ports.s3_time(found.written) < latest:
            yield found


def _image_of(found: Found) -> str | None:
    name = NAME.fullmatch(found.key.removeprefix(SERVED))
    return None if name is None else name["image"]
