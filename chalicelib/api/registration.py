"""Getting an account, and activating it (spec 00, "Creating accounts")."""

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from chalicelib.accounts.account import Account
from chalicelib.accounts.errors import DeadLinkError, RegistrationRefusedError
from chalicelib.accounts.registration import (
    Applicant,
    NewAccount,
    activate,
    check_applicant,
    refuse,
    register,
    taken_fault,
)
from chalicelib.accounts.rules.fault import Fault
from chalicelib.api import examples
from chalicelib.api.answers import json_answer, keyed_page
from chalicelib.api.bodies import FORM, JSON, form_or_json
from chalicelib.api.limits import limit_source
from chalicelib.api.linked_pages import frame_of, linked_page
from chalicelib.api.routing import Area, Exchange, Responds, Takes
from chalicelib.api.schemas import Registered, RegistrationForm
from chalicelib.api.services import Services, context
from chalicelib.events.aggregate import Decision
from chalicelib.events.claims import Claim, ClaimKind, normalised
from chalicelib.events.errors import ClaimTakenError, UnknownAccountError
from chalicelib.events.event import Actor, Proof, Role
from chalicelib.events.idempotency import Answer, Command
from chalicelib.events.items import fingerprint
from chalicelib.events.ledger import Committed
from chalicelib.identity import links
from chalicelib.mail.activation import activation_mail

area = Area("Registration")
LEASE_SECONDS = 30
EXAMPLE = {
    "username": "ada",
    "email": "ada@example.com",
    "name": "Ada Lovelace",
    "password": "correct horse battery",
}
OWN_FIELDS = ("username", "email", "name", "password", "confirm_email")


@area.route(
    "POST",
    "/api/user/v2/account/registration",
    "/api/user/v1/account/registration",
    "/user_api/v2/account/registration",
    "/user_api/v1/account/registration",
    summary="Register",
    public=True,
    takes=Takes(RegistrationForm, (FORM, JSON), EXAMPLE),
    answers={
        200: Responds("The account is there, inactive until the link in the mail is opened.", Registered),
        400: Responds("Fields at fault, each a key.", dict[str, list[dict[str, str]] | str]),
        409: Responds(
            "The username or the address is taken, each a key.",
            dict[str, list[dict[str, str]] | str],
            example=examples.REGISTRATION_ERRORS,
        ),
        403: Responds("Too many registrations from this source address."),
    },
)
def register_account(exchange: Exchange) -> Answer:
    """Make an inactive account and mail its activation link."""
    services, request, settings = exchange.services, exchange.request, exchange.services.settings
    limit_source(exchange, "registration", settings.registration_limit, settings.registration_window_seconds, 403)
    fields = form_or_json(request, settings.body_limit_bytes)
    applicant = checked_applicant(services, fields, {k: v for k, v in fields.items() if k not in OWN_FIELDS})
    new, secret = new_account(services, applicant), services.random_bytes(32)
    with services.leases.hold(_lease_names(services, applicant), new.id, LEASE_SECONDS):
        refuse({}, taken(services, applicant.username, applicant.email))
        mail = activation_mail(
            applicant.email,
            links.make(new.id, secret),
            base_url=settings.base_url,
            platform_name=settings.platform_name,
        )
        services.mailer.send(mail)
        actor = Actor(role=Role.OWNER, proof=Proof.NONE)
        decision = register(applicant, new, links.digest(secret), context(services, actor, request.request_id))
        create(services, new.id, decision)
    return json_answer(Registered(success=True), Cache_Control="no-store")


@area.route(
    "GET",
    "/activate/{key}",
    summary="Open an activation link",
    public=True,
    answers={
        200: Responds("The account is active.", None, "text/html"),
        404: Responds("The link leads nowhere (any more).", None, "text/html"),
    },
)
def activate_account(exchange: Exchange) -> Answer:
    """Activate the account that the link was mailed for."""
    services, request = exchange.services, exchange.request
    parsed = links.parse(request.parameters["key"])
    if parsed is None:
        raise DeadLinkError
    if request.method == "HEAD":
        return keyed_page("")
    account_id, digest = parsed
    actor = Actor(account=account_id, role=Role.OWNER, proof=Proof.LINK)

    def decide(account: Account) -> Decision:
        return activate(account, digest, context(services, actor, request.request_id))

    try:
        services.ledger.execute(account_id, decide)
    except UnknownAccountError:
        raise DeadLinkError from None
    return linked_page("activated.html", frame_of(services.settings, request))


def checked_applicant(
    services: Services,
    fields: Mapping[str, JsonValue],
    profile: Mapping[str, JsonValue],
    faults: Mapping[str, Fault] | None = None,
    *,
    password_required: bool = True,
) -> Applicant:
    """The applicant of a form whose other `faults` are known; raises `RegistrationRefusedError` with all of them.

    What is taken is looked up for the fields that are well formed, and told together with the rest.
    """
    applicant, malformed = check_applicant(fields, profile, services.policy, password_required=password_required)
    malformed |= faults or {}
    sound = {
        name: value
        for name in ("username", "email")
        if name not in malformed and isinstance(value := fields.get(name), str)
    }
    found = taken(services, sound.get("username"), sound.get("email"))
    if applicant is None or malformed or found:
        raise RegistrationRefusedError(malformed, found)
    return applicant


def taken(services: Services, username: str | None, email: str | None) -> dict[str, Fault]:
    """Which of the two somebody has."""
    claims = [
        Claim(kind, value)
        for kind, value in ((ClaimKind.USERNAME, username), (ClaimKind.EMAIL, email))
        if value is not None
    ]
    return {claim.kind: taken_fault(claim.kind) for claim in services.ledger.owners(claims)} if claims else {}


def new_account(services: Services, applicant: Applicant) -> NewAccount:
    """A random id, the next number, and the hash of the password."""
    hashed = None if applicant.password is None else services.passwords.hash(applicant.password)
    return NewAccount(
        id=services.random_bytes(16).hex(),
        number=services.ledger.next_number("account"),
        password_hash=hashed,
        credential=None if hashed is None else fingerprint(hashed),
    )


def create(
    services: Services, account_id: str, decision: Decision, command: Command[Account] | None = None
) -> Committed[Account]:
    """Store a new account; a username or an address that was taken meanwhile is refused like any other."""
    try:
        return services.ledger.create(account_id, decision, command)
    except ClaimTakenError as error:
        raise RegistrationRefusedError({}, {kind: taken_fault(kind) for kind in error.kinds}) from None


def _lease_names(services: Services, applicant: Applicant) -> Sequence[str]:
    """One registration of a username or of an address at a time, so that only the winner gets a mail."""
    return [
        services.digests.of("registering", kind, normalised(value).encode())
        for kind, value in ((b"username", applicant.username), (b"email", applicant.email))
    ]
