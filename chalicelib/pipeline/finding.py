"""Finding the account of a row: by the original name, by the name that it has now, or by the row's number.

Claims are found in any capitalisation; what was asked for must be the name itself (spec 20, sections 4.2 and 7).
"""

from collections.abc import Callable, Sequence

from chalicelib.accounts.account import Account
from chalicelib.events.aggregate import Loaded
from chalicelib.events.claims import Claim, ClaimKind
from chalicelib.pipeline.ports import PipelineServices
from chalicelib.retirement.errors import NoRowError


def by_original(services: PipelineServices, username: str) -> Loaded[Account]:
    """The account whose row has exactly this original username. Raises `NoRowError`."""
    found = services.ledger.find(Claim(ClaimKind.ORIGINAL_USERNAME, username))
    if found is None or not _has_original(found.state, username):
        raise NoRowError
    return found


def by_any_name(services: PipelineServices, username: str) -> Loaded[Account]:
    """The account with a row that has exactly this username, now or originally. Raises `NoRowError`."""
    kinds = (ClaimKind.USERNAME, ClaimKind.ORIGINAL_USERNAME)
    holders = services.ledger.holders([Claim(kind, username) for kind in kinds])
    for found in services.ledger.load_many(list(dict.fromkeys(holders.values()))):
        if found.state.row is not None and (found.state.username == username or _has_original(found.state, username)):
            return found
    raise NoRowError


def by_number(services: PipelineServices, number: int) -> Loaded[Account]:
    """The account whose row has this number. Raises `NoRowError`."""
    found = services.ledger.find(Claim(ClaimKind.ROW, str(number)))
    if found is None or found.state.row is None or found.state.row.number != number:
        raise NoRowError
    return found


def all_by_original(services: PipelineServices, usernames: Sequence[str]) -> list[Loaded[Account]]:
    """The accounts whose rows have exactly these original usernames, in their order. Raises `NoRowError`."""
    return _all(services, ClaimKind.ORIGINAL_USERNAME, usernames, _has_original)


def all_reported(services: PipelineServices, usernames: Sequence[str]) -> list[Loaded[Account]]:
    """The accounts whose partner rows have exactly these original usernames. Raises `NoRowError`."""
    return _all(services, ClaimKind.REPORTED_USERNAME, usernames, _is_reported)


def _all(
    services: PipelineServices, kind: ClaimKind, usernames: Sequence[str], matches: Callable[[Account, str], bool]
) -> list[Loaded[Account]]:
    holders = services.ledger.holders([Claim(kind, username) for username in usernames])
    accounts = {found.account: found for found in services.ledger.load_many(list(dict.fromkeys(holders.values())))}
    return [_matching(accounts.get(holders.get(Claim(kind, name), "")), name, matches) for name in usernames]


def _matching(found: Loaded[Account] | None, username: str, matches: Callable[[Account, str], bool]) -> Loaded[Account]:
    if found is None or not matches(found.state, username):
        raise NoRowError
    return found


def _has_original(account: Account, username: str) -> bool:
    return account.row is not None and account.originals is not None and account.originals.username == username


def _is_reported(account: Account, username: str) -> bool:
    return account.partner_row is not None and account.report is not None and account.report.username == username
