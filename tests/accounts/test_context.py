"""The stamps of events, and who may not make any more of them."""

import pytest

from chalicelib.accounts.context import Context
from chalicelib.accounts.errors import AccountLeftError
from chalicelib.accounts.policy import Policy
from chalicelib.accounts.update import update_account
from chalicelib.events.event import Actor, Proof, Role
from tests.support.accounts import ADA, CONTEXT, WORKER_CONTEXT, account
from tests.support.clock import NOON

LEFT = account(retired_username="retired__user_x", retired_email="retired__user_x@retired.invalid", email="")


def test_versions_follow():
    """The events of a commit come one after the other."""
    assert [4, 5] == [CONTEXT.next(account(), ahead)["version"] for ahead in range(2)]
    assert 1 == CONTEXT.first(ADA)["version"]


def test_an_owner_who_has_left():
    """A request of somebody who left while it was under way changes nothing (spec 20, section 5)."""
    with pytest.raises(AccountLeftError):
        CONTEXT.next(LEFT)
    with pytest.raises(AccountLeftError):
        update_account(LEFT, {"bio": "late"}, Policy(), CONTEXT)


def test_others_go_on():
    """Drivers and links are not meant: only the owner's token died."""
    link = Context(NOON, Actor(account=ADA, role=Role.OWNER, proof=Proof.LINK), "r")
    assert 4 == WORKER_CONTEXT.next(LEFT)["version"] == link.next(LEFT)["version"]
