"""Registration checks, field by field, and suggested usernames (spec 10, section 11)."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from tests.http import expectations as expect
from tests.http.address_changes import secondary_asked, secondary_confirmed
from tests.http.case_names import brief
from tests.http.code_tables import FIXED_WORDS
from tests.http.service_client import Caller, Service, new_password, unique_email, unique_name

CHECK = "/api/user/v1/validation/registration"
FIELDS = ["name", "username", "email", "confirm_email", "password", "country"]
VALID_USERNAME = re.compile(r"[A-Za-z0-9_-]{2,30}")


def check(service: Service, **fields: Any) -> dict[str, Any]:
    """Check fields with a JSON body; return the whole answer."""
    return answer(service.http.post(CHECK, json=fields))


def answer(response: httpx.Response) -> dict[str, Any]:
    """Expect a 200 with decisions that are texts."""
    expect.status(200, response)
    content: dict[str, Any] = response.json()
    assert set(content) <= {"validation_decisions", "username_suggestions"}
    assert all(isinstance(each, str) for each in content["validation_decisions"].values()), response.text
    return content


def decision(service: Service, field: str, value: Any, **beside: Any) -> str:
    """Return the decision on one field."""
    told: str = check(service, **{field: value}, **beside)["validation_decisions"][field]
    return told


# --- the request


@pytest.mark.parametrize("how", ["json", "data"])
def test_one_entry_for_each_known_field(service: Service, how: str) -> None:
    """Form or JSON, no token: 200, one entry for each known field sent, `""` = fine (spec 10, section 11)."""
    name, email = unique_name(), unique_email()
    fields = {"name": "Ada", "username": name, "email": email, "confirm_email": email, "country": "SE"}
    response = service.http.post(CHECK, **{how: {**fields, "password": new_password()}})
    assert dict.fromkeys(FIELDS, "") == answer(response)["validation_decisions"]


def test_unknown_fields_get_no_entry(service: Service) -> None:
    """Unknown fields get no entry (spec 10, section 11)."""
    found = check(service, goals="x", is_staff=True, name="Ada", reset_password_page="true")
    assert {"name": ""} == found["validation_decisions"]


@pytest.mark.parametrize("how", ["json", "data"])
def test_an_empty_request(service: Service, how: str) -> None:
    """An empty request gives `{}` (spec 10, section 11)."""
    headers = {"Content-Type": {"json": "application/json", "data": "application/x-www-form-urlencoded"}[how]}
    content = {"json": b"{}", "data": b""}[how]
    assert {"validation_decisions": {}} == answer(service.http.post(CHECK, content=content, headers=headers))


@pytest.mark.parametrize("field", FIELDS)
def test_form_field_key(service: Service, field: str) -> None:
    """`form_field_key` naming a known field: that field's decision alone (spec 10, section 11)."""
    sent = dict.fromkeys(FIELDS, "x")
    assert {field} == set(check(service, **sent, form_field_key=field)["validation_decisions"])


@pytest.mark.parametrize("key", ["goals", "", "form_field_key"])
def test_unknown_form_field_key(service: Service, key: str) -> None:
    """`form_field_key` naming no known field changes nothing (spec 10, section 11)."""
    assert {"name": "", "country": ""} == check(service, name="Ada", country="SE", form_field_key=key)[
        "validation_decisions"
    ]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"x"', b"null", b"\xff"])
def test_malformed(service: Service, content: bytes) -> None:
    """Malformed JSON or no object: 400 (spec 10, section 2)."""
    expect.detail(400, service.http.post(CHECK, content=content, headers={"Content-Type": "application/json"}))


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml"])
def test_content_type(service: Service, content_type: str) -> None:
    """Neither a form nor JSON: 415 (spec 10, section 2)."""
    expect.detail(415, service.http.post(CHECK, content=b"{}", headers={"Content-Type": content_type}))


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_other_methods(service: Service, method: str) -> None:
    """Only POST is served (spec 10, section 1)."""
    expect.detail(405, service.http.request(method, CHECK))


