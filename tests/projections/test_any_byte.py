"""Verification finds every byte that is changed (spec 50, section 6)."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.support.mutations import mutated
from tests.support.verification import PEOPLE

UNTOLD = ("pk", "request", "expires")
"""What nothing tells of an idempotency record: its key, the hash of the request, when it runs out."""


def of_account(verification, account):
    """(table, item) for everything that belongs to a person."""
    world = verification.world
    ledger = world.scan("ledger")
    found = [("ledger", item) for item in verification.items("ledger", f"A#{account}")]
    found += [("ledger", item) for item in ledger if is_of(account, item, "CLAIM") or is_of(account, item, "CMD")]
    found += [(table, row) for table in ("keys", "erasures") for row in world.scan(table) if starts(row, account)]
    return found + [("views", row) for row in world.scan("views") if row["pk"]["S"].endswith(f"#{account}")]


def is_of(account, item, sort_key):
    """Whether a claim or a record leads to an account."""
    return item["sk"]["S"] == sort_key and item.get("a", {}).get("S") == account


def starts(row, account):
    """Whether a key, or its entry in the erasure ledger, is an account's."""
    return row["pk"]["S"].startswith(account)


def of_nobody(verification):
    """(table, item) for the counters."""
    return [("ledger", item) for item in verification.world.scan("ledger") if item["pk"]["S"].startswith("N#")]


def mutations(found):
    """(table, item, attribute, kind, index of the byte) for every byte that says something, keys included."""
    return [
        (table, item, name, kind, index)
        for table, item in found
        for name, value in item.items()
        for kind, content in value.items()
        if kind != "L" and not (item.get("sk", {}).get("S") == "CMD" and name in UNTOLD)
        for index in range(len(content))
    ]


def in_lists(found):
    """(table, item, attribute, index of the text, index of the byte) for lists of texts."""
    return [
        (table, item, name, place, index)
        for table, item in found
        for name, value in item.items()
        for place, each in enumerate(value.get("L", ()))
        for index in range(len(each["S"]))
    ]


@pytest.fixture
def bytes_of(verification, people, world):
    """Every byte of each person, and of nobody."""
    username = world.state(people["stays"]).username
    answer = world.api.patch(username, {"bio": "hi"}, headers={"Idempotency-Key": "any"}, as_=username)
    assert 200 == answer.status
    world.catch_up()
    found = {who: mutations(of_account(verification, account)) for who, account in people.items()}
    tables = {(table, item.get("sk", {}).get("S")) for each in found.values() for table, item, *_ in each}
    assert {("erasures", None), ("keys", None), ("ledger", "CMD"), ("ledger", "CLAIM")} <= tables
    return {**found, "nobody": mutations(of_nobody(verification))}


def is_too_high(verification, item, changed):
    """Whether a counter has skipped numbers, which it may."""
    counter = item["pk"]["S"].removeprefix("N#")
    return changed["pk"] == item["pk"] and int(changed["n"]["N"]) >= verification.in_use(counter)


def test_any_byte(verification, bytes_of):
    """Whichever byte of whichever item is changed: it is found; and it is all there was to find."""

    @settings(max_examples=80, deadline=None)
    @given(data=st.data())
    def is_found(data):
        table, item, name, kind, index = data.draw(
            st.sampled_from(bytes_of[data.draw(st.sampled_from([*PEOPLE, "nobody"]))])
        )
        changed = mutated(item, name, kind, index, data.draw(st.integers(0, 8)))
        assume(not ("n" in item and name == "n" and is_too_high(verification, item, changed)))
        with verification.damaged(table, item, None), verification.damaged(table, None, changed):
            assert not verification.checker.all().ok

    is_found()
    assert verification.checker.all().ok


def test_any_byte_of_an_entry(verification, people):
    """Each attribute of the entries of the erasure ledger and of the fences, and the lists of digits."""
    found = [each for each in of_account(verification, people["cleaned"]) if each[0] in ("keys", "erasures")]
    assert {"keys", "erasures"} == {table for table, _ in found}
    for table, item, name, kind, index in mutations(found):
        if index in (0, len(item[name][kind]) - 1) and name != "pk":
            changed = mutated(item, name, kind, index, 1)
            with verification.damaged(table, item, None), verification.damaged(table, None, changed):
                assert not verification.checker.check(people["cleaned"]).ok, (table, name, index)
    lists = in_lists(found)
    assert {"username_digits", "email_digits"} == {name for _, _, name, _, _ in lists}
    for table, item, name, place, index in lists[:: max(1, len(lists) // 8)]:
        texts = list(item[name]["L"])
        texts[place] = mutated({"x": texts[place]}, "x", "S", index, 1)["x"]
        with verification.damaged(table, item, {**item, name: {"L": texts}}):
            assert not verification.checker.check(people["cleaned"]).ok
