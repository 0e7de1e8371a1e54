"""Lists and look-ups of accounts (spec 10, section 4)."""

import re
from collections.abc import Sequence

from pydantic import BaseModel, JsonValue

from chalicelib.accounts.account import Account
from chalicelib.accounts.view import AccountView
from chalicelib.api import examples
from chalicelib.api.answers import json_answer, json_text
from chalicelib.api.bodies import JSON, MERGE_PATCH, json_object, require_content_type
from chalicelib.api.errors import HiddenError, MalformedRequestError, NotFoundError
from chalicelib.api.representation import account_json
from chalicelib.api.retirement_cancel import refuse_retired
from chalicelib.api.routing import SHARED_VIEW, Area, Exchange, Parameter, Responds, Takes
from chalicelib.api.schemas import EmailSearch, Messages
from chalicelib.api.targets import refuse_lookups
from chalicelib.events.claims import Claim, ClaimKind, normalised
from chalicelib.events.idempotency import Answer

area = Area("Accounts")
MOST_NAMES = 5000
"""How many accounts one look-up may name; more is a 400."""

WHOLE_NUMBER = re.compile(r"[+-]?[0-9]+")
MOST_DIGITS = 18
"""No account's id has more."""


class Found(BaseModel):
    """What a search by address tells of one account."""

    email: str
    id: int
    username: str


@area.route(
    "GET",
    "/api/user/v1/accounts",
    summary="Accounts by username, address or id",
    parameters=[
        Parameter("username", "Usernames, separated by commas."),
        Parameter("usernames", "The same, under its other name."),
        Parameter("email", "One address; for staff and superusers."),
        Parameter("lms_user_id", "One numeric id; for staff and superusers.", schema={"type": "integer"}),
        SHARED_VIEW,
    ],
    answers={
        200: Responds(
            "The accounts, each as the caller may see it.", list[AccountView], example=[examples.SHARED_ACCOUNT]
        ),
        400: Responds("The id is not a whole number, or too many names."),
        403: Responds("A look-up by address or id without being staff."),
        404: Responds("None of them exists."),
    },
)
def list_accounts(exchange: Exchange) -> Answer:
    """The named accounts, each once; without a name the caller's own."""
    refuse_lookups(exchange)
    found = _named(exchange)
    viewer = exchange.caller.account
    shown = [account_json(exchange.services, exchange.request, account, viewer) for account in found]
    return json_text(f"[{','.join(shown)}]")


@area.route(
    "POST",
    "/api/user/v1/accounts/search_emails",
    summary="Accounts by their addresses",
    takes=Takes(EmailSearch, (JSON,), {"emails": ["learner@example.com"]}),
    answers={
        200: Responds("Those that exist.", list[Found], example=examples.FOUND),
        400: Responds("The list is not a list of texts, or too long."),
        404: Responds("Not staff, or no list.", Messages),
    },
)
def search_emails(exchange: Exchange) -> Answer:
    """Address, id and username of each account whose address is named."""
    if not exchange.caller.account.staff:
        raise HiddenError("Only staff may search.")
    require_content_type(exchange.request, JSON, MERGE_PATCH)
    fields = json_object(exchange.request, exchange.services.settings.body_limit_bytes)
    if "emails" not in fields:
        raise HiddenError("emails is missing.")
    found = _with_addresses(exchange, _texts(fields["emails"]))
    return json_answer(
        [{"email": account.email, "id": account.number, "username": account.username} for account in found]
    )


def _named(exchange: Exchange) -> Sequence[Account]:
    """What the query asks for: usernames, else an address, else an id, else the caller."""
    request = exchange.request
    usernames = request.last("username") or request.last("usernames")
    if usernames:
        return _or_not_found(_with_usernames(exchange, usernames))
    if email := request.last("email"):
        return _with_address(exchange, email)
    if number := request.last("lms_user_id"):
        return _or_not_found(_with_number(exchange, number))
    return [exchange.caller.account]


def _with_address(exchange: Exchange, address: str) -> Sequence[Account]:
    """The account with this address; of one that is retired, support is told whether that may be cancelled."""
    found = _with_addresses(exchange, [address])
    if not found:
        refuse_retired(exchange.services, address)
    return _or_not_found(found)


def _or_not_found(found: Sequence[Account]) -> Sequence[Account]:
    if not found:
        raise NotFoundError
    return found


def _with_usernames(exchange: Exchange, text: str) -> list[Account]:
    """The accounts with exactly these usernames."""
    names = [name for name in dict.fromkeys(text.strip(",").split(",")) if name]
    wanted = set(names)
    return [each for each in _holders(exchange, ClaimKind.USERNAME, names) if each.username in wanted]


def _with_addresses(exchange: Exchange, addresses: Sequence[str]) -> list[Account]:
    """The accounts with these primary addresses, in any capitalisation."""
    wanted = {normalised(address) for address in addresses}
    return [each for each in _holders(exchange, ClaimKind.EMAIL, addresses) if normalised(each.email) in wanted]


def _with_number(exchange: Exchange, text: str) -> list[Account]:
    if WHOLE_NUMBER.fullmatch(text.strip()) is None:
        raise MalformedRequestError("lms_user_id must be a whole number.")
    digits = text.strip().lstrip("+0")
    if digits.startswith("-") or len(digits) > MOST_DIGITS:
        return []
    return _holders(exchange, ClaimKind.NUMBER, [digits])


def _holders(exchange: Exchange, kind: ClaimKind, values: Sequence[str]) -> list[Account]:
    """The accounts that hold these claims, each once, in a bounded number of requests."""
    if len(values) > MOST_NAMES:
        raise MalformedRequestError(f"At most {MOST_NAMES} accounts at a time.")
    ledger = exchange.services.ledger
    holders = ledger.holders([Claim(kind, value) for value in values])
    loaded = ledger.load_many(list(dict.fromkeys(holders.values())))
    return [found.state for found in loaded]


def _texts(value: JsonValue) -> list[str]:
    if not isinstance(value, list):
        raise MalformedRequestError("emails must be a list of texts.")
    texts = [item for item in value if isinstance(item, str)]
    if len(texts) != len(value):
        raise MalformedRequestError("emails must be a list of texts.")
    return texts
