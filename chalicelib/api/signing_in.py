"""Signing in with a browser: what is checked, what is answered, and the cookies (spec 40, sections 2 and 3)."""

from typing import Any

from chalicelib.accounts.account import Account
from chalicelib.accounts.registration import request_activation
from chalicelib.api.addresses import LEASE_SECONDS
from chalicelib.api.cookies import session_cookies
from chalicelib.api.errors import SignInError
from chalicelib.api.limits import source_of, within
from chalicelib.api.login import Login, LoginRefusedError, begin, verify
from chalicelib.api.routing import Exchange
from chalicelib.api.services import Services, context
from chalicelib.events.aggregate import Decision
from chalicelib.events.claims import normalised
from chalicelib.events.event import Actor, Proof, Role
from chalicelib.identity import links
from chalicelib.identity.session import SessionKind
from chalicelib.leases import account_lease
from chalicelib.mail.activation import activation_mail


def sign_in(exchange: Exchange, name: str, password: str, *, addresses_only: bool = False) -> Login:
    """Begin a browser's session, and end the one that the browser had. Raises `SignInError`.

    An account that is not active gets another activation link instead, if the password is right.
    """
    services, request = exchange.services, exchange.request
    _limit(exchange, name)
    try:
        verified = verify(services, name, password, addresses_only=addresses_only)
        if not verified.loaded.state.active:
            _mail_activation(exchange, verified.loaded.state)
            raise _inactive(services, name)
        login = begin(services, request, verified, SessionKind.BROWSER)
    except LoginRefusedError as refusal:
        raise _refused(services, name, refusal) from None
    services.sessions.revoke_token(request.cookies.get(services.settings.cookie_refresh_name, ""))
    return login


def cookies_of(exchange: Exchange, login: Login) -> tuple[str, ...]:
    """The cookies that carry a login."""
    return session_cookies(login.access_token, login.refresh_token, exchange.request, exchange.services.settings)


def unreadable(name: str) -> SignInError:
    """A form without a name or a password."""
    return SignInError("Enter your username or address and your password.", typed=name)


def _limit(exchange: Exchange, name: str) -> None:
    services, settings = exchange.services, exchange.services.settings
    source, seconds = source_of(services, exchange.request), settings.login_window_seconds
    if not within(services, "login-source", source, settings.login_source_limit, seconds) or not within(
        services, "login-name", normalised(name), settings.login_name_limit, seconds
    ):
        raise SignInError("Too many logins. Try again in a few minutes.", typed=name)


def _refused(services: Services, name: str, refusal: LoginRefusedError) -> SignInError:
    """What is told of a wrong password: the same whether or not somebody has the name (B7)."""
    settings = services.settings
    limit, failures = settings.login_failure_limit, refusal.failures
    if refusal.locked or failures >= limit:
        minutes = settings.login_lockout_minutes
        return SignInError(
            f"Too many wrong passwords. Try again in {minutes} minutes, or choose a new password.",
            code="account-locked-out",
            context={"locked_out_period": minutes},
            typed=name,
        )
    told: dict[str, Any] = {"failure_count": failures}
    if 2 * failures < limit:
        return SignInError(
            "The name or the password is not right.", code="incorrect-email-or-password", context=told, typed=name
        )
    remaining = limit - failures
    told |= {"remaining_attempts": remaining, "allowed_failure_attempts": limit}
    return SignInError(
        f"The name or the password is not right. Before logins are locked, {remaining} more can be wrong.",
        code="failed-login-attempt",
        context=told,
        typed=name,
    )


def _inactive(services: Services, name: str) -> SignInError:
    settings = services.settings
    return SignInError(
        "Your account is not active yet. We have sent you the mail with the link again.",
        code="inactive-user",
        context={"platformName": settings.platform_name, "supportLink": settings.support_link},
        typed=name,
    )


def _mail_activation(exchange: Exchange, account: Account) -> None:
    """Mail a fresh link, which replaces the one before."""
    services, settings = exchange.services, exchange.services.settings
    secret = services.random_bytes(32)
    actor = Actor(account=account.id, role=Role.OWNER, proof=Proof.PASSWORD)
    mail = activation_mail(
        account.email,
        links.make(account.id, secret),
        base_url=settings.base_url,
        platform_name=settings.platform_name,
        language=account.preferences.get("pref-lang", "en"),
    )

    def decide(state: Account) -> Decision:
        return request_activation(state, links.digest(secret), context(services, actor, exchange.request.request_id))

    with services.leases.hold([account_lease(account.id)], services.random_bytes(16).hex(), LEASE_SECONDS):
        services.mailer.send(mail)
        services.ledger.execute(account.id, decide)
