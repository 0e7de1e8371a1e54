"""Try the description of the API against the running service, as each kind of caller (`make test-schema`).

schemathesis has an environment of its own; its executable is the argument. Whoever sends the requests is an account
made for that: its password is in no example of the description, so that no request that it tries can delete it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.http.conftest import CLEAN_EXITS
from tests.http.service_client import ME, Caller, Service
from tests.http.service_process import CHEAP_PASSWORDS, ServiceProcess

CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
HOOKS = "tests.schema.hooks"
SEED = "20"
ADULT: Mapping[str, Any] = {"year_of_birth": 1990}
ROLES: Mapping[str, Mapping[str, Any] | None] = {
    "nobody": None,
    "learner": {},
    "staff": {"is_staff": True},
    "superuser": {"is_staff": True, "is_superuser": True},
}
"""The flags of the account that sends the requests; without an account there is no token."""


def tried(executable: Path, service: Service, role: str) -> list[str]:
    """Run schemathesis as one kind of caller on a service of its own; return what is wrong, nothing if all is well."""
    flags = ROLES[role]
    caller = service.anonymous if flags is None else service.new_account(profile=ADULT, **flags)
    environment = {**os.environ, "SCHEMATHESIS_HOOKS": HOOKS, "ROLLCALL_SCHEMA_OWN": caller.username}
    found = subprocess.run(command(executable, service.url, caller), check=False, env=environment)
    wrong = [f"{role}: schemathesis ended with {found.returncode}"] if found.returncode else []
    return wrong if still_there(caller) else [*wrong, f"{role}: the token was cut off, so later requests tried nothing"]


def command(executable: Path, url: str, caller: Caller) -> list[str]:
    """The command line of one run."""
    token = ["--header", f"Authorization: JWT {caller.token}"] if caller.token else []
    return [
        *(str(executable), "--config-file", str(CONFIGURATION)),
        *("run", f"{url}/openapi.json", "--url", url, "--seed", SEED),
        *token,
    ]


def still_there(caller: Caller) -> bool:
    """Tell whether the token counts; nobody has none to lose."""
    return caller.token is None or caller.get(ME).status_code == 200


def tried_alone(executable: Path, role: str) -> list[str]:
    """Run schemathesis as one kind of caller, on a service that ends with it."""
    process = ServiceProcess(CHEAP_PASSWORDS)
    try:
        process.wait_until_ready()
        service = Service(process.url)
        wrong = tried(executable, service, role)
        service.close()
        status = process.interrupt()
        return wrong if status in CLEAN_EXITS else [*wrong, f"{role}: the service ended with {status}"]
    finally:
        process.kill()


def main(executable: Path, roles: list[str]) -> int:
    """Try the named roles, all if none is named; return 1 if anything was found."""
    wrong = [line for role in roles or ROLES for line in tried_alone(executable, role)]
    print("\n".join(wrong) or "schemathesis finds nothing.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).absolute(), sys.argv[2:]))
