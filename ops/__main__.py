"""`python -m ops`: the command line, see `rollcall --help`."""

import sys

from ops.app import app

if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]  # a text stream
    app(prog_name="rollcall")
