"""Registration checks (spec 10, section 11)."""

import pytest

from chalicelib.accounts.checks import CHECKS, decisions, is_fine
from chalicelib.accounts.policy import Policy

NOBODY = frozenset()
FINE = {
    "name": "Ada",
    "username": "ada_k",
    "email": "ada@example.com",
    "confirm_email": "ada@example.com",
    "password": "Qz7!Qz7!Qz7",
    "country": "SE",
}


def told(field: str, value: object, taken: frozenset[str] = NOBODY, policy: Policy | None = None, **beside: object):
    """The decision on one field."""
    return decisions({**beside, field: value}, taken, policy or Policy())[field]


def test_the_six_fields():
    """Six fields are known (spec 10, section 11)."""
    assert set(FINE) == set(CHECKS)
    assert dict.fromkeys(FINE, "") == decisions(FINE, NOBODY, Policy())


def test_only_what_is_sent():
    """Unknown fields get no entry, absent ones neither; nothing gives nothing (spec 10, section 11)."""
    assert {"country": ""} == decisions({"country": "SE", "goals": "x"}, NOBODY, Policy())
    assert {} == decisions({}, NOBODY, Policy())


@pytest.mark.parametrize("key", [*FINE])
def test_form_field_key(key):
    """`form_field_key`: that field's decision alone, sent or not (spec 10, section 11)."""
    assert {key} == set(decisions({**FINE, "form_field_key": key}, NOBODY, Policy()))
    assert decisions({"form_field_key": key}, NOBODY, Policy())[key]


@pytest.mark.parametrize("key", ["goals", "", None, 5, ["name"]])
def test_another_form_field_key(key):
    """What names no known field changes nothing (spec 10, section 11)."""
    assert set(FINE) == set(decisions({**FINE, "form_field_key": key}, NOBODY, Policy()))


@pytest.mark.parametrize("field", ["username", "email"])
def test_taken(field):
    """Taken is told; a bad form outranks it (spec 10, section 11)."""
    taken = told(field, FINE[field], frozenset({field}))
    bad = told(field, "a b", frozenset({field}))
    assert taken
    assert bad
    assert bad != taken
    assert bad == told(field, "a b")


@pytest.mark.parametrize("field", list(FINE))
@pytest.mark.parametrize("value", [None, True, [], {}, 1.5])
def test_no_text(field, value):
    """Whatever stands where text is due gets a text."""
    assert isinstance(told(field, value), str)


@pytest.mark.parametrize(("beside", "fine"), [({}, True), ({"username": "similar-word"}, False)])
def test_likeness_needs_a_username(beside, fine):
    """Likeness to the address counts only if `username` is sent (spec 10, section 11)."""
    plain = {"email": "similar-word@example.com"}
    assert fine is (told("password", "similar-word", **plain, **beside) == "")


@pytest.mark.parametrize(
    ("registration", "reset", "page", "fine"),
    [
        (False, False, None, True),
        (True, False, None, False),
        (True, False, "true", True),
        (False, True, "true", False),
        (False, True, "false", True),
        (True, True, True, False),
    ],
)
def test_breach_check(registration, reset, page, fine):
    """`reset_password_page` = `"true"` picks the other switch of the breach check (spec 10, section 11)."""
    policy = Policy(
        breached_password=lambda password: password == "known-from-a-breach",
        breach_check_at_registration=registration,
        breach_check_at_reset=reset,
    )
    beside = {} if page is None else {"reset_password_page": page}
    assert fine is (told("password", "known-from-a-breach", policy=policy, **beside) == "")
    assert "" == told("password", "known-from-nowhere", policy=policy, **beside)


def test_breach_check_without_a_source():
    """Switched on without anything to ask, it refuses nothing."""
    policy = Policy(breach_check_at_registration=True, breach_check_at_reset=True)
    assert "" == told("password", "known-from-a-breach", policy=policy)


def test_fine():
    """A field is fine if it is there and well formed."""
    assert is_fine("username", {"username": "ada_k"}, Policy())
    assert not is_fine("username", {"username": "a b"}, Policy())
    assert not is_fine("username", {}, Policy())
