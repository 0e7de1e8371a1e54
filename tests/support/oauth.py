"""The token endpoint's answers, read."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from tests.support.api import LOGIN_CLIENT, Api
from tests.support.gateway import Answer

TOKEN_PATH = "/oauth2/access_token"


def claims_of(token: str) -> dict[str, Any]:
    """What a token says."""
    part = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims


def refused(answer: Answer, status: int, error: str) -> bool:
    """Whether an answer is this error of RFC 6749, section 5.2."""
    return (status, error, "no-store") == (answer.status, answer.json["error"], answer.headers["cache-control"])


def refresh(api: Api, pair: Mapping[str, str]) -> Answer:
    """The refresh grant, with a pair of tokens that was given."""
    fields = {"grant_type": "refresh_token", "client_id": LOGIN_CLIENT, "refresh_token": pair["refresh_token"]}
    return api.post_form(TOKEN_PATH, fields)
