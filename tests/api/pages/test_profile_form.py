"""The form of the profile: from an account to its fields, and back to a patch."""

import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.api.pages.profile_form import FIELDS, fingerprint, form_faults, patch_of, typed_of, values_of

EXTENDED = ["favorite beatle", "b"]
EMPTY: dict[str, Any] = {
    **dict.fromkeys(FIELDS),
    "language_proficiencies": [],
    "social_links": [],
    "extended_profile": [],
}
FULL = EMPTY | {
    "bio": "a\r\nb",
    "goals": "\nc",
    "year_of_birth": 1990,
    "country": "SE",
    "language_proficiencies": [{"code": "de"}, {"code": "zh_HANS"}],
    "social_links": [{"platform": "x", "social_link": "https://www.x.com/ada"}],
    "extended_profile": [{"field_name": "b", "field_value": "Ringo"}],
}


def patch(account: dict[str, Any], typed: dict[str, str | None]) -> dict[str, Any]:
    """What is patched after somebody has changed these fields of the form."""
    shown = values_of(account, FIELDS, EXTENDED)
    sent = {name: value for name, value in (shown | typed).items() if value is not None}
    return patch_of(shown, typed_of(sent, shown, FIELDS), EXTENDED)


def test_values():
    """By the names of the form."""
    values = values_of(FULL, FIELDS, EXTENDED)
    assert ("a\r\nb", "1990", "", "Ringo") == tuple(
        values[name] for name in ("bio", "year_of_birth", "state", "extended_1")
    )
    assert {"speaks_de": "on", "speaks_zh_HANS": "on"} == {k: v for k, v in values.items() if k.startswith("speaks_")}
    assert ("", "https://www.x.com/ada") == (values["link_facebook"], values["link_x"])


@pytest.mark.parametrize("account", [EMPTY, FULL])
def test_nothing_differs(account: dict[str, Any]):
    """Nothing is patched; also if a browser has written the line ends."""
    assert {} == patch(account, {})
    assert {} == patch(account, {"bio": "a\nb", "goals": "\r\nc"} if account is FULL else {"bio": ""})


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ({"bio": "new\r\nline"}, {"bio": "new\nline"}),
        ({"bio": "", "year_of_birth": "", "country": ""}, {"bio": None, "year_of_birth": None, "country": None}),
        ({"year_of_birth": "soon"}, {"year_of_birth": "soon"}),
        ({"speaks_de": None}, {"language_proficiencies": [{"code": "zh_HANS"}]}),
        ({"speaks_de": None, "speaks_zh_HANS": None}, {"language_proficiencies": []}),
        ({"speaks_nothing": "on"}, {}),
        ({"link_x": ""}, {"social_links": [{"platform": "x", "social_link": ""}]}),
        ({"link_facebook": " me "}, {"social_links": [{"platform": "facebook", "social_link": "me"}]}),
        ({"extended_1": ""}, {"extended_profile": [{"field_name": "b", "field_value": None}]}),
        ({"extended_0": "x"}, {"extended_profile": [{"field_name": "favorite beatle", "field_value": "x"}]}),
        ({"email": "x@example.com", "name": "X", "extended_7": "x"}, {}),
    ],
)
def test_what_differs(typed: dict[str, str | None], expected: dict[str, Any]):
    """And no more."""
    assert expected == patch(FULL, typed)


def test_fields_that_cannot_be_edited():
    """They are neither shown nor taken from what was sent."""
    fields = ["goals"]
    shown = values_of(FULL, fields, EXTENDED)
    assert {"goals": "\nc"} == shown
    sent = {"goals": "new", "bio": "new", "speaks_eo": "on", "link_x": "new", "extended_0": "new"}
    assert {"goals": "new"} == patch_of(shown, typed_of(sent, shown, fields), EXTENDED)


@given(
    st.dictionaries(
        st.sampled_from(["bio", "goals", "phone_number", "link_x", "extended_0"]), st.text(string.printable)
    )
)
def test_sent_again_unchanged(typed: dict[str, str]):
    """What a browser makes of a text's line ends is no change of it."""
    shown = values_of(EMPTY, FIELDS, EXTENDED) | typed
    sent = {name: text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n") for name, text in shown.items()}
    assert {} == patch_of(shown, typed_of(sent, shown, FIELDS), EXTENDED)


def test_fingerprint():
    """Of the values, in any order."""
    assert fingerprint({"a": "1", "b": "2"}) == fingerprint({"b": "2", "a": "1"})
    assert fingerprint({"a": "1"}) != fingerprint({"a": "2"})


def test_faults():
    """Beside the fields of the form."""
    refused = {"bio": "long", "b": "no Beatle", "social_links": "no link"}
    one, two = [{"platform": "x", "social_link": "?"}], [{"platform": "x"}, {"platform": "facebook"}]
    expected = {"bio": "long", "extended_1": "no Beatle"}
    assert expected | {"link_x": "no link"} == form_faults(refused, {"social_links": one}, EXTENDED)
    assert expected | {"social_links": "no link"} == form_faults(refused, {"social_links": two}, EXTENDED)
