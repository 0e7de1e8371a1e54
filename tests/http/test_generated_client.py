"""A client that a generator made from openapi.json works against the service (spec 50, section 5)."""

import importlib
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import httpx
import pytest

from tests.http import pictures
from tests.http.service_client import Service

OLDER = "/api/profile_images/v1/{username}/upload"
PACKAGE = "rollcall_client"


@pytest.fixture(scope="module")
def told(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Make the client; what the generator says."""
    folder = tmp_path_factory.mktemp("generated")
    description = folder / "openapi.json"
    description.write_text(json.dumps(service.http.get("/openapi.json").json()))
    command = ["generate", "--path", description, "--output-path", folder / PACKAGE, "--meta", "none"]
    done = subprocess.run(
        [sys.executable, "-m", "openapi_python_client", *map(str, command)],
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        env={**os.environ, "COLUMNS": "1000"},
    )
    sys.path.insert(0, str(folder))
    yield done.stdout
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.split(".")[0] == PACKAGE]:
        del sys.modules[name]


@pytest.fixture(scope="module")
def generated(told: str) -> ModuleType:
    """The client."""
    return importlib.import_module(PACKAGE)


def operation(name: str) -> Any:
    return importlib.import_module(f"{PACKAGE}.api.{name}")


def model(name: str, content: dict[str, Any]) -> Any:
    models = importlib.import_module(f"{PACKAGE}.models")
    return getattr(models, name).from_dict(content)


@pytest.fixture
def client(generated: ModuleType, service: Service) -> Any:
    token = service.new_account(profile={"year_of_birth": 1990}).token
    return generated.AuthenticatedClient(base_url=str(service.http.base_url), token=token, prefix="JWT")


def test_reads_and_patches(client: Any) -> None:
    """The generated client reads and patches one's own account."""
    name = operation("accounts.get_me").sync(client=client).username
    assert name == operation("accounts.get_account").sync(name, client=client).username
    body = model("PatchAccountBody", {"bio": "generated", "country": "SE"})
    patched = operation("accounts.patch_account").sync(name, client=client, body=body)
    assert ("generated", "SE") == (patched.bio, patched.country)


def test_refusals_are_typed(client: Any) -> None:
    """Field errors come out as the model that describes them."""
    name = operation("accounts.get_me").sync(client=client).username
    body = model("PatchAccountBody", {"gender": "x"})
    refused = operation("accounts.patch_account").sync_detailed(name, client=client, body=body)
    assert (400, {"gender"}) == (refused.status_code, set(refused.parsed.to_dict()["field_errors"]))


def test_lists_and_preferences(client: Any) -> None:
    """Lists and preferences work through the generated client."""
    name = operation("accounts.get_me").sync(client=client).username
    assert [name] == [each.username for each in operation("accounts.list_accounts").sync(client=client, username=name)]
    body = model("PatchOwnPreferencesBody", {"visibility.bio": "all_users"})
    assert (
        204 == operation("preferences.patch_own_preferences").sync_detailed(name, client=client, body=body).status_code
    )
    assert {"visibility.bio": "all_users"} == operation("preferences.get_preferences").sync(
        name, client=client
    ).to_dict()


def test_public_operation(generated: ModuleType, service: Service) -> None:
    """A public operation works without a token."""
    client = generated.Client(base_url=str(service.http.base_url))
    zones = operation("preferences.list_time_zones").sync(client=client, country_code="JP")
    assert ["Asia/Tokyo"] == [each.time_zone for each in zones]


def test_pictures(generated: ModuleType, client: Any) -> None:
    """A picture is sent as a form, and then shown."""
    me = operation("accounts.get_me").sync(client=client).username
    types = importlib.import_module(f"{PACKAGE}.types")
    file = types.File(io.BytesIO(pictures.file_of()), "me.jpg", "image/jpeg")
    body = importlib.import_module(f"{PACKAGE}.models").SendPictureFilesBody(file=file)
    assert 204 == operation("pictures.send_picture").sync_detailed(me, client=client, body=body).status_code
    account = operation("accounts.get_account").sync(me, client=client)
    shown = httpx.get(account.profile_image.image_url_full, trust_env=False)
    assert (200, "image/jpeg") == (shown.status_code, shown.headers["Content-Type"])


def test_nothing_but_pictures_as_bodies_is_left_out(told: str) -> None:
    """The generator has nothing else to warn of."""
    assert {"image/gif", "image/jpeg", "image/pjpeg", "image/png"} == set(
        re.findall(r"Unsupported content[_ ]type ([^\s),]+)", told)
    )
    operations = {"GET /profile-images/{name}", "GET /static/images/profiles/{name}"}
    operations |= {f"POST {path}" for path in ("/api/user/v1/accounts/{username}/image", OLDER)}
    assert operations == set(re.findall(r"(?:GET|PUT|POST|PATCH|DELETE) /[^\s,]+", told))
