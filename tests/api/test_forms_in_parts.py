"""Forms that come in parts, as `FormData` and `curl -F` send them, wherever a form is taken (spec 10, section 0)."""

import pytest

from tests.support.api import PASSWORD

ACCOUNTS = "/api/user/v1/accounts"
CHECKS = "/api/user/v1/validation/registration"
EDGE = "edge"


def part(name, value, filename=None):
    """One part of a form."""
    named = f'; filename="{filename}"' if filename else ""
    head = f'--{EDGE}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'
    return head.encode() + (value if isinstance(value, bytes) else value.encode()) + b"\r\n"


def send(api, path, *parts, **how):
    """POST a form in parts."""
    headers = {"Content-Type": f"multipart/form-data; boundary={EDGE}"}
    return api.request("POST", path, headers=headers, body=b"".join(parts) + f"--{EDGE}--\r\n".encode(), **how)


def test_registration(api, stage):
    """An account is made of the texts, and of a repeated one the last counts."""
    name = stage.fresh("parts")
    parts = [part("username", "x"), part("username", name), part("email", f"{name}@example.com"), part("name", "Ädä")]
    assert 200 == send(api, "/api/user/v2/account/registration/", *parts, part("password", "a-fine-Passw0rd")).status
    assert stage.id_of(name)


def test_registration_checks(api):
    """As of any form; files are no texts."""
    answer = send(api, CHECKS, part("username", "learner"), part("name", "x", filename="x.txt"))
    assert {"username"} == answer.json["validation_decisions"].keys()


def test_logging_in(api, stage):
    """By both versions."""
    for version, field in (("v1", "email"), ("v2", "email_or_username")):
        path = f"/api/user/{version}/account/login_session/"
        assert 200 == send(api, path, part(field, "learner@example.com"), part("password", PASSWORD)).status


def test_asking_for_a_password(api, stage):
    """The mail goes out; `/account/password` knows the address, too."""
    name = stage.new_account("forgetful")
    before = len(stage.mailbox.to(f"{name}@example.com"))
    for path in ("/password_reset/", "/account/password"):
        stage.clock.advance(minutes=2)
        assert 200 == send(api, path, part("email", f"{name}@example.com")).status
    assert before + 2 == len(stage.mailbox.to(f"{name}@example.com"))


def test_asking_for_a_name(api, stage):
    """A name waits for approval."""
    name = stage.new_account("renamed")
    assert 201 == send(api, f"{ACCOUNTS}/name_change", part("name", "New Name"), as_=name).status
    assert "New Name" == api.get(f"{ACCOUNTS}/{name}", as_=name).json["pending_name_change"]


def test_leaving_and_taking_back(api, stage):
    """Both take forms (spec 20, section 2)."""
    name = stage.new_account("leaver")
    assert 403 == send(api, f"{ACCOUNTS}/deactivate_logout", part("password", "wrong-Passw0rd"), as_=name).status
    assert 204 == send(api, f"{ACCOUNTS}/deactivate_logout", part("password", PASSWORD), as_=name).status
    found = api.get(ACCOUNTS, as_="superuser", query=f"email={name}@example.com").json["retirement_id"]
    answer = send(api, f"{ACCOUNTS}/cancel_retirement", part("retirement_id", str(found)), as_="superuser")
    assert (200, {"success": True}) == (answer.status, answer.json)


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ([part("username", b"\xff")], 400),
        ([part(f"field{number}", "x") for number in range(201)], 400),
        ([part(f"field{number}", "x") for number in range(100)], 200),
        ([part("username", "x" * 1_100_000)], 413),
        ([b"no part at all"], 400),
        ([], 200),
    ],
    ids=["no text", "too many", "many", "too large", "malformed", "empty"],
)
def test_odd_ones(api, parts, status):
    """What cannot be read as a form of texts is refused like any other."""
    assert status == send(api, CHECKS, *parts).status


def test_without_a_boundary(api):
    """Nothing can be read of it."""
    answer = api.request("POST", CHECKS, headers={"Content-Type": "multipart/form-data"}, body=part("username", "x"))
    assert 400 == answer.status
