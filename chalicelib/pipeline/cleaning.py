"""The two cleanups: a batch is judged as a whole, then changed account by account (spec 20, sections 9, 10, 14)."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial

from chalicelib.accounts.account import Account
from chalicelib.events.aggregate import Decision, Loaded
from chalicelib.pipeline import finding
from chalicelib.pipeline.batches import Member
from chalicelib.pipeline.ports import Asked, PipelineServices
from chalicelib.retirement.cleanup import Redaction, clean_up, require_complete
from chalicelib.retirement.errors import CleanupRefusedError, NoRowError
from chalicelib.retirement.partners import remove_report, require_handed_out

MOST_ROWS = 1000
"""How many rows one batch may name; more is refused."""

Removal = Callable[[Account, int], Decision]


def clean_up_rows(
    services: PipelineServices, usernames: Sequence[str], redaction: Redaction, digest: str, asked: Asked
) -> None:
    """Redact and delete the rows of these original usernames, all in COMPLETE, or none. Raises `CleanupRefusedError`.

    `digest` is a keyed hash of the call's content. End the batch of this digest once you have noted that it is through.
    """

    def judge() -> list[Member]:
        found = _found(finding.all_by_original, services, usernames)
        for each in found:
            require_complete(each.state)
        return [Member(each.account, each.state.row.number) for each in found if each.state.row is not None]

    def remove(account: Account, row: int) -> Decision:
        return clean_up(account, row, redaction, asked.context())

    _run(services, digest, judge, remove)


def clean_up_reports(services: PipelineServices, usernames: Sequence[str], digest: str, asked: Asked) -> None:
    """Redact and delete the partner rows of these original usernames, all handed out, or none.

    Raises `CleanupRefusedError`.
    """

    def judge() -> list[Member]:
        found = _found(finding.all_reported, services, usernames)
        for each in found:
            require_handed_out(each.state)
        rows = [(each.account, each.state.partner_row) for each in found]
        return [Member(account, row.number) for account, row in rows if row is not None]

    def remove(account: Account, report: int) -> Decision:
        return remove_report(account, report, asked.context())

    _run(services, digest, judge, remove)


def _found(
    find: Callable[[PipelineServices, Sequence[str]], list[Loaded[Account]]],
    services: PipelineServices,
    usernames: Sequence[str],
) -> list[Loaded[Account]]:
    if len(usernames) > MOST_ROWS:
        raise CleanupRefusedError(f"A batch names at most {MOST_ROWS} rows.")
    if len(set(usernames)) != len(usernames):
        raise CleanupRefusedError("A username is named twice.")
    try:
        return find(services, usernames)
    except NoRowError:
        raise CleanupRefusedError("A username has no such row.") from None


def _run(services: PipelineServices, digest: str, judge: Callable[[], list[Member]], remove: Removal) -> None:
    """Judge and remove; the batch stays remembered until its caller has noted that it is through."""
    members = services.batches.find(digest)
    if members is None:
        members = judge()
        services.batches.begin(digest, members)
    _remove_all(services, members, remove)


def _remove_all(services: PipelineServices, members: Iterable[Member], remove: Removal) -> None:
    """Remove each row; one that has gone already is what an interrupted run had done."""
    for member in members:
        with suppress(NoRowError):
            services.ledger.execute(member.account, partial(_remove, remove, member.number))


def _remove(remove: Removal, number: int, account: Account) -> Decision:
    return remove(account, number)
