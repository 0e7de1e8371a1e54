"""Idempotency-Key: the same command again gets its first answer (spec 50, section 4)."""

from collections.abc import Callable

from chalicelib.accounts.account import Account
from chalicelib.api.authentication import Caller
from chalicelib.api.errors import KeyReusedError, MalformedRequestError
from chalicelib.api.request import Request
from chalicelib.api.services import Services
from chalicelib.events.classification import Purpose
from chalicelib.events.dynamo import Item
from chalicelib.events.idempotency import Answer, Command, read_record, record_key
from chalicelib.events.reading import Wanted

HEADER = "idempotency-key"
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
LONGEST_KEY = 255


def key_of(request: Request) -> str | None:
    """The request's idempotency key, or null; raises `MalformedRequestError` for one that cannot be."""
    key = request.headers.get(HEADER)
    if key is None or request.method not in UNSAFE:
        return None
    if not 1 <= len(key) <= LONGEST_KEY or not (key.isascii() and key.isprintable()):
        raise MalformedRequestError("An Idempotency-Key has 1 to 255 printable characters.")
    return key


def record_places(services: Services, request: Request, account: str) -> list[Item]:
    """Where the record of this request stands, to be read along with the caller; nowhere without a usable key."""
    key = request.headers.get(HEADER)
    return [] if key is None or request.method not in UNSAFE else [_place(services, key, account)]


def _place(services: Services, key: str, account: str) -> Item:
    return record_key(account, key_digest(services, key))


def key_digest(services: Services, key: str) -> str:
    """What stands for an idempotency key."""
    return services.digests.of("idempotency-key", key.encode("utf-8", "surrogatepass"))


def command(
    services: Services, request: Request, caller: Caller, answer: Callable[[Account, int], Answer]
) -> Command[Account] | None:
    """What the ledger stores along with the events, if the request has a key."""
    key = key_of(request)
    if key is None:
        return None
    return Command(
        caller=caller.account.id,
        key_digest=key_digest(services, key),
        request_digest=request_digest(services, request),
        now=int(services.clock().timestamp()),
        answer=answer,
    )


def replay(services: Services, request: Request, caller: Caller) -> Answer | None:
    """The first answer if the key was used before, read along with the caller; raises `KeyReusedError`."""
    key = key_of(request)
    if key is None:
        return None
    item = caller.reading.item(services.ledger.table, _place(services, key, caller.account.id))
    return None if item is None else _first_answer(services, request, item)


def replay_after_race(services: Services, request: Request, caller: Caller) -> Answer | None:
    """The answer of the twin that was faster."""
    key = key_of(request)
    if key is None:
        return None
    place = _place(services, key, caller.account.id)
    item = services.ledger.read(Wanted(items={services.ledger.table: [place]})).item(services.ledger.table, place)
    return None if item is None else _first_answer(services, request, item)


def _first_answer(services: Services, request: Request, item: Item) -> Answer | None:
    record = read_record(item, int(services.clock().timestamp()))
    if record is None:
        return None
    if record.request_digest != request_digest(services, request):
        raise KeyReusedError
    first = record.answer(lambda: services.ledger.keys.load(record.account, Purpose.PROFILE))
    return Answer(first.status, {**first.headers, "Idempotent-Replayed": "true"}, first.body)


def request_digest(services: Services, request: Request) -> str:
    """What stands for a request: its method, path, query and body."""
    query = repr(sorted((name, list(values)) for name, values in request.query.items()))
    return services.digests.of(
        "request",
        request.method.encode(),
        request.path.encode(),
        query.encode("utf-8", "surrogatepass"),
        request.body,
    )
