"""Accounts, contexts and policies for tests of the pure domain."""

from typing import Any

from chalicelib.accounts.account import Account
from chalicelib.accounts.context import Context
from chalicelib.events.event import Actor, Proof, Role
from chalicelib.events.profile import Profile
from tests.support.clock import NOON

ADA = "a" * 32
BOB = "b" * 32
YEAR = NOON.year
OWNER = Actor(account=ADA, role=Role.OWNER, proof=Proof.TOKEN)
CONTEXT = Context(now=NOON, actor=OWNER, request="request-1")
WORKER = Actor(account=BOB, role=Role.SERVICE, proof=Proof.TOKEN)
WORKER_CONTEXT = Context(now=NOON, actor=WORKER, request="request-1")


OWN = {"username": "own_username", "email": "own_email"}


def account(*, profile: dict[str, Any] | None = None, **fields: Any) -> Account:
    """An adult's active account at version 3, changed as said."""
    standard: dict[str, Any] = {
        "id": ADA,
        "version": 3,
        "number": 7,
        "joined": NOON,
        "active": True,
        "own_username": "ada",
        "own_email": "ada@example.com",
    }
    described = Profile(**{"name": "Ada", "year_of_birth": 1990} | (profile or {}))
    named = {OWN.get(name, name): value for name, value in fields.items()}
    return Account(**standard | named, profile=described)
