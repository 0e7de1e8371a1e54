"""Registration in public, and activation by the mail's link."""

from __future__ import annotations

import re

import pytest

from tests.http import expectations as expect
from tests.http.case_names import brief
from tests.http.code_tables import FIXED_WORDS
from tests.http.service_client import ME, REGISTRATION, Service, unique_email, unique_name


def activation_link(service: Service, email: str) -> str:
    """Return the activation link of the newest mail to an address."""
    links = [link for mail in service.outbox(email) for link in mail["links"] if "/activate/" in link]
    assert links, service.outbox(email)
    return str(links[-1])


@pytest.mark.parametrize("how", ["json", "data"])
def test_registration_by_json_and_by_form(service: Service, how: str) -> None:
    """Registration takes JSON and a form; 200 `success` true (spec 00, creating accounts)."""
    fields = service.registration()
    response = service.http.post(REGISTRATION, **{how: fields})  # type: ignore[arg-type]
    expect.status(200, response)
    assert response.json()["success"] is True
    assert fields["password"] not in response.text


def test_registered_fields_are_stored(service: Service) -> None:
    """Profile fields, `honor_code` and `terms_of_service` may be sent along (spec 00, creating accounts)."""
    fields = service.registration(
        year_of_birth="1991",
        gender="o",
        country="SE",
        goals="to learn",
        level_of_education="m",
        honor_code="true",
        terms_of_service="true",
    )
    expect.status(200, service.http.post(REGISTRATION, data=fields))
    account = service.login(fields["username"], fields["password"]).account()
    assert fields["username"] == account["username"]
    assert fields["email"] == account["email"]
    assert fields["name"] == account["name"]
    assert (1991, "o", "SE", "to learn", "m") == tuple(
        account[field] for field in ("year_of_birth", "gender", "country", "goals", "level_of_education")
    )


def test_a_new_account_is_inactive_and_its_token_works(service: Service) -> None:
    """A new account is inactive; an inactive account's token counts (spec 00; spec 10, sections 1 and 6)."""
    fields = service.registration()
    expect.status(200, service.http.post(REGISTRATION, json=fields))
    caller = service.login(fields["username"], fields["password"])
    assert {"username": fields["username"]} == caller.get(ME).json()
    assert caller.account()["is_active"] is False
    expect.status(200, caller.patch({"goals": "even so"}))
    assert "even so" == caller.account()["goals"]


def test_activation_by_the_link_in_the_mail(service: Service) -> None:
    """Opening the mail's link makes the account active (spec 00, creating accounts)."""
    fields = service.registration()
    expect.status(200, service.http.post(REGISTRATION, json=fields))
    link = activation_link(service, fields["email"])
    response = service.http.get(link)
    assert response.status_code < 400, response.text
    assert service.login(fields["username"], fields["password"]).account()["is_active"] is True


def test_the_mail_of_registration(service: Service) -> None:
    """One mail goes to the address, with one absolute link to this service (spec 00; spec 10, section 9)."""
    fields = service.registration()
    expect.status(200, service.http.post(REGISTRATION, json=fields))
    (mail,) = service.outbox(fields["email"])
    assert {"to", "subject", "text", "links", "sent_at"} <= set(mail)
    assert fields["password"] not in mail["text"]
    assert 1 == len({link for link in mail["links"] if "/activate/" in link})
    assert activation_link(service, fields["email"]).startswith(service.url)


def test_activation_twice_is_harmless(service: Service) -> None:
    """A second opening leaves the account active and is no crash."""
    fields = service.registration()
    service.http.post(REGISTRATION, json=fields)
    link = activation_link(service, fields["email"])
    service.http.get(link)
    assert service.http.get(link).status_code < 500
    assert service.login(fields["username"], fields["password"]).account()["is_active"] is True


@pytest.mark.parametrize("key", ["0" * 32, "x", "%00", "%ff", "...", "a%2Fb", "A" * 5000, "é"], ids=brief)
def test_an_unknown_activation_key_is_no_crash(service: Service, key: str) -> None:
    """Whatever stands in the place of the key is answered below 500 (spec 50, section 8)."""
    assert service.http.get(f"/activate/{key}").status_code < 500


