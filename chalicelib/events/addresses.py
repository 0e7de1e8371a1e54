"""Changes of the two addresses: asked for, and confirmed by the link that was mailed (spec 10, section 9)."""

from typing import Annotated

from chalicelib.events.classification import Personal, Plain
from chalicelib.events.event import Event


class EmailChangeRequested(Event):
    """A new primary address was asked for; an earlier request, if any, is superseded.

    `key` is the SHA-256 of the link's secret. Nothing here tells whether the address was free and the link was mailed.
    """

    key: Annotated[str, Plain]
    address: Annotated[str, Personal] = ""


class EmailChangeConfirmed(Event):
    """The link was opened: `after` is the account's address now."""

    before: Annotated[str, Personal] = ""
    after: Annotated[str, Personal] = ""

    def changed_fields(self) -> tuple[str, ...]:
        """Only `email`."""
        return ("email",)


class SecondaryEmailRequested(Event):
    """A recovery address was asked for; it is shown at once, and counts once its link was opened."""

    key: Annotated[str, Plain]
    before: Annotated[str | None, Personal] = None
    address: Annotated[str, Personal] = ""

    def changed_fields(self) -> tuple[str, ...]:
        """Only `secondary_email`, which shows the newest request."""
        return ("secondary_email",)


class SecondaryEmailConfirmed(Event):
    """The link was opened: `after` is the recovery address now."""

    before: Annotated[str | None, Personal] = None
    after: Annotated[str, Personal] = ""

    def changed_fields(self) -> tuple[str, ...]:
        """Only `secondary_email`."""
        return ("secondary_email",)
