"""The decisions that change preferences (spec 10, section 10)."""

import pytest

from chalicelib.accounts.context import Context
from chalicelib.accounts.errors import FieldErrors, NoPreferenceError, PreferenceRefusedError
from chalicelib.accounts.fold import fold
from chalicelib.accounts.preferences import delete_preference, patch_preferences, preference_value, put_preference
from tests.support.accounts import CONTEXT, account

HALF = "x" * (32 * 1024 - 1)


def patched(preferences: dict[str, str], patch: dict, context: Context = CONTEXT) -> dict[str, str]:
    """The preferences after a patch."""
    state = account(preferences=preferences)
    for event in patch_preferences(state, patch, context).events:
        state = fold(state, event)
    return dict(state.preferences)


@pytest.mark.parametrize(
    ("before", "patch", "expected"),
    [
        ({}, {"a": "1"}, {"a": "1"}),
        ({"a": "1"}, {"b": "2"}, {"a": "1", "b": "2"}),
        ({"a": "1", "b": "2"}, {"a": None}, {"b": "2"}),
        ({"a": "1"}, {"a": None, "b": "2"}, {"b": "2"}),
        ({}, {"never": None}, {}),
        ({}, {"a": 10, "b": {"int_key": 10}, "c": True}, {"a": "10", "b": "{'int_key': 10}", "c": "True"}),
    ],
)
def test_patch(before, patch, expected):
    """Keys are set, deleted by null, and left alone (spec 10, section 10)."""
    assert expected == patched(before, patch)


def test_an_event_holds_what_changed():
    """Unchanged keys are in no event; nothing changed is no event (spec 10, section 10)."""
    state = account(preferences={"a": "1", "b": "2"})
    (event,) = patch_preferences(state, {"a": "1", "b": None, "c": "3"}, CONTEXT).events
    assert ({"b": "2", "c": None}, {"b": None, "c": "3"}) == (dict(event.before), dict(event.after))
    assert () == patch_preferences(state, {"a": "1", "never": None}, CONTEXT).events


def test_all_faults_at_once():
    """All keys at fault at once (spec 10, section 10)."""
    patch = {"a": "", "time_zone": "x", "account_privacy": "y", "k" * 256: "v", "fine": "1"}
    with pytest.raises(FieldErrors) as caught:
        patch_preferences(account(), patch, CONTEXT)
    assert {"a", "time_zone", "account_privacy", "k" * 256} == set(caught.value.faults)


def test_all_together():
    """All keys and values over 64 KiB are refused; what is deleted makes room (spec 10, section 10)."""
    full = {"a": HALF, "b": HALF}
    with pytest.raises(FieldErrors) as caught:
        patched(full, {"c": "v"})
    assert {"c"} == set(caught.value.faults)
    assert {"b", "c"} == set(patched(full, {"c": "v", "a": None}))
    with pytest.raises(PreferenceRefusedError):
        put_preference(account(preferences=full), "c", "v", CONTEXT)
    assert 1 == len(put_preference(account(preferences=full), "a", "v", CONTEXT).events)


@pytest.mark.parametrize("value", [None, "", " ", "\n", "a\0", "\ud800", "x" * (32 * 1024 + 1)])
def test_values_that_cannot_be_put(value):
    """null, blanks, what is too long or no text: refused (spec 10, section 10)."""
    with pytest.raises(PreferenceRefusedError):
        put_preference(account(), "key", value, CONTEXT)


def test_deep_values_are_refused_not_crashed_on():
    """A value nested too deeply to be written out is refused."""
    value: list = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(PreferenceRefusedError):
        put_preference(account(), "key", value, CONTEXT)
    while value:
        value = value.pop()


@pytest.mark.parametrize("key", ["", "k" * 256, "a\0"])
def test_keys_that_cannot_be(key):
    """A key has 1 to 255 characters (spec 10, section 10)."""
    with pytest.raises(PreferenceRefusedError):
        put_preference(account(), key, "v", CONTEXT)


def test_delete():
    """A set preference is deleted; one that is not set is an error (spec 10, section 10)."""
    state = account(preferences={"a": "1"})
    (event,) = delete_preference(state, "a", CONTEXT).events
    assert {} == dict(fold(state, event).preferences)
    with pytest.raises(NoPreferenceError):
        delete_preference(state, "b", CONTEXT)


@pytest.mark.parametrize("value", ["all_users", "private", "custom"])
def test_account_privacy(value):
    """`account_privacy`: its three values (spec 10, section 10)."""
    assert value == preference_value("account_privacy", value)