def test_activation_of_one_leaves_others_inactive(service: Service) -> None:
    """A link activates its own account only."""
    mine, other = service.registration(), service.registration()
    for fields in (mine, other):
        expect.status(200, service.http.post(REGISTRATION, json=fields))
    service.http.get(activation_link(service, mine["email"]))
    assert service.login(other["username"], other["password"]).account()["is_active"] is False


@pytest.mark.parametrize("field", ["username", "email", "name", "password"])
def test_required_fields(service: Service, field: str) -> None:
    """Each of the four is required, and its absence has its key (spec 00, creating accounts)."""
    fields = service.registration()
    del fields[field]
    assert field in expect.refused_registration(service.http.post(REGISTRATION, json=fields))


def test_all_faults_at_once(service: Service) -> None:
    """There is a key for each field at fault, and for no other (spec 00, creating accounts)."""
    response = service.register(username="x", email="no address", password="short")
    faults = expect.refused_registration(response)
    assert {"username", "email", "password"} <= set(faults)
    assert "name" not in faults


def test_an_empty_registration(service: Service) -> None:
    """An empty request names all four fields (spec 00, creating accounts)."""
    assert {"username", "email", "name", "password"} <= set(
        expect.refused_registration(service.http.post(REGISTRATION, json={}))
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "a" * 256),
        ("name", "a<b"),
        ("name", "a>b"),
        ("name", "see http://x"),
        ("name", "see https://x"),
        ("name", "ftp://x"),
        ("username", ""),
        ("username", "a"),
        ("username", "a" * 31),
        ("username", "a b"),
        ("username", "a.b"),
        ("username", "a@b"),
        ("username", "a+b"),
        ("username", "åke"),
        ("username", "a\x00b"),
        ("email", ""),
        ("email", "a@"),
        ("email", "no-address"),
        ("email", "a@b"),
        ("email", "@example.com"),
        ("email", "a b@example.com"),
        ("email", "a@example..com"),
        ("email", "ü@example.com"),
        ("email", "a" * 250 + "@example.com"),
        ("email", "a@example.com\nBcc: b@example.com"),
        ("password", ""),
        ("password", "Sh0rt!7"),
        ("password", "Long-enough-" * 6 + "abcd"),
        ("country", ""),
        ("country", "--"),
    ],
    ids=brief,
)
def test_refused_values(service: Service, field: str, value: str) -> None:
    """The rules of spec 10, section 11 (and 7.1 for names) bind registration; the key is the field."""
    fields = service.registration(**{field: value})
    assert field in expect.refused_registration(service.http.post(REGISTRATION, json=fields))
    if fields["username"] and field not in ("username", "password"):
        assert service.password_grant(fields["username"], fields["password"]).status_code in (400, 401)


@pytest.mark.parametrize("word", [*FIXED_WORDS, "Me", "NAME_CHANGE", "Search_Emails"])
def test_fixed_words_are_no_usernames(service: Service, word: str) -> None:
    """Fixed words under the accounts' path are refused, in any capitals (spec 10, section 1)."""
    assert "username" in expect.refused_registration(service.register(username=word))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "a" * 255),
        ("name", "Ærø الاسم 名前"),
        ("name", "O'Neil-Smith, Jr."),
        ("password", "Aq9!zzTk"),
        ("password", "Zk4!" + "mnbvcxz-" * 8 + "1234567"),
        ("password", "日本語のパスワードです"),
    ],
    ids=brief,
)
def test_accepted_values(service: Service, field: str, value: str) -> None:
    """Values at the edge of the rules of spec 10, section 11, are accepted and can be used."""
    fields = service.registration(**{field: value})
    expect.status(200, service.http.post(REGISTRATION, json=fields))
    assert fields["name"] == service.login(fields["username"], fields["password"]).account()["name"]


@pytest.mark.parametrize("length", [2, 30])
def test_usernames_of_2_and_of_30(service: Service, length: int) -> None:
    """Usernames of 2 and of 30 characters are accepted, unless taken (spec 10, section 11)."""
    for _ in range(20):
        name = unique_name().replace("user_", "")[:length].ljust(length, "q")
        response = service.register(username=name)
        if response.status_code != 409:
            break
    expect.status(200, response)


