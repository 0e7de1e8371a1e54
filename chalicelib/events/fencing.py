"""Destroying again the keys that the erasure ledger names: a restored keys table has them back (spec 50, section 6)."""

from collections.abc import Iterator, Sequence
from typing import Any

from chalicelib.events.dynamo import Item, batch_get, call, number, text
from chalicelib.events.erasures import Erasure
from chalicelib.events.keys import KeyRing, KeyState
from chalicelib.events.sealing import subject_of

WRAPPED = ("wrapped", "kek")


class Fencing:
    """Puts fences back. Arguments: a botocore client and the key ring with its table."""

    def __init__(self, client: Any, ring: KeyRing) -> None:
        self._client = client
        self._ring = ring

    def missing(self, erasures: Sequence[Erasure]) -> Iterator[Erasure]:
        """Those whose key's row says anything else than that it is destroyed. Raises `StoreUnavailableError`."""
        wanted = {self._name(erasure): erasure for erasure in erasures}
        keys = [{"pk": text(name)} for name in wanted]
        rows = {row["pk"]["S"]: row for row in batch_get(self._client, {self._ring.table: keys})[self._ring.table]}
        return (erasure for name, erasure in wanted.items() if not _is_fence(rows.get(name)))

    def fence(self, erasure: Erasure) -> None:
        """Overwrite the key's row, or make it, as the ledger says; a fence that stands keeps what it says.

        Raises `StoreUnavailableError`.
        """
        subject = subject_of(erasure.account, erasure.row)
        if not self._overwrite(erasure):
            self._strip(erasure)
        self._ring.forget(subject, erasure.purpose)

    def _overwrite(self, erasure: Erasure) -> bool:
        """Destroy the key, unless its row says already that it is."""
        return self._update(
            erasure,
            "SET #state = :erased, through = :through, #at = :at, "
            "fingerprint = if_not_exists(fingerprint, :fingerprint) REMOVE #wrapped, kek",
            "attribute_not_exists(pk) OR #state <> :erased",
            {"#state": "state", "#at": "at", "#wrapped": "wrapped"},
            {
                ":erased": text(KeyState.ERASED),
                ":through": number(erasure.through),
                ":at": text(erasure.at),
                ":fingerprint": text(erasure.fingerprint),
            },
        )

    def _strip(self, erasure: Erasure) -> None:
        """Take away what a fence still holds to unwrap."""
        self._update(erasure, "REMOVE #wrapped, kek", "attribute_exists(pk)", {"#wrapped": "wrapped"}, None)

    def _update(
        self, erasure: Erasure, update: str, condition: str, names: dict[str, str], values: Item | None
    ) -> bool:
        request = {
            "TableName": self._ring.table,
            "Key": {"pk": text(self._name(erasure))},
            "UpdateExpression": update,
            "ConditionExpression": condition,
            "ExpressionAttributeNames": names,
        }
        if values is not None:
            request["ExpressionAttributeValues"] = values
        try:
            call(self._client.update_item, **request)
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def _name(self, erasure: Erasure) -> str:
        return self._ring.partition_key(subject_of(erasure.account, erasure.row), erasure.purpose)


def _is_fence(row: Item | None) -> bool:
    return row is not None and row["state"]["S"] == KeyState.ERASED and not any(name in row for name in WRAPPED)
