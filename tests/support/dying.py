"""A process that is killed at one of its calls of AWS."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import pytest
from botocore.client import BaseClient


class Died(BaseException):
    """The process was killed."""


@dataclass
class Calls:
    """How many calls of AWS were made."""

    made: int = 0


@contextmanager
def killed_at(nth: int, *, landed: bool) -> Iterator[Calls]:
    """Kill what runs inside at its n-th call of AWS, before it is sent or after it has landed."""
    calls, ask = Calls(), BaseClient._make_api_call

    def dying(self, operation, parameters):
        calls.made += 1
        mine = calls.made
        if mine == nth and not landed:
            raise Died
        answer = ask(self, operation, parameters)
        if mine == nth:
            raise Died
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", dying)
        with suppress(Died):
            yield calls
