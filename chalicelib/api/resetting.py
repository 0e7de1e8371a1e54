"""Choosing a new password by a mailed link: asking for it, and using it (spec 40, section 7).

Whether somebody has an address must not show: asking reads, writes and mails as much for one that nobody has.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta

from chalicelib.accounts.access import Hashed, ResetLink, may_reset, require_open, reset_password
from chalicelib.accounts.account import Account
from chalicelib.accounts.errors import DeadLinkError
from chalicelib.accounts.rules.fault import RuleError
from chalicelib.accounts.rules.passwords import new_password
from chalicelib.api import csrf
from chalicelib.api.addresses import LEASE_SECONDS
from chalicelib.api.authentication import identify
from chalicelib.api.errors import ForgedRequestError
from chalicelib.api.login import DECOY, failures_of
from chalicelib.api.routing import Exchange
from chalicelib.api.services import Services, context
from chalicelib.events.aggregate import Decision
from chalicelib.events.claims import Claim, ClaimKind, normalised
from chalicelib.events.errors import ClaimTakenError, StoreUnavailableError
from chalicelib.events.event import Actor, Proof, Role
from chalicelib.events.items import fingerprint
from chalicelib.events.reading import Wanted
from chalicelib.identity import reset_links
from chalicelib.leases import account_lease
from chalicelib.mail.message import Message
from chalicelib.mail.passwords import password_changed_notice, password_reset_mail
from chalicelib.mail.port import MailUnavailableError

NOBODY = "nobody@example.com"
"""Stands in a mail that is not sent for an address that may not even be one."""

LONGEST_ADDRESS = 320
ABOUT_THE_ADDRESS = frozenset({"MessageRejected", "InvalidDomain", "InvalidParameterValue"})
"""What the mail service says when it takes mail, but none for this address."""

log = logging.getLogger("rollcall.api")


@dataclass(frozen=True)
class _Addressee:
    account: Account
    address: str
    to_recovery: bool


def mail_link(exchange: Exchange, typed: str) -> None:
    """Mail a link to whoever has the confirmed address `typed`, and may have one; or take as long.

    Raises `MailUnavailableError` for both alike.
    """
    services, settings = exchange.services, exchange.services.settings
    found = _addressee(services, typed)
    secret = services.random_bytes(reset_links.SECRET_BYTES)
    expires = services.clock() + timedelta(seconds=settings.password_reset_seconds)
    link = ResetLink(
        found.account.id if found else services.random_bytes(16).hex(),
        found.account.way_in if found else 1,
        found.to_recovery if found else False,
        expires,
    )
    mail = password_reset_mail(
        found.address if found else NOBODY,
        reset_links.make(link.account, secret),
        lifetime=settings.password_reset_seconds,
        base_url=settings.base_url,
        platform_name=settings.platform_name,
        language=_language(found.account) if found else "en",
    )
    # Mailed first: a link that cannot be mailed must not end the one before.
    if not _sent(services, mail, pretended=found is None):
        return
    if found is None:
        services.reset_links.pretend(link, secret, services.clock())
    else:
        services.reset_links.open(link, secret)


def _sent(services: Services, mail: Message, *, pretended: bool) -> bool:
    """Hand a mail over; false if it is the address that the mail service refuses, which nobody is told."""
    try:
        services.mailer.pretend(mail) if pretended else services.mailer.send(mail)
    except MailUnavailableError as error:
        if error.reason not in ABOUT_THE_ADDRESS:
            raise
        log.warning("reset link not mailed", extra={"error": error.reason})
        return False
    return True


def open_link(services: Services, text: str) -> tuple[ResetLink, Account]:
    """The open link that `text` is, and its account; raises `DeadLinkError`. Nothing is used up."""
    parsed = reset_links.parse(text)
    link = services.reset_links.find(*parsed, services.clock()) if parsed else None
    loaded = services.ledger.load(link.account) if link else None
    if link is None or loaded is None:
        raise DeadLinkError
    require_open(loaded.state, link, services.clock())
    return link, loaded.state


def use_link(exchange: Exchange, text: str, first: object, second: object) -> None:
    """Give the account of the link the password that was typed twice.

    Raises `DeadLinkError`; `RuleError` for a password that cannot be, after which the link still works; and
    `MailUnavailableError` if the notice cannot be sent, likewise.
    """
    services = exchange.services
    link, account = open_link(services, text)
    password = _acceptable(services, account, first, second)
    password_hash = services.passwords.hash(password)
    hashed = Hashed(password_hash, fingerprint(password_hash))
    kept = _own_session(exchange, account)
    actor = Actor(account=account.id, role=Role.OWNER, proof=Proof.LINK)

    def decide(state: Account) -> Decision:
        return reset_password(state, link, hashed, kept, context(services, actor, exchange.request.request_id))

    with services.leases.hold([account_lease(account.id)], services.random_bytes(16).hex(), LEASE_SECONDS):
        _, account = open_link(services, text)
        _notify(services, account, link)
        try:
            services.ledger.execute(account.id, decide)
        except ClaimTakenError:
            raise DeadLinkError from None
    services.lockout.clear(failures_of(services, account.id))
    _end_sessions(services, account.id, kept)


def _end_sessions(services: Services, account: str, kept: str | None) -> None:
    """Tidy up: the tokens of all other sessions are dead already, and the password is set whatever happens here."""
    try:
        services.sessions.end_others(account, kept)
    except StoreUnavailableError as error:
        log.warning("sessions not deleted yet", extra={"account": account, "error": type(error).__name__})


def _addressee(services: Services, typed: str) -> _Addressee | None:
    claim = Claim(ClaimKind.EMAIL, typed[:LONGEST_ADDRESS])
    holder = services.ledger.holders([claim]).get(claim, DECOY)
    loaded = services.ledger.read(Wanted(accounts=[holder])).account(holder)
    if loaded is None or not may_reset(loaded.state):
        return None
    account = loaded.state
    if normalised(account.email) == normalised(typed):
        return _Addressee(account, account.email, to_recovery=False)
    if account.recovery_email is not None and normalised(account.recovery_email) == normalised(typed):
        return _Addressee(account, account.recovery_email, to_recovery=True)
    return None


def _acceptable(services: Services, account: Account, first: object, second: object) -> str:
    if not isinstance(first, str) or not isinstance(second, str) or not first:
        raise RuleError("Both passwords are needed.", "Enter the new password twice.")
    if first != second:
        raise RuleError("The passwords differ.", "The two passwords are not the same.")
    password = new_password(first, username=account.username, email=account.email)
    if account.recovery_email is not None:
        new_password(first, email=account.recovery_email)
    policy = services.policy
    if policy.breach_check_at_reset and policy.breached_password is not None and policy.breached_password(password):
        raise RuleError("The password is known from a breach.", "This password is known from a data breach.")
    return password


def _own_session(exchange: Exchange, account: Account) -> str | None:
    """The session that sets the password, if it is the account's: it goes on."""
    caller = identify(exchange.services, exchange.request)
    if caller is None or caller.account.id != account.id:
        return None
    try:
        if caller.by_cookies:
            csrf.require(exchange.services, exchange.request)
    except ForgedRequestError:
        return None
    return caller.session


def _notify(services: Services, account: Account, link: ResetLink) -> None:
    """Tell the account's address, and the recovery address if that takes its place."""
    told = [account.email] if not link.to_recovery else [account.email, account.recovery_email or account.email]
    platform = services.settings.platform_name
    for address in told:
        notice = password_changed_notice(address, platform_name=platform, language=_language(account))
        services.mailer.send(notice)


def _language(account: Account) -> str:
    return account.preferences.get("pref-lang", "en")


def message_of(error: RuleError) -> str:
    """What a person is told of a password that cannot be."""
    return error.fault.user_message
