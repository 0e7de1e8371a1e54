"""What an account knows of its retirement: the row, the originals, the partner row (spec 20, sections 3 and 9)."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class RetirementRow(BaseModel):
    """The row. `number` is its id; `since` the version of the event that made it.

    `by_job` says that the newest transition was our own job's; `misc_done` that `retire_misc` has been done.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int
    since: int
    created: datetime
    modified: datetime
    state: str
    last_state: str
    by_job: bool = False
    misc_done: bool = False


class Originals(BaseModel):
    """What the account was called when the row was made; `orgs` are kept here once the profile is erased."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    username: str
    email: str
    name: str
    orgs: tuple[str, ...] = ()


class PartnerRow(BaseModel):
    """The partner row. `number` says in which order such rows were made; `call` to which driver's call it was given."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int
    created: datetime
    call: str | None = None

    @property
    def handed_out(self) -> bool:
        """Whether a driver has it."""
        return self.call is not None


class Report(BaseModel):
    """What partners are told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    username: str
    email: str
    name: str
    orgs: tuple[str, ...] = ()
