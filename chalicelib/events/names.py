"""Name changes that somebody has to approve (spec 10, section 8)."""

from typing import Annotated

from chalicelib.events.classification import Personal
from chalicelib.events.event import Event


class NameChangeRequested(Event):
    """A person asked for another name; an earlier request is superseded."""

    before: Annotated[str | None, Personal] = None
    name: Annotated[str, Personal] = ""

    def changed_fields(self) -> tuple[str, ...]:
        """Only `pending_name_change`."""
        return ("pending_name_change",)


class NameChangeConfirmed(Event):
    """Staff approved the name that was asked for."""

    before: Annotated[str, Personal] = ""
    after: Annotated[str, Personal] = ""

    def changed_fields(self) -> tuple[str, ...]:
        """The name, and that nothing is pending."""
        return ("name", "pending_name_change")
