"""The permissions that an account may hold besides the flags `is_staff` and `is_superuser`."""

from enum import StrEnum


class Permission(StrEnum):
    """A named right of one account, given by a superuser (spec 00, section "Creating accounts")."""

    CAN_RETIRE_USER = "can_retire_user"
    """May read the retirement queue and drive accounts through it, as the retirement worker does."""

    CAN_DEACTIVATE_USER = "can_deactivate_user"
    """May deactivate somebody else's account."""

    CAN_CANCEL_RETIREMENT = "can_cancel_retirement"
    """May take back a retirement that has been asked for and has not begun."""

    CAN_REPLACE_USERNAME = "can_replace_username"
    """May replace usernames, as the username-replacement worker does."""
