"""A dict in a DynamoDB client's place: keeps what is put, for making accounts quickly. No conditions."""

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.events.dynamo import Item
from chalicelib.events.reading import Place, place_of

Put = Mapping[str, Any]


class DictStore:
    """The three operations that making accounts needs; `items` are all that was put, by table and key."""

    def __init__(self) -> None:
        self.items: dict[Place, Item] = {}

    def get_item(self, **request: Any) -> dict[str, Any]:
        """GetItem."""
        item = self.items.get(place_of(request["TableName"], request["Key"]))
        return {} if item is None else {"Item": item}

    def put_item(self, **request: Any) -> dict[str, Any]:
        """PutItem, whatever stands there."""
        self.items[place_of(request["TableName"], request["Item"])] = request["Item"]
        return {}

    def transact_write_items(self, **request: Any) -> dict[str, Any]:
        """TransactWriteItems of puts alone, whatever stands there."""
        for operation in request["TransactItems"]:
            self.put_item(**operation["Put"])
        return {}

    def partition(self, table: str, pk: str) -> Sequence[Item]:
        """The items of one partition, by sort key."""
        places = sorted(place for place in self.items if place[:2] == (table, pk))
        return [self.items[place] for place in places]


class OneKeyService:
    """The key service of a benchmark: one key-encryption key, always the same."""

    def generate_data_key_without_plaintext(self, **_: object) -> dict[str, bytes]:
        """A wrapped key; what is in it does not matter."""
        return {"CiphertextBlob": b"wrapped"}

    def decrypt(self, **_: object) -> dict[str, bytes]:
        """The key-encryption key."""
        return {"Plaintext": bytes(range(32))}
