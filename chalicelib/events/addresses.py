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
    """The link was opened: `after` is the account's address now.

    If it was the recovery address, it is that no more: the other two tell what is shown as `secondary_email` then.
    """

    before: Annotated[str, Personal] = ""
    after: Annotated[str, Personal] = ""
    secondary_before: Annotated[str | None, Personal] = None
    secondary_after: Annotated[str | None, Personal] = None

    def changed_fields(self) -> tuple[str, ...]:
        """The address, and the recovery address if it is that no more."""
        return ("email", "secondary_email") if self.secondary_before != self.secondary_after else ("email",)


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


class EmailChangeAbandoned(Event):
    """Nobody opened the link in time: `address` is not asked for any more (spec 50, section 7)."""

    address: Annotated[str, Personal] = ""


class SecondaryEmailAbandoned(Event):
    """The same of a recovery address; `after` is the confirmed one, which is shown again."""

    address: Annotated[str, Personal] = ""
    after: Annotated[str | None, Personal] = None

    def changed_fields(self) -> tuple[str, ...]:
        """Only `secondary_email`."""
        return ("secondary_email",)