def test_trailing_slash(service: Service) -> None:
    """With a trailing slash the same answer (spec 10, section 1)."""
    assert {"country": ""} == answer(service.http.post(f"{CHECK}/", json={"country": "SE"}))["validation_decisions"]


def test_a_bad_token_does_not_matter(service: Service) -> None:
    """Anonymous: a token that does not count is no fault (spec 10, section 1)."""
    expect.status(200, service.http.post(CHECK, json={"name": "A"}, headers={"Authorization": "JWT nonsense"}))


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("value", [None, True, [], ["a"], {}, {"a": 1}, 1.5, -7], ids=brief)
def test_no_text(service: Service, field: str, value: object) -> None:
    """Whatever stands where text is due gets a decision, not a crash (spec 10, section 11; spec 50, section 8)."""
    assert isinstance(decision(service, field, value), str)


def test_unlimited_in_the_local_stage(service: Service) -> None:
    """The limit of 30 calls is off in the local stage (spec 10, section 11)."""
    assert {200} == {service.http.post(CHECK, json={"country": "SE"}).status_code for _ in range(40)}


# --- name


@pytest.mark.parametrize("value", ["Ada", "A", "a" * 255, "😀" * 255, "a://b", "ftp://x", "O'Neil & Co"], ids=brief)
def test_name(service: Service, value: str) -> None:
    """`name`: any text up to 255; only links of the web are minded here (spec 10, section 11)."""
    assert "" == decision(service, "name", value)


@pytest.mark.parametrize(
    "value", ["", " ", "a" * 256, "a<b", "a>b", "http://x", "see https://x", "HTTP://X"], ids=brief
)
def test_name_refused(service: Service, value: str) -> None:
    """`name`: empty; over 255; holds `<` or `>`; holds `http://` or `https://` (spec 10, section 11)."""
    assert decision(service, "name", value)


# --- username


@pytest.mark.parametrize("stem", ["u{}", "U-{}", "_{}", "-{}"])
def test_username(service: Service, stem: str) -> None:
    """`username`: 2 to 30 of `A-Z a-z 0-9 _ -` (spec 10, section 11)."""
    assert "" == decision(service, "username", stem.format(unique_name("n"))[:30])


@pytest.mark.parametrize("value", ["", "a", "a" * 31, "a b", "a.b", "a@b", "a+b", "ä1", "a\n", " ab", "a/b", "😀😀"])
def test_username_refused(service: Service, value: str) -> None:
    """`username`: shorter than 2, longer than 30, or anything else in it (spec 10, section 11)."""
    assert decision(service, "username", value)


@pytest.mark.parametrize("word", FIXED_WORDS)
def test_fixed_words(service: Service, word: str) -> None:
    """The fixed words of the paths are refused in any capitals (spec 10, sections 1 and 11)."""
    assert decision(service, "username", word)
    assert decision(service, "username", word.upper())


def test_username_taken(service: Service, learner: Caller) -> None:
    """`username`: taken, in whatever capitals (spec 10, sections 4 and 11)."""
    assert decision(service, "username", learner.username)
    assert decision(service, "username", learner.username.upper())


# --- email


@pytest.mark.parametrize(
    "form",
    [
        "{}@example.com",
        "{}+x.y@sub.example.co",
        '"{}"@example.com',
        "{}@localhost",
        "{}@[127.0.0.1]",
        "{}@bücher.example",
    ],
)
def test_email(service: Service, form: str) -> None:
    """`email`: ASCII local part; a dotted domain of any letters, an address in brackets, `localhost` (section 11)."""
    assert "" == decision(service, "email", form.format(unique_name()))


@pytest.mark.parametrize(
    "value",
    ["", "a@", "a", "@b.co", "a@b", "ä@example.com", "a b@example.com", "a@b..co", "a@-b.co", "a" * 250 + "@b.co"],
    ids=brief,
)
def test_email_refused(service: Service, value: str) -> None:
    """`email`: shorter than 3, longer than 254, or no address (spec 10, section 11)."""
    assert decision(service, "email", value)


def test_email_taken(service: Service, learner: Caller) -> None:
    """`email`: taken, in whatever capitals (spec 10, sections 4 and 11)."""
    assert decision(service, "email", learner.email)
    assert decision(service, "email", learner.email.upper())


