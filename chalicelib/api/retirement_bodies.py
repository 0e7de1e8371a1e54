"""What the endpoints of a retirement have in common: a username in the body, texts as refusals, who asks."""

from collections.abc import Mapping, Sequence

from pydantic import BaseModel, JsonValue

from chalicelib.accounts.account import Account
from chalicelib.api import idempotent
from chalicelib.api.answers import empty
from chalicelib.api.bodies import JSON, json_object, json_value, require_content_type
from chalicelib.api.errors import MalformedRequestError, MissingUsernameError, RefusedError
from chalicelib.api.routing import Exchange, Responds
from chalicelib.api.services import context
from chalicelib.events.aggregate import Loaded
from chalicelib.events.event import Actor, Proof, Role
from chalicelib.events.idempotency import Answer
from chalicelib.pipeline import finding
from chalicelib.pipeline.ports import Asked
from chalicelib.retirement.errors import NoRowError

FORBIDDEN = Responds("The caller does not have this right.")
REFUSED = Responds("The request, or the state of the row, does not allow it.", str)
NO_ROW = Responds("No username (then with a message), or no row for it.")
NOT_JSON = Responds("The content type is not application/json.")


class ByUsername(BaseModel):
    """Whose row it is, by the original username."""

    username: str


def fields_of(exchange: Exchange) -> Mapping[str, JsonValue]:
    """The JSON object that was sent."""
    require_content_type(exchange.request, JSON)
    return json_object(exchange.request, exchange.services.settings.body_limit_bytes)


def list_of(exchange: Exchange) -> Sequence[JsonValue]:
    """The JSON list that was sent."""
    require_content_type(exchange.request, JSON)
    content = json_value(exchange.request.body, exchange.services.settings.body_limit_bytes)
    if not isinstance(content, list):
        raise MalformedRequestError("The body must be a JSON list.")
    return content


def named_row(exchange: Exchange, fields: Mapping[str, JsonValue]) -> Loaded[Account]:
    """The account whose row has the original username of the body. Raises `MissingUsernameError`, `NoRowError`."""
    username = fields.get("username")
    if username is None or username == "":
        raise MissingUsernameError
    if not isinstance(username, str):
        raise NoRowError
    return finding.by_original(exchange.services, username)


def texts_of(value: JsonValue, what: str) -> list[str]:
    """A list of texts; raises `RefusedError`."""
    if not isinstance(value, list):
        raise RefusedError(f"{what} must be a list.")
    texts = [item for item in value if isinstance(item, str)]
    if len(texts) != len(value):
        raise RefusedError(f"{what} must hold texts only.")
    return texts


def asked(exchange: Exchange) -> Asked:
    """The caller as a service that asks for a step answered with an empty 204."""
    services, request, caller = exchange.services, exchange.request, exchange.caller
    actor = Actor(account=caller.account.id, role=Role.SERVICE, proof=Proof.TOKEN)
    command = idempotent.command(services, request, caller, lambda _, __: done())
    return Asked(lambda: context(services, actor, request.request_id), command)


def done() -> Answer:
    """204, without a body."""
    return empty(204)
