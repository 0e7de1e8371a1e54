"""Parts of pages that are written from the code are up to date."""

from __future__ import annotations

import pytest

from chalicelib.settings import Settings
from tests.docs.generated import GENERATED, variable, with_part
from tests.docs.pages import by_name, page


@pytest.mark.parametrize("name", GENERATED)
def test_a_generated_part_is_up_to_date(name: str) -> None:
    """`python -m tests.docs.generated` would change nothing."""
    path, write = GENERATED[name]
    assert with_part(page(path).text, name, write()) == page(path).text


def test_every_setting_is_in_the_readme() -> None:
    """Each setting has a row with its default and a sentence."""
    documented = by_name(page("README.md").section("Settings"))
    expected = {variable(name, field): field.description for name, field in Settings.model_fields.items()}
    assert expected == {name: documented[name][1] for name in expected}


def test_a_page_without_the_part_is_an_error() -> None:
    """A page that has lost its marks is not taken for one that is up to date."""
    with pytest.raises(LookupError):
        with_part("# Page\n", "settings", "")
