"""A frozen model with some of its fields changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from chalicelib.accounts.account import Account
from chalicelib.events.evolution import evolved
from tests.events.strategies import field_values, models

CHANGES = st.fixed_dictionaries({}, optional={n: field_values(f) for n, f in Account.model_fields.items()})


@given(models(Account), CHANGES)
def test_it_is_what_pydantic_copies(account, changes):
    """The same as `model_copy`: in value, in the fields that are set, and as it is stored; the original stays."""
    before = account.model_dump_json()
    ours, theirs = evolved(account, changes), account.model_copy(update=changes)
    assert theirs == ours
    assert theirs.model_fields_set == ours.model_fields_set
    assert theirs.model_dump_json(exclude_unset=True) == ours.model_dump_json(exclude_unset=True)
    assert repr(theirs) == repr(ours)
    assert before == account.model_dump_json()


@given(models(Account))
def test_it_stays_frozen(account):
    """Nobody can write to a copy."""
    with pytest.raises(ValidationError):
        evolved(account, {"version": 2}).version = 3
