"""`python -m tests.infra.compare_calls`: what the functions did in the tests, and what they may do.

Run by `tests.side_by_side` when all tests have run. Exit status: 0 when each function did what its role allows, and all
of that; 1 otherwise, with every difference.
"""

import sys
from collections.abc import Iterable

from infra.permissions import PERMISSIONS
from tests.support.aws_calls import Call, saved


def differences(calls: Iterable[Call]) -> list[str]:
    """Each call that a role would have refused, and each permission that nobody used."""
    made = set(calls)
    granted = {(function, *permission) for function, each in PERMISSIONS.items() for permission in each}
    missing = [
        f"{function} may not {action} on {target}, and did" for function, action, target in sorted(made - granted)
    ]
    spare = [
        f"{function} may {action} on {target}, and never did" for function, action, target in sorted(granted - made)
    ]
    return missing + spare


def main() -> int:
    """Compare, and tell."""
    found = differences(saved())
    print("\n".join(found) or f"policies: {len(saved())} permissions, each used, none missing")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
