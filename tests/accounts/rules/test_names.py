"""Full names."""

import pytest

from chalicelib.accounts.rules.fault import RuleError
from chalicelib.accounts.rules.names import checked_name, name, registration_name

RULES = [name, registration_name, checked_name]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    ("value", "stored"),
    [("N", "N"), (" Ada  King ", "Ada  King"), (5, "5"), ("\u3000Ōe\u3000", "Ōe"), ("n" * 255, "n" * 255)],
)
def test_acceptable_names(rule, value, stored):
    """1 to 255 characters once trimmed (spec 10, section 7)."""
    assert stored == rule(value)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    "value",
    [None, "", " ", "\n\t", "n" * 256, "<", "a>b", "http://a", "x HTTPS://a", True, [], {}, "a\0", "\ud800"],
)
def test_refused_names(rule, value):
    """Absent, blank, too long, with a bracket or a link: refused by all three rules."""
    with pytest.raises(RuleError):
        rule(value)


def test_white_space_around_does_not_count():
    """A name is trimmed before it is measured."""
    assert "n" * 255 == name(" " * 10 + "n" * 255 + " " * 10)


@pytest.mark.parametrize("rule", [name, registration_name])
def test_any_link_is_refused(rule):
    """`://` is refused in new names, registration included (spec 10, section 7.1)."""
    with pytest.raises(RuleError):
        rule("ftp://ada")


def test_registration_check_minds_web_links_only():
    """The registration check refuses `http://` and `https://` alone (spec 10, section 11)."""
    assert "ftp://ada" == checked_name("ftp://ada")
