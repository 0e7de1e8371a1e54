"""Reading the secret, which every process needs before it can look anybody up."""

import json
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.events.errors import KeyServiceUnavailableError


def read_secret(client: Any, secret_id: str) -> dict[str, Any]:
    """The members of a secret. Raises `KeyServiceUnavailableError` while Secrets Manager gives no answer."""
    try:
        answer = client.get_secret_value(SecretId=secret_id)
    except ClientError as error:
        raise KeyServiceUnavailableError(error.response["Error"]["Code"]) from error
    except BotoCoreError as error:
        raise KeyServiceUnavailableError(type(error).__name__) from error
    members: dict[str, Any] = json.loads(answer["SecretString"])
    return members
