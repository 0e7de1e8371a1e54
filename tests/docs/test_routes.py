"""Every route is in docs/api.md, and nothing that is not served is."""

from __future__ import annotations

import re

from chalicelib.api.blueprint import ROUTES
from chalicelib.api.pages import PARTS
from chalicelib.api.rights import HELD_BY
from chalicelib.hooks.port import NoHooks
from tests.docs.pages import by_name, page

PAGES = {f"{each.method} {each.path}" for part in PARTS for each in part.declared}
"""The pages of the site, which have their own table."""

API = [route for route in ROUTES if f"{route.method} {route.path}" not in PAGES]


def test_every_route_is_documented() -> None:
    """The table of routes names each method and path, but for the pages of the site."""
    served = {f"{route.method} {route.path}" for route in API}
    assert served == set(by_name(page("docs/api.md").section("Routes")))


def test_every_page_is_documented() -> None:
    """The site's table names each page and whom it is for; what a form changes by is a route of the API."""
    documented = by_name(page("docs/site.md").section("Pages"))
    declared = {f"{each.method} {each.path}": each for part in PARTS for each in part.declared}
    assert set(declared) == set(documented)
    assert [] == [name for name, each in declared.items() if each.audience != documented[name][0]]
    routes = {(route.method, route.path) for route in API}
    assert [] == [(name, twin) for name, each in declared.items() for twin in each.twins if twin not in routes]


def test_public_routes_say_so() -> None:
    """Who may ask is told right: routes that need a token do not say "anybody"."""
    documented = by_name(page("docs/api.md").section("Routes"))
    open_to_all = {name for name, cells in documented.items() if re.match(r"anybody|who has the link", cells[0])}
    assert {f"{route.method} {route.path}" for route in API if route.public} == open_to_all


def test_who_may_ask_is_told() -> None:
    """A route that needs a right says who holds it."""
    documented = by_name(page("docs/api.md").section("Routes"))
    needed = {f"{route.method} {route.path}": HELD_BY[route.right] for route in ROUTES if route.right}
    assert needed == {name: documented[name][0] for name in needed}


def test_the_local_paths_are_documented() -> None:
    """Each helper of the local stage is in docs/operations.md."""
    from local.clock import AdjustableClock
    from local.helpers import local_routes
    from local.hooks import HookRecorder, hook_routes
    from local.outbox import RecordingMailer
    from local.s3_trigger import s3_routes

    clock = AdjustableClock()
    helpers = {
        **local_routes(RecordingMailer(_Nowhere(), clock), clock, {}),
        **hook_routes(HookRecorder(NoHooks(), clock)),
        **s3_routes(lambda _: {}),
    }
    documented = " ".join(by_name(page("docs/operations.md").section("The local stage")))
    assert [] == [f"{method} {path}" for method, path in helpers if f"{method} {path}" not in documented]


class _Nowhere:
    """A mailer that is never used."""

    def send(self, message: object) -> None:
        raise AssertionError("nothing is sent here")

    def pretend(self, message: object) -> None:
        raise AssertionError("nothing is sent here")
