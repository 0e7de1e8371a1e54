"""What a decision may know besides the state: the time, who asks, and under which request."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from chalicelib.accounts.account import Account
from chalicelib.accounts.errors import AccountLeftError
from chalicelib.events.event import Actor, Proof, Role


class Stamp(TypedDict):
    """The fields that all events have in common."""

    account: str
    version: int
    at: datetime
    actor: Actor
    request: str


@dataclass(frozen=True)
class Context:
    """`now` is aware and in UTC; `request` is the request's id."""

    now: datetime
    actor: Actor
    request: str

    def first(self, account_id: str) -> Stamp:
        """The stamp of an account's first event."""
        return self._stamp(account_id, 1)

    def next(self, account: Account, after: int = 0) -> Stamp:
        """The stamp of the event after the account's newest and `after` others of the same commit.

        Raises `AccountLeftError` for an owner whose token died while the request was under way: they have left.
        """
        if account.has_left and self.actor.role is Role.OWNER and self.actor.proof is Proof.TOKEN:
            raise AccountLeftError
        return self._stamp(account.id, account.version + 1 + after)

    def _stamp(self, account_id: str, version: int) -> Stamp:
        return Stamp(account=account_id, version=version, at=self.now, actor=self.actor, request=self.request)
