"""`python -m tests.support.noted_stage`: the local stage, whose functions' calls of AWS are noted."""

import atexit
import sys

from tests.support import aws_calls

if __name__ == "__main__":
    atexit.register(aws_calls.save, aws_calls.install())
    from local.__main__ import main

    sys.exit(main())
