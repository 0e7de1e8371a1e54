"""Retired names (spec 20, section 3.1)."""

import re

import pytest

from chalicelib.events.claims import RetiredDigits
from chalicelib.retirement.names import RetiredNames
from tests.support.retirements import NAMES


def test_the_form():
    """Prefix and 40 lower-case hexadecimal digits; an address has the retired domain, too."""
    assert re.fullmatch("retired__user_[0-9a-f]{40}", NAMES.username("ada").text)
    assert re.fullmatch(r"retired__user_[0-9a-f]{40}@retired\.invalid", NAMES.email("ada@example.com").text)


def test_the_digits_stand_in_the_text():
    """What is kept as digits is what the text was made of."""
    username, email = NAMES.username("ada"), NAMES.email("ada@example.com")
    assert (f"retired__user_{username.digits}", f"retired__user_{email.digits}@retired.invalid") == (
        username.text,
        email.text,
    )


@pytest.mark.parametrize("spelling", ["ADA", "Ada", "aDa"])
def test_capitals_make_no_difference(spelling):
    """All capitalisations of an original come to the same."""
    assert NAMES.username("ada") == NAMES.username(spelling)
    assert NAMES.email("ada@example.com") == NAMES.email(f"{spelling}@Example.COM")


def test_names_and_addresses_have_keys_of_their_own():
    """The digits of a username say nothing about an address of the same letters."""
    assert NAMES.username("ada@example.com").digits != NAMES.email("ada@example.com").digits


def test_the_newest_secret_makes_them():
    """The last secret of the list decides; the order matters, older ones do not."""
    one, two = b"older secret", b"newer secret"
    assert NAMES.username("ada") == RetiredNames(RetiredDigits([two]), "retired__user_", "retired.invalid").username(
        "ada"
    )
    assert NAMES.username("ada") != RetiredNames(
        RetiredDigits([two, one]), "retired__user_", "retired.invalid"
    ).username("ada")


def test_prefix_and_domain_are_settings():
    """Both are the deployment's; the digits do not depend on them."""
    names = RetiredNames(NAMES.digits, "gone-", "nowhere.invalid")
    assert f"gone-{NAMES.username('ada').digits}" == names.username("ada").text
    assert f"gone-{NAMES.email('a@b.c').digits}@nowhere.invalid" == names.email("a@b.c").text
