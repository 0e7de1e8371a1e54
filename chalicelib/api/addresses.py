"""Changing addresses: the mails before the commit, and the links (spec 10, section 9)."""

from collections.abc import Callable, Iterable, Mapping

from pydantic import JsonValue

from chalicelib.accounts.account import Account
from chalicelib.accounts.addresses import (
    ADDRESS_FIELDS,
    EMAIL,
    RETIRED,
    AddressRequests,
    Owner,
    asked_addresses,
    confirm_email,
    confirm_secondary_email,
    deliverable,
)
from chalicelib.accounts.context import Context
from chalicelib.accounts.errors import AddressTakenError, DeadLinkError, StoringRefusedError
from chalicelib.accounts.rules.addresses import in_domain
from chalicelib.accounts.rules.fault import Fault
from chalicelib.api.answers import keyed_page
from chalicelib.api.errors import LinkFailedError
from chalicelib.api.linked_pages import frame_of, linked_page
from chalicelib.api.login import DECOY
from chalicelib.api.routing import Area, Exchange, Responds
from chalicelib.api.services import Services, context
from chalicelib.events.aggregate import Decision, Loaded
from chalicelib.events.claims import Claim, ClaimKind, normalised
from chalicelib.events.errors import ClaimTakenError, DuplicateCommandError
from chalicelib.events.event import Actor, Proof, Role
from chalicelib.events.idempotency import Answer, Command, read_record, record_key
from chalicelib.events.ledger import Committed
from chalicelib.events.reader import RETIRED as RETIRED_OWNER
from chalicelib.events.reading import Wanted
from chalicelib.identity import links
from chalicelib.leases import account_lease
from chalicelib.mail.addresses import changed_notice, email_change_mail, secondary_email_mail
from chalicelib.mail.message import Message
from chalicelib.mail.port import MailUnavailableError

area = Area("Addresses")
LEASE_SECONDS = 30
LINK_ANSWERS: Mapping[int, Responds] = {
    200: Responds("The address is confirmed.", None, "text/html"),
    404: Responds("The link leads nowhere (any more).", None, "text/html"),
    409: Responds("Somebody has the address by now; nothing has changed.", None, "text/html"),
    503: Responds("A notice could not be sent; nothing has changed, and the link still works.", None, "text/html"),
}
Confirm = Callable[[Account, str, Owner | None, Context], Decision]


def wants_addresses(patch: Mapping[str, JsonValue]) -> bool:
    """Whether a patch asks for an address, well-formed or not."""
    return any(name in patch for name in ADDRESS_FIELDS)


def change_with_mail(
    services: Services,
    own: Loaded[Account],
    patch: Mapping[str, JsonValue],
    decide: Callable[[Account, AddressRequests], Decision],
    command: Command[Account] | None,
) -> Committed[Account]:
    """Carry out a patch that asks for addresses: the links are mailed first, then all of it is stored.

    The account is leased meanwhile, so that a writer who lost a race decides again without a second mail. Raises
    `StoringRefusedError` if a mail cannot be sent: then nothing is stored.
    """
    asked = asked_addresses(patch)
    secrets = {name: services.random_bytes(32) for name in asked}
    with services.leases.hold([account_lease(own.account)], services.random_bytes(16).hex(), LEASE_SECONDS):
        refuse_twin(services, command)
        found = _owners(services, asked)
        requests = AddressRequests(found, {name: links.digest(secret) for name, secret in secrets.items()})
        loaded = services.ledger.load(own.account) or own
        decide(loaded.state, requests)
        for name in ADDRESS_FIELDS:
            if name in asked:
                key = links.make(own.account, secrets[name])
                _mail_link(services, name, asked[name], key, send=deliverable(name, requests))
        return services.ledger.execute(own.account, lambda account: decide(account, requests), command, first=loaded)


@area.route("GET", "/email_confirm/{key}", summary="Confirm a new address", public=True, answers=LINK_ANSWERS)
def open_email_link(exchange: Exchange) -> Answer:
    """Make the address that the link was mailed to the account's own, and tell both the old and the new one."""
    return _open(exchange, confirm_email, lambda account: account.pending_email, _notices)


@area.route("POST", "/email_confirm/{key}", summary="Confirm a new address", public=True, answers=LINK_ANSWERS)
def post_email_link(exchange: Exchange) -> Answer:
    """As GET."""
    return open_email_link(exchange)


@area.route(
    "GET", "/activate_secondary_email/{key}", summary="Confirm a recovery address", public=True, answers=LINK_ANSWERS
)
def open_secondary_link(exchange: Exchange) -> Answer:
    """Make the address that the link was mailed to the account's recovery address."""
    return _open(exchange, confirm_secondary_email, lambda account: account.pending_secondary_email, lambda *_: [])


