"""The engines that the contract suite runs on: moto with the shim, and Amazon's DynamoDB Local."""

import os
import secrets
import warnings
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from moto import mock_aws

from chalicelib.tables import Tables, bind_tables
from local import moto_shim
from local.dynamodb_local import DynamoDBLocal, unavailable_reason

REGION = "eu-west-1"
REQUIRED = "REQUIRE_DYNAMODB_LOCAL"


class Engine:
    """A DynamoDB to run on: its name, and the clients of it."""

    def __init__(self, name: str, endpoint: str | None) -> None:
        self.name = name
        self.endpoint = endpoint

    def client(self) -> Any:
        """A botocore DynamoDB client as the service has it: unvalidated, with short timeouts; shared by threads."""
        return self._client

    def streams(self) -> Any:
        """A botocore client of the engine's streams."""
        return self._streams

    @cached_property
    def _client(self) -> Any:
        return self._make("dynamodb")

    @cached_property
    def _streams(self) -> Any:
        return self._make("dynamodbstreams")

    def _make(self, service: str) -> Any:
        config = Config(
            parameter_validation=False,
            connect_timeout=2,
            read_timeout=10,
            retries={"mode": "standard", "total_max_attempts": 2},
            max_pool_connections=50,
        )
        session = botocore.session.get_session()
        return session.create_client(service, region_name=REGION, endpoint_url=self.endpoint, config=config)


@pytest.fixture(scope="session")
def dynamodb_local_endpoint() -> Iterator[str]:
    """DynamoDB Local on a free port, in memory, once for the whole run; skipped loudly where it cannot run."""
    reason = unavailable_reason()
    if reason is not None:
        if os.environ.get(REQUIRED) == "1":
            pytest.fail(f"{REQUIRED}=1, but: {reason}")
        warnings.warn(f"THE CONTRACT SUITE DID NOT RUN ON DYNAMODB LOCAL: {reason}", stacklevel=1)
        pytest.skip(reason)
    with DynamoDBLocal() as started:
        yield started.endpoint


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("moto", id="moto"),
        pytest.param("dynamodb-local", id="dynamodb-local", marks=pytest.mark.dynamodb_local),
    ],
)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Each engine in turn. A module at a time, so that moto is not left running under the tests of others."""
    with pytest.MonkeyPatch.context() as environment:
        for name in list(os.environ):
            if name.startswith("AWS_"):
                environment.delenv(name)
        environment.setenv("AWS_ACCESS_KEY_ID", "testing")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        environment.setenv("AWS_ACCOUNT_ID_ENDPOINT_MODE", "disabled")
        if request.param == "dynamodb-local":
            yield Engine("dynamodb-local", request.getfixturevalue("dynamodb_local_endpoint"))
            return
        moto_shim.install()
        with mock_aws():
            yield Engine("moto", None)


@pytest.fixture
def tables(engine: Engine) -> Tables:
    """Fresh tables on the engine, under a prefix of their own."""
    bound = bind_tables(f"t{secrets.token_hex(6)}", engine.client())
    bound.create()
    return bound
