"""E-mail addresses."""

import pytest

from chalicelib.accounts.rules.addresses import email_address, in_domain, wellformed_address
from chalicelib.accounts.rules.fault import RuleError


@pytest.mark.parametrize(
    "value",
    [
        "email@here.com",
        "weirder-email@here.and.there.com",
        "a@b.cd",
        "Ada.King+x@Example.COM",
        "!def!xyz%abc@example.com",
        '"test@test"@example.com',
        "email@[127.0.0.1]",
        "email@[2001:dB8::1]",
        "email@[::fffF:127.0.0.1]",
        "email@localhost",
        "example@valid-----hyphens.com",
        "test@domain.with.idn.tld.उदाहरण.परीक्षा",
        "ada@bücher.example",
        "a@" + "a" * 63 + ".us",
        "a" * 242 + "@example.com",
    ],
)
def test_accepted(value):
    """An ASCII local part, also in quotes; a dotted domain of any letters, an IP in brackets, localhost."""
    assert value == email_address(value)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        5,
        True,
        [],
        {},
        "abc",
        "abc@",
        "@b.cd",
        "a@b",
        "a @x.cz",
        "abc@.com",
        "something@@somewhere.com",
        "email@127.0.0.1",
        "email@[127.0.0.256]",
        "email@[2001:db8::12345]",
        "email@[2001:db8:0:0:1]",
        "email@[::ffff:127.0.0.256]",
        "email@[]",
        "email@Localhost",
        "example@invalid-.com",
        "example@-invalid.com",
        "example@inv-.alid-.com",
        "example@.com",
        "a@example..com",
        "é@example.com",
        "\u212aing@example.com",
        ".a@example.com",
        "a..b@example.com",
        "a@" + "a" * 64 + ".us",
        '"\\\x09"@here.com',
        '"\\\n"@here.com',
        '"open@here.com',
        '"ada king"@example.com',
        "trailingdot@shouldfail.com.",
        "a@b.com\n",
        "a\n@b.com",
        "a\0@b.com",
        "a@b\ud800.com",
        "a" * 243 + "@example.com",
        " a@b.com",
        "a@b.com ",
    ],
)
def test_refused(value):
    """What is not an address, or not of 3 to 254 characters, is refused as sent (spec 10, section 11)."""
    with pytest.raises(RuleError):
        email_address(value)


@pytest.mark.parametrize("value", ["a@retired.invalid", "a@RETIRED.invalid", "a@ｒetired.invalid"])
def test_retired_domain_is_refused(value):
    """Nobody registers an address of the retired domain, but it is an address (spec 20, section 3.1)."""
    with pytest.raises(RuleError):
        email_address(value)
    assert value == wellformed_address(value)


def test_other_domains_are_not_retired():
    """Only the domain itself counts, and it is a setting."""
    assert not in_domain("a@sub.retired.invalid", "retired.invalid")
    assert "a@retired.invalid" == email_address("a@retired.invalid", retired_domain="gone.invalid")
