"""One name for what may be tried again later, whether PynamoDB or the plain client met it."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError
from pynamodb.exceptions import PynamoDBException

from chalicelib.events.dynamo import RETRYABLE
from chalicelib.events.errors import StoreUnavailableError
from chalicelib.tables import error_code


@contextmanager
def store_errors() -> Iterator[None]:
    """Let a throttled or unreachable DynamoDB come out as StoreUnavailableError, all else as it is."""
    try:
        yield
    except PynamoDBException as error:
        if error_code(error) in RETRYABLE or isinstance(error.cause, BotoCoreError):
            raise StoreUnavailableError(error_code(error) or type(error.cause).__name__) from error
        raise


def condition_failed(error: PynamoDBException) -> bool:
    """Whether a write was refused because its condition did not hold."""
    return error_code(error) == "ConditionalCheckFailedException"
