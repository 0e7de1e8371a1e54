"""The suite in two halves at once: `python -m tests.side_by_side`.

They are about equally long. What the first half prints stands behind the second's. The exit status is that of the first
half that failed, or 0.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
FIRST = ("tests/http", "tests/ops", "tests/faults", "tests/histories", "tests/tour")
REST = tuple(f"--ignore={each}" for each in (*FIRST, "tests/browser"))


def command(arguments: tuple[str, ...]) -> list[str]:
    """How pytest is called for a half."""
    return [sys.executable, "-m", "pytest", *arguments]


def main() -> int:
    """Run both halves; the arguments of this command go to both."""
    given = tuple(sys.argv[1:])
    with tempfile.TemporaryFile() as output:
        first = subprocess.Popen(command(FIRST + given), cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
        try:
            rest = subprocess.run(command(REST + given), cwd=ROOT, check=False).returncode
            status = first.wait()
        finally:
            first.terminate()
        output.seek(0)
        sys.stdout.buffer.write(output.read())
        sys.stdout.flush()
    return rest or status


if __name__ == "__main__":
    sys.exit(main())
