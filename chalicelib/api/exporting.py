"""What is held on a person, as one document, written piece by piece so that memory is bounded (spec 50, section 2)."""

import json
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

from chalicelib.accounts.account import Account
from chalicelib.accounts.history import entry_of
from chalicelib.api.answers import json_text, redirect
from chalicelib.api.errors import GoneError
from chalicelib.api.history import require_readable, shown_entries
from chalicelib.api.representation import full_json, image_of
from chalicelib.api.routing import Area, Exchange, Responds
from chalicelib.events.aggregate import Loaded
from chalicelib.events.event import Event
from chalicelib.events.idempotency import Answer
from chalicelib.events.support import AccountDisabled, AccountEnabled, NameChangeRefused
from chalicelib.images.errors import PicturesUnavailableError
from chalicelib.retirement.moments import moment

area = Area("History")
CHUNK = 200
"""So many events are in memory at a time."""


@area.route(
    "GET",
    "/api/user/v1/accounts/{username}/export",
    summary="Everything that is held on a person",
    answers={
        200: Responds("The document, as an attachment.", {"type": "object"}),
        303: Responds("A large one can be fetched for ten minutes at the address in `Location`."),
        403: Responds("Neither the owner nor staff."),
        404: Responds("Nobody has this username."),
        410: Responds("The account has been erased."),
    },
)
def export_account(exchange: Exchange) -> Answer:
    """Account, preferences, history, pictures, comments of support, organisations and linked logins."""
    services = exchange.services
    found = require_readable(exchange)
    if found.state.erased:
        raise GoneError
    file_name = f"{found.state.username}-account.json"
    pieces = (piece.encode() for piece in document(exchange, found))
    head, size = [], 0
    for piece in pieces:
        head.append(piece)
        size += len(piece)
        if size > services.settings.export_direct_bytes:
            return _by_link(exchange, found.account, file_name, chain(head, pieces))
    disposition = f'attachment; filename="{file_name}"'
    return json_text(b"".join(head).decode(), Content_Disposition=disposition)


def document(exchange: Exchange, found: Loaded[Account]) -> Iterator[str]:
    """The pieces of the document, newest events first."""
    services, account = exchange.services, found.state
    image = image_of(services, account).model_dump(exclude={"has_image"}) if account.image else {}
    yield f'{{"account":{full_json(services, account)}'
    yield f',"preferences":{_json(account.preferences)},"images":{_json(image)},"orgs":{_json(account.orgs)}'
    logins = [{**login.model_dump(), "extra_data": json.loads(login.extra_data)} for login in account.social_logins]
    yield f',"social_logins":{_json(logins)},"history":['
    comments: list[dict[str, Any]] = []
    events = services.ledger.history(found.account, through=found.version, newest_first=True)
    comma = ""
    while chunk := list(islice(events, CHUNK)):
        comments += [comment for event in chunk if (comment := _comment(event)) is not None]
        for entry in shown_entries(exchange, account, [entry_of(event) for event in chunk]):
            yield comma + entry.model_dump_json()
            comma = ","
    yield f'],"support":{_json(comments)}}}'


def _by_link(exchange: Exchange, account: str, file_name: str, pieces: Iterator[bytes]) -> Answer:
    """Write the document into the private bucket, and send the reader there.

    Whoever was erased meanwhile leaves nothing behind.
    """
    services = exchange.services
    export = services.random_bytes(16).hex()
    try:
        services.exports.write(account, export, pieces)
    except PicturesUnavailableError:
        _refuse_erased(exchange, account, export)
        raise
    _refuse_erased(exchange, account, export)
    return redirect(services.exports.link(export, file_name), 303)


def _refuse_erased(exchange: Exchange, account: str, export: str) -> None:
    """Raise `GoneError` if the account was erased meanwhile, after the export is deleted."""
    loaded = exchange.services.ledger.load(account)
    if loaded is None or loaded.state.erased:
        exchange.services.exports.delete(account, export)
        raise GoneError


def _comment(event: Event) -> dict[str, Any] | None:
    """A comment of support, without the name of whoever wrote it."""
    if not isinstance(event, AccountDisabled | AccountEnabled | NameChangeRefused):
        return None
    disabled = None if isinstance(event, NameChangeRefused) else isinstance(event, AccountDisabled)
    return {
        "created": moment(event.at),
        "type": type(event).__name__,
        "comment": event.comment,
        "disabled": disabled,
    }


def _json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))
