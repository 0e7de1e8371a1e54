"""The permissions by name."""

from chalicelib.identity.permissions import Permission


def test_the_names_are_those_of_the_specification():
    """The four permissions are exactly those of spec 00."""
    assert [
        "can_cancel_retirement",
        "can_deactivate_user",
        "can_replace_username",
        "can_retire_user",
    ] == sorted(Permission)
