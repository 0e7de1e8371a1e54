"""Running a command: its services, and how it ends.

Exit statuses: 0 fine, 1 findings, 2 wrong use, 3 could not run, 130 stopped by Ctrl-C.
"""

import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError
from pynamodb.exceptions import PynamoDBException

from chalicelib.accounts.context import Context
from chalicelib.events.errors import KeyServiceUnavailableError, StoreUnavailableError, TooContendedError
from chalicelib.events.event import Actor, Role
from chalicelib.hooks.port import HookFailedError
from chalicelib.hooks.webhook import MisconfiguredWebhookError
from chalicelib.images.errors import PicturesUnavailableError
from chalicelib.mail.port import MailUnavailableError
from chalicelib.retirement.errors import PipelineError, StatesError
from chalicelib.settings import Settings
from chalicelib.tables import error_code
from chalicelib.wiring import Wiring
from ops.output import Output

STOPPED = 130
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document, and nothing else, on standard output.")]


class Status(IntEnum):
    """How a command ends."""

    FINE = 0
    FINDINGS = 1
    WRONG_USE = 2
    COULD_NOT_RUN = 3


class CannotRunError(Exception):
    """The command cannot do what it was asked; the text says why, and what to do."""


@dataclass(frozen=True)
class Job:
    """One run of a command: the services, and where it speaks."""

    wiring: Wiring
    out: Output

    def context(self, role: Role, command: str) -> Context:
        """The context of a decision that is taken now, by the operator in a role."""
        return Context(self.wiring.clock(), Actor(role=role), f"rollcall {command}")


@contextmanager
def running(*, as_json: bool) -> Iterator[Job]:
    """Run the body of a command; what it raises becomes a message on standard error and an exit status."""
    out = Output(as_json=as_json)
    try:
        yield Job(Wiring(Settings()), out)
    except (typer.BadParameter, typer.Exit):
        raise
    except (KeyboardInterrupt, typer.Abort):
        out.complaint("Stopped. Nothing is half done; run it again to go on.")
        raise typer.Exit(STOPPED) from None
    except Exception as error:  # noqa: BLE001 - whatever it is, a traceback could quote people, and 1 would mean findings
        raise _could_not_run(out, explained(error)) from None


def findings(found: bool) -> None:
    """End with status 1 if something was found."""
    if found:
        raise typer.Exit(Status.FINDINGS)


def explained(error: Exception) -> str:
    """What an error means for the operator. Nothing of what people sent is in it."""
    for kind, explain in EXPLAINED.items():
        if isinstance(error, kind):
            return explain(error)
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(frame.filename).name}:{frame.lineno}"
    return f"Unexpected {type(error).__name__} at {place}. `rollcall doctor` tells whether the deployment is whole."


def _could_not_run(out: Output, message: str) -> typer.Exit:
    if out.as_json:
        out.document({"error": message}, lambda: None)
    out.complaint(message)
    return typer.Exit(Status.COULD_NOT_RUN)


def _settings(error: ValidationError) -> str:
    faults = [f"{'.'.join(map(str, fault['loc'])).upper()}: {fault['msg']}" for fault in error.errors()]
    return f"Settings cannot be read. {'; '.join(faults)}."


def _refused(error: ClientError) -> str:
    code = error.response["Error"]["Code"]
    return f"AWS refused {error.operation_name}: {code}. `rollcall doctor` tells what is missing."


def _table(error: PynamoDBException) -> str:
    return f"DynamoDB refused a request: {error_code(error) or type(error).__name__}. `rollcall doctor` tells more."


def _unreached(error: BotoCoreError) -> str:
    return (
        f"AWS cannot be reached: {type(error).__name__}. Check credentials, region and AWS_ENDPOINT_URL "
        "(`make run` prints the address of the emulated AWS)."
    )


def _again(what: str) -> Callable[[Exception], str]:
    return lambda error: f"{what} ({error}). Nothing is half done; run it again."


EXPLAINED: Mapping[type[Exception], Callable[..., str]] = {
    CannotRunError: str,
    ValidationError: _settings,
    TooContendedError: _again("Somebody else was at work on the same thing"),
    StoreUnavailableError: _again("DynamoDB did not answer"),
    KeyServiceUnavailableError: _again("KMS did not answer"),
    PicturesUnavailableError: _again("S3 did not answer"),
    MailUnavailableError: _again("The mail service took no mail"),
    HookFailedError: _again("A webhook failed"),
    StatesError: str,
    PipelineError: str,
    MisconfiguredWebhookError: str,
    ClientError: _refused,
    PynamoDBException: _table,
    BotoCoreError: _unreached,
}
"""What errors mean, the more special ones first."""
