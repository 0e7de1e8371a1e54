"""The bucket's trigger on the local stage: notifications go to a queue, and a thread hands them to the function.

moto delivers to a queue within the write itself; what the function fails on is delivered again.
"""

import json
import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from botocore.exceptions import BotoCoreError, ClientError

from local.front import LocalAnswer, LocalRequest, LocalRoutes

Handler: TypeAlias = Callable[[dict[str, Any]], Mapping[str, Any]]
"""The function behind the trigger: gets a notification document."""

QUEUE = "rollcall-local-uploads"
PREFIX = "incoming/"
INTERVAL_SECONDS = 0.2
RETRY_SECONDS = 1
MOST_MESSAGES = 10
STOP_SECONDS = 10.0

logger = logging.getLogger(__name__)


class S3Trigger:
    """Calls `handler` for every object that arrives below `incoming/`. Arguments: the two clients, and the bucket."""

    def __init__(self, s3: Any, sqs: Any, bucket: str, handler: Handler, interval: float = INTERVAL_SECONDS) -> None:
        self._sqs = sqs
        self._handler = handler
        self._interval = interval
        self._queue = _notify(s3, sqs, bucket)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="s3-trigger", daemon=True)

    def start(self) -> None:
        """Begin to poll in the background."""
        self._thread.start()

    def stop(self) -> None:
        """End the background thread after the notification in hand."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)

    def drain(self) -> int:
        """Deliver what is waiting; how many notifications that were."""
        answer = self._sqs.receive_message(
            QueueUrl=self._queue, MaxNumberOfMessages=MOST_MESSAGES, VisibilityTimeout=RETRY_SECONDS
        )
        messages = answer.get("Messages", [])
        for message in messages:
            self._deliver(message)
        return len(messages)

    def _run(self) -> None:
        while not self._stopping.wait(self._interval):
            try:
                while self.drain() and not self._stopping.is_set():
                    pass
            except (BotoCoreError, ClientError) as error:
                logger.warning("The upload queue cannot be read: %s", type(error).__name__)

    def _deliver(self, message: Mapping[str, Any]) -> None:
        """Hand one notification over; one that the function fails on stays in the queue."""
        try:
            self._handler(json.loads(message["Body"]))
        except Exception as error:  # noqa: BLE001 - as Lambda does: whatever the function raises, the others go on
            logger.warning("The upload function raised: %s", type(error).__name__)
            return
        self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])


def s3_routes(handler: Handler) -> LocalRoutes:
    """`POST /_local/s3_event`: hands a notification document to the function, and answers when it has finished."""

    def deliver(request: LocalRequest) -> LocalAnswer:
        document = request.json()
        if not isinstance(document, dict):
            raise ValueError('Send a notification document: {"Records": [...]}.')
        return LocalAnswer(dict(handler(document)))

    return {("POST", "/_local/s3_event"): deliver}


def _notify(s3: Any, sqs: Any, bucket: str) -> str:
    """Make the bucket tell a queue of what arrives; the queue's URL."""
    url: str = sqs.create_queue(QueueName=QUEUE)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    rule = {
        "QueueArn": arn,
        "Events": ["s3:ObjectCreated:*"],
        "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": PREFIX}]}},
    }
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={"QueueConfigurations": [rule]})
    return url
