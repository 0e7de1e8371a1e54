"""Events to parts and back."""

import json
from typing import Annotated, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.accounts.account import Account
from chalicelib.events import codec
from chalicelib.events.catalogue import EVENT_TYPES
from chalicelib.events.classification import Personal, Plain, Purpose, division_of
from chalicelib.events.codec import MalformedPartError
from chalicelib.events.errors import UnknownEventTypeError
from chalicelib.events.event import Event
from tests.events.samples import ACCOUNT
from tests.events.strategies import events, models

STAMP = {
    "account": ACCOUNT,
    "version": 1,
    "at": "2026-01-01T00:00:00Z",
    "actor": {"role": "owner", "proof": "token"},
    "request": "r",
}
any_event = st.sampled_from(sorted(EVENT_TYPES)).flatmap(lambda name: events(EVENT_TYPES[name]))


def decoded(parts: codec.Parts, personal: dict[Purpose, bytes]) -> Event:
    return codec.decode_event(codec.clear_of(parts.plain), personal, EVENT_TYPES)


def without_personal(event: Event) -> Event:
    """The event as it is with every personal field unset."""
    clear = event.model_dump(include=division_of(type(event)).plain, exclude_unset=True)
    return type(event)(**clear)


@given(any_event)
def test_every_event_comes_back_as_it_was(event):
    """Decoding what was encoded gives the same event, of the same type, with the same fields set, whatever the text."""
    parts = codec.encode(event, event.schema_number)
    back = decoded(parts, dict(parts.personal))
    assert event == back
    assert (type(event), event.model_fields_set) == (type(back), back.model_fields_set)


@given(any_event)
def test_every_event_can_be_read_without_its_personal_parts(event):
    """Once the key is destroyed an event reads as if nothing personal had ever been set."""
    parts = codec.encode(event, event.schema_number)
    assert without_personal(event) == decoded(parts, {})


@given(any_event)
def test_nothing_personal_stands_in_the_clear(event):
    """The clear text holds the clear fields and no other; each sealed part holds those of its purpose."""
    parts = codec.encode(event, event.schema_number)
    division = division_of(type(event))
    assert set(json.loads(parts.plain)) <= division.plain | {"type", "schema"}
    for purpose, content in parts.personal.items():
        assert set(json.loads(content)) <= division.sealed[purpose]


@given(models(Account))
def test_a_state_comes_back_as_it_was(state):
    """A head leaves out what is at its default, and the state is the same nevertheless."""
    parts = codec.encode(state, 1, defaults=False)
    clear = codec.clear_of(parts.plain)
    assert ("Account", 1) == (clear.type_name, clear.schema)
    assert state == codec.parse(Account, codec.joined(clear.members, parts.personal))


def test_an_event_with_nothing_personal_has_no_sealed_part():
    """There is nothing to seal, so there is no part."""
    event = EVENT_TYPES["AccountActivated"](**STAMP)
    parts = codec.encode(event, 1)
    assert {} == parts.personal
    assert parts.plain.startswith('{"type":"AccountActivated","schema":1,')


def test_an_unknown_type_fails_loudly():
    """An event of a newer release is an error with its name, never dropped."""
    with pytest.raises(UnknownEventTypeError) as refusal:
        codec.decode_event(codec.clear_of('{"type":"TeleportUsed","schema":1,"x":1}'), {}, EVENT_TYPES)
    assert ("TeleportUsed", 1) == (refusal.value.type_name, refusal.value.schema)


def test_a_newer_schema_fails_loudly():
    """A known event in a newer shape is an error, too."""
    with pytest.raises(UnknownEventTypeError):
        codec.decode_event(codec.clear_of('{"type":"AccountActivated","schema":2}'), {}, EVENT_TYPES)


@pytest.mark.parametrize(
    "plain",
    [
        "",
        "{}",
        "null",
        '{"schema":1,"type":"AccountActivated"}',
        '{"type":"AccountActivated"}',
        '{"type":"AccountActivated","schema":1',
        '{"type":"AccountActivated","schema":1,}',
        '{"type":"AccountActivated","schema":-1}',
        '{"type":"AccountActivated","schema":1e3}',
        '{"type":"AccountActivated","schema":12345678901}',
        '{"type":"AccountActivated","schema":٣}',
        '{"type":"Account Activated","schema":1}',
        ' {"type":"AccountActivated","schema":1}',
        '{"type":"AccountActivated","schema":1} ',
    ],
)
def test_a_clear_text_that_no_codec_wrote_is_malformed(plain):
    """Whatever does not begin with type and schema and end with a brace is malformed."""
    with pytest.raises(MalformedPartError):
        codec.clear_of(plain)


@pytest.mark.parametrize("cut", [1, 2, 5, 40])
def test_a_truncated_clear_text_is_malformed(cut):
    """A text whose end is missing is never read as a shorter one."""
    plain = codec.encode(EVENT_TYPES["TokensRevoked"](**STAMP), 1).plain
    with pytest.raises(MalformedPartError):
        codec.decode_event(codec.clear_of(plain[:-cut]), {}, EVENT_TYPES)


@pytest.mark.parametrize("schema", [1, 0])
@pytest.mark.parametrize(
    ("members", "personal"),
    [
        ('"secret-member":"secret-value"', b"{}"),
        ('"version":"secret-value"', b"{}"),
        ('"version":secret-value', b"{}"),
        ('"version":1', b'{"preferences_after":{"secret-key":["secret-value"]}}'),
        ('"version":1', b'{"after":{"name":["secret-value"],"secret-key":1}}'),
        ('"version":1', b"secret-value"),
        ('"version":1', b"\xff\xfesecret-value"),
    ],
)
def test_errors_never_quote_content(members, personal, schema):
    """Whatever does not fit, neither a value nor a key that a person chose is in the error or what it came from."""
    clear = codec.Clear("ProfileUpdated", schema, members)
    upcasters = {("ProfileUpdated", 0): dict}
    with pytest.raises(MalformedPartError) as refusal:
        codec.decode_event(clear, {Purpose.PROFILE: personal}, EVENT_TYPES, upcasters)
    assert "secret" not in f"{refusal.value}{refusal.value.__cause__}{refusal.value.__dict__}"
    assert refusal.value.__suppress_context__


class Moved(Event):
    """A sample event in its third shape."""

    schema_number: ClassVar[int] = 3
    places: Annotated[tuple[str, ...], Personal] = ()
    count: Annotated[int, Plain] = 0


UPCASTERS = {
    ("Moved", 1): lambda fields: {**{k: v for k, v in fields.items() if k != "town"}, **moved_town(fields)},
    ("Moved", 2): lambda fields: {**fields, "count": len(fields.get("places", []))},
}


def moved_town(fields):
    return {"places": [fields["town"]]} if "town" in fields else {}


def old_event(personal: dict[Purpose, bytes]) -> Event:
    clear = codec.clear_of('{"type":"Moved","schema":1,' + json.dumps(STAMP)[1:])
    return codec.decode_event(clear, personal, {"Moved": Moved}, UPCASTERS)


def test_an_old_event_is_read_step_by_step_as_a_new_one():
    """The upcasters from the stored schema to today's are applied one after the other, on all parts together."""
    assert Moved(**STAMP, places=("Ulm \u2028",), count=1) == old_event({Purpose.PROFILE: b'{"town":"Ulm \\u2028"}'})


def test_an_old_event_is_read_without_its_personal_parts():
    """The chain holds for an event whose key is destroyed."""
    assert Moved(**STAMP, count=0) == old_event({})
