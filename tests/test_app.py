"""The app as Lambda imports it and as Chalice packages it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from chalice.cli.factory import CLIFactory
from chalice.deploy.validate import validate_configuration

from chalicelib.api.blueprint import ROUTES
from chalicelib.api.routing import METHODS

ROOT = Path(__file__).parents[1]
HEAVY = (
    "PIL",
    "argon2",
    "babel",
    "boto3",
    "email_validator",
    "jinja2",
    "jwt",
    "moto",
    "pycountry",
    "local",
    "bench",
    "tests",
)
BLOCKED = """
import socket, sys
def refuse(*_, **__):
    raise AssertionError("the network was touched")
for name in ("connect", "connect_ex", "sendto"):
    setattr(socket.socket, name, refuse)
socket.getaddrinfo = socket.create_connection = refuse
"""


def lines_of(script):
    """What a fresh process prints that has no credentials and cannot reach anything."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "COV_", "COVERAGE_"))
    }
    environment |= {"AWS_EC2_METADATA_DISABLED": "true", "HOME": "/nonexistent"}
    ran = subprocess.run(
        [sys.executable, "-c", BLOCKED + script],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert 0 == ran.returncode, ran.stderr
    return ran.stdout.splitlines()


@pytest.fixture(scope="module")
def config():
    """The project as Chalice reads it."""
    return CLIFactory(str(ROOT)).create_config_obj(chalice_stage_name="dev")


def test_nothing_is_contacted_at_import():
    """Importing the app needs no credentials and no network."""
    assert ["fine"] == lines_of("import app; print('fine')")


def test_public_pages_need_no_aws():
    """The description and the default pictures are served without credentials and without a network."""
    script = """
import app
from tests.support.gateway import answer_of, proxy_event
for path in ("/openapi.json", "/api-docs", "/static/images/profiles/default_30.png"):
    print(answer_of(app.app(proxy_event("GET", path, app.app.routes), None)).status)
"""
    assert ["200"] * 3 == lines_of(script)


def test_nothing_heavy_at_a_cold_start():
    """What only some requests need is imported by them."""
    assert ["[]"] == lines_of(f"import app; print([name for name in {HEAVY} if name in sys.modules])")


def test_the_project_can_be_packaged(config):
    """Chalice accepts routes, names and binary types as they are."""
    validate_configuration(config)
    assert "rollcall" == config.app_name


def test_every_route_takes_every_method(config):
    """A method that is not served reaches us, so that it gets the contract's 401 and 405."""
    routes = config.chalice_app.routes
    assert {route.path for route in ROUTES} | {"/{proxy+}"} == set(routes)
    assert all(set(METHODS) == set(entries) for entries in routes.values())


def test_no_parameter_has_two_names_at_one_place():
    """API Gateway refuses two names of a parameter at one level of a path."""
    names = {}
    for route in ROUTES:
        parts = route.path.split("/")
        for place, part in enumerate(parts):
            if part.startswith("{"):
                names.setdefault("/".join(parts[:place]), set()).add(part)
    assert [] == [place for place, found in names.items() if len(found) > 1]


def test_the_consumer_is_a_function(config):
    """The stream's consumer is packaged under its name, with a handler that exists."""
    functions = {function.name: function.handler_string for function in config.chalice_app.pure_lambda_functions}
    assert "app.project" == functions["project"]


def test_every_body_is_binary(config):
    """All types are binary to the gateway, or pictures would come out as base64."""
    assert ["*/*"] == config.chalice_app.api.binary_types
