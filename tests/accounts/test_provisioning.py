"""What a superuser decides of a new account (spec 00, "Creating accounts")."""

import pytest

from chalicelib.accounts.provisioning import check_provision
from chalicelib.accounts.registration import Provision
from chalicelib.events.registration import SocialLogin

KNOWN = frozenset({"can_retire_user", "can_deactivate_user"})


def short(value):
    """A short name for a case."""
    return repr(value)[:30].encode("ascii", "replace").decode()


def test_defaults():
    """`is_active` defaults to true, everything else to nothing."""
    assert (Provision(), {}) == check_provision({}, KNOWN)


def test_everything():
    """Each field in its form."""
    form = {
        "is_active": False,
        "is_staff": True,
        "is_superuser": True,
        "permissions": ["can_retire_user", "can_deactivate_user", "can_retire_user"],
        "preferences": {"pref-lang": "sv", "n": 1},
        "orgs": ["b", "a", "b", " ", "outdated_entry"],
        "social_logins": [{"provider": "p", "uid": "u", "extra_data": {"é": 1}}, {"provider": "q", "uid": "v"}],
    }
    provision, faults = check_provision(form, KNOWN)
    assert {} == faults
    assert (
        Provision(
            active=False,
            staff=True,
            superuser=True,
            permissions=("can_deactivate_user", "can_retire_user"),
            preferences={"pref-lang": "sv", "n": "1"},
            orgs=("b", "a"),
            social_logins=(
                SocialLogin(provider="p", uid="u", extra_data='{"\\u00e9": 1}'),
                SocialLogin(provider="q", uid="v", extra_data="null"),
            ),
        )
        == provision
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((flag, value) for flag in ("is_active", "is_staff", "is_superuser") for value in (None, 1, "true", [])),
        *(("permissions", value) for value in (None, "can_retire_user", ["unknown"], [1], {})),
        *(("preferences", value) for value in (None, [], {"a": None}, {"a": ""}, {"k" * 256: "v"})),
        *(("orgs", value) for value in (None, "o", [1], [None], ["a\0"], ["\ud800"], ["x" * 40_000])),
        *(
            ("social_logins", value)
            for value in (
                None,
                {},
                [1],
                [{}],
                [{"provider": "p"}],
                [{"provider": "p", "uid": 1}],
                [{"provider": "", "uid": "u"}],
                [{"provider": "p", "uid": "u\0"}],
                [{"provider": "p", "uid": "u", "extra_data": "x" * 40_000}],
            )
        ),
    ],
    ids=short,
)
def test_refused(name, value):
    """Wrong types, unknown permissions, what cannot be stored, and too much of anything."""
    assert {name} == set(check_provision({name: value}, KNOWN)[1])


def test_all_faults_at_once():
    """Every field at fault has its key."""
    assert {"is_active", "orgs", "permissions"} == set(
        check_provision({"is_active": 1, "orgs": 1, "permissions": 1, "is_staff": True}, KNOWN)[1]
    )


def test_nested_without_end():
    """Data nested too deeply to be written out is refused like any other."""
    value = []
    for _ in range(20_000):
        value = [value]
    form = {"social_logins": [{"provider": "p", "uid": "u", "extra_data": value}]}
    assert {"social_logins"} == set(check_provision(form, KNOWN)[1])
