"""What staff decide about an account: disabling it, its rights, and names that are refused (spec 50, section 3)."""

from typing import Annotated

from pydantic import ConfigDict, with_config
from typing_extensions import TypedDict

from chalicelib.events.classification import Personal, Plain
from chalicelib.events.event import Event


@with_config(ConfigDict(extra="forbid"))
class Rights(TypedDict, total=False):
    """Some of an account's flags and permissions, and no others."""

    is_active: bool
    is_staff: bool
    is_superuser: bool
    permissions: tuple[str, ...]


class AccountDisabled(Event):
    """The account cannot log in any more, and every token and session ended. `comment` is free text about a person."""

    comment: Annotated[str, Personal] = ""


class AccountEnabled(Event):
    """The account may log in again; what ended stays ended."""

    comment: Annotated[str, Personal] = ""


class RightsChanged(Event):
    """A superuser changed flags, permissions or organisations. Each pair holds what changed, and nothing else."""

    before: Annotated[Rights, Plain]
    after: Annotated[Rights, Plain]
    orgs_before: Annotated[tuple[str, ...] | None, Personal] = None
    orgs_after: Annotated[tuple[str, ...] | None, Personal] = None

    def changed_fields(self) -> tuple[str, ...]:
        """The names of what changed; `orgs` are not part of the account's view."""
        return tuple(sorted(self.after))


class NameChangeRefused(Event):
    """Staff refused the name that was asked for; `comment` was mailed to the person."""

    name: Annotated[str, Personal] = ""
    comment: Annotated[str, Personal] = ""

    def changed_fields(self) -> tuple[str, ...]:
        """Nothing is pending any more."""
        return ("pending_name_change",)
