"""The part of the job `expire` that is about addresses: changes that nobody has confirmed (spec 50, section 7)."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from chalicelib.accounts.account import Account
from chalicelib.accounts.addresses import abandon
from chalicelib.accounts.context import Context
from chalicelib.events.errors import ErasedKeyError, StoreError, UnknownAccountError
from chalicelib.events.event import Actor, Role
from chalicelib.events.ledger import Ledger
from chalicelib.leases import JOB_SECONDS, Leases
from chalicelib.projections.pending_addresses import PendingAddressesReader
from chalicelib.settings import Settings

log = logging.getLogger("rollcall.pipeline")
LEASE = "job:abandon"
LEASE_SECONDS = JOB_SECONDS


class AbandoningServices(Protocol):
    """What giving up addresses needs."""

    settings: Settings
    clock: Callable[[], datetime]
    random_bytes: Callable[[int], bytes]

    @property
    def ledger(self) -> Ledger[Account]:
        """The accounts."""
        ...

    @property
    def pending_addresses(self) -> PendingAddressesReader:
        """Addresses whose link nobody has opened yet."""
        ...

    @property
    def leases(self) -> Leases:
        """Short-lived locks."""
        ...


@dataclass
class Abandoned:
    """What a run came to: accounts looked at, addresses given up, and accounts that could not be changed."""

    examined: int = 0
    addresses: int = 0
    failed: int = 0


def run(services: AbandoningServices) -> Abandoned:
    """Give up what is older than PENDING_CHANGE_DAYS. A run that finds another at work does nothing.

    The view may be behind; what is decided is decided on the account itself.
    """
    outcome, days = Abandoned(), services.settings.pending_change_days
    owner = services.random_bytes(16).hex()
    if days == 0:
        return outcome
    before = services.clock() - timedelta(days=days)
    with services.leases.try_hold(LEASE, owner, LEASE_SECONDS) as held:
        for account in sorted(set(services.pending_addresses.older_than(before))) if held else ():
            if not services.leases.extend(LEASE, owner, LEASE_SECONDS):
                break
            outcome.examined += 1
            _give_up(services, account, before, outcome)
    log.info("addresses given up", extra={"outcome": vars(outcome)})
    return outcome


def _give_up(services: AbandoningServices, account: str, before: datetime, outcome: Abandoned) -> None:
    """Give up the addresses of one account; what is wrong with it must not stop the others."""
    context = Context(services.clock(), Actor(role=Role.SYSTEM), "expire")
    try:
        committed = services.ledger.execute(account, lambda state: abandon(state, before, context))
        outcome.addresses += len(committed.events)
    except (UnknownAccountError, ErasedKeyError):
        return
    except StoreError as error:
        outcome.failed += 1
        log.warning("address not given up", extra={"account": account, "error": type(error).__name__})
