"""POST /oauth2/access_token and the key sets (spec 00, "Tokens"; spec 40, section 6)."""

import base64
import binascii
from collections.abc import Mapping
from urllib.parse import unquote_plus

from pydantic import JsonValue

from chalicelib.accounts.access import may_be_spoken_for
from chalicelib.api.access_tokens import SCOPES, access_token
from chalicelib.api.answers import empty, json_answer
from chalicelib.api.bodies import FORM, form, text_field
from chalicelib.api.errors import ApiError, OAuthError
from chalicelib.api.limits import source_of, within
from chalicelib.api.login import LoginRefusedError, log_in
from chalicelib.api.renewal import renew
from chalicelib.api.routing import Area, Exchange, Responds, Takes
from chalicelib.api.schemas import KeySet, OAuthErrorBody, RevocationForm, Token, TokenForm
from chalicelib.api.services import Services
from chalicelib.events.idempotency import Answer
from chalicelib.identity.clients import Client, Grant
from chalicelib.identity.errors import InvalidClientError, InvalidRefreshTokenError, InvalidTokenError
from chalicelib.identity.session import SessionKind

area = Area("Tokens")
TOKEN_EXAMPLE = {
    "grant_type": "password",
    "client_id": "login-service-client-id",
    "username": "learner",
    "password": "local-Passw0rd",
    "token_type": "jwt",
}
REFUSED = "The credentials or the grant are not valid."


@area.route(
    "POST",
    "/oauth2/access_token",
    summary="Get a token",
    public=True,
    takes=Takes(TokenForm, (FORM,), TOKEN_EXAMPLE),
    answers={
        200: Responds("The token.", Token),
        400: Responds("The grant is not valid.", OAuthErrorBody),
        401: Responds("The client is not known.", OAuthErrorBody),
        429: Responds("Too many requests from this source address.", OAuthErrorBody),
    },
)
def create_token(exchange: Exchange) -> Answer:
    """Password, client-credentials and refresh grants."""
    _limit(exchange)
    fields = _form(exchange)
    grant = text_field(fields, "grant_type")
    if not grant:
        raise OAuthError("invalid_request", "grant_type is missing.")
    if grant not in GRANTS:
        raise OAuthError("unsupported_grant_type", "Not a grant of this service.")
    client = _client(exchange, fields)
    if grant not in client.grants:
        raise OAuthError("unauthorized_client", "This client may not use this grant.")
    return GRANTS[Grant(grant)](exchange, fields, client)


@area.route(
    "POST",
    "/oauth2/revoke_token",
    summary="Revoke a token",
    public=True,
    takes=Takes(RevocationForm, (FORM,)),
    answers={
        200: Responds("The token's session has ended, if there was one of this client."),
        400: Responds("There is no token.", OAuthErrorBody),
        401: Responds("The client is not known.", OAuthErrorBody),
    },
)
def revoke_token(exchange: Exchange) -> Answer:
    """End the session of a refresh or an access token (RFC 7009); a token that is not the client's stays as it is."""
    services = exchange.services
    fields = _form(exchange)
    client = _client(exchange, fields)
    token = text_field(fields, "token")
    if not token:
        raise OAuthError("invalid_request", "token is missing.")
    services.sessions.revoke_token(token, client=client.client_id)
    try:
        claims = services.verifier.verify(token, services.clock())
    except InvalidTokenError:
        return empty(200)
    services.sessions.revoke_for(client.client_id, claims.sub, claims.sid)
    return empty(200)


@area.route(
    "GET",
    "/oauth2/jwks",
    "/.well-known/jwks.json",
    summary="The public keys that verify tokens",
    public=True,
    answers={200: Responds("The keys.", KeySet)},
)
def get_key_set(exchange: Exchange) -> Answer:
    """Public parts only; cacheable for an hour."""
    return json_answer(exchange.services.verifier.jwks(), Cache_Control="public, max-age=3600")


