"""The Chalice app: blueprints and event sources. Wiring only; nothing is contacted at import."""

from dataclasses import asdict
from typing import Any

from chalice import Chalice

from chalicelib.api.blueprint import blueprints
from chalicelib.api.middleware import middleware
from chalicelib.images import incoming
from chalicelib.logs import log_as_json, says_its_request
from chalicelib.metrics import measure_in
from chalicelib.pipeline import driver, expiring, watching
from chalicelib.projections import verifying
from chalicelib.settings import Settings
from chalicelib.wiring import Wiring


def make_app(services: Wiring) -> Chalice:
    """The HTTP side of the app, on these services."""
    made = Chalice(app_name="rollcall", configure_logs=False)
    made.api.binary_types[:] = ["*/*"]
    for each in middleware(services.settings):
        made.register_middleware(each, "http")
    for blueprint in blueprints(services):
        made.register_blueprint(blueprint)
    return made


log_as_json()
wiring = Wiring(Settings())
measure_in(wiring.settings.stage)
app = make_app(wiring)


@app.lambda_function(name="project")
@says_its_request
def project(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """The consumer of the ledger's stream: views, notices and the feed follow each new head."""
    return wiring.runner.handle(event)


@app.lambda_function(name="process_upload")
@says_its_request
def process_upload(event: dict[str, Any], _: Any) -> dict[str, int]:
    """The trigger of the bucket: what arrives below `incoming/` becomes a picture, or is refused."""
    return {"records": incoming.handle(wiring.incoming, event)}


@app.lambda_function(name="expire")
@says_its_request
def expire(_: dict[str, Any], __: Any) -> dict[str, int]:
    """The job that clears what ran out, and what a crash has left."""
    return expiring.run(wiring)


@app.lambda_function(name="verify")
@says_its_request
def verify(_: dict[str, Any], __: Any) -> dict[str, int]:
    """The job that verifies a part of all accounts each hour."""
    return verifying.run(wiring)


@app.lambda_function(name="retirement_queue")
@says_its_request
def retirement_queue(_: dict[str, Any], __: Any) -> dict[str, int]:
    """The job that drives due retirements; a schedule calls it where RETIREMENT_DRIVER is on."""
    return asdict(driver.run(wiring))


@app.lambda_function(name="watch")
@says_its_request
def watch(_: dict[str, Any], __: Any) -> dict[str, int]:
    """The job that reads how things stand, for the alarms."""
    return watching.run(wiring)
