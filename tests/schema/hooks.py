"""What schemathesis must not send: a request that would take the sender's own access away.

`ROLLCALL_SCHEMA_OWN` is the sender's username. What those requests answer is tried by the tests of the API.
"""

import os

import schemathesis

OWN = os.environ.get("ROLLCALL_SCHEMA_OWN")
CUTTING = frozenset(
    {
        ("DELETE", "/api/user/v1/accounts/{username}/sessions/{session_id}"),
        ("POST", "/api/user/v1/accounts/{username}/deactivate"),
        ("POST", "/api/user/v1/admin/accounts/{username}/disable"),
        ("PATCH", "/api/user/v1/admin/accounts/{username}"),
    }
)


@schemathesis.hook
def filter_case(context: schemathesis.HookContext, case: schemathesis.Case) -> bool:
    """Drop a case that would end the account or the session that sends it."""
    del context
    cutting = (case.method.upper(), case.path) in CUTTING
    return not (cutting and OWN is not None and (case.path_parameters or {}).get("username") == OWN)