def _password(exchange: Exchange, fields: Mapping[str, JsonValue], client: Client) -> Answer:
    name, password = text_field(fields, "username"), text_field(fields, "password")
    if not name or password is None:
        raise OAuthError("invalid_request", "username or password is missing.")
    try:
        login = log_in(exchange.services, exchange.request, name, password, SessionKind.TOKEN, client.client_id)
    except LoginRefusedError:
        raise OAuthError("invalid_grant", REFUSED) from None
    return _token_answer(exchange.services, fields, login.access_token, login.refresh_token)


def _refresh(exchange: Exchange, fields: Mapping[str, JsonValue], client: Client) -> Answer:
    services = exchange.services
    presented = text_field(fields, "refresh_token")
    if not presented:
        raise OAuthError("invalid_request", "refresh_token is missing.")
    try:
        renewed = renew(services, presented, client.client_id)
    except InvalidRefreshTokenError:
        raise OAuthError("invalid_grant", REFUSED) from None
    return _token_answer(services, fields, renewed.access_token, renewed.refresh_token)


def _client_credentials(exchange: Exchange, fields: Mapping[str, JsonValue], client: Client) -> Answer:
    services = exchange.services
    loaded = services.ledger.load(client.account) if client.account else None
    if client.public or loaded is None or not may_be_spoken_for(loaded.state):
        raise OAuthError("unauthorized_client", "This client speaks for nobody.")
    account = loaded.state
    session = services.random_bytes(16).hex()
    services.sessions.begin(
        account.id,
        SessionKind.SERVICE,
        services.clock(),
        session,
        services.random_bytes(32),
        services.settings.access_token_seconds,
        generation=account.token_generation,
        client=client.client_id,
    )
    token = access_token(services, account, session, account.token_generation, "client_credentials")
    return _token_answer(services, fields, token, None)


GRANTS = {
    Grant.PASSWORD: _password,
    Grant.REFRESH_TOKEN: _refresh,
    Grant.CLIENT_CREDENTIALS: _client_credentials,
}


def _token_answer(services: Services, fields: Mapping[str, JsonValue], token: str, refresh: str | None) -> Answer:
    wanted = text_field(fields, "token_type") or ""
    content = {
        "access_token": token,
        "token_type": "JWT" if wanted.lower() == "jwt" else "Bearer",
        "expires_in": services.settings.access_token_seconds,
        "scope": " ".join(SCOPES),
    }
    if refresh is not None:
        content["refresh_token"] = refresh
    return json_answer(content, Cache_Control="no-store", Pragma="no-cache")


def _limit(exchange: Exchange) -> None:
    """Raise `OAuthError` if the request's source has sent too many."""
    services, settings = exchange.services, exchange.services.settings
    source = source_of(services, exchange.request)
    if not within(services, "tokens", source, settings.token_limit, settings.token_window_seconds):
        raise OAuthError("temporarily_unavailable", "Too many requests. Try again in a minute.", 429)


def _form(exchange: Exchange) -> Mapping[str, JsonValue]:
    if exchange.request.content_type != FORM:
        raise OAuthError("invalid_request", f"Send {FORM}.")
    try:
        return form(exchange.request, exchange.services.settings.body_limit_bytes)
    except ApiError:
        raise OAuthError("invalid_request", "The form cannot be read.") from None


def _client(exchange: Exchange, fields: Mapping[str, JsonValue]) -> Client:
    """The client that asks, by form fields or HTTP Basic (RFC 6749, section 2.3.1)."""
    client_id, secret = text_field(fields, "client_id"), text_field(fields, "client_secret")
    scheme, _, encoded = exchange.request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        client_id, secret = _basic(encoded)
    if not client_id:
        raise OAuthError("invalid_client", "client_id is missing.", 401)
    try:
        return exchange.services.clients.authenticate(client_id, secret)
    except InvalidClientError:
        raise OAuthError("invalid_client", "The client is not known, or its secret is wrong.", 401) from None


def _basic(encoded: str) -> tuple[str | None, str | None]:
    try:
        client_id, _, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None, None
    return unquote_plus(client_id), unquote_plus(secret)
