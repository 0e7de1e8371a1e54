"""The zip as it is deployed, on the stack's own tables, bucket and keys, with the events that AWS sends."""

import base64
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from chalicelib.accounts.context import Context
from chalicelib.accounts.registration import Applicant, Provision, provision
from chalicelib.api.registration import new_account
from chalicelib.events.event import Actor, Role
from chalicelib.events.profile import Profile
from chalicelib.pipeline import finding, steps
from chalicelib.pipeline.leaving import request_retirement
from chalicelib.pipeline.ports import Asked
from chalicelib.retirement.transitions import Move
from chalicelib.settings import Settings
from chalicelib.wiring import Wiring
from infra import functions
from infra.packaging import Package
from infra.stages import STAGES
from local import emulators
from tests.infra.emulated import ACCOUNT, REGION, Lambda, create, function, resolved
from tests.support.gateway import Answer, answer_of, form_body, proxy_event
from tests.support.pictures import picture

STAGE = STAGES["prod"]
CONDITIONS = {"HasBaseUrl": True, "HasImageDomain": False}
PASSWORD = "correct-Horse-9-battery"
Start = Callable[[str], AbstractContextManager[Lambda]]


@pytest.fixture(scope="module")
def unpacked(packaged: Package, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("task")
    with zipfile.ZipFile(packaged.code) as packed:
        packed.extractall(folder)
    return folder


@pytest.fixture(scope="module")
def variables() -> Iterator[dict[str, str]]:
    """The stack on moto; the environment of its functions."""
    with emulators.start(Settings(), aws_port=None, dynamodb_endpoint=None) as emulated:
        create(STAGE)
        described = functions.environment(STAGE)
        settings = {name: resolved(value, STAGE, CONDITIONS) for name, value in described.items()}
        yield {**settings, **emulated.variables, "AWS_REGION": REGION, "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled"}


@pytest.fixture(scope="module")
def start(unpacked: Path, variables: Mapping[str, str]) -> Start:
    return lambda handler: function(unpacked, f"app.{handler}", variables)


@pytest.fixture(scope="module")
def api(start: Start) -> Iterator[Callable[..., Answer]]:
    with start("app") as handler:

        def ask(method: str, path: str, **request: Any) -> Answer:
            return answer_of(handler(proxy_event(method, path, PATHS, **request)))

        assert [] == handler.foreign
        yield ask


PATHS = ("/oauth2/access_token", "/api/user/v1/accounts/{username}", "/{proxy+}")
PATHS += ("/api/user/v2/account/registration", "/api/user/v1/accounts/{username}/image/uploads")
PATHS += ("/api/user/v1/accounts/deactivate_logout", "/heartbeat", "/my/account", "/login")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def register(api: Callable[..., Answer], username: str) -> dict[str, str]:
    """A new account; the header that speaks for it."""
    person = {"username": username, "email": f"{username}@example.com", "name": "Zoë Lund", "password": PASSWORD}
    fields = form_body({**person, "honor_code": "true"})
    made = api("POST", "/api/user/v2/account/registration", headers=FORM, body=fields)
    assert 200 == made.status, made.text
    wanted = {"grant_type": "password", "client_id": "login-service-client-id", "token_type": "jwt"}
    body = form_body({**wanted, "username": username, "password": PASSWORD})
    token = api("POST", "/oauth2/access_token", headers=FORM, body=body)
    assert 200 == token.status, token.text
    return {"Authorization": f"JWT {token.json['access_token']}"}


@pytest.fixture(scope="module", autouse=True)
def login_client(variables: Mapping[str, str]) -> None:
    """The public client that people log in by."""
    boto3.client("dynamodb", region_name=REGION).put_item(
        TableName=f"{STAGE.stack}-clients",
        Item={
            "client_id": {"S": "login-service-client-id"},
            "grants": {"S": json.dumps(["password", "refresh_token"])},
        },
    )


def test_requests(api: Callable[..., Answer]) -> None:
    """API Gateway's events are answered: health, registration, token, reading, changing, our own 404, pages."""
    assert (200, {"status": "ok"}) == (api("GET", "/heartbeat").status, api("GET", "/heartbeat").json)
    caller = register(api, "requested")
    merge = {**caller, "Content-Type": "application/merge-patch+json"}
    changed = api("PATCH", "/api/user/v1/accounts/requested", headers=merge, body=b'{"bio": "h\xc3\xb8j"}')
    assert (200, "høj") == (changed.status, changed.json["bio"])
    assert "høj" == api("GET", "/api/user/v1/accounts/requested", headers=caller).json["bio"]
    assert 404 == api("GET", "/nothing/here").status
    page = api("GET", "/login")
    assert (200, True) == (page.status, "<form" in page.text)
    assert 303 == api("GET", "/my/account").status


def heads() -> list[dict[str, Any]]:
    """Every head of the ledger, as the stream brings it: bytes in base64."""
    items = boto3.client("dynamodb", region_name=REGION).scan(TableName=f"{STAGE.stack}-ledger")["Items"]
    found = [item for item in items if "HEAD" == item["sk"]["S"]]
    return [{name: encoded(value) for name, value in item.items()} for item in found]


def encoded(value: Mapping[str, Any]) -> dict[str, Any]:
    return {"B": base64.b64encode(value["B"]).decode()} if "B" in value else dict(value)


def stream_record(number: int, head: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "eventID": f"{number:032x}",
        "eventName": "MODIFY",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": REGION,
        "dynamodb": {
            "ApproximateCreationDateTime": 1795521600.0,
            "Keys": {"pk": head["pk"], "sk": head["sk"]},
            "NewImage": dict(head),
            "SequenceNumber": str(111_000_000 + number),
            "SizeBytes": 900,
            "StreamViewType": "NEW_IMAGE",
        },
        "eventSourceARN": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{STAGE.stack}-ledger/stream/2026-11-24T00:00",
    }


def test_stream(api: Callable[..., Answer], start: Start) -> None:
    """DynamoDB's stream events become rows of views."""
    caller = register(api, "leaving")
    left = api("POST", "/api/user/v1/accounts/deactivate_logout", headers={**caller, **FORM}, body=form_body(GONE))
    assert 204 == left.status, left.text
    records = [stream_record(number, head) for number, head in enumerate(heads())]
    with start("project") as project:
        assert {"batchItemFailures": []} == project({"Records": records})
    rows = boto3.client("dynamodb", region_name=REGION).scan(TableName=f"{STAGE.stack}-views")["Items"]
    assert 1 == sum(row["pk"]["S"].startswith("V#retirement_queue#") and "sealed" in row for row in rows)


GONE = {"password": PASSWORD}


def test_upload(api: Callable[..., Answer], start: Start) -> None:
    """S3's events become pictures."""
    caller = register(api, "pictured")
    body = b'{"content_type": "image/png"}'
    json_sent = {**caller, "Content-Type": "application/json"}
    granted = api("POST", "/api/user/v1/accounts/pictured/image/uploads", headers=json_sent, body=body)
    assert 201 == granted.status, granted.text
    key = granted.json["fields"]["key"]
    bucket = f"{STAGE.stack}-pictures-{ACCOUNT}"
    content = picture("PNG", (400, 300))
    boto3.client("s3", region_name=REGION).put_object(Bucket=bucket, Key=key, Body=content, ContentType="image/png")
    record = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": REGION,
        "eventTime": "2026-11-24T12:00:00.000Z",
        "eventName": "ObjectCreated:Post",
        "userIdentity": {"principalId": "AWS:AROAEXAMPLE"},
        "requestParameters": {"sourceIPAddress": "198.51.100.7"},
        "responseElements": {"x-amz-request-id": "C3D13FE58DE4C810", "x-amz-id-2": "FMyUVURIY8="},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "upload",
            "bucket": {"name": bucket, "ownerIdentity": {"principalId": "A3N"}, "arn": f"arn:aws:s3:::{bucket}"},
            "object": {"key": key.replace("/", "%2F"), "size": len(content), "eTag": "d41d", "sequencer": "0A1B2C"},
        },
    }
    with start("process_upload") as process_upload:
        assert {"records": 1} == process_upload({"Records": [record]})
    shown = api("GET", "/api/user/v1/accounts/pictured", headers=caller).json
    assert shown["profile_image"]["has_image"]


