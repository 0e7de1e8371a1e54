"""What lies outside the ledger and is of somebody who is erased: it may have come back with a table or the bucket."""

import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from chalicelib.accounts.account import Account
from chalicelib.events.claims import Claim, ClaimKind
from chalicelib.events.dynamo import Item, call
from chalicelib.events.images import ProfileImageSet
from chalicelib.images.store import NAME, SERVED
from chalicelib.projections.matching import chunks
from chalicelib.projections.scanning import pages
from chalicelib.wiring import Wiring

OF_AN_ACCOUNT = re.compile(r"(?:S#|P#|L#account:)([0-9a-f]{32})")
"""Sessions, links of password resets, leases."""

OBJECTS = re.compile(r"O#([0-9a-f]{32})")
"""What there is of an account in the bucket."""

Advance = Callable[[int], None]


class Leftovers:
    """Deletes them. Arguments: the services, the erased accounts by id, threads."""

    def __init__(self, wiring: Wiring, erased: Mapping[str, Account], pool: ThreadPoolExecutor) -> None:
        self._wiring = wiring
        self._erased = erased
        self._pool = pool
        self._counters = {f"F#{wiring.digests.of('login', account.encode())}": account for account in erased}

    def delete(self, advance: Advance) -> int:
        """Sessions, counters, links, uploads, exports and pictures; how many.

        Raises `StoreUnavailableError`, `PicturesUnavailableError`.
        """
        return self._short_lived(advance) + self._pictures(advance)

    def _short_lived(self, advance: Advance) -> int:
        """Items of the short-lived table, and the objects that it knows of."""
        table, done = self._wiring.tables.short_lived.Meta.table_name, 0
        for page in pages(self._wiring.dynamodb, table, ProjectionExpression="pk, sk"):
            lone = [item for item in page if self._owner(OF_AN_ACCOUNT, item) or item["pk"]["S"] in self._counters]
            noted = {account for item in page if (account := self._owner(OBJECTS, item))}
            done += sum(self._pool.map(partial(self._delete_item, table), lone))
            done += sum(self._pool.map(self._delete_objects, sorted(noted)))
            advance(len(page))
        return done

    def _owner(self, pattern: re.Pattern[str], item: Item) -> str | None:
        found = pattern.fullmatch(item["pk"]["S"])
        return found[1] if found is not None and found[1] in self._erased else None

    def _delete_item(self, table: str, item: Item) -> int:
        call(self._wiring.dynamodb.delete_item, TableName=table, Key={"pk": item["pk"], "sk": item["sk"]})
        return 1

    def _delete_objects(self, account: str) -> int:
        self._wiring.album.forget(self._erased[account])
        self._wiring.exports.forget(account)
        return 1

    def _pictures(self, advance: Advance) -> int:
        """Pictures that nobody shows, and that an erased account once did; what is nobody's goes with `expire`."""
        unclaimed = set(self._unclaimed(advance))
        if not unclaimed:
            return 0
        once_shown = self._pool.map(partial(self._shown_of, unclaimed), self._erased)
        return sum(self._pool.map(self._delete_picture, sorted(set().union(*once_shown))))

    def _unclaimed(self, advance: Advance) -> Iterator[str]:
        """The ids of pictures in the bucket that lead to no account."""
        keys = (found.key.removeprefix(SERVED) for found in self._wiring.pictures.list(SERVED, ""))
        images = dict.fromkeys(name["image"] for key in keys if (name := NAME.fullmatch(key)))
        for chunk in chunks(images):
            holders = self._wiring.ledger.holders([Claim(ClaimKind.IMAGE, image) for image in chunk])
            yield from (image for image in chunk if Claim(ClaimKind.IMAGE, image) not in holders)
            advance(len(chunk))

    def _shown_of(self, images: set[str], account: str) -> set[str]:
        events = self._wiring.ledger.history(account)
        return {event.image for event in events if isinstance(event, ProfileImageSet)} & images

    def _delete_picture(self, image: str) -> int:
        self._wiring.pictures.delete_picture(image)
        return 1
