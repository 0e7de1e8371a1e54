"""New accounts (spec 00, "Creating accounts"; spec 10, section 11)."""

import pytest

from chalicelib.accounts.errors import DeadLinkError, RegistrationRefusedError
from chalicelib.accounts.policy import Policy
from chalicelib.accounts.registration import (
    Applicant,
    NewAccount,
    Provision,
    activate,
    check_applicant,
    provision,
    refuse,
    register,
    taken_fault,
)
from chalicelib.events.aggregate import CredentialChange
from chalicelib.events.profile import Profile
from tests.support.accounts import ADA, CONTEXT, account

FORM = {"username": "ada", "email": "ada@example.com", "name": "Ada Lovelace", "password": "correct-h0rse"}
POLICY = Policy(extended_profile_fields=("beatle",))
NEW = NewAccount(id=ADA, number=7, password_hash="$argon2id$x", credential="c" * 64)


def checked(form=FORM, profile=None, policy=POLICY, **how):
    """What comes of a form."""
    return check_applicant(form, profile or {}, policy, **{"password_required": True} | how)


def faults_of(form=None, profile=None, **how):
    """The fields at fault."""
    applicant, faults = checked(FORM | (form or {}), profile, **how)
    assert (applicant is None) == bool(faults)
    return set(faults)


def test_a_sound_form():
    """The applicant is what was sent, checked."""
    applicant, faults = checked(profile={"bio": " b ", "country": "SE", "year_of_birth": "1990"})
    assert {} == faults
    profile = Profile(name="Ada Lovelace", bio="b", country="SE", year_of_birth=1990)
    assert Applicant("ada", "ada@example.com", "correct-h0rse", profile) == applicant


@pytest.mark.parametrize("name", ["username", "email", "name", "password"])
@pytest.mark.parametrize("form", [{}, None], ids=["absent", "null"])
def test_required(name, form):
    """`username`, `email`, `name`, `password` are required."""
    sent = {k: v for k, v in FORM.items() if k != name} if form == {} else FORM | {name: None}
    assert {name} == set(checked(sent)[1])


def test_a_password_is_not_always_required():
    """A superuser may leave the password out, but a bad one is refused."""
    sent = {k: v for k, v in FORM.items() if k != "password"}
    applicant, faults = checked(sent, password_required=False)
    assert ({}, None) == (faults, applicant.password)
    assert {"password"} == set(checked(sent | {"password": "short"}, password_required=False)[1])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("username", "a"),
        ("username", "a" * 31),
        ("username", "a b"),
        ("username", "é" * 3),
        ("username", "Search_Emails"),
        ("username", 7),
        ("email", "x"),
        ("email", "no-at.example.com"),
        ("email", ["ada@example.com"]),
        ("name", " "),
        ("name", "n" * 256),
        ("name", "a<b"),
        ("name", "ftp://x"),
        ("password", "1234567"),
        ("password", "x" * 76),
        ("password", "ada@example.com"),
        ("password", 12345678),
    ],
)
def test_refused(name, value):
    """The rules of section 11, with the rule of 7.1 for names."""
    assert {name} == faults_of({name: value})


def test_all_faults_at_once():
    """A key for each field at fault, the profile's among them."""
    bad = {"username": "!", "email": "!", "name": "", "password": ""}
    profile = {"gender": "x", "year_of_birth": "x"}
    assert {"username", "email", "name", "password", "gender", "year_of_birth"} == faults_of(bad, profile)


@pytest.mark.parametrize("value", ["other@example.com", "", None, 1])
def test_confirm_email(value):
    """`confirm_email`, when sent, must equal the address."""
    assert {"confirm_email"} == faults_of({"confirm_email": value})
    assert set() == faults_of({"confirm_email": FORM["email"]})


@pytest.mark.parametrize("value", ["", "--"])
def test_no_country(value):
    """`country` is refused when `""` or `--`, beside the other faults of the profile."""
    assert {"country"} == faults_of(profile={"country": value})
    assert {"country", "gender"} == faults_of(profile={"country": value, "gender": "x"})


@pytest.mark.parametrize("value", ["", None])
def test_empty_profile_fields_are_absent(value):
    """Forms send empty fields for what was left out."""
    applicant, faults = checked(profile={"gender": value, "year_of_birth": value, "bio": value, "social_links": value})
    assert {} == faults
    assert Profile(name="Ada Lovelace") == applicant.profile


