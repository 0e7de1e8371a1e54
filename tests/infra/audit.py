"""`make audit`: cfn-lint and checkov over the template of each stage. Argument: where checkov is.

Exit status: 0 when neither finds anything, 1 otherwise. What a check does not fit is excused in the template itself,
resource by resource, with the reason.
"""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from infra.packaging import package
from infra.stages import STAGES

LINT = Path(sys.executable).with_name("cfn-lint")
IGNORED = "W1030"
"""A parameter whose default is empty is no certificate; the rules of the template see to it that one is given."""


def commands(checkov: str, template: Path) -> list[list[str]]:
    """What is run for a template."""
    quietly = ["--framework", "cloudformation", "--compact", "--quiet", "--skip-download"]
    return [
        [str(LINT), "--ignore-checks", IGNORED, "--", str(template)],
        [checkov, "--file", str(template), *quietly],
    ]


def main() -> int:
    """Package every stage and check it."""
    (checkov,) = sys.argv[1:]
    found = 0
    with TemporaryDirectory() as folder:
        for stage in STAGES.values():
            template = package(stage, Path(folder) / stage.name).template
            for command in commands(checkov, template):
                status = subprocess.run(command, check=False).returncode
                print(f"{stage.name}: {Path(command[0]).name}: {'fine' if status == 0 else 'see above'}", flush=True)
                found += status != 0
    return int(found > 0)


if __name__ == "__main__":
    sys.exit(main())
