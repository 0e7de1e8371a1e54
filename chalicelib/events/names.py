"""Name changes that somebody has to approve (spec 10, section 8), and usernames replaced (spec 20, section 12)."""

from typing import Annotated

from chalicelib.events.classification import Personal, PersonalInReport, PersonalInRow, Pseudonym
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


class UsernameReplaced(Event):
    """An operator gave the account another username.

    Its retirement and partner rows, if there are any, go by the new name, too; `digits` is then the keyed hash
    under which the new name counts as retired like the old one.
    """

    before: Annotated[str, Personal] = ""
    after: Annotated[str, Personal] = ""
    original_username: Annotated[str, PersonalInRow] = ""
    reported_username: Annotated[str, PersonalInReport] = ""
    digits: Annotated[str | None, Pseudonym] = None

    def changed_fields(self) -> tuple[str, ...]:
        """Only `username`."""
        return ("username",)
