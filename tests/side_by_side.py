"""The suite in two halves at once: `python -m tests.side_by_side`, and what the functions were seen to do compared with
what they may do.

The halves are about equally long. What the first one prints stands behind the second's. The exit status is that of the
first that failed, or 0; when all tests passed, 1 if a function did what its role does not allow, or may do what no test
saw it do.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.infra import compare_calls
from tests.support import aws_calls

ROOT = Path(__file__).parents[1]
FIRST = ("tests/http", "tests/ops", "tests/faults", "tests/histories", "tests/tour")
REST = tuple(f"--ignore={each}" for each in (*FIRST, "tests/browser"))


def command(arguments: tuple[str, ...]) -> list[str]:
    """How pytest is called for a half."""
    return [sys.executable, "-m", "pytest", *arguments]


def main() -> int:
    """Run both halves, then the comparison; the arguments of this command go to both, and then nothing is compared."""
    given = tuple(sys.argv[1:])
    environment = {**os.environ, "NOTE_AWS_CALLS": "" if given else "1"}
    aws_calls.forget()
    with tempfile.TemporaryFile() as output:
        first = subprocess.Popen(
            command(FIRST + given), cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            rest = subprocess.run(command(REST + given), cwd=ROOT, env=environment, check=False).returncode
            status = first.wait()
        finally:
            first.terminate()
        differs = 0 if given else compare_calls.main()
        output.seek(0)
        sys.stdout.buffer.write(output.read())
        sys.stdout.flush()
    return rest or status or differs


if __name__ == "__main__":
    sys.exit(main())
