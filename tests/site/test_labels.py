"""Labels of the API's fields."""

import pytest

from chalicelib.accounts.rules.choices import GENDERS, LEVELS_OF_EDUCATION, PRIVACIES
from chalicelib.accounts.rules.registry import PATCH_RULES
from chalicelib.accounts.rules.social_links import STUBS
from chalicelib.accounts.view import AccountView
from chalicelib.site.rendering import environment


def text(macro: str, argument: str) -> str:
    """What a macro makes of a name."""
    labels = environment("en").get_template("labels.html").module
    return str(getattr(labels, macro)(argument))


@pytest.mark.parametrize("field", [*AccountView.model_fields, *PATCH_RULES, "pref-lang", "time_zone"])
def test_every_field(field: str):
    """It has a label, without blanks around it."""
    label = text("label", field)
    assert field != label
    assert label.strip() == label != ""


@pytest.mark.parametrize(
    ("macro", "codes"),
    [("gender", GENDERS), ("education", LEVELS_OF_EDUCATION), ("privacy", PRIVACIES), ("platform", STUBS)],
)
def test_every_code(macro: str, codes: tuple[str, ...]):
    """Too."""
    for code in codes:
        label = text(macro, code)
        assert code != label
        assert label.strip() == label != ""


def test_visibility():
    """By the field that it is about."""
    assert "Who sees: About me" == text("label", "visibility.bio")
    assert "Who sees: shoe" == text("label", "visibility.shoe")


def test_other_names():
    """As they are, escaped; those of the extended profile a little nicer."""
    assert "&lt;b&gt;" == text("label", "<b>")
    assert "Favorite beatle" == text("extended", "favorite_beatle")