@pytest.mark.parametrize("domain", ["retired.invalid", "Retired.Invalid"])
def test_email_retired(service: Service, domain: str) -> None:
    """`email`: retired (spec 10, section 11)."""
    assert decision(service, "email", f"retired__user_0123456789abcdef@{domain}")


def test_email_that_is_a_secondary(service: Service) -> None:
    """`email`: a confirmed secondary is refused, one that waits for its link is not (spec 10, section 11)."""
    assert decision(service, "email", secondary_confirmed(service, service.new_account()))
    pending, _ = secondary_asked(service, service.new_account())
    assert "" == decision(service, "email", pending)


def test_a_bad_form_outranks_taken(service: Service, learner: Caller) -> None:
    """A bad form outranks "taken": the message is the same for anybody's name and address (spec 10, section 11)."""
    for field, value, bad in (("username", learner.username, "a b"), ("email", learner.email, "a b")):
        assert decision(service, field, bad) != decision(service, field, value)


# --- confirm_email


@pytest.mark.parametrize(
    ("email", "confirmed", "fine"),
    [
        ("a@example.com", "a@example.com", True),
        ("a@example.com", "b@example.com", False),
        ("a@example.com", "A@example.com", False),
        ("a@example.com", "", False),
        ("", "", False),
        ("", "a@example.com", False),
    ],
)
def test_confirm_email(service: Service, email: str, confirmed: str, fine: bool) -> None:
    """`confirm_email`: empty, or not equal to the `email` sent (spec 10, section 11)."""
    assert fine is (decision(service, "confirm_email", confirmed, email=email) == "")


def test_confirm_email_alone(service: Service) -> None:
    """`confirm_email` without any `email` is equal to none (spec 10, section 11)."""
    assert decision(service, "confirm_email", "a@example.com")


# --- password


@pytest.mark.parametrize("value", ["Qz7!Qz7!", "q" * 75, "😀" * 8, "pass word 1"], ids=brief)
def test_password(service: Service, value: str) -> None:
    """`password`: 8 to 75 characters (spec 10, section 11)."""
    assert "" == decision(service, "password", value)


@pytest.mark.parametrize("value", ["", "Qz7!Qz7", "q" * 76, "😀" * 7], ids=brief)
def test_password_refused(service: Service, value: str) -> None:
    """`password`: under 8 or over 75 characters (spec 10, section 11)."""
    assert decision(service, "password", value)


def test_password_is_counted_after_nfkc(service: Service) -> None:
    """Characters are counted after NFKC: a ligature of three letters is three (spec 10, section 11)."""
    assert "" == decision(service, "password", "ﬃ" * 3)
    assert decision(service, "password", "ﬃ" * 26)


@pytest.mark.parametrize(
    ("password", "beside", "fine"),
    [
        ("grace_hopper1", {"username": "grace_hopper"}, False),
        ("GRACE_HOPPER", {"username": "grace_hopper"}, False),
        ("hopper-mail", {"username": "unlike", "email": "hopper-mail@example.com"}, False),
        ("hoppermail1", {"email": "hoppermail@example.com"}, True),
        ("wholly-other", {"username": "grace_hopper", "email": "g@example.com"}, True),
    ],
)
def test_password_likeness(service: Service, password: str, beside: dict[str, str], fine: bool) -> None:
    """Too like the username or address sent with it; only if `username` is sent (spec 10, section 11)."""
    assert fine is (decision(service, "password", password, **beside) == "")


@pytest.mark.parametrize("page", ["true", "false", "True", ""])
def test_the_reset_page(service: Service, page: str) -> None:
    """`reset_password_page` picks the other breach check; both are off, so nothing changes (spec 10, section 11)."""
    assert "" == decision(service, "password", "password", reset_password_page=page)


# --- country


@pytest.mark.parametrize("value", ["SE", "XK", "ZZ", "Sweden", "x", " "])
def test_country(service: Service, value: str) -> None:
    """`country`: nothing else is checked (spec 10, section 11)."""
    assert "" == decision(service, "country", value)