@pytest.mark.parametrize("character", "_-Zz09")
def test_characters_of_usernames(service: Service, character: str) -> None:
    """`A-Z a-z 0-9 _ -` make a username (spec 10, section 11)."""
    expect.status(200, service.register(username=f"{unique_name('u')[:24]}{character}"))


def test_passwords_like_the_username_or_address(service: Service) -> None:
    """A password too like the username or the address is refused (spec 10, section 11)."""
    name, stem = unique_name("similar"), unique_name("address")
    assert "password" in expect.refused_registration(service.register(username=name, password=f"{name}1"))
    response = service.register(email=f"{stem}@example.com", password=f"{stem}1")
    assert "password" in expect.refused_registration(response)


def test_a_taken_username(service: Service) -> None:
    """A taken username has its key, and the other account is as before (spec 00, creating accounts)."""
    fields = service.registration()
    expect.status(200, service.http.post(REGISTRATION, json=fields))
    response = service.register(username=fields["username"])
    assert "username" in expect.refused_registration(response)
    account = service.login(fields["username"], fields["password"]).account()
    assert fields["email"] == account["email"]


def test_a_username_taken_in_other_capitals(service: Service) -> None:
    """A name that differs from a living one in capitals only is taken (spec 10, section 4)."""
    fields = service.registration()
    expect.status(200, service.http.post(REGISTRATION, json=fields))
    response = service.register(username=fields["username"].upper())
    assert "username" in expect.refused_registration(response)


def test_a_taken_address(service: Service) -> None:
    """A taken address has its key; capitals are ignored (spec 00; spec 10, section 4)."""
    fields = service.registration()
    expect.status(200, service.http.post(REGISTRATION, json=fields))
    for email in (fields["email"], fields["email"].upper()):
        assert "email" in expect.refused_registration(service.register(email=email))


def test_a_refused_address_leaves_the_username_free(service: Service) -> None:
    """A refused registration claims nothing."""
    username = unique_name()
    assert "email" in expect.refused_registration(service.register(username=username, email="learner@example.com"))
    expect.status(200, service.register(username=username))


def test_a_refused_username_leaves_the_address_free_and_sends_no_mail(service: Service) -> None:
    """A refused registration claims nothing and mails nothing."""
    email = unique_email()
    assert "username" in expect.refused_registration(service.register(username="learner", email=email))
    assert [] == service.outbox(email)
    expect.status(200, service.register(email=email))


def test_both_taken(service: Service) -> None:
    """Username and address taken: both keys (spec 00, creating accounts)."""
    response = service.register(username="learner", email="staff@example.com")
    assert {"username", "email"} <= set(expect.refused_registration(response))


@pytest.mark.parametrize("body", [b"[]", b'"a"', b"5", b"null", b"{", b"", b'{"username": }'])
def test_bad_json(service: Service, body: bytes) -> None:
    """Malformed JSON, or JSON that is no object, is 400 (spec 10, section 2)."""
    response = service.http.post(REGISTRATION, content=body, headers={"Content-Type": "application/json"})
    expect.status(400, response)


@pytest.mark.parametrize("field", ["username", "email", "name", "password"])
@pytest.mark.parametrize("value", [None, True, [], {}])
def test_values_of_the_wrong_type(service: Service, field: str, value: object) -> None:
    """A malformed field has its key (spec 00, creating accounts)."""
    body = {**service.registration(), field: value}
    assert field in expect.refused_registration(service.http.post(REGISTRATION, json=body))


def test_flags_cannot_be_registered(service: Service) -> None:
    """Nobody makes oneself staff or superuser, or active, by registering."""
    fields = service.registration(is_staff="true", is_superuser="true", is_active="true")
    response = service.http.post(REGISTRATION, json=fields)
    if response.status_code != 200:
        return
    caller = service.login(fields["username"], fields["password"])
    assert caller.account()["is_active"] is False
    expect.status(403, caller.get(ME, params={"email": "x"}))


def test_date_joined_has_no_fraction(service: Service) -> None:
    """`date_joined` reads like 2014-08-26T17:52:11Z (spec 10, section 5.2)."""
    fields = service.registration()
    service.http.post(REGISTRATION, json=fields)
    joined = service.login(fields["username"], fields["password"]).account()["date_joined"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", joined)
