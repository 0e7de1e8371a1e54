"""People who use the site, and the world that its pages show."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Protocol

import pytest

from tests.browser.profiles import Profiles
from tests.browser.site.person import Person
from tests.browser.site.world import World, make_world
from tests.http.service_client import Caller, Service


class NewPerson(Protocol):
    """Makes people with a browser of their own."""

    def __call__(self, account: Caller | None = None, *, scripts: bool = True) -> Person:
        """Return somebody who is signed in, if there is an account, in a browser that runs scripts or does not."""
        ...


@pytest.fixture
def new_person(profiles: Profiles, service: Service) -> Iterator[NewPerson]:
    """Make people; at the end none of their browsers has complained."""
    with ExitStack() as stack:

        def make(account: Caller | None = None, *, scripts: bool = True) -> Person:
            context = stack.enter_context(profiles.lent(scripts=scripts))
            person = Person(context, service)
            stack.callback(person.leave)
            return person.signed_in(account) if account is not None else person

        yield make


@pytest.fixture(scope="session")
def world(service: Service) -> World:
    """Accounts in every state that a page shows."""
    return make_world(service)
