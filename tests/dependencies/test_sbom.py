"""The bill of materials of what is deployed."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.dependencies.locked import ROOT, RUNTIME, locked, named, normal
from tests.dependencies.sbom import write


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sbom") / "bom.json"
    write(path)
    return path


@pytest.fixture(scope="module")
def bom(made: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(made.read_text(encoding="utf-8"))
    return content


def test_it_is_cyclonedx_of_this_release(bom: dict[str, Any]):
    """The format says what it is, and whose materials these are."""
    described = bom["metadata"]["component"]
    assert ("CycloneDX", "1.6") == (bom["bomFormat"], bom["specVersion"])
    assert "rollcall" == described["name"]
    assert f'version = "{described["version"]}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_it_names_every_locked_package(bom: dict[str, Any]):
    """Each package of the lock with its version, and none besides."""
    assert locked(RUNTIME) == {normal(each["name"]): each["version"] for each in bom["components"]}


def test_every_package_has_its_address_and_hashes(bom: dict[str, Any]):
    """A package can be told from another of its name: each hash of the lock is there."""
    hashes = 0
    for each in bom["components"]:
        assert f"pkg:pypi/{normal(each['name'])}@{each['version']}" == each["purl"]
        found = [digest["content"] for place in each["externalReferences"] for digest in place["hashes"]]
        assert found
        hashes += len(found)
    assert RUNTIME.read_text(encoding="utf-8").count("--hash=sha256:") == hashes


def test_what_the_service_asks_for_itself(bom: dict[str, Any]):
    """The graph begins at the service, with what `requirements.in` names."""
    (root,) = bom["dependencies"]
    assert "rollcall" == root["ref"]
    direct = {reference.split("/")[1].split("@")[0] for reference in root["dependsOn"]}
    assert named(ROOT / "requirements.in") == direct


def test_it_is_the_same_for_the_same_lock(made: Path, tmp_path: Path):
    """Neither a time nor a random number is in it."""
    write(tmp_path / "again.json")
    assert made.read_bytes() == (tmp_path / "again.json").read_bytes()
