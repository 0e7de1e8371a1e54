"""Verification finds every byte that is changed (spec 50, section 6)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.mutations import mutated
from tests.support.verification import PEOPLE


def mutations(verification, account):
    """(table, item, attribute, kind, index of the byte) for every byte that says something, keys included."""
    world = verification.world
    found = [("ledger", item) for item in verification.items("ledger", f"A#{account}")]
    found += [
        ("ledger", item)
        for item in world.scan("ledger")
        if item["sk"]["S"] == "CLAIM" and item.get("a", {}).get("S") == account
    ]
    found += [("keys", row) for row in world.scan("keys") if row["pk"]["S"].startswith(account)]
    found += [("views", row) for row in world.scan("views") if row["pk"]["S"].endswith(f"#{account}")]
    return [
        (table, item, name, kind, index)
        for table, item in found
        for name, value in item.items()
        for kind, content in value.items()
        if not untold(table, item, name)
        for index in range(len(content))
    ]


def untold(table, item, name):
    """Of a destroyed key nothing tells when it was destroyed, and which one it was."""
    return table == "keys" and item["state"]["S"] == "ERASED" and name in ("at", "fingerprint", "through")


@pytest.fixture
def bytes_of(verification, people):
    """Every byte of each person."""
    return {who: mutations(verification, account) for who, account in people.items()}


def test_any_byte(verification, bytes_of):
    """Whichever byte of whichever item of an account is changed: it is found; and it is all there was to find."""

    @settings(max_examples=60, deadline=None)
    @given(data=st.data())
    def is_found(data):
        table, item, name, kind, index = data.draw(st.sampled_from(bytes_of[data.draw(st.sampled_from(PEOPLE))]))
        changed = mutated(item, name, kind, index, data.draw(st.integers(0, 8)))
        with verification.damaged(table, item, None), verification.damaged(table, None, changed):
            assert not verification.checker.all().ok

    is_found()
    assert verification.checker.all().ok
