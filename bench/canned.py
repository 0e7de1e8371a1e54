"""DynamoDB without a wire: botocore does all its work, and an answer made beforehand comes back."""

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from botocore.awsrequest import AWSRequest, AWSResponse

from chalicelib.events.dynamo import dynamo_client

REGION = "eu-west-1"


class CannedClient:
    """A client as the service has it, whose requests end at botocore's `before-send` event.

    `answers` holds what each operation gets, for instance `{"GetItem": [body, ...]}`; the bodies are given in
    a circle.
    """

    def __init__(self, client: Any = None) -> None:
        self.botocore: Any = client or dynamo_client(REGION)
        self.answers: dict[str, Sequence[bytes]] = {}
        self.sent: dict[str, int] = {}
        self.botocore.meta.events.register("before-send.dynamodb", self._answer)

    def _answer(self, request: AWSRequest, event_name: str, **_: object) -> AWSResponse:
        operation = event_name.rpartition(".")[2]
        turn = self.sent.get(operation, 0)
        self.sent[operation] = turn + 1
        bodies = self.answers[operation]
        headers = {"content-type": "application/x-amz-json-1.0", "x-amzn-requestid": "CANNED"}
        response = AWSResponse(request.url, 200, headers, None)
        response._content = bodies[turn % len(bodies)]
        return response


class Recorder:
    """Stands before a botocore client and keeps what it was called with."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, operation: str) -> Any:
        method = getattr(self._client, operation)

        def recorded(**parameters: Any) -> Any:
            self.calls.append((operation, parameters))
            return method(**parameters)

        return recorded

    def replay(self) -> None:
        """Make the recorded calls again, and nothing else: the bare botocore calls in a command."""
        self.replay_on(self._client)

    def replay_on(self, client: Any) -> None:
        """Make the recorded calls on another client."""
        for operation, parameters in self.calls:
            getattr(client, operation)(**parameters)


def body(answer: Mapping[str, Any]) -> bytes:
    """An answer as it comes over the wire: JSON, with binary in base64."""
    return json.dumps(answer, default=lambda value: b64encode(value).decode(), separators=(",", ":")).encode()
