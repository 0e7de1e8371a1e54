"""One local stage: emulators, tables, seeds, background consumers and the front, begun and ended together."""

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from chalice import Chalice

from chalicelib.pipeline.configured import check_pipeline
from chalicelib.settings import Settings
from chalicelib.wiring import Wiring
from local import emulators, jobs, persistence, seeds
from local.clock import AdjustableClock
from local.dynamodb_local import DynamoDBLocal
from local.front import LocalRoutes
from local.helpers import local_routes
from local.hooks import HookRecorder, hook_routes
from local.outbox import RecordingMailer
from local.s3_trigger import S3Trigger, s3_routes
from local.streams import PositionFile, StreamPoller, streams_client

DATA = Path(".local/data")
PAGES = [f"http://{host}:{port}" for host in ("localhost", "127.0.0.1") for port in (1995, 1997)]
"""Where Open edX's account and profile pages are served while they are developed."""

LOCAL_SETTINGS = {
    "EXTENDED_PROFILE_FIELDS": '["favorite_beatle", "conlangs_spoken"]',
    "RATE_LIMITS": "off",
    "RETIREMENT_WORKER_USERNAME": seeds.RETIREMENT_WORKER,
    "USERNAME_WORKER_USERNAME": seeds.USERNAME_WORKER,
    "ORGS_CONFIG": '{"mb_coaching": ["student_id", "original_email", "original_name", "deletion_completed"]}',
    "HOOKS_OVER_PLAIN_HTTP": "on",
}


@dataclass(frozen=True)
class Options:
    """How the stage is run: `dynamodb` is `moto` (all in memory) or `local` (DynamoDB Local, on disk)."""

    port: int
    aws_port: int | None
    dynamodb: str = "moto"
    data: Path = DATA


@dataclass(frozen=True)
class Stage:
    """A stage that is ready to be served."""

    app: Chalice
    wiring: Wiring
    outbox: RecordingMailer
    clock: AdjustableClock
    poller: StreamPoller
    trigger: S3Trigger
    aws_url: str
    dynamodb_url: str
    routes: LocalRoutes


@contextmanager
def running(options: Options) -> Iterator[Stage]:
    """Everything but the front. Raises `PortInUseError`, `DynamoDBLocalError`."""
    with ExitStack() as stack:
        _set_defaults(options)
        settings = Settings()
        durable = options.dynamodb == "local"
        endpoint = stack.enter_context(DynamoDBLocal(options.data / "dynamodb")).endpoint if durable else None
        aws = stack.enter_context(emulators.start(settings, aws_port=options.aws_port, dynamodb_endpoint=endpoint))
        if durable:
            _keep(stack, settings, options.data / "aws")
        stage = _stage(settings, options, aws, durable=durable)
        seeds.plant(stage.wiring)
        check_pipeline(settings.retirement_pipeline, stage.wiring.states, stage.wiring.hooks)
        stage.poller.start()
        stack.callback(stage.poller.stop)
        stage.trigger.start()
        stack.callback(stage.trigger.stop)
        yield stage


def _set_defaults(options: Options) -> None:
    defaults = {"BASE_URL": f"http://127.0.0.1:{options.port}", **LOCAL_SETTINGS}
    for name, value in defaults.items():
        os.environ.setdefault(name, value)
    os.environ["CORS_ORIGINS"] = json.dumps([*PAGES, *Settings().cors_origins])


def _keep(stack: ExitStack, settings: Settings, folder: Path) -> None:
    """Put back what an earlier run left, and keep keys, secrets and pictures from now on."""
    persistence.restore(folder, region=settings.aws_region, bucket=settings.image_bucket)
    emulators.prepare(settings)
    persistence.save(folder, region=settings.aws_region, bucket=settings.image_bucket)
    stack.enter_context(persistence.Keeper(folder, region=settings.aws_region, bucket=settings.image_bucket))


def _stage(settings: Settings, options: Options, aws: emulators.Emulators, *, durable: bool) -> Stage:
    emulators.prepare(settings)
    from app import app, process_upload, project, wiring  # its clients must be made after the emulators have started

    clock = AdjustableClock(options.data / "clock.json" if durable else None)
    wiring.clock = clock
    outbox = RecordingMailer(wiring.mailer, clock)
    wiring.mailer = outbox
    wiring.s3_time = lambda moment: moment + timedelta(seconds=clock.offset_seconds)
    wiring.s3_signer = emulators.s3_signer(settings, aws.s3_url)
    trigger = S3Trigger(
        wiring.client("s3"), wiring.client("sqs"), settings.image_bucket, lambda event: process_upload(event, None)
    )
    recorder = HookRecorder(wiring.hooks, clock)
    wiring.hooks = recorder
    wiring.tables.create()
    poller = StreamPoller(
        streams_client(settings.aws_region),
        wiring.tables.ledger.Meta.table_name,
        lambda event: project(event, None),
        positions=PositionFile(options.data / "stream.json") if durable else None,
    )
    jobs_by_name = {
        "retirement_queue": jobs.retirement_queue(wiring, poller),
        "expire": jobs.expire(wiring, poller),
        "verify": jobs.verify(wiring, poller),
        "watch": jobs.watch(wiring, poller),
    }
    routes = {
        **local_routes(outbox, clock, jobs_by_name),
        **hook_routes(recorder),
        **s3_routes(lambda event: process_upload(event, None)),
    }
    return Stage(app, wiring, outbox, clock, poller, trigger, aws.url, wiring.dynamodb.meta.endpoint_url, routes)
