"""`python -m local`: the whole service on 127.0.0.1, with every AWS service emulated.

Environment: PORT (8000), AWS_PORT (the first free port after PORT), DYNAMODB (`moto`, or `local` for
DynamoDB Local with data on disk, in the folder DATA, by default .local/data). Ctrl-C ends it.
"""

import os
import socket
import sys
from pathlib import Path

from chalicelib.hooks.webhook import MisconfiguredWebhookError
from chalicelib.logs import log_as_json
from chalicelib.retirement.errors import PipelineError, StatesError
from local.dynamodb_local import DynamoDBLocalError
from local.front import PortInUseError, listen, serve_on
from local.moto_server import PortInUseError as AwsPortInUseError
from local.stage import DATA, Options, running

ENGINES = ("moto", "local")
PORTS_TRIED = 100


def main() -> int:
    """Run the stage until it is told to end; the exit status."""
    try:
        options = _options()
        log_as_json()
        listener = listen(options.port)
    except (ValueError, PortInUseError) as error:
        return _complain(error)
    try:
        with listener, running(options) as stage:
            _say(f"Rollcall answers on http://127.0.0.1:{options.port}  (Ctrl-C ends it)")
            _say(f"Emulated AWS: {stage.aws_url}   Seed accounts: learner, staff, superuser; see README.md")
            if options.dynamodb == "local":
                _say(f"DynamoDB Local: {stage.dynamodb_url}   Commands want it as AWS_ENDPOINT_URL_DYNAMODB.")
            serve_on(listener, stage.app, stage.routes, stage.wiring.settings.cors_origins)
    except (AwsPortInUseError, DynamoDBLocalError, StatesError, PipelineError, MisconfiguredWebhookError) as error:
        return _complain(error)
    except KeyboardInterrupt:
        return 0
    return 0


def _options() -> Options:
    port = _number("PORT", 8000)
    engine = os.environ.get("DYNAMODB", "moto")
    if engine not in ENGINES:
        raise ValueError(f"DYNAMODB is one of {', '.join(ENGINES)}.")
    return Options(port, _number("AWS_PORT", 0) or _first_free(port + 1), engine, Path(os.environ.get("DATA") or DATA))


def _number(name: str, default: int) -> int:
    value = os.environ.get(name) or str(default)
    if not value.isdecimal() or int(value) > 65535:
        raise ValueError(f"{name} must be a port number.")
    return int(value)


def _first_free(start: int) -> int | None:
    for port in range(start, min(start + PORTS_TRIED, 65536)):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    return None


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _complain(error: Exception) -> int:
    sys.stderr.write(f"{error}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
