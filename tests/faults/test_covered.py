"""Nobody adds a route that writes without trying it with faults."""

from chalicelib.api.blueprint import ROUTES
from chalicelib.api.pages import PARTS
from tests.faults.test_commands import COMMANDS

READING = frozenset(
    {
        "POST /api/user/v1/accounts/search_emails",
        "POST /api/user/v1/validation/registration",
        "POST /api/user/v1/account/password_reset/token/validate",
        "POST /event",
        "POST /i18n/setlang",
    }
)
"""Routes whose method would let them write, and that change nothing of anybody: look-ups, and what pages send along."""

FORMS = {f"{page.method} {page.path}": page.twins for part in PARTS for page in part.declared if page.method == "POST"}
"""Forms of the site, and the routes of the API by which alone each of them writes (`tests/api/pages` shows that)."""

WRITING_BY_GET = frozenset({"GET /activate/{key}", "GET /email_confirm/{key}", "GET /activate_secondary_email/{key}"})


def test_every_writing_route_is_tried():
    """Every route that is no GET is in the table of commands, or known to only read."""
    writing = {f"{route.method} {route.path}" for route in ROUTES if route.method not in ("GET", "HEAD", "OPTIONS")}
    tried = {route for command in COMMANDS for route in command.routes}
    assert set() == writing - tried - READING - FORMS.keys()
    assert set() == {f"{method} {path}" for twins in FORMS.values() for method, path in twins} - tried - READING
    assert set() == READING & tried
    assert WRITING_BY_GET <= tried


def test_commands_are_of_routes_that_there_are():
    """No command stands for a route that is served no more."""
    served = {f"{route.method} {route.path}" for route in ROUTES}
    assert set() == {route for command in COMMANDS for route in command.routes} - served
    assert len(COMMANDS) == len({command.name for command in COMMANDS})
