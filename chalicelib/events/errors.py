"""What can go wrong in the store. None of these texts holds anything personal."""

from collections.abc import Sequence


class StoreError(Exception):
    """Anything that the event store raises."""


class VersionConflictError(StoreError):
    """Somebody else committed first: load, decide and append again."""


class TransactionConflictError(VersionConflictError):
    """Another transaction touched one of the items in the same moment; nothing says that it changed any."""


class TransactionTooLargeError(StoreError):
    """A commit of more items than DynamoDB writes at once: decide on less."""

    def __init__(self, items: int) -> None:
        super().__init__(f"a commit of {items} items")
        self.items = items


class ClaimTakenError(StoreError):
    """Another account holds a claim; `kinds` says which (`username`, `email`, ...)."""

    def __init__(self, kinds: Sequence[str]) -> None:
        super().__init__(f"taken: {', '.join(kinds)}")
        self.kinds = tuple(kinds)


class DuplicateCommandError(StoreError):
    """The idempotency key was used before; read its record and answer from that."""


class StoreUnavailableError(StoreError):
    """DynamoDB throttles or cannot be reached. Nothing is known to be lost; try again later."""


class TooContendedError(StoreUnavailableError):
    """A command lost the race for its account too often; try again later."""


class UnknownAccountError(StoreError):
    """There is no such account."""


class CorruptItemError(StoreError):
    """An item is not what was written: the digest, the seal or the format does not hold.

    `item` is the item's kind and version, never content.
    """

    def __init__(self, account: str, item: str, why: str) -> None:
        super().__init__(f"account {account}, {item}: {why}")
        self.account = account
        self.item = item
        self.why = why


class UnknownEventTypeError(StoreError):
    """A type or schema number that this release does not know: deploy the newer one. Never dropped."""

    def __init__(self, type_name: str, schema: int) -> None:
        super().__init__(f"unknown event type {type_name} with schema {schema}")
        self.type_name = type_name
        self.schema = schema


class KeyServiceUnavailableError(StoreError):
    """KMS cannot be reached. This never means that a key is gone."""


class UnknownKeyError(StoreError):
    """There is no key row although something was sealed with it: a fault, to be looked into."""

    def __init__(self, subject: str, purpose: str) -> None:
        super().__init__(f"no {purpose} key for {subject}")
        self.subject = subject
        self.purpose = purpose


class ErasedKeyError(StoreError):
    """The key was destroyed on purpose: what it sealed is gone for good, and nothing more can be sealed with it.

    `through` is the version of the fence, where it was read.
    """

    def __init__(self, subject: str, purpose: str, through: int | None = None) -> None:
        fence = "" if through is None else f" through version {through}"
        super().__init__(f"the {purpose} key of {subject} is erased{fence}")
        self.subject = subject
        self.purpose = purpose
        self.through = through
