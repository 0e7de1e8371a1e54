"""The bill of materials of the deployed functions, in CycloneDX: `python -m tests.dependencies.sbom [FILE]`.

It names every package of `requirements.txt` with version, address and hashes, and is the same bytes for the same lock.
"""

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from tests.dependencies.locked import ROOT, RUNTIME, named, normal

DEFAULT = ROOT / "dist" / "rollcall.cdx.json"
SPEC_VERSION = "1.6"


def write(target: Path) -> None:
    """Write the bill of materials to `target`; the service depends on what `requirements.in` names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    bom = _of_the_lock()
    root = {"bom-ref": "rollcall", "type": "application", "name": project["name"], "version": project["version"]}
    bom["metadata"]["component"] = root | {"description": project["description"]}
    chosen = named(RUNTIME.with_suffix(".in"))
    direct = sorted(each["bom-ref"] for each in bom["components"] if normal(each["name"]) in chosen)
    bom["dependencies"] = [{"ref": "rollcall", "dependsOn": direct}]
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(bom, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _of_the_lock() -> dict[str, Any]:
    """What `cyclonedx-py` makes of the lock, each component with a name of its own instead of a line's number."""
    command = [str(Path(sys.executable).with_name("cyclonedx-py")), "requirements", str(RUNTIME)]
    command += ["--output-reproducible", "--spec-version", SPEC_VERSION, "--of", "JSON"]
    made = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    bom = json.loads(made.stdout)
    for component in bom["components"]:
        component["bom-ref"] = component["purl"]
        del component["description"]
    return bom


if __name__ == "__main__":
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    write(path)
    print(path)
