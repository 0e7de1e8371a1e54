"""What `rollcall doctor` looks at, and how a check says what it found."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException

from chalicelib.events.errors import StoreError
from chalicelib.wiring import Wiring
from ops.running import explained

TROUBLES = (ClientError, BotoCoreError, PynamoDBException, StoreError)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: what was found, and for a fault what to do about it."""

    check: str
    ok: bool
    found: str
    advice: str = ""


@dataclass(frozen=True)
class Check:
    """One look: its name, the function that looks, and what to do when AWS itself refuses."""

    name: str
    look: Callable[[Wiring], Iterator[Finding]]
    advice: str

    def findings(self, wiring: Wiring) -> Iterator[Finding]:
        """Everything that is found; what AWS refuses is a finding, too."""
        try:
            yield from self.look(wiring)
        except TROUBLES as error:
            yield Finding(self.name, False, explained(error), self.advice)


def fine(check: str, found: str) -> Finding:
    """Nothing is wrong here."""
    return Finding(check, True, found)


def fault(check: str, found: str, advice: str) -> Finding:
    """Something is wrong here."""
    return Finding(check, False, found, advice)