@pytest.mark.parametrize("value", ["", "--"])
def test_country_refused(service: Service, value: str) -> None:
    """`country`: `""` or `--` (spec 10, section 11)."""
    assert decision(service, "country", value)


# --- suggestions


def usable(service: Service, found: list[str]) -> None:
    """Expect exactly 3 different usernames that are free and valid."""
    assert 3 == len(set(found)) == len(found)
    for each in found:
        assert VALID_USERNAME.fullmatch(each), each
        assert "" == decision(service, "username", each)


@pytest.mark.parametrize("length", [2, 8, 20, 30])
def test_suggestions_for_a_taken_username(service: Service, length: int) -> None:
    """Taken: exactly 3 free, valid usernames: a short stem, `_`, a number (spec 10, section 11)."""
    taken = (unique_name("t")[:2] if length == 2 else unique_name("taken") + "x" * 30)[:length]
    service.provision(username=taken)
    found = check(service, username=taken)["username_suggestions"]
    usable(service, found)
    for each in found:
        stem, number = each.rsplit("_", 1)
        assert taken.startswith(stem)
        assert number.isdigit()


def test_a_suggestion_can_be_registered(service: Service, learner: Caller) -> None:
    """A suggested name can be taken (spec 10, section 11)."""
    suggested = check(service, username=learner.username)["username_suggestions"][0]
    expect.status(200, service.register(username=suggested))


@pytest.mark.parametrize(
    "name", ["Ada Lovelace", "Ada", "Ada King Lovelace", "Élodie Brûlé", "Ада Лавлейс", "愛", "a" * 255], ids=brief
)
def test_suggestions_for_a_name(service: Service, name: str) -> None:
    """With an acceptable `name`: exactly 3 (spec 10, section 11)."""
    usable(service, check(service, name=name)["username_suggestions"])


def test_suggestions_look_like_the_name(service: Service) -> None:
    """First+last, initial-last, then numbered (spec 10, section 11)."""
    first, last = "q" + unique_name("f").replace("_", "")[:6], "z" + unique_name("l").replace("_", "")[-7:]
    found = check(service, name=f"{first} {last}")["username_suggestions"]
    assert [f"{first}{last}", f"{first[0]}-{last}"] == found[:2]
    assert re.fullmatch(rf"{first}{last}_?\d+", found[2])


def test_suggestions_pass_over_what_is_taken(service: Service) -> None:
    """A name whose first suggestions are taken gets others (spec 10, section 11)."""
    first, last = "q" + unique_name("f").replace("_", "")[:6], "z" + unique_name("l").replace("_", "")[-7:]
    for taken in (f"{first}{last}", f"{first[0]}-{last}".upper()):
        service.provision(username=taken)
    usable(service, check(service, name=f"{first} {last}")["username_suggestions"])


@pytest.mark.parametrize(
    "fields",
    [{}, {"country": "SE"}, {"username": "free-as-can-be"}, {"username": "a b"}, {"name": ""}, {"name": "a<b"}],
)
def test_no_suggestions_otherwise(service: Service, fields: dict[str, str]) -> None:
    """Absent otherwise (spec 10, section 11)."""
    assert "username_suggestions" not in check(service, **fields)


def test_suggestions_with_form_field_key(service: Service, learner: Caller) -> None:
    """With `form_field_key` or not, suggestions may appear (spec 10, section 11)."""
    found = check(service, username=learner.username, form_field_key="username")
    assert {"username"} == set(found["validation_decisions"])
    usable(service, found["username_suggestions"])


# --- agreement with registration


@pytest.mark.parametrize("value", ["a" * 31, "a", "a.b", "me", "learner", "LEARNER"])
def test_the_same_rules_bind_registration(service: Service, value: str) -> None:
    """The same rules bind registration itself (spec 10, section 11)."""
    assert decision(service, "username", value)
    assert "username" in expect.refused_registration(service.register(username=value))


def test_registration_adds_the_rule_of_names(service: Service) -> None:
    """Registration adds the rule of 7.1: any `://` is refused there (spec 10, sections 7.1 and 11)."""
    assert "" == decision(service, "name", "a://b")
    assert "name" in expect.refused_registration(service.register(name="a://b"))
