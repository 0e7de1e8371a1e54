"""The fields a deployment adds."""

import pytest

from chalicelib.accounts.rules.extended_profile import extended_profile
from chalicelib.accounts.rules.fault import Fault, RuleError, SeveralFaultsError, StoringError

FIELDS = ("favorite_beatle", "conlangs_spoken")


def item(name, value):
    return {"field_name": name, "field_value": value}


def one(value):
    return extended_profile([item("favorite_beatle", value)], configured=FIELDS)["favorite_beatle"]


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ("Ringo", "Ringo"),
        (" <b>R</b> ", " <b>R</b> "),
        ("", ""),
        (5, "5"),
        (True, "true"),
        (2.5, "2.5"),
        (["Quenya", "Ithkuíl"], '["Quenya","Ithkuíl"]'),
        ({"a": None, "b": [1]}, '{"a":null,"b":[1]}'),
        ([], "[]"),
        (None, None),
    ],
)
def test_values(value, stored):
    """Strings come as they are, other JSON values as compact JSON, null clears (spec 10, section 5.2)."""
    assert stored == one(value)


def test_no_character_of_number_zero():
    """Text with U+0000 is refused, as in every other field; inside other JSON it is written as an escape."""
    with pytest.raises(RuleError):
        one("Ringo\0")
    assert '["\\u0000"]' == one(["\0"])


def test_fields_outside_the_configured_are_left_out():
    """Names outside the configured list are dropped (spec 10, section 7)."""
    sent = [item("old_names", "x"), item("conlangs_spoken", "Quenya")]
    assert {"conlangs_spoken": "Quenya"} == extended_profile(sent, configured=FIELDS)
    assert {} == extended_profile(sent, configured=())
    assert {} == extended_profile([], configured=FIELDS)


def test_last_of_a_name_counts():
    """A name sent twice has its last value."""
    sent = [item("favorite_beatle", "Ringo"), item("favorite_beatle", "George")]
    assert {"favorite_beatle": "George"} == extended_profile(sent, configured=FIELDS)


@pytest.mark.parametrize("value", [None, "", {}, 5, True, item("favorite_beatle", "Ringo")])
def test_not_a_list_is_a_fault_of_the_field(value):
    """What is not a list is refused under the key `extended_profile`."""
    with pytest.raises(RuleError) as caught:
        extended_profile(value, configured=FIELDS)
    assert not isinstance(caught.value, StoringError)
    assert ["extended_profile"] == list(caught.value.faults("extended_profile"))


@pytest.mark.parametrize(
    "bad",
    [{}, {"field_name": "favorite_beatle"}, {"field_value": 1}, item(None, 1), item([], 1), None, "x", []],
)
def test_item_without_its_keys_is_a_storing_fault(bad):
    """An item without `field_name` or `field_value` is refused in the shape of a failure while storing."""
    with pytest.raises(StoringError):
        extended_profile([item("favorite_beatle", "Ringo"), bad], configured=FIELDS)


def test_all_together_are_limited():
    """Names and texts of one patch fit into 32 KiB of UTF-8; fields that are dropped do not count."""
    room = 32 * 1024 - len("favorite_beatle")
    dropped = item("other", "x" * 100_000)
    assert {"favorite_beatle": "é" * (room // 2)} == extended_profile(
        [item("favorite_beatle", "é" * (room // 2)), dropped], configured=FIELDS
    )
    with pytest.raises(RuleError):
        one("x" * (room + 1))
    with pytest.raises(RuleError):
        extended_profile([item(name, "x" * 17_000) for name in FIELDS], configured=FIELDS)


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    ["\ud800", ["\udfff"], {"\ud800": 1}, float("nan"), [float("inf")], 10**5000, nested(20_000)],
    ids=["surrogate", "in list", "in key", "nan", "infinity", "huge", "deep"],
)
def test_unstorable_values_are_refused(value):
    """What has no text in JSON and UTF-8 is a fault of the field."""
    with pytest.raises(RuleError):
        one(value)


def test_validator_faults_are_keyed_by_field():
    """Faults of a deployment's validator are keyed by the field's name (spec 10, section 7)."""

    def only_the_drummer(name, text):
        return None if text == "Ringo" else f"no such {name}"

    sent = [item("favorite_beatle", "Mick"), item("conlangs_spoken", "Ringo"), item("other", "Mick")]
    with pytest.raises(SeveralFaultsError) as caught:
        extended_profile(sent, configured=FIELDS, validator=only_the_drummer)
    faults = caught.value.faults("extended_profile")
    assert ["favorite_beatle"] == list(faults)
    assert isinstance(faults["favorite_beatle"], Fault)
    assert "no such favorite_beatle" == faults["favorite_beatle"].user_message


def test_validator_sees_no_cleared_field():
    """A field that is cleared has no text to judge."""
    assert {"favorite_beatle": None} == extended_profile(
        [item("favorite_beatle", None)], configured=FIELDS, validator=lambda *_: "never"
    )