def test_other_fields_are_ignored():
    """`honor_code`, `terms_of_service`, flags and unknown fields say nothing about the profile."""
    profile = {"honor_code": "true", "terms_of_service": True, "is_staff": True, "id": 1, "nonsense": {}}
    assert Profile(name="Ada Lovelace") == checked(profile=profile)[0].profile


def test_links_and_extended_fields():
    """Merged fields begin from nothing; what would be removed is not there."""
    profile = {
        "social_links": [{"platform": "x", "social_link": "ada"}, {"platform": "facebook", "social_link": ""}],
        "extended_profile": [
            {"field_name": "beatle", "field_value": "Ringo"},
            {"field_name": "dropped", "field_value": "1"},
        ],
    }
    made = checked(profile=profile)[0].profile
    assert ({"x": "https://www.x.com/ada"}, {"beatle": "Ringo"}) == (made.social_links, made.extended_profile)


@pytest.mark.parametrize(("country", "state"), [("SE", None), ("US", "MA"), (None, "MA")])
def test_a_state_needs_the_right_country(country, state):
    """A country that is not US removes a state sent along."""
    assert state == checked(profile={"country": country, "state": "MA"})[0].profile.state


def test_a_storing_fault_is_a_fault():
    """What PATCH answers in the storing shape has a key here like any other."""
    assert {"phone_number"} == faults_of(profile={"phone_number": "1" * 51})


def test_read_only_fields_bind_changes_only():
    """A deployment's read-only fields can be set when the account is made: from where else would they come."""
    policy = Policy(read_only_fields=frozenset({"year_of_birth", "name"}))
    applicant, faults = checked(profile={"year_of_birth": 1990}, policy=policy)
    assert {} == faults
    assert 1990 == applicant.profile.year_of_birth


def test_restricted_countries():
    """A restricted country is refused here too."""
    policy = Policy(restricted_countries=frozenset({"SE"}))
    assert {"country"} == set(checked(profile={"country": "SE"}, policy=policy)[1])


def test_refuse():
    """Malformed and taken fields are told apart, and nothing is raised without a fault."""
    refuse({}, {})
    with pytest.raises(RegistrationRefusedError) as caught:
        refuse({"name": taken_fault("name")}, {"username": taken_fault("username")})
    assert ({"name"}, {"username"}) == (set(caught.value.malformed), set(caught.value.taken))


def test_register():
    """A registration is one event, inactive, with its link; the hash is beside it."""
    applicant = checked()[0]
    decision = register(applicant, NEW, "d" * 64, CONTEXT)
    (event,) = decision.events
    assert ("AccountRegistered", 1, 7, "d" * 64) == (
        type(event).__name__,
        event.version,
        event.number,
        event.activation,
    )
    assert CredentialChange("$argon2id$x") == decision.credential
    assert "argon2id" not in event.model_dump_json()


def test_register_needs_a_password():
    """Nobody registers without a password."""
    with pytest.raises(ValueError, match="password"):
        register(checked()[0], NewAccount(ADA, 7, None, None), "d" * 64, CONTEXT)


def test_provision():
    """Provisioning is one event with everything that the superuser decided; no password is fine."""
    extra = Provision(active=False, staff=True, permissions=("p",), preferences={"a": "1"}, orgs=("o",))
    decision = provision(checked()[0], extra, NewAccount(ADA, 7, None, None), CONTEXT)
    (event,) = decision.events
    assert (False, True, ("p",), {"a": "1"}, ("o",)) == (
        event.active,
        event.staff,
        event.permissions,
        event.preferences,
        event.orgs,
    )
    assert decision.credential is None


def test_activate():
    """The open link activates."""
    (event,) = activate(account(active=False, activation="d"), "d", CONTEXT).events
    assert ("AccountActivated", 4) == (type(event).__name__, event.version)


@pytest.mark.parametrize("open_link", [None, "other"])
def test_a_dead_link(open_link):
    """A used or another link is dead."""
    with pytest.raises(DeadLinkError):
        activate(account(active=False, activation=open_link), "d", CONTEXT)


def test_secrets_are_not_shown():
    """Neither password nor hash appears in a text of the values that carry them."""
    assert "correct-h0rse" not in repr(checked()[0])
    assert "argon2id" not in repr(NEW) + repr(register(checked()[0], NEW, "d" * 64, CONTEXT))
