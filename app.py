"""The Chalice app: blueprints and event sources. Wiring only; nothing is contacted at import."""

from typing import Any

from chalice import Chalice

from chalicelib.api.blueprint import blueprints
from chalicelib.api.middleware import MIDDLEWARE
from chalicelib.settings import Settings
from chalicelib.wiring import Wiring

app = Chalice(app_name="rollcall")
app.api.binary_types[:] = ["*/*"]
wiring = Wiring(Settings())

for middleware in MIDDLEWARE:
    app.register_middleware(middleware, "http")
for blueprint in blueprints(wiring):
    app.register_blueprint(blueprint)


@app.lambda_function(name="project")
def project(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """The consumer of the ledger's stream: views, notices and the feed follow each new head."""
    return wiring.runner.handle(event)
