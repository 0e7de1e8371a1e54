"""Generations of a view: which one is read, and which ones are written (spec 50, section 6).

A rebuild makes a new generation beside the one that is read. Every process knows of it at most `CACHE_SECONDS` after
it was announced, and from then on writes each row to all that count.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.events.dynamo import Item, call, number, text
from chalicelib.events.errors import CorruptItemError

PREFIX = "G#"
SORT_KEY = "G"
CACHE_SECONDS = 5
"""For how long a process may go by what it has read."""


class GenerationError(ValueError):
    """A view has no such generation: one is built already, or there is none to switch or to return to."""


@dataclass(frozen=True)
class Standing:
    """Where the generations of a view stand.

    `serving` is read. `building` is written besides, while a rebuild fills it, and `previous`, which was read before
    the last switch. Nobody writes `dropping` any more; their rows go. A number is never used again: `newest` is the
    highest so far. `revision` counts the changes of all this.
    """

    serving: int = 1
    building: int | None = None
    previous: int | None = None
    dropping: tuple[int, ...] = ()
    newest: int = 1
    revision: int = 0

    @property
    def written(self) -> tuple[int, ...]:
        """Every generation that a change of an account is written to; the one that is read comes first."""
        others = (self.previous, self.building)
        return (self.serving, *(other for other in others if other is not None))

    def begun(self) -> "Standing":
        """One more generation is built; what an earlier rebuild has left for a way back is dropped."""
        if self.building is not None:
            raise GenerationError("a generation is built already")
        number = self.newest + 1
        return replace(self, building=number, newest=number, previous=None, dropping=self._dropping(self.previous))

    def switched(self) -> "Standing":
        """What was built is read from now on; what was read stays written, for a way back."""
        if self.building is None:
            raise GenerationError("there is nothing to switch to")
        return replace(
            self,
            serving=self.building,
            building=None,
            previous=self.serving,
            dropping=self._dropping(self.previous),
        )

    def returned(self) -> "Standing":
        """What was read before the last switch is read again."""
        if self.previous is None:
            raise GenerationError("there is nothing to return to")
        return replace(self, serving=self.previous, previous=self.serving)

    def abandoned(self) -> "Standing":
        """What was built is dropped."""
        if self.building is None:
            raise GenerationError("nothing is built")
        return replace(self, building=None, dropping=self._dropping(self.building))

    def dropped(self, generation: int) -> "Standing":
        """The rows of a generation are gone."""
        return replace(self, dropping=tuple(each for each in self.dropping if each != generation))

    def _dropping(self, generation: int | None) -> tuple[int, ...]:
        return self.dropping if generation is None else (*self.dropping, generation)


class Generations:
    """Knows and changes where the generations of views stand. Arguments: a botocore client, the views table, the clock.

    A view without an item has never been rebuilt: generation 1 is all there is.
    """

    def __init__(self, client: Any, table: str, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._table = table
        self._clock = clock
        self._known: dict[str, tuple[datetime, Standing]] = {}

    def serving(self, view: str) -> int:
        """The generation to read. Raises `StoreUnavailableError`."""
        return self._recent(view).serving

    def written(self, view: str) -> tuple[int, ...]:
        """The generations to write. Raises `StoreUnavailableError`."""
        return self._recent(view).written

    def standing(self, view: str) -> Standing:
        """Where the generations of a view stand at this moment. Raises `StoreUnavailableError`, `CorruptItemError`."""
        now = self._clock()
        item = self._read(view)
        found = Standing() if item is None else _standing(view, item)
        self._known[view] = (now, found)
        return found

    def change(self, view: str, before: Standing, after: Standing) -> bool:
        """Replace a standing that was read; False if somebody else was faster. Raises `StoreUnavailableError`.

        A change that has landed while its answer was lost is found to stand, and counts: its item says who wrote it.
        """
        stored = replace(after, revision=before.revision + 1)
        item = {**_item(view, stored), "w": text(token_hex(8))}
        try:
            call(
                self._client.put_item,
                TableName=self._table,
                Item=item,
                ConditionExpression="attribute_not_exists(pk)" if before.revision == 0 else "v = :before",
                **({} if before.revision == 0 else {"ExpressionAttributeValues": {":before": number(before.revision)}}),
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            if self._read(view) != item:
                return False
        self._known[view] = (self._clock(), stored)
        return True

    def _read(self, view: str) -> Item | None:
        found: Item | None = call(
            self._client.get_item, TableName=self._table, Key=_key(view), ConsistentRead=True
        ).get("Item")
        return found

    def _recent(self, view: str) -> Standing:
        """As `standing`, at most `CACHE_SECONDS` old; a clock that was put back makes nothing last longer."""
        known = self._known.get(view)
        if known is not None and timedelta(0) <= self._clock() - known[0] < timedelta(seconds=CACHE_SECONDS):
            return known[1]
        return self.standing(view)


def _key(view: str) -> Item:
    return {"pk": text(f"{PREFIX}{view}"), "sk": text(SORT_KEY)}


def _item(view: str, standing: Standing) -> Item:
    content = asdict(standing)
    revision = content.pop("revision")
    return {**_key(view), "v": number(revision), "row": text(json.dumps(content))}


def _standing(view: str, item: Item) -> Standing:
    try:
        content = json.loads(item["row"]["S"])
        found = Standing(**content | {"dropping": tuple(content["dropping"])}, revision=int(item["v"]["N"]))
        numbers = (*found.written, *found.dropping)
        sound = all(type(each) is int and 1 <= each <= found.newest for each in numbers)
    except (AttributeError, KeyError, TypeError, ValueError):
        sound = False
    if not sound:
        raise CorruptItemError("", f"generations of {view}", "format")
    return found
