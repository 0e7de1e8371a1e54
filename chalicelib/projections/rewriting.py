"""Making claims and view rows of many accounts right at once, after a restore; verification looks, this writes.

Each write is made on the condition that what was read still stands, so whoever writes meanwhile loses nothing.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.accounts.account import Account
from chalicelib.events import items
from chalicelib.events.aggregate import Loaded
from chalicelib.events.dynamo import Item, batch_get, call, number, text
from chalicelib.projections.examining import Stores
from chalicelib.projections.expecting import (
    Expected,
    Part,
    RowKey,
    expected_claims,
    expected_rows,
    holder_of,
    shown_version,
)
from chalicelib.projections.heads import Heads
from chalicelib.projections.matching import chunks
from chalicelib.projections.passes import slots_of
from chalicelib.projections.quarantine import PARTITION
from chalicelib.projections.repairing import LOST, unchanged
from chalicelib.projections.scanning import Page, pages
from chalicelib.projections.view import row_item

Advance = Callable[[int], None]
OF_CLAIMS = {
    "FilterExpression": "sk = :claim AND attribute_exists(a)",
    "ProjectionExpression": "pk, sk, a",
    "ExpressionAttributeValues": {":claim": text(items.CLAIM_SORT_KEY)},
}


class Rewriter:
    """Makes what is derived of accounts what it must be. Arguments: where accounts and views are, and the threads."""

    def __init__(self, stores: Stores, pool: ThreadPoolExecutor) -> None:
        self._stores = stores
        self._pool = pool
        self._heads = Heads(stores.client, stores.ledger)

    def complete(self, accounts: Sequence[str], advance: Advance) -> int:
        """Put the claims and write the rows that accounts lack, or have wrong; how many.

        Raises `StoreUnavailableError`, `KeyServiceUnavailableError`.
        """
        done, parts = 0, self._stores.parts()
        for chunk in chunks(accounts):
            loaded = [each for each in self._heads.read(chunk).values() if each is not None]
            done += self._put_claims(loaded) + self._write_rows(loaded, parts)
            advance(len(chunk))
        return done

    def drop_claims(self, accounts: Collection[str], advance: Advance) -> int:
        """Delete the claims that lead to one of these accounts and are not its own; how many. Raises as `complete`."""
        return self._drop(self._stores.ledger.table, accounts, holder_of, self._claims_of, ("a",), advance, **OF_CLAIMS)

    def drop_rows(self, accounts: Collection[str], advance: Advance) -> int:
        """Delete the view rows of these accounts that they do not have; how many. Raises as `complete`.

        Rows of generations that nobody writes are among them, and what says that an account's projection fails.
        """
        parts = self._stores.parts()

        def rows_of(loaded: Loaded[Account]) -> set[RowKey]:
            return {row.key for row in expected_rows(loaded, parts)}

        return self._drop(self._stores.views, accounts, _owner, rows_of, ("v",), advance)

    def _claims_of(self, loaded: Loaded[Account]) -> set[RowKey]:
        return {(pk, items.CLAIM_SORT_KEY) for pk in expected_claims(self._stores.ledger, loaded)}

    def _drop(
        self,
        table: str,
        accounts: Collection[str],
        owner: Callable[[Item], str | None],
        own: Callable[[Loaded[Account]], set[RowKey]],
        condition: Sequence[str],
        advance: Advance,
        **only: Any,
    ) -> int:
        """Go over a table, and delete whatever belongs to one of `accounts` and is not its own."""
        dropped = 0
        for page in pages(self._stores.client, table, **only):
            by_account = _by_account(page, accounts, owner)
            stray = [item for found in self._strays(by_account, own) for item in found]
            dropped += sum(self._pool.map(lambda item: self._delete(table, item, condition), stray))
            advance(len(page))
        return dropped

    def _strays(
        self, by_account: dict[str, list[Item]], own: Callable[[Loaded[Account]], set[RowKey]]
    ) -> Iterator[list[Item]]:
        for chunk in chunks(by_account):
            for account, loaded in self._heads.read(chunk).items():
                kept = set() if loaded is None else own(loaded)
                yield [item for item in by_account[account] if (item["pk"]["S"], item["sk"]["S"]) not in kept]

    def _put_claims(self, loaded: Sequence[Loaded[Account]]) -> int:
        table = self._stores.ledger.table
        wanted = {pk: holder for each in loaded for pk, holder in expected_claims(self._stores.ledger, each).items()}
        found = batch_get(self._stores.client, {table: [items.claim_key(pk) for pk in wanted]})[table]
        missing = wanted.keys() - {item["pk"]["S"] for item in found}
        return sum(self._pool.map(lambda pk: self._put_claim(pk, wanted[pk]), sorted(missing)))

    def _put_claim(self, pk: str, holder: str | None) -> bool:
        item = items.claim_key(pk) if holder is None else {**items.claim_key(pk), "a": text(holder)}
        put = self._stores.client.put_item
        return _lands(put, TableName=self._stores.ledger.table, Item=item, **unchanged(None, ()))

    def _write_rows(self, loaded: Sequence[Loaded[Account]], parts: Sequence[Part]) -> int:
        expected = [row for each in loaded for row in expected_rows(each, parts)]
        keys = [{"pk": text(pk), "sk": text(sk)} for pk, sk in (row.key for row in expected)]
        found = batch_get(self._stores.client, {self._stores.views: keys})[self._stores.views]
        standing = {(item["pk"]["S"], item["sk"]["S"]): item for item in found}
        wrong: dict[str, list[Expected]] = {}
        for row in expected:
            if _is_wrong(row, standing.get(row.key)):
                wrong.setdefault(row.account.account, []).append(row)
        return sum(self._pool.map(lambda rows: self._write_rows_of(rows, standing), wrong.values()))

    def _write_rows_of(self, rows: Sequence[Expected], standing: dict[RowKey, Item]) -> int:
        """Write rows of one account, if it and they are as they were read."""
        puts = [{"Put": self._put_of(row, standing.get(row.key))} for row in rows]
        write = self._stores.client.transact_write_items
        return len(puts) if _lands(write, TransactItems=[*puts, self._same_version(rows[0].account)]) else 0

    def _put_of(self, row: Expected, item: Item | None) -> dict[str, Any]:
        made = row_item(row.part.view.name, row.part.generation, row.row, row.account)
        return {"TableName": self._stores.views, "Item": made, **unchanged(item, ("v",))}

    def _same_version(self, account: Loaded[Account]) -> dict[str, Any]:
        return {
            "ConditionCheck": {
                "TableName": self._stores.ledger.table,
                "Key": items.head_key(account.account),
                "ConditionExpression": "v = :version",
                "ExpressionAttributeValues": {":version": number(account.version)},
            }
        }

    def _delete(self, table: str, item: Item, condition: Sequence[str]) -> bool:
        key = {"pk": item["pk"], "sk": item["sk"]}
        return _lands(self._stores.client.delete_item, TableName=table, Key=key, **unchanged(item, condition))


def _lands(operation: Callable[..., Any], **request: Any) -> bool:
    """Write under a condition; False if somebody was faster."""
    try:
        call(operation, **request)
    except ClientError as error:
        if error.response["Error"]["Code"] not in LOST:
            raise
        return False
    return True


def _is_wrong(row: Expected, item: Item | None) -> bool:
    """Whether a row that must stand does not, or shows something else; one that a rebuild has not come to may lack."""
    if item is None:
        return not row.part.filling
    return shown_version(item) != row.account.version or row.fault(item, slots_of(row.account)) is not None


def _by_account(page: Page, accounts: Collection[str], owner: Callable[[Item], str | None]) -> dict[str, list[Item]]:
    """The items of a page that belong to one of `accounts`."""
    found: dict[str, list[Item]] = {}
    for item in page:
        account = owner(item)
        if account is not None and account in accounts:
            found.setdefault(account, []).append(item)
    return found


def _owner(item: Item) -> str | None:
    """The account that a row of the views table is about."""
    pk: str = item["pk"]["S"]
    if pk == PARTITION:
        return str(item["sk"]["S"])
    return pk.rpartition("#")[2] if pk.startswith("V#") else None
