"""Changing the two addresses: what may be asked for, and what opening a link comes to (spec 10, section 9).

Whether somebody has an address must not show. A request for an address that is taken is therefore stored like
any other, only that its link is never mailed, so that nobody can open it.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import JsonValue

from chalicelib.accounts.account import Account
from chalicelib.accounts.context import Context
from chalicelib.accounts.errors import AddressTakenError, DeadLinkError
from chalicelib.accounts.rules.addresses import wellformed_address
from chalicelib.accounts.rules.fault import Fault, RuleError
from chalicelib.events.addresses import (
    EmailChangeAbandoned,
    EmailChangeConfirmed,
    EmailChangeRequested,
    SecondaryEmailAbandoned,
    SecondaryEmailConfirmed,
    SecondaryEmailRequested,
)
from chalicelib.events.aggregate import Decision
from chalicelib.events.claims import normalised
from chalicelib.events.event import Event

EMAIL = "email"
SECONDARY_EMAIL = "secondary_email"
ADDRESS_FIELDS = (EMAIL, SECONDARY_EMAIL)


@dataclass(frozen=True)
class Owner:
    """Who has an address: the account's id, and whether it is its primary one."""

    account: str
    primary: bool


RETIRED = Owner("", primary=True)
"""Stands for whoever had an address that is retired: it counts as taken."""


@dataclass(frozen=True)
class AddressRequests:
    """What comes from the rim: who has the addresses asked for, and the digests of fresh links, by field."""

    owners: Mapping[str, Owner | None] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)


NO_REQUESTS = AddressRequests()


def asked_addresses(patch: Mapping[str, JsonValue]) -> dict[str, str]:
    """The well-formed addresses that a patch asks for, by field."""
    found = {}
    for name in ADDRESS_FIELDS:
        try:
            if name in patch:
                found[name] = wellformed_address(patch[name], field=name)
        except RuleError:
            continue
    return found


def address_faults(account: Account, patch: Mapping[str, JsonValue], requests: AddressRequests) -> dict[str, Fault]:
    """What is wrong with the addresses of a patch; that one is taken is no fault but where the contract says so."""
    faults: dict[str, Fault] = {}
    for name in ADDRESS_FIELDS:
        if name not in patch:
            continue
        try:
            address = wellformed_address(patch[name], field=name)
        except RuleError as error:
            faults |= error.faults(name)
            continue
        fault = _own_or_refused(account, name, address, requests.owners.get(name))
        if fault is not None:
            faults[name] = fault
    return faults


def _own_or_refused(account: Account, name: str, address: str, owner: Owner | None) -> Fault | None:
    if normalised(address) == normalised(account.email):
        return Fault(f"{name} is the account's address already.", "This is your e-mail address already.")
    if name == SECONDARY_EMAIL and owner is not None and not owner.primary:
        return Fault("The address is a recovery address already.", "This address cannot be your recovery address.")
    return None


def deliverable(name: str, requests: AddressRequests) -> bool:
    """Whether the link for this field is to be mailed: nobody has the address."""
    return requests.owners.get(name) is None


def request_events(
    account: Account, addresses: Mapping[str, str], requests: AddressRequests, context: Context, after: int
) -> tuple[Event, ...]:
    """The events of the addresses asked for, primary first; `after` events come before them in the commit."""
    events: list[Event] = []
    if EMAIL in addresses:
        stamp = context.next(account, after)
        events.append(EmailChangeRequested(**stamp, key=requests.keys[EMAIL], address=addresses[EMAIL]))
    if SECONDARY_EMAIL in addresses and deliverable(SECONDARY_EMAIL, requests):
        events.append(
            SecondaryEmailRequested(
                **context.next(account, after + len(events)),
                key=requests.keys[SECONDARY_EMAIL],
                before=account.secondary_email,
                address=addresses[SECONDARY_EMAIL],
            )
        )
    return tuple(events)


def confirm_email(account: Account, digest: str, owner: Owner | None, context: Context) -> Decision:
    """Open the link of a primary address. Raises `DeadLinkError`, `AddressTakenError`; `owner` has the address now."""
    if account.pending_email is None or not _same(account.email_key, digest):
        raise DeadLinkError
    if owner is not None and owner.account != account.id:
        raise AddressTakenError
    secondary = account.secondary_email
    if account.recovery_email is not None and normalised(account.recovery_email) == normalised(account.pending_email):
        secondary = account.pending_secondary_email
    event = EmailChangeConfirmed(
        **context.next(account),
        before=account.email,
        after=account.pending_email,
        secondary_before=account.secondary_email,
        secondary_after=secondary,
    )
    return Decision((event,))


def confirm_secondary_email(account: Account, digest: str, owner: Owner | None, context: Context) -> Decision:
    """Open the link of a recovery address. Raises `DeadLinkError`, `AddressTakenError`."""
    pending = account.pending_secondary_email
    if pending is None or not _same(account.secondary_email_key, digest):
        raise DeadLinkError
    if owner is not None and (owner.account != account.id or owner.primary):
        raise AddressTakenError
    event = SecondaryEmailConfirmed(**context.next(account), before=account.recovery_email, after=pending)
    return Decision((event,))


def abandon(account: Account, before: datetime, context: Context) -> Decision:
    """Give up the addresses whose links were mailed before a time and have not been opened; none if there are none."""
    events: list[Event] = []
    if account.pending_email is not None and _is_older(account.email_requested, before):
        events.append(EmailChangeAbandoned(**context.next(account), address=account.pending_email))
    pending = account.pending_secondary_email
    if pending is not None and _is_older(account.secondary_email_requested, before):
        stamp = context.next(account, len(events))
        events.append(SecondaryEmailAbandoned(**stamp, address=pending, after=account.recovery_email))
    return Decision(tuple(events))


def _is_older(requested: datetime | None, before: datetime) -> bool:
    return requested is not None and requested < before


def _same(stored: str | None, digest: str) -> bool:
    return stored is not None and hmac.compare_digest(stored, digest)
