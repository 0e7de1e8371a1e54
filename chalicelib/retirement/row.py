"""A retirement row as clients see it (spec 20, section 3), and the facts that it is made of."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict

from chalicelib.accounts.account import Account
from chalicelib.events.classification import PersonalInRow, Plain, Pseudonym
from chalicelib.events.event import AccountId
from chalicelib.retirement.moments import moment
from chalicelib.retirement.states import States

ROW_SCHEMA = 1


class RowFacts(BaseModel):
    """Everything that a row shows, as views keep it. `user` is the account's numeric id."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    account: Annotated[AccountId, Pseudonym]
    number: Annotated[int, Plain]
    user: Annotated[int, Plain]
    state: Annotated[str, Plain]
    last_state: Annotated[str, Plain]
    created: Annotated[datetime, Plain]
    modified: Annotated[datetime, Plain]
    by_job: Annotated[bool, Plain]
    retired_username: Annotated[str, Pseudonym]
    retired_email: Annotated[str, Pseudonym]
    username: Annotated[str, PersonalInRow] = ""
    name: Annotated[str, PersonalInRow] = ""
    original_username: Annotated[str, PersonalInRow] = ""
    original_email: Annotated[str, PersonalInRow] = ""
    original_name: Annotated[str, PersonalInRow] = ""


class StateView(BaseModel):
    """A state."""

    id: int
    state_name: str
    state_execution_order: int


class UserProfileView(BaseModel):
    """The name that goes with an account."""

    id: int
    name: str


class UserView(BaseModel):
    """The account as it is now."""

    id: int
    username: str
    email: str
    profile: UserProfileView


class RowView(BaseModel):
    """A row; `created` and `modified` are ISO 8601 in UTC."""

    id: int
    user: UserView
    original_username: str
    original_email: str
    original_name: str
    retired_username: str
    retired_email: str
    current_state: StateView
    last_state: StateView
    created: str
    modified: str


def facts_of(account: Account) -> RowFacts | None:
    """The facts of an account's row; null if it has none."""
    row, originals = account.row, account.originals
    if row is None or originals is None:
        return None
    return RowFacts(
        account=account.id,
        number=row.number,
        user=account.number,
        state=row.state,
        last_state=row.last_state,
        created=row.created,
        modified=row.modified,
        by_job=row.by_job,
        retired_username=account.retired_username,
        retired_email=account.retired_email,
        username=account.username,
        name=account.profile.name,
        original_username=originals.username,
        original_email=originals.email,
        original_name=originals.name,
    )


def row_view(facts: RowFacts, states: States) -> RowView:
    """The row as clients see it."""
    return RowView(
        id=facts.number,
        user=UserView(
            id=facts.user,
            username=facts.username,
            email=facts.retired_email,
            profile=UserProfileView(id=facts.user, name=facts.name),
        ),
        original_username=facts.original_username,
        original_email=facts.original_email,
        original_name=facts.original_name,
        retired_username=facts.retired_username,
        retired_email=facts.retired_email,
        current_state=_state(facts.state, states),
        last_state=_state(facts.last_state, states),
        created=moment(facts.created),
        modified=moment(facts.modified),
    )


def _state(name: str, states: States) -> StateView:
    return StateView(id=states.ids.get(name, 0), state_name=name, state_execution_order=states.order(name))
