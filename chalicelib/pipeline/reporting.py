"""Handing partner rows out: each to one driver only (spec 20, section 9)."""

from collections.abc import Iterable, Sequence
from functools import partial
from itertools import islice

from chalicelib.accounts.account import Account
from chalicelib.events.aggregate import Decision
from chalicelib.pipeline.batches import Member
from chalicelib.pipeline.ports import Asked, PipelineServices
from chalicelib.retirement.partners import PartnerRowView, hand_out, partner_row_view

MOST_ROWS = 1000
"""How many rows one call hands out; the others wait for the next."""


def waiting_rows(services: PipelineServices) -> list[Member]:
    """The partner rows that nobody has, in the order in which they were made."""
    return [Member(*waiting) for waiting in islice(services.partner_queue.waiting(), MOST_ROWS)]


def hand_out_rows(services: PipelineServices, members: Sequence[Member], call: str, asked: Asked) -> list[Member]:
    """Mark rows as given to the driver's call `call`; those of them that this call has, now or from an earlier try."""
    return [member for member in members if _has(services, member, call, asked)]


def views_of(services: PipelineServices, members: Iterable[Member]) -> list[PartnerRowView]:
    """What a driver is told of rows that it was given; those that have been cleaned up meanwhile are left out."""
    rows = {member.account: member.number for member in members}
    loaded = services.ledger.load_many(list(rows))
    return [view for found in loaded if (view := _view(services, found.state, rows[found.account])) is not None]


def _has(services: PipelineServices, member: Member, call: str, asked: Asked) -> bool:
    committed = services.ledger.execute(member.account, partial(_decide, member.number, call, asked))
    row = committed.loaded.state.partner_row
    return row is not None and row.number == member.number and row.call == call


def _decide(number: int, call: str, asked: Asked, account: Account) -> Decision:
    return hand_out(account, number, call, asked.context())


def _view(services: PipelineServices, account: Account, number: int) -> PartnerRowView | None:
    row, report = account.partner_row, account.report
    if row is None or report is None or row.number != number:
        return None
    student = services.digests.of("student", account.id.encode())[:32]
    return partner_row_view(account, report, student, services.settings.orgs_config)
