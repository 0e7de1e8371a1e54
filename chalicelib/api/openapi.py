"""OpenAPI 3.1, written from the table of routes and the models that validate (spec 50, section 5)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import models_json_schema

from chalicelib.api.csrf import UNSAFE
from chalicelib.api.rights import HELD_BY
from chalicelib.api.routing import IDEMPOTENCY_KEY, Parameter, Responds, Route
from chalicelib.api.schemas import Detail

BODILESS = frozenset({404})
BYTES = {"schema": {"type": "string", "format": "binary"}}
TEMPLATE = "#/components/schemas/{model}"
PARAMETERS = {
    "username": "The exact username.",
    "key": "The key from the mail.",
    "name": "The file's name.",
    "session_id": "The id of one of one's own sessions.",
    "id": "The number of a retirement.",
    "link": "What the mailed link ends with: whose it is, a hyphen, and the secret.",
    "upload_id": "The id that a grant has given the upload.",
}


def describe(routes: Sequence[Route], platform: str, base_url: str, version: str) -> dict[str, Any]:
    """The description of `routes` as an OpenAPI 3.1 document."""
    paths: dict[str, dict[str, Any]] = {}
    taken: set[str] = set()
    for route in routes:
        operation = _operation(route)
        operation["operationId"] = _fresh(operation["operationId"], taken)
        paths.setdefault(route.path, {})[route.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{platform}: accounts",
            "version": version,
            "description": "The accounts API of Open edX, and more. Paths work with a slash at the end, too.",
        },
        "servers": [{"url": base_url}],
        "paths": paths,
        "components": {
            "schemas": _schemas(routes),
            "securitySchemes": {
                "token": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "`JWT <token>` or `Bearer <token>`, from POST /oauth2/access_token.",
                },
                "cookies": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "edx-jwt-cookie-signature",
                    "description": (
                        "The cookies of POST /api/user/v2/account/login_session, with the header "
                        "`USE-JWT-COOKIE: true`, and `X-CSRFToken` on whatever changes something."
                    ),
                },
            },
        },
        "tags": [{"name": tag} for tag in dict.fromkeys(route.tag for route in routes)],
    }


def _fresh(name: str, taken: set[str]) -> str:
    number, found = 2, name
    while found in taken:
        found, number = f"{name}_{number}", number + 1
    taken.add(found)
    return found


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.operation_id,
        "summary": route.summary,
        "description": _description(route),
        "tags": [route.tag],
        "security": [] if route.public else [{"token": []}, {"cookies": []}],
        "responses": {str(status): _response(what) for status, what in sorted(_answers(route).items())},
    }
    parameters = [_path_parameter(name) for name in _names(route.path)] + [_parameter(p) for p in route.parameters]
    if parameters:
        operation["parameters"] = parameters
    if route.takes is not None:
        schema = _schema_of(route.takes.body)
        content: dict[str, Any] = {"schema": schema}
        if route.takes.example is not None:
            content["example"] = route.takes.example
        operation["requestBody"] = {
            "required": not route.takes.optional,
            "content": dict.fromkeys(route.takes.media_types, content) | dict.fromkeys(route.takes.bytes_of, BYTES),
        }
    return operation


def _description(route: Route) -> str:
    """What the handler says of itself, and who may ask."""
    text = (route.handler.__doc__ or route.summary).strip()
    return text if route.right is None else f"{text} For {HELD_BY[route.right]}."


def _answers(route: Route) -> dict[int, Responds]:
    """What the route says of itself, and what every route may answer."""
    common = {
        500: Responds("A fault of the service; the text names the request.", Detail),
        503: Responds("Something that the service depends on does not answer; try again.", Detail),
    }
    if not route.public:
        common[401] = Responds("No token, or one that does not count.", Detail)
    if not route.public and route.method in UNSAFE:
        common[403] = Responds("By cookies: no CSRF token, or a page of an unknown origin.", Detail)
    if route.takes is not None:
        common |= {
            400: Responds("The body cannot be read.", Detail),
            413: Responds("The body is too large.", Detail),
            415: Responds("The content type is not accepted.", Detail),
        }
    if IDEMPOTENCY_KEY in route.parameters:
        common.setdefault(400, Responds("An Idempotency-Key that cannot be.", Detail))
        common[422] = Responds("The Idempotency-Key came with another request before.", Detail)
    told = {status: _with_detail(status, what, also=400 in common) for status, what in route.answers.items()}
    return {**common, **told}


def _with_detail(status: int, what: Responds, *, also: bool) -> Responds:
    """A refusal that names no body of its own has `{"detail"}`; only what is not there has none.

    With `also`, a request that cannot be read is refused so too, whatever body a 400 has besides.
    """
    if status in BODILESS or status < 400 or what.media_type != "application/json":
        return what
    if what.body is None:
        return replace(what, body=Detail)
    if status != 400 or not also or isinstance(what.body, Mapping) or Detail in _models_in(what.body):
        return what
    return replace(what, body=what.body | Detail)


def _response(what: Responds) -> dict[str, Any]:
    response: dict[str, Any] = {"description": what.means}
    if what.body is not None:
        content: dict[str, Any] = {"schema": _schema_of(what.body)}
        if what.example is not None:
            content["example"] = what.example
        response["content"] = {what.media_type: content}
    elif what.media_type != "application/json":
        text = {"schema": {"type": "string"}}
        response["content"] = {what.media_type: BYTES if what.media_type.startswith("image/") else text}
    return response


def _schema_of(body: Any) -> dict[str, Any]:
    if isinstance(body, Mapping):
        return dict(body)
    if isinstance(body, type) and issubclass(body, BaseModel):
        return {"$ref": TEMPLATE.format(model=body.__name__)}
    schema = TypeAdapter(body).json_schema(ref_template=TEMPLATE)
    schema.pop("$defs", None)
    return schema


def _schemas(routes: Sequence[Route]) -> dict[str, Any]:
    bodies = [what.body for route in routes for what in _answers(route).values()]
    bodies += [route.takes.body for route in routes if route.takes is not None]
    models: dict[str, type[BaseModel]] = {"Detail": Detail}
    for body in bodies:
        for model in _models_in(body):
            models[model.__name__] = model
    _, schema = models_json_schema([(model, "serialization") for model in models.values()], ref_template=TEMPLATE)
    found: dict[str, Any] = schema["$defs"]
    return found


def _models_in(body: Any) -> list[type[BaseModel]]:
    if isinstance(body, type) and issubclass(body, BaseModel):
        return [body]
    return [model for part in getattr(body, "__args__", ()) for model in _models_in(part)]


def _names(path: str) -> list[str]:
    return [part[1:-1] for part in path.split("/") if part.startswith("{")]


def _path_parameter(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": PARAMETERS[name],
        "schema": {"type": "string"},
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": parameter.place,
        "description": parameter.means,
        "required": parameter.required,
        "schema": dict(parameter.schema),
    }
