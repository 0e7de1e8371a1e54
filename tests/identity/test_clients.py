"""OAuth clients."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.identity.clients import Client, Grant, OAuthClients
from chalicelib.identity.errors import InvalidClientError
from chalicelib.identity.passwords import Passwords
from chalicelib.tables import Tables

ACCOUNT = "0123456789abcdef0123456789abcdef"
WORKER = Client("retirement-worker", frozenset({Grant.CLIENT_CREDENTIALS}), ACCOUNT, public=False)
LOGIN = Client("login-service-client-id", frozenset({Grant.PASSWORD, Grant.REFRESH_TOKEN}), None, public=True)


@pytest.fixture
def clients(tables: Tables) -> OAuthClients:
    registered = OAuthClients(tables.clients, Passwords(memory_kib=8, passes=1, lanes=1))
    registered.register("retirement-worker", "retirement-worker-secret", ["client_credentials"], ACCOUNT)
    registered.register("login-service-client-id", None, ["password", "refresh_token"], None)
    return registered


def test_find(clients: OAuthClients):
    """A registered client is found with its grants and its account."""
    assert [WORKER, LOGIN] == [clients.find("retirement-worker"), clients.find("login-service-client-id")]


def test_unknown(clients: OAuthClients):
    """An id that nobody registered leads to nothing."""
    assert clients.find("nobody") is None


def test_right_secret(clients: OAuthClients):
    """A client that shows its secret is who it says."""
    assert WORKER == clients.authenticate("retirement-worker", "retirement-worker-secret")


@pytest.mark.parametrize("secret", [None, ""])
def test_public_client_shows_nothing(clients: OAuthClients, secret: str | None):
    """A public client needs no secret."""
    assert LOGIN == clients.authenticate("login-service-client-id", secret)


@pytest.mark.parametrize(
    ("client_id", "secret"),
    [
        ("retirement-worker", "wrong"),
        ("retirement-worker", ""),
        ("retirement-worker", None),
        ("login-service-client-id", "surplus"),
        ("nobody", "wrong"),
        ("nobody", None),
        ("", ""),
    ],
)
def test_refused(clients: OAuthClients, client_id: str, secret: str | None):
    """A wrong, missing or surplus secret and an unknown client are refused alike."""
    with pytest.raises(InvalidClientError) as caught:
        clients.authenticate(client_id, secret)
    assert () == caught.value.args


@pytest.mark.parametrize("client_id", ["", "\ud800", "é", "a\nb", "\x00", "x" * 3000])
def test_impossible_ids_are_unknown(clients: OAuthClients, client_id: str):
    """What cannot be a client id is an unknown one, and cannot be registered."""
    assert clients.find(client_id) is None
    with pytest.raises(ValueError, match="client id"):
        clients.register(client_id, None, [], None)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=())), st.text(st.characters(exclude_categories=())))
def test_garbage_is_refused(clients: OAuthClients, client_id: str, secret: str):
    """Any id and secret are refused, and nothing else is raised."""
    with pytest.raises(InvalidClientError):
        clients.authenticate(client_id, secret)


def test_the_secret_is_not_stored(clients: OAuthClients, tables: Tables):
    """The table holds a hash of the secret."""
    assert "retirement-worker-secret" not in str(tables.clients.get("retirement-worker").to_dynamodb_dict())


def test_registering_again_replaces(clients: OAuthClients):
    """A client's new secret takes the place of the old one."""
    clients.register("retirement-worker", "new", ["client_credentials"], ACCOUNT)
    assert WORKER == clients.authenticate("retirement-worker", "new")
    with pytest.raises(InvalidClientError):
        clients.authenticate("retirement-worker", "retirement-worker-secret")


def test_unknown_grants_are_a_mistake(clients: OAuthClients):
    """A grant that the token endpoint does not know cannot be registered."""
    with pytest.raises(ValueError, match="implicit"):
        clients.register("x", None, ["implicit"], None)
