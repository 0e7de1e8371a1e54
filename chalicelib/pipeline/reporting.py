"""Handing partner rows out: each to one driver only (spec 20, section 9).

What has been marked for a call is given to this call, whatever fails behind it: nobody else would ever get it. So a
list ends early where the store fails or time runs out, and the rows behind it wait for the next one. A call with a key
is asked for again after a fault, and goes on then with what it has.
"""

import logging
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from typing import NamedTuple

from chalicelib.accounts.account import Account
from chalicelib.deadlines import time_left
from chalicelib.events.aggregate import Decision
from chalicelib.events.errors import KeyServiceUnavailableError, StoreError, StoreUnavailableError
from chalicelib.events.reading import Wanted
from chalicelib.pipeline.batches import Member
from chalicelib.pipeline.ports import Asked, PipelineServices
from chalicelib.retirement.partners import PartnerRowView, hand_out, partner_row_view

log = logging.getLogger("rollcall.pipeline")
MOST_ROWS = 1000
"""How many rows one call hands out; the others wait for the next."""

SPARE_SECONDS = 5.0
"""A list ends with so much of its request's time left, which the answer needs."""

AWAY = (StoreUnavailableError, KeyServiceUnavailableError)
"""Faults that the next row would meet, too."""


class Given(NamedTuple):
    """A row that a call has, and its account as it was then."""

    member: Member
    account: Account


def waiting_rows(services: PipelineServices) -> list[Member]:
    """The partner rows that nobody has, in the order in which they were made."""
    return [Member(*waiting) for waiting in islice(services.partner_queue.waiting(), MOST_ROWS)]


def hand_out_rows(
    services: PipelineServices, members: Sequence[Member], call: str, asked: Asked, *, kept: bool, resumed: bool
) -> list[Given]:
    """Mark rows as given to the driver's call `call`; those of them that this call has, in the order of `members`.

    `kept`: who calls keeps the list of rows, and asks for it again if this raises. `resumed`: that is what happens
    now, so rows may have been marked already; they are looked for before anything else.

    Raises what the store does if the call has no row yet, or keeps its list. A row that cannot be read is left out, and
    logged.
    """
    given = {each.member: each for each in _had(services, members, call)} if resumed else {}
    for member in members:
        if member in given:
            continue
        if given and time_left() < SPARE_SECONDS:
            break
        account: Account | None
        try:
            account = services.ledger.execute(member.account, partial(_decide, member.number, call, asked)).loaded.state
        except StoreError as error:
            log.warning("partner row not handed out", extra=_facts(member, error))
            try:
                account = _after_all(services, member, call)
            except AWAY:
                if kept or not given:
                    raise
                break
            if account is None and isinstance(error, AWAY):
                if kept or not given:
                    raise
                break
        if account is not None and _has(account, member, call):
            given[member] = Given(member, account)
    return [given[member] for member in members if member in given]


def views_of(services: PipelineServices, members: Sequence[Member], given: Sequence[Given]) -> list[PartnerRowView]:
    """What a driver is told of rows that it has; those that have been cleaned up meanwhile are left out.

    `given` are those that this process has just handed out; others are read.
    """
    accounts = {each.member.account: each.account for each in given}
    missing = [member.account for member in members if member.account not in accounts]
    accounts |= {found.state.id: found.state for found in services.ledger.load_many(missing)} if missing else {}
    found = [_view(services, accounts[account], number) for account, number in members if account in accounts]
    return [view for view in found if view is not None]


def _had(services: PipelineServices, members: Sequence[Member], call: str) -> Iterator[Given]:
    """The rows that an earlier try has marked. Raises `StoreUnavailableError`, `KeyServiceUnavailableError`."""
    reading = services.ledger.read(Wanted(accounts=[member.account for member in members]))
    for member in members:
        try:
            found = reading.account(member.account)
        except AWAY:
            raise
        except StoreError as error:
            log.warning("partner row not handed out", extra=_facts(member, error))
            continue
        if found is not None and _has(found.state, member, call):
            yield Given(member, found.state)


def _after_all(services: PipelineServices, member: Member, call: str) -> Account | None:
    """The account, if what failed has landed all the same. Raises `StoreUnavailableError`, `KeyServiceUnavailableError`
    where that cannot be known.
    """
    try:
        found = services.ledger.load(member.account)
    except AWAY:
        raise
    except StoreError:
        return None
    return found.state if found is not None and _has(found.state, member, call) else None


def _has(account: Account, member: Member, call: str) -> bool:
    row = account.partner_row
    return row is not None and row.number == member.number and row.call == call


def _facts(member: Member, error: StoreError) -> dict[str, str | int]:
    return {"account": member.account, "row": member.number, "error": type(error).__name__}


def _decide(number: int, call: str, asked: Asked, account: Account) -> Decision:
    return hand_out(account, number, call, asked.context())


def _view(services: PipelineServices, account: Account, number: int) -> PartnerRowView | None:
    row, report = account.partner_row, account.report
    if row is None or report is None or row.number != number:
        return None
    student = services.digests.of("student", account.id.encode())[:32]
    return partner_row_view(account, report, student, services.settings.orgs_config)
