"""What is no request, in the form of one: jobs, triggers, operators' commands."""

from collections.abc import Callable
from typing import Any

from chalicelib.events.errors import KeyServiceUnavailableError, StoreUnavailableError
from chalicelib.images.errors import PicturesUnavailableError
from tests.faults.scene import Case
from tests.faults.trying import Act
from tests.pipeline.world import World
from tests.support.gateway import Answer

CALLED_AGAIN = (StoreUnavailableError, KeyServiceUnavailableError, PicturesUnavailableError)
"""What a function may end with that is then called again, by Lambda, a schedule or an operator."""


def job(work: Callable[[World, Case], Any]) -> Act:
    """A job: 200 and what it came to, or 503 if it ends with an error that says so."""

    def act(world: World, case: Case) -> Answer:
        try:
            return Answer(200, {}, repr(work(world, case)).encode())
        except CALLED_AGAIN as error:
            return Answer(503, {"retry-after": "schedule"}, type(error).__name__.encode())

    return act
