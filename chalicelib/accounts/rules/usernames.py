"""Usernames: of new accounts, and in paths (spec 10, sections 1 and 11; spec 20, section 3.1)."""

import re

from chalicelib.accounts.rules.fault import RuleError
from chalicelib.accounts.rules.json_value import JsonValue
from chalicelib.accounts.rules.text import text

USERNAME_CHARACTERS = (2, 30)
RETIRED_PREFIX = "retired__user_"
_FIXED_WORDS = """
search_emails name_change deactivate_logout retire retire_misc retirement_queue retirement_cleanup
retirement_partner_report retirement_partner_report_cleanup cancel_retirement
retirements_by_status_and_date update_retirement_status replace_usernames retire_mailings
third_party_auth_error time_zones email_opt_in me
"""
RESERVED = frozenset(_FIXED_WORDS.split())
PATH_USERNAME = re.compile(r"[\w .@+-]+")
"""What `{username}` may be in a path; to be matched as a whole."""

DOT_SEGMENTS = (".", "..")
"""What clients take out of a path before they send it."""

LONGEST_USERNAME = 150
_ALPHABET = re.compile(r"[A-Za-z0-9_-]+")


def new_username(value: JsonValue, *, retired_prefix: str = RETIRED_PREFIX) -> str:
    """The rule of a new account's username. Whether it is taken is not asked here."""
    shortest, longest = USERNAME_CHARACTERS
    found = text(value, field="username", max_characters=longest)
    if len(found) < shortest:
        raise RuleError(
            f"The username is shorter than {shortest} characters.",
            f"Enter {shortest} to {longest} characters.",
        )
    if not _ALPHABET.fullmatch(found):
        raise RuleError(
            "The username may hold A-Z, a-z, 0-9, _ and - only.",
            "A username can only hold letters (A-Z, a-z), digits (0-9), underscores (_) and hyphens (-).",
        )
    if is_reserved(found) or starts_retired(found, retired_prefix=retired_prefix):
        raise RuleError("The username is reserved.", "This username is not available.")
    return found


def is_reserved(username: str) -> bool:
    """Whether a fixed word of the paths would shadow `username`, in any capitalisation."""
    return username.lower() in RESERVED


def starts_retired(username: str, *, retired_prefix: str = RETIRED_PREFIX) -> bool:
    """Whether `username` starts like that of a retired account, in any capitalisation."""
    return username.lower().startswith(retired_prefix.lower())


def is_usable(username: str, retired_prefix: str) -> bool:
    """Whether a username can be found by a path, and is nobody's retired one."""
    return (
        0 < len(username) <= LONGEST_USERNAME
        and PATH_USERNAME.fullmatch(username) is not None
        and username not in DOT_SEGMENTS
        and not is_reserved(username)
        and not starts_retired(username, retired_prefix=retired_prefix)
    )
