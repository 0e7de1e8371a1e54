"""Every DynamoDB table once, as a PynamoDB model: keys, attribute names, what they hold.

The models create the tables of the local stage, and serve the tables that are not on the path of each
request. What is (the ledger and the keys) is read and written by `chalicelib.events.dynamo` with the same
attribute names, because a model call costs more there: see docs/decisions/004-below-pynamodb.md.
"""

from dataclasses import dataclass
from typing import Any, TypeVar, cast

from pynamodb.attributes import BinaryAttribute, JSONAttribute, ListAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PynamoDBException
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model


class LedgerItem(Model):
    """Heads, events, claims, idempotency records, credentials and counters; `sk` says which.

    Stream: NEW_IMAGE. Point-in-time recovery: on.
    """

    class Meta:
        """Name suffix and stream; the name itself is bound with `bind_tables`."""

        table_name = "ledger"
        billing_mode = "PAY_PER_REQUEST"
        stream_view_type = "NEW_IMAGE"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    version = NumberAttribute(attr_name="v", null=True)
    plain = UnicodeAttribute(attr_name="p", null=True)
    profile = BinaryAttribute(attr_name="profile", null=True, legacy_encoding=False)
    retirement = BinaryAttribute(attr_name="retirement", null=True, legacy_encoding=False)
    partner = BinaryAttribute(attr_name="partner", null=True, legacy_encoding=False)
    digest = BinaryAttribute(attr_name="d", null=True, legacy_encoding=False)
    last = UnicodeAttribute(attr_name="last", null=True)
    account = UnicodeAttribute(attr_name="a", null=True)
    tally = NumberAttribute(attr_name="n", null=True)
    expires = NumberAttribute(attr_name="expires", null=True)


class KeyItem(Model):
    """Wrapped data keys, one a subject and purpose, and the wrapped key-encryption keys.

    No stream, no export, no replica; point-in-time recovery of one day or none. The row of a data key is never deleted.
    """

    class Meta:
        """See `LedgerItem.Meta`."""

        table_name = "keys"
        billing_mode = "PAY_PER_REQUEST"

    pk = UnicodeAttribute(hash_key=True)
    state = UnicodeAttribute()
    wrapped = BinaryAttribute(null=True, legacy_encoding=False)
    kek = UnicodeAttribute(null=True)
    fingerprint = UnicodeAttribute()
    through = NumberAttribute(null=True)
    at = UnicodeAttribute()


class ErasureItem(Model):
    """The erasure ledger: every data key that was destroyed, and nothing personal.

    Point-in-time recovery: on; restored apart from the others, it says what a restored table must forget again.
    """

    class Meta:
        """See `LedgerItem.Meta`."""

        table_name = "erasures"
        billing_mode = "PAY_PER_REQUEST"

    pk = UnicodeAttribute(hash_key=True)
    account = UnicodeAttribute()
    through = NumberAttribute()
    at = UnicodeAttribute()
    fingerprint = UnicodeAttribute(null=True)
    event = UnicodeAttribute(null=True)
    retired_username = UnicodeAttribute(null=True)
    retired_email = UnicodeAttribute(null=True)
    username_digits: ListAttribute[str] = ListAttribute(null=True)
    email_digits: ListAttribute[str] = ListAttribute(null=True)
    envelope = UnicodeAttribute(null=True)


class ShortLivedItem(Model):
    """What runs out by itself: sessions, failure counters, leases, running batches. `expires` is checked on each read.

    No stream, no backups; TTL on `expires` (Unix seconds), which is only a broom.
    """

    class Meta:
        """See `LedgerItem.Meta`."""

        table_name = "short-lived"
        billing_mode = "PAY_PER_REQUEST"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    expires = NumberAttribute()
    tally = NumberAttribute(attr_name="n", null=True)
    owner = UnicodeAttribute(null=True)
    data = JSONAttribute(null=True)


class ClientItem(Model):
    """OAuth clients: their grants, the hash of their secret, the account they speak as."""

    class Meta:
        """See `LedgerItem.Meta`."""

        table_name = "clients"
        billing_mode = "PAY_PER_REQUEST"

    client_id = UnicodeAttribute(hash_key=True)
    secret_hash = UnicodeAttribute(null=True)
    grants = JSONAttribute()
    account = UnicodeAttribute(null=True)


class ByIndex(GlobalSecondaryIndex["ViewItem"]):  # type: ignore[no-untyped-call]  # PynamoDB's own hook
    """View rows by what they are looked for: `<view>#<generation>#<group>#<write shard>`, in the order of `place`."""

    class Meta:
        """Sparse: a row that nobody looks for this way, and a tombstone, has neither attribute."""

        index_name = "by-index"
        projection = AllProjection()

    index = UnicodeAttribute(hash_key=True)
    place = UnicodeAttribute(range_key=True)


class ViewItem(Model):
    """View rows (`V#<view>#...`) and quarantined accounts (partition `Q`): all that projections write."""

    class Meta:
        """See `LedgerItem.Meta`."""

        table_name = "views"
        billing_mode = "PAY_PER_REQUEST"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    version = NumberAttribute(attr_name="v")
    row = UnicodeAttribute(null=True)
    sealed = BinaryAttribute(null=True, legacy_encoding=False)
    index = UnicodeAttribute(null=True)
    place = UnicodeAttribute(null=True)
    by_index = ByIndex()


def error_code(error: PynamoDBException) -> str | None:
    """DynamoDB's code of an error; null for one without an answer, a time-out for instance.

    PynamoDB's own `cause_response_code` fails on these: their response is null.
    """
    response = getattr(error.cause, "response", None)
    return str(response["Error"]["Code"]) if response else None


M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Tables:
    """The models of one stage, bound to its table names and its client."""

    ledger: type[LedgerItem]
    keys: type[KeyItem]
    erasures: type[ErasureItem]
    short_lived: type[ShortLivedItem]
    clients: type[ClientItem]
    views: type[ViewItem]

    def all(self) -> tuple[type[Model], ...]:
        """Every table, in the order in which they are created."""
        return (self.ledger, self.keys, self.erasures, self.short_lived, self.clients, self.views)

    def create(self) -> None:
        """Create the tables that do not exist yet (local stage and tests)."""
        for table in self.all():
            if not table.exists():
                table.create_table(wait=True)


def bind_tables(prefix: str, client: Any) -> Tables:
    """The tables named `<prefix>-<suffix>`, all on one botocore DynamoDB client."""

    def bind(model: type[M]) -> type[M]:
        meta = {key: value for key, value in vars(model.Meta).items() if not key.startswith("__")}
        meta |= {"table_name": f"{prefix}-{model.Meta.table_name}", "region": client.meta.region_name}
        members = {"Meta": type("Meta", (), meta), "__doc__": model.__doc__}
        bound = cast("type[M]", type(model.__name__, (model,), members))
        bound._get_connection().connection._client = client
        return bound

    return Tables(
        ledger=bind(LedgerItem),
        keys=bind(KeyItem),
        erasures=bind(ErasureItem),
        short_lived=bind(ShortLivedItem),
        clients=bind(ClientItem),
        views=bind(ViewItem),
    )
