"""Heads read and opened many at a time, without what other processes or this one remember."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from chalicelib.accounts.account import Account
from chalicelib.events import items
from chalicelib.events.aggregate import Loaded
from chalicelib.events.classification import Purpose
from chalicelib.events.dynamo import Item, batch_get
from chalicelib.events.errors import KeyServiceUnavailableError, StoreError, StoreUnavailableError
from chalicelib.events.ledger import Ledger
from chalicelib.events.sealing import subject_of
from chalicelib.projections.key_rows import HeldKeys, KeyName, KeyRow, KeyRows


class Heads:
    """Reads heads. Arguments: a botocore client and the ledger."""

    def __init__(self, client: Any, ledger: Ledger[Account]) -> None:
        self._client = client
        self._ledger = ledger
        self._keys = KeyRows(client, ledger.keys)

    def read(self, accounts: Sequence[str]) -> dict[str, Loaded[Account] | None]:
        """The accounts of these ids; null for those that there are not. Those that cannot be read are left out."""
        table = self._ledger.table
        found = batch_get(self._client, {table: [items.head_key(account) for account in accounts]})[table]
        opened: dict[str, Loaded[Account] | None] = dict.fromkeys(accounts)
        for account, loaded in self.opened(found):
            if loaded is None:
                del opened[account]
            else:
                opened[account] = loaded
        return opened

    def opened(self, heads: Sequence[Item]) -> Iterator[tuple[str, Loaded[Account] | None]]:
        """The accounts of head items; null for those that cannot be read."""
        known = self.keys_of(heads)
        for head in heads:
            account = items.account_of(head)
            yield account, self._opened(head, account, HeldKeys(self._keys, account, known))

    def keys_of(self, found: Iterable[Item]) -> dict[KeyName, KeyRow]:
        """Every key that opens anything of these items of accounts, in few requests."""
        wanted: dict[KeyName, None] = {}
        account = ""
        for item in found:
            if item["pk"]["S"] != items.account_pk(account):
                account = items.account_of(item)
                wanted[account, Purpose.PROFILE] = None
            if "retirement" in item or "partner" in item:
                wanted |= {(subject_of(account, row), purpose): None for purpose, row in items.slots_of(item).items()}
        return self._keys.read(wanted)

    def held(self, account: str, known: dict[KeyName, KeyRow]) -> HeldKeys:
        """The keys of an account, out of those that were read."""
        return HeldKeys(self._keys, account, known)

    def _opened(self, head: Item, account: str, keys: HeldKeys) -> Loaded[Account] | None:
        try:
            if items.head_schema(head, account) == self._ledger.aggregate.state_schema:
                return items.read_head(head, account, keys, self._ledger.aggregate)
            return self._ledger.decode(head, account)
        except (StoreUnavailableError, KeyServiceUnavailableError):
            raise
        except (StoreError, LookupError, ValueError):  # whatever an item says that is not what was written
            return None
