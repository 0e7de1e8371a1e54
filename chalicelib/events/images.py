"""Profile pictures: set, removed, refused (spec 30, section 9). Never bytes, file names or anything in the picture."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from chalicelib.events.classification import Plain, Pseudonym
from chalicelib.events.event import Event


class Way(StrEnum):
    """How a picture came."""

    REQUEST = "request"
    S3 = "s3"


class ProfileImageSet(Event):
    """A picture was accepted: `image` names its objects, `sides` says in which sizes; `replaced` is the one before.

    `moment` is when it was sent, by which later acts are told from earlier ones; `upload` names the grant of a
    direct upload.
    """

    image: Annotated[str, Pseudonym]
    sides: Annotated[tuple[int, ...], Plain]
    moment: Annotated[datetime, Plain]
    way: Annotated[Way, Plain]
    upload: Annotated[str | None, Pseudonym] = None
    replaced: Annotated[str | None, Pseudonym] = None

    def changed_fields(self) -> tuple[str, ...]:
        """Only `profile_image`."""
        return ("profile_image",)


class ProfileImageRemoved(Event):
    """The picture was taken away, or a removal outranks uploads that are still open: `image` is then null."""

    moment: Annotated[datetime, Plain]
    image: Annotated[str | None, Pseudonym] = None

    def changed_fields(self) -> tuple[str, ...]:
        """Only `profile_image`."""
        return ("profile_image",)


class ProfileImageRefused(Event):
    """A direct upload was refused, for a reason that says nothing about what the picture shows."""

    upload: Annotated[str, Pseudonym]
    reason: Annotated[str, Plain]
    size: Annotated[int, Field(ge=0), Plain]
    moment: Annotated[datetime, Plain]
