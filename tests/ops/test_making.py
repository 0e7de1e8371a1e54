"""`rollcall create-superuser` and `create-client`."""

from __future__ import annotations

from tests.http.service_client import unique_name

PASSWORD = "rather-long-Passw0rd"


def test_a_superuser_can_log_in_and_has_all_rights(rollcall, service):
    """The first account of a deployment: active, staff and superuser, with the password of standard input."""
    name = unique_name("root")
    done = rollcall.json("create-superuser", name, f"{name}@example.net", "--password-stdin", stdin=f"{PASSWORD}\n")
    assert ([], name) == (done["taken"], done["username"])
    caller = service.login(name, PASSWORD)
    assert 201 == caller.post("/api/user/v1/admin/accounts", json=service.registration()).status_code
    assert caller.get(caller.path).json()["is_active"]


def test_the_password_may_stand_in_the_environment(rollcall, service):
    """ROLLCALL_PASSWORD serves where nothing can be typed; it is said nowhere."""
    name = unique_name("root")
    done = rollcall("create-superuser", name, f"{name}@example.net", ROLLCALL_PASSWORD=PASSWORD)
    assert 0 == done.status
    assert PASSWORD not in done.out + done.err
    assert service.login(name, PASSWORD).token


def test_a_name_that_is_taken_is_a_finding(rollcall):
    """Nothing is made, and it is said which of the two somebody has."""
    arguments = ["create-superuser", "Staff", "STAFF@example.com"]
    done = rollcall.json(*arguments, status=1, ROLLCALL_PASSWORD=PASSWORD)
    assert (["email", "username"], None) == (done["taken"], done["account"])


def test_what_cannot_be_is_wrong_use(rollcall):
    """No password, one that is too short, one like the name, a malformed address."""
    assert 2 == rollcall("create-superuser", "root9", "root9@example.net").status
    assert 2 == rollcall("create-superuser", "root9", "root9@example.net", ROLLCALL_PASSWORD="short").status
    assert 2 == rollcall("create-superuser", "superroot9", "a@example.net", ROLLCALL_PASSWORD="superroot9").status
    assert 2 == rollcall("create-superuser", "root9", "nowhere", ROLLCALL_PASSWORD=PASSWORD).status
    assert 3 == rollcall("show", "root9").status


def test_a_client_gets_a_token_with_the_secret_that_was_shown(rollcall, service):
    """The secret is shown once; it speaks for the account that was named."""
    client = unique_name("client")
    arguments = ["create-client", client, "--grant", "client_credentials", "--account", "staff"]
    made = rollcall.json(*arguments)
    fields = {"grant_type": "client_credentials", "client_id": client, "token_type": "jwt"}
    answer = service.grant(**fields, client_secret=made["secret"])
    assert 200 == answer.status_code, answer.text
    assert "staff" == service.me(f"JWT {answer.json()['access_token']}").json()["username"]
    assert 401 == service.grant(**fields, client_secret="another").status_code
    assert 3 == rollcall(*arguments).status
    replaced = rollcall.json(*arguments, "--replace")
    assert replaced["secret"] != made["secret"]
    assert 401 == service.grant(**fields, client_secret=made["secret"]).status_code


def test_a_secret_may_be_given(rollcall, service):
    """One from standard input is taken, and not shown again."""
    client, secret = unique_name("client"), "chosen-by-the-operator"
    arguments = ["create-client", client, "--grant", "client_credentials", "--account", "staff", "--secret-stdin"]
    done = rollcall(*arguments, stdin=f"{secret}\n")
    assert 0 == done.status
    assert secret not in done.out + done.err
    answer = service.grant(grant_type="client_credentials", client_id=client, client_secret=secret, token_type="jwt")
    assert 200 == answer.status_code


def test_a_public_client_serves_a_login(rollcall, service):
    """Without a secret it may still ask for tokens by password, and renew them."""
    client = unique_name("page")
    made = rollcall.json("create-client", client, "--grant", "password", "--grant", "refresh_token", "--public")
    assert (None, ["password", "refresh_token"]) == (made["secret"], made["grants"])
    answer = service.grant(
        grant_type="password", client_id=client, username="learner", password="local-Passw0rd", token_type="jwt"
    )
    assert 200 == answer.status_code


def test_clients_that_could_not_work_are_refused(rollcall):
    """A grant without its account, an account without its grant, a public client with a secret, odd ids and grants."""
    for arguments in (
        ["app", "--grant", "client_credentials"],
        ["app", "--grant", "password", "--account", "staff"],
        ["app", "--grant", "client_credentials", "--account", "staff", "--public"],
        ["app", "--grant", "password", "--public", "--secret-stdin"],
        ["äpp", "--grant", "password"],
        ["app", "--grant", "implicit"],
        ["app"],
    ):
        assert 2 == rollcall("create-client", *arguments).status
    assert 3 == rollcall("create-client", "app", "--grant", "client_credentials", "--account", "nobody-9").status
