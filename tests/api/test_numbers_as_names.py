"""A number where a username is due counts as its digits, in the checks, too (spec 10, sections 7 and 11)."""

CHECKS = "/api/user/v1/validation/registration"


def test_taken(api, stage):
    """A taken username is taken as a number, and others are suggested."""
    assert 201 == stage_account(api, "12345")
    text, number = (api.post_json(CHECKS, {"username": each}).json for each in ("12345", 12345))
    assert text["validation_decisions"] == number["validation_decisions"]
    assert text["validation_decisions"]["username"]
    assert 3 == len(number["username_suggestions"])


def test_free(api):
    """A free one is fine."""
    assert {"validation_decisions": {"username": ""}} == api.post_json(CHECKS, {"username": 54321}).json


def test_like_the_password(api):
    """A password that is the number is too much like the username, in the check and in registration."""
    form = {"username": 12345678901, "password": "12345678901", "email": "likeness@example.com", "name": "N"}
    decisions = api.post_json(CHECKS, form).json["validation_decisions"]
    assert "" == decisions["username"]
    assert "similar" in decisions["password"]
    answer = api.post_json("/api/user/v2/account/registration", form)
    assert (400, True) == (answer.status, "password" in answer.json)


def stage_account(api, username):
    """Make an account of this name."""
    fields = {"username": username, "email": f"n{username}@example.com", "name": "N", "password": "a-fine-Passw0rd"}
    return api.post_json("/api/user/v1/admin/accounts", fields, as_="superuser").status
