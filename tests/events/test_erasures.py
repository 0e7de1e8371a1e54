"""Entries of the erasure ledger as items, and back."""

import pytest

from chalicelib.events.classification import Purpose
from chalicelib.events.erasures import Erasure
from chalicelib.events.errors import CorruptItemError
from chalicelib.events.items import erasure_item, read_erasure

ADA = "ab" * 16
KEPT = {"retired_username": "retired__user_u", "username_digits": ("u", "v")}
OF_PROFILE = Erasure(ADA, Purpose.PROFILE, None, 7, "then", "f" * 64, "ProfileErased", KEPT)
OF_ROW = Erasure(ADA, Purpose.RETIREMENT, 12, 9, "then", "f" * 64, "RetirementCleanedUp")
OLD = Erasure(ADA, Purpose.PARTNER, 3, 9, "then")


@pytest.mark.parametrize("erasure", [OF_PROFILE, OF_ROW, OLD], ids=["profile", "row", "of an older release"])
def test_there_and_back(erasure):
    """An entry says what it was made of."""
    assert erasure == read_erasure(erasure_item(erasure))


def test_on_the_wire():
    """The key's own partition key; several values are a list; what is not said is not there."""
    assert {
        "pk": {"S": f"{ADA}#profile"},
        "account": {"S": ADA},
        "through": {"N": "7"},
        "at": {"S": "then"},
        "fingerprint": {"S": "f" * 64},
        "event": {"S": "ProfileErased"},
        "retired_username": {"S": "retired__user_u"},
        "username_digits": {"L": [{"S": "u"}, {"S": "v"}]},
    } == erasure_item(OF_PROFILE)
    assert {"pk": f"{ADA}.3#partner"} == {"pk": erasure_item(OLD)["pk"]["S"]}
    assert {"pk", "account", "through", "at"} == erasure_item(OLD).keys()


def test_the_slot():
    """What the key opened: the account's own parts, or those of one row."""
    assert [Purpose.PROFILE, (Purpose.RETIREMENT, 12)] == [OF_PROFILE.slot, OF_ROW.slot]


@pytest.mark.parametrize(
    "changed",
    [
        {"pk": {"S": "nonsense"}},
        {"pk": {"S": f"{ADA}#pictures"}},
        {"pk": {"S": f"{ADA}.0#partner"}},
        {"through": {"S": "7"}},
        {"through": {"N": "x"}},
        {"at": {"N": "1"}},
        {"event": {"L": []}},
    ],
)
def test_what_nobody_wrote(changed):
    """It is not taken for an entry."""
    with pytest.raises(CorruptItemError):
        read_erasure({**erasure_item(OF_PROFILE), **changed})