@area.route(
    "POST", "/activate_secondary_email/{key}", summary="Confirm a recovery address", public=True, answers=LINK_ANSWERS
)
def post_secondary_link(exchange: Exchange) -> Answer:
    """As GET."""
    return open_secondary_link(exchange)


def _open(
    exchange: Exchange,
    confirm: Confirm,
    pending: Callable[[Account], str | None],
    notices: Callable[[Services, Account, str], Iterable[Message]],
) -> Answer:
    """Open a link: notices first, then the commit, under leases of the account and of the address."""
    services = exchange.services
    parsed = links.parse(exchange.request.parameters["key"])
    loaded = services.ledger.load(parsed[0]) if parsed else None
    address = pending(loaded.state) if loaded else None
    if parsed is None or loaded is None or address is None:
        raise DeadLinkError
    if exchange.request.method == "HEAD":
        return keyed_page("")
    account_id, digest = parsed
    actor = Actor(account=account_id, role=Role.OWNER, proof=Proof.LINK)
    leases = [account_lease(account_id), _address_lease(services, address)]
    with services.leases.hold(leases, services.random_bytes(16).hex(), LEASE_SECONDS):
        owner = _owners(services, {EMAIL: address})[EMAIL]

        def decide(account: Account) -> Decision:
            if pending(account) != address:
                raise DeadLinkError
            return confirm(account, digest, owner, context(services, actor, exchange.request.request_id))

        loaded = services.ledger.load(account_id) or loaded
        decide(loaded.state)
        send_all(services, notices(services, loaded.state, address))
        try:
            services.ledger.execute(account_id, decide, first=loaded)
        except ClaimTakenError:
            raise AddressTakenError from None
    return linked_page("address_confirmed.html", frame_of(services.settings, exchange.request))


def refuse_twin(services: Services, command: Command[Account] | None) -> None:
    """Raise `DuplicateCommandError` if a twin of this request held the lease before: its link is mailed already."""
    if command is None:
        return
    place = record_key(command.caller, command.key_digest)
    item = services.ledger.read(Wanted(items={services.ledger.table: [place]})).item(services.ledger.table, place)
    if item is not None and read_record(item, command.now) is not None:
        raise DuplicateCommandError


def _owners(services: Services, asked: Mapping[str, str]) -> dict[str, Owner | None]:
    """Who has the addresses asked for, by field; as many reads of the same kind for free ones as for taken ones."""
    claims = {name: Claim(ClaimKind.EMAIL, address) for name, address in asked.items()}
    owners = services.ledger.owners(list(claims.values())) if claims else {}
    held_by = {name: owners.get(claim, DECOY) for name, claim in claims.items()}
    accounts = {each.account: each.state for each in services.ledger.load_many(list(held_by.values()))}
    domain = services.settings.retired_email_domain
    return {
        name: RETIRED
        if held_by[name] == RETIRED_OWNER or in_domain(address, domain)
        else _owner(accounts.get(held_by[name]), address)
        for name, address in asked.items()
    }


def _owner(holder: Account | None, address: str) -> Owner | None:
    return None if holder is None else Owner(holder.id, primary=normalised(holder.email) == normalised(address))


def _mail_link(services: Services, name: str, address: str, key: str, *, send: bool) -> None:
    """Mail a link, or do as much work without mailing it, so that the time tells nothing."""
    make = email_change_mail if name == EMAIL else secondary_email_mail
    settings = services.settings
    message = make(address, key, base_url=settings.base_url, platform_name=settings.platform_name)
    try:
        services.mailer.send(message) if send else services.mailer.pretend(message)
    except MailUnavailableError:
        fault = Fault(
            "The mail could not be handed over; nothing was changed.", "We could not send the mail. Try again."
        )
        raise StoringRefusedError(name, fault) from None


def _notices(services: Services, account: Account, address: str) -> list[Message]:
    platform = services.settings.platform_name
    language = account.preferences.get("pref-lang", "en")
    return [changed_notice(to, platform_name=platform, language=language) for to in (account.email, address)]


def send_all(services: Services, messages: Iterable[Message]) -> None:
    """Hand notices over before what they tell of; raises `LinkFailedError` if one cannot be sent."""
    try:
        for message in messages:
            services.mailer.send(message)
    except MailUnavailableError:
        raise LinkFailedError from None


def _address_lease(services: Services, address: str) -> str:
    """The same for every spelling of an address, and without it."""
    return f"address:{services.digests.of('lease', normalised(address).encode())}"
