"""Every personal text that is known of somebody: of every event that still opens, of the state, and of the rows."""

import json
from collections.abc import Iterable, Iterator

from pydantic import BaseModel, JsonValue

from chalicelib.accounts.account import Account
from chalicelib.accounts.retirement import Originals, Report
from chalicelib.events.aggregate import Loaded
from chalicelib.events.classification import Sensitivity, classes_of
from chalicelib.events.profile import Profile
from chalicelib.events.registration import SocialLogin
from chalicelib.wiring import Wiring

OUR_NAMES = frozenset(name for model in (Profile, SocialLogin, Originals, Report) for name in model.model_fields)
"""Names in these objects are the service's own; all others are a person's."""


def texts_of(wiring: Wiring, loaded: Loaded[Account]) -> list[str]:
    """The texts, in order, each once; old values, too. What a destroyed key has sealed is not among them."""
    found: dict[str, None] = {}
    for model in (loaded.state, *wiring.ledger.history(loaded.account)):
        found |= dict.fromkeys(personal_leaves(model))
    state = loaded.state
    meant_to_stay = {state.retired_username, state.retired_email, *state.username_digits, *state.email_digits, ""}
    return sorted(found.keys() - meant_to_stay)


def personal_leaves(model: BaseModel) -> Iterator[str]:
    """Every text and number in the personal fields of an event or a state, and the names in its mappings."""
    names = {name for name, mark in classes_of(type(model)).items() if mark.sensitivity is Sensitivity.PERSONAL}
    yield from _leaves(model.model_dump(mode="json", include=names, exclude_unset=True).values())


def _leaves(values: Iterable[JsonValue]) -> Iterator[str]:
    for value in values:
        if isinstance(value, dict):
            yield from _leaves(value.values())
            yield from value.keys() - OUR_NAMES
        elif isinstance(value, list):
            yield from _leaves(value)
        elif isinstance(value, str):
            yield value
            yield from _within(value)
        elif value is not None and not isinstance(value, bool):
            yield str(value)


def _within(text: str) -> Iterator[str]:
    """The leaves of a text that is itself a JSON object or list, as a provider's data of a linked login is."""
    if not text.startswith(("{", "[")):
        return
    try:
        yield from _leaves([json.loads(text)])
    except (ValueError, RecursionError):
        return
