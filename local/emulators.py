"""The emulated AWS of the local stage: moto in this process, also served over HTTP (spec 00).

`start` comes before any AWS client is made, `prepare` afterwards; the DynamoDB tables are made by
`chalicelib.tables`.
"""

import base64
import json
import os
import secrets
from collections.abc import Callable, Mapping
from email.utils import parseaddr
from typing import Any, Self

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from moto import mock_aws

from chalicelib.settings import Settings
from local import descriptions, moto_shim
from local.moto_server import MotoServer, PortInUseError

__all__ = ["Emulators", "KeyNotCreatedError", "PortInUseError", "prepare", "start"]

PEPPER_BYTES = 32
FAKE_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "AKIALOCALSTAGE000000", "AWS_SECRET_ACCESS_KEY": "local"}
PERSONAL_CREDENTIALS = ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN")


UPLOAD_RULE = {"AllowedMethods": ["POST"], "AllowedOrigins": ["*"], "AllowedHeaders": ["*"], "MaxAgeSeconds": 3600}
"""Pages of any origin may send what they were granted: the grant is what counts, not who sends it."""

INCOMING_RULE = {
    "ID": "incoming",
    "Status": "Enabled",
    "Filter": {"Prefix": "incoming/"},
    "Expiration": {"Days": 1},
    "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
}
"""Whatever was sent and never processed is gone after a day."""

EXPORTS_RULE = {
    **INCOMING_RULE,
    "ID": "exports",
    "Filter": {"Prefix": "exports/"},
    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
}
"""So are exports that the job `expire` has not deleted, and the parts of those that were never completed."""


class KeyNotCreatedError(Exception):
    """A setting names a KMS key by its id or ARN, and there is none; only aliases are created."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"there is no KMS key {key_id}, and only alias/... can be created")
        self.key_id = key_id


class Emulators:
    """What `start` started: where the emulated AWS answers, and how it ends."""

    def __init__(self, mock: Any, server: MotoServer | None, url: str, environment: Mapping[str, str | None]) -> None:
        self.url = url
        """Base URL of the emulated AWS for other processes, for `AWS_ENDPOINT_URL`."""
        self._mock = mock
        self._server = server
        self._environment = environment

    @property
    def s3_url(self) -> str:
        """The endpoint that presigned S3 URLs must lead to, with the bucket in the path."""
        return os.environ.get("AWS_ENDPOINT_URL_S3", self.url)

    @property
    def variables(self) -> dict[str, str]:
        """What another process, such as an operator's command, needs in its environment to use the same AWS."""
        names = [name for name in os.environ if name.startswith("AWS_ENDPOINT_URL_")]
        names += ["AWS_REGION", "AWS_DEFAULT_REGION", *FAKE_CREDENTIALS]
        return {"AWS_ENDPOINT_URL": self.url} | {name: os.environ[name] for name in names}

    def stop(self) -> None:
        """End the server and the mock, forget what they held, and put the environment back. Once."""
        if self._server is not None:
            self._server.stop()
        if self._mock is not None:
            self._mock.stop()
        _set_environment(self._environment)
        self._server = self._mock = None
        self._environment = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def start(settings: Settings, *, aws_port: int | None, dynamodb_endpoint: str | None) -> Emulators:
    """Start moto in this process and serve it on 127.0.0.1.

    Arguments:
        settings: gives the region.
        aws_port: where the emulated AWS listens; none or 0: any free port.
        dynamodb_endpoint: a DynamoDB (with streams) to use instead of moto's.

    `AWS_ENDPOINT_URL` in the environment: all services are there, and nothing is emulated.
    `AWS_ENDPOINT_URL_<SERVICE>`: that service is there. Raises `PortInUseError`.
    """
    elsewhere = os.environ.get("AWS_ENDPOINT_URL")
    moto_shim.install()
    descriptions.share()
    server = None if elsewhere else MotoServer(aws_port)
    before = _set_environment(_environment(settings, dynamodb_endpoint))
    mock = None if elsewhere else mock_aws(config={"core": {"mock_credentials": False}})
    if mock is not None:
        mock.start()
    return Emulators(mock, server, elsewhere or (server.url if server else ""), before)


