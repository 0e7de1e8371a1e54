"""Replacing usernames (spec 20, section 12)."""

from chalicelib.accounts.account import Account
from chalicelib.accounts.context import Context
from chalicelib.events.aggregate import Decision
from chalicelib.events.names import UsernameReplaced
from chalicelib.retirement.errors import UsernameRefusedError
from chalicelib.retirement.names import RetiredNames

SUFFIX = 4
MOST_NAMES = 20
"""How many names may count as retired on behalf of one account: all of them are freed in one transaction."""

LETTERS = "abcdefghijklmnopqrstuvwxyz"
DIGITS = "0123456789"


def with_suffix(username: str, seed: bytes) -> str:
    """`username`, a hyphen, and four letters and digits in turn, either first. `seed` is five random bytes."""
    kinds = (LETTERS, DIGITS) if seed[0] % 2 else (DIGITS, LETTERS)
    drawn = [kinds[place % 2][value % len(kinds[place % 2])] for place, value in enumerate(seed[1 : 1 + SUFFIX])]
    return f"{username}-{''.join(drawn)}"


def replace_username(account: Account, username: str, names: RetiredNames, context: Context) -> Decision:
    """Give the account another username; its rows go by it, too, and it counts as retired like the old one.

    Raises `UsernameRefusedError` for an account that is erased, or that has had too many names since it left.
    """
    if account.erased or len(account.username_digits) > MOST_NAMES:
        raise UsernameRefusedError
    replaced = UsernameReplaced(
        **context.next(account),
        before=account.username,
        after=username,
        digits=names.username(username).digits if account.retired_username else None,
        **_in_rows(account, username),
    )
    return Decision((replaced,))


def _in_rows(account: Account, username: str) -> dict[str, str]:
    """What the rows that stand are to be called; one that does not stand has no key to say it with."""
    found = {}
    if account.originals is not None:
        found["original_username"] = username
    if account.report is not None:
        found["reported_username"] = username
    return found