@pytest.fixture(scope="module")
def left(variables: Mapping[str, str], start: Start) -> None:
    """Two people who left a month ago: nobody took up the row of one, that of the other stands in the middle."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        past = datetime.now(UTC) - timedelta(days=30)
        wiring = Wiring(Settings(), clock=lambda: past)
        asked = Asked(lambda: Context(past, Actor(role=Role.SYSTEM), "test"))
        for username in ("waiting", "standing"):
            applicant = Applicant(username, f"{username}@example.com", PASSWORD, Profile(name="Zoë Lund"))
            new = new_account(wiring, applicant)
            made = wiring.ledger.create(new.id, provision(applicant, Provision(), new, asked.context()))
            request_retirement(wiring, made.loaded, asked)
        steps.move(wiring, finding.by_original(wiring, "standing"), Move("RETIRING_FORUMS", ""), asked)
    records = [stream_record(number, head) for number, head in enumerate(heads())]
    with start("project") as project:
        assert {"batchItemFailures": []} == project({"Records": records})


@pytest.mark.parametrize(
    ("job", "outcome"),
    [
        ("verify", {"findings": 0}),
        ("expire", {"pictures": 0}),
        ("watch", {"QuarantinedNow": 0, "StuckRetirements": 2}),
        ("retirement_queue", {"completed": 1, "errored": 0}),
    ],
)
def test_schedules(start: Start, left: None, job: str, outcome: Mapping[str, int]) -> None:
    """Schedules' events run the jobs, in processes that know no key yet."""
    event = {
        "version": "0",
        "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT,
        "time": "2026-11-24T12:00:00Z",
        "region": REGION,
        "resources": [f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{STAGE.stack}-{job}"],
        "detail": {},
    }
    with start(job) as run:
        assert [] == run.foreign
        told = run(event)
        assert outcome == {name: told[name] for name in outcome}