def _environment(settings: Settings, dynamodb_endpoint: str | None) -> dict[str, str | None]:
    """What the process needs in its environment; none removes a variable."""
    wanted: dict[str, str | None] = {
        "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
        "AWS_REGION": settings.aws_region,
        "AWS_DEFAULT_REGION": settings.aws_region,
    }
    if dynamodb_endpoint is not None:
        for name in ("AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_DYNAMODB_STREAMS"):
            wanted[name] = os.environ.get(name, dynamodb_endpoint)
    if not _has_endpoints():
        return wanted | dict.fromkeys(PERSONAL_CREDENTIALS) | FAKE_CREDENTIALS
    return wanted | {name: os.environ.get(name, value) for name, value in FAKE_CREDENTIALS.items()}


def _has_endpoints() -> bool:
    """Whether somebody's own endpoints are in use, which may want somebody's own credentials."""
    return any(name.startswith("AWS_ENDPOINT_URL") for name in os.environ)


def _set_environment(variables: Mapping[str, str | None]) -> dict[str, str | None]:
    """Set and remove variables; answers what they were."""
    before = {name: os.environ.get(name) for name in variables}
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    return before


def s3_signer(settings: Settings, endpoint: str) -> Any:
    """A client that signs URLs which lead to the emulated S3 from outside this process."""
    config = Config(signature_version="s3v4", s3={"addressing_style": "path"})
    return boto3.client("s3", region_name=settings.aws_region, endpoint_url=endpoint, config=config)


def prepare(
    settings: Settings,
    *,
    client: Callable[[str], Any] | None = None,
    random_bytes: Callable[[int], bytes] = secrets.token_bytes,
) -> None:
    """Create what a stage needs and does not have yet: keys, secrets, bucket, sender, bus.

    Arguments:
        settings: names them.
        client: gives the client of a service by its name; by default new ones of the settings' region.
        random_bytes: so many random bytes, for the peppers.
    """
    client = client or (lambda service: boto3.client(service, region_name=settings.aws_region))
    kms = client("kms")
    _ensure_key(kms, settings.kms_key_id, KeyUsage="ENCRYPT_DECRYPT", KeySpec="SYMMETRIC_DEFAULT")
    _ensure_key(kms, settings.signing_key_id, KeyUsage="SIGN_VERIFY", KeySpec="RSA_2048")
    _ensure_key(kms, settings.certificate_key_id, KeyUsage="SIGN_VERIFY", KeySpec="RSA_2048")
    _ensure_secret(client("secretsmanager"), settings.secret_id, random_bytes)
    _ensure_bucket(client("s3"), settings.image_bucket, settings.aws_region)
    client("ses").verify_email_identity(EmailAddress=parseaddr(settings.mail_from)[1])
    if settings.feed_bus not in ("", "default"):
        _ensure_bus(client("events"), settings.feed_bus)


def _ensure_key(kms: Any, key_id: str, **kind: str) -> None:
    if _exists(lambda: kms.describe_key(KeyId=key_id), "NotFoundException"):
        return
    if not key_id.startswith("alias/"):
        raise KeyNotCreatedError(key_id)
    created = kms.create_key(Description="Rollcall, local stage", **kind)
    kms.create_alias(AliasName=key_id, TargetKeyId=created["KeyMetadata"]["KeyId"])


def _ensure_secret(secretsmanager: Any, secret_id: str, random_bytes: Callable[[int], bytes]) -> None:
    if _exists(lambda: secretsmanager.get_secret_value(SecretId=secret_id), "ResourceNotFoundException"):
        return
    secret = {name: _pepper(random_bytes) for name in ("claims_pepper", "retired_claims_pepper", "requests_pepper")}
    members = secret | {"retired_digits_secrets": [_pepper(random_bytes)]}
    secretsmanager.create_secret(Name=secret_id, SecretString=json.dumps(members))


def _pepper(random_bytes: Callable[[int], bytes]) -> str:
    return base64.b64encode(random_bytes(PEPPER_BYTES)).decode()


def _ensure_bucket(s3: Any, bucket: str, region: str) -> None:
    if not _exists(lambda: s3.head_bucket(Bucket=bucket), "404"):
        place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(Bucket=bucket, **place)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [UPLOAD_RULE]})
    rules = {"Rules": [INCOMING_RULE, EXPORTS_RULE]}
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration=rules)
    blocks = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=dict.fromkeys(blocks, True))


def _ensure_bus(events: Any, bus: str) -> None:
    if not _exists(lambda: events.describe_event_bus(Name=bus), "ResourceNotFoundException"):
        events.create_event_bus(Name=bus)


def _exists(describe: Callable[[], Any], missing: str) -> bool:
    """Whether `describe` succeeds; an error other than the code `missing` goes through."""
    try:
        describe()
    except ClientError as error:
        if error.response["Error"]["Code"] != missing:
            raise
        return False
    return True
