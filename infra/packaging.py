"""`make package`: the template and the code of a stage, in a folder of their own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from infra import code, template
from infra.stages import Stage

ROOT = Path(__file__).parents[1]
REGION = "eu-west-1"
"""Chalice asks for one, and writes it nowhere: the template is for every region."""


@dataclass(frozen=True)
class Package:
    """What `package` made: the template, and the code as a zip."""

    template: Path
    code: Path


def package(stage: Stage, folder: Path) -> Package:
    """Write `template.json` and `code.zip` of a stage into a folder.

    Raises `TemplateError`, `CodeError`, and `CalledProcessError` when Chalice refuses.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made = Package(folder / "template.json", folder / "code.zip")
    with TemporaryDirectory() as name:
        work = Path(name)
        additions = work / "additions.json"
        additions.write_text(json.dumps(template.additions(stage)))
        chalice("package", "--stage", stage.name, "--merge-template", str(additions), str(work / "chalice"))
        merged = json.loads((work / "chalice" / "sam.json").read_text())
        made.template.write_text(template.text(template.finished(merged)))
        code.slim(work / "chalice" / "deployment.zip", made.code)
    return made


def chalice(*arguments: str) -> None:
    """Run Chalice on this checkout. It imports `app.py`, which contacts nothing, and needs no credentials."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    subprocess.run(
        [str(Path(sys.executable).with_name("chalice")), *arguments],
        cwd=ROOT,
        env={**environment, "AWS_DEFAULT_REGION": REGION},
        check=True,
        stdout=subprocess.DEVNULL,
    )
