"""The client for DynamoDB Streams, for emulators and AWS alike."""

import os
from typing import Any

import botocore.session
from botocore.config import Config

ENDPOINTS = ("AWS_ENDPOINT_URL_DYNAMODB_STREAMS", "AWS_ENDPOINT_URL_DYNAMODB")


def streams_client(region: str) -> Any:
    """A botocore client for streams. Emulators serve tables and streams at one address, so that of the
    tables counts when the streams have none of their own.

    The endpoint must not hold the account's number: emulators do not answer there.
    """
    config = Config(account_id_endpoint_mode="disabled", connect_timeout=2, read_timeout=6)
    endpoint = next((os.environ[name] for name in ENDPOINTS if os.environ.get(name)), None)
    session = botocore.session.get_session()
    return session.create_client("dynamodbstreams", region_name=region, endpoint_url=endpoint, config=config)
