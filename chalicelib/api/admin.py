"""Accounts that a superuser makes (spec 00, "Creating accounts")."""

from collections.abc import Mapping
from dataclasses import replace

from pydantic import JsonValue

from chalicelib.accounts.account import Account
from chalicelib.accounts.errors import RegistrationRefusedError
from chalicelib.accounts.importing import read_export
from chalicelib.accounts.provisioning import check_provision
from chalicelib.accounts.registration import provision, refuse
from chalicelib.accounts.rules.fault import Fault
from chalicelib.accounts.view import AccountView
from chalicelib.accounts.visibility import ACCOUNT_PRIVACY
from chalicelib.api import examples, idempotent
from chalicelib.api.answers import json_text
from chalicelib.api.bodies import JSON, json_object, require_content_type
from chalicelib.api.errors import ForbiddenError
from chalicelib.api.preconditions import etag
from chalicelib.api.registration import OWN_FIELDS, checked_applicant, create, new_account, taken
from chalicelib.api.representation import full_json
from chalicelib.api.routing import IDEMPOTENCY_KEY, Area, Exchange, Responds, Takes
from chalicelib.api.schemas import AdminAccountForm
from chalicelib.api.services import context
from chalicelib.events.event import Actor, Proof, Role
from chalicelib.events.idempotency import Answer
from chalicelib.events.items import fingerprint
from chalicelib.identity.permissions import Permission

area = Area("Administration")
EXAMPLE = {
    "username": "grace",
    "email": "grace@example.com",
    "name": "Grace Hopper",
    "profile": {"year_of_birth": 1906, "country": "US"},
    "preferences": {"account_privacy": "custom", "visibility.name": "all_users"},
}


@area.route(
    "POST",
    "/api/user/v1/admin/accounts",
    summary="Make an account",
    takes=Takes(AdminAccountForm, (JSON,), EXAMPLE),
    parameters=[IDEMPOTENCY_KEY],
    answers={
        201: Responds("The account.", AccountView, example=examples.FULL_ACCOUNT),
        400: Responds("Fields at fault, each a key.", dict[str, list[dict[str, str]] | str]),
        403: Responds("Not a superuser."),
        409: Responds("The username or the address is taken, each a key.", dict[str, list[dict[str, str]] | str]),
        415: Responds("The content type is not application/json."),
        422: Responds("The Idempotency-Key came with another request before."),
    },
)
def create_account(exchange: Exchange) -> Answer:
    """Provision an account with its flags, profile and preferences; it gets no mail."""
    services, request, caller = exchange.services, exchange.request, exchange.caller
    if not caller.account.superuser:
        raise ForbiddenError
    require_content_type(request, JSON)
    fields = json_object(request, services.settings.body_limit_bytes)
    profile, profile_faults = _profile(fields)
    extra, faults = check_provision(_with_privacy(fields, profile), frozenset(Permission))
    own = {name: fields[name] for name in OWN_FIELDS if name in fields}
    applicant = checked_applicant(services, own, profile, {**faults, **profile_faults}, password_required=False)
    new = new_account(services, applicant)
    actor = Actor(account=caller.account.id, role=Role.STAFF, proof=Proof.TOKEN)
    decision = provision(applicant, extra, new, context(services, actor, request.request_id))

    def answer(account: Account, version: int) -> Answer:
        return json_text(full_json(services, account), 201, ETag=etag(version))

    committed = create(services, new.id, decision, idempotent.command(services, request, caller, answer))
    return answer(committed.loaded.state, committed.loaded.version)


@area.route(
    "POST",
    "/api/user/v1/admin/import",
    summary="Make an account of an export",
    takes=Takes({"type": "object"}, (JSON,)),
    parameters=[IDEMPOTENCY_KEY],
    answers={
        201: Responds("The account.", AccountView, example=examples.FULL_ACCOUNT),
        400: Responds("Fields at fault, each a key.", dict[str, list[dict[str, str]] | str]),
        403: Responds("Not a superuser."),
        409: Responds("The username or the address is taken, each a key.", dict[str, list[dict[str, str]] | str]),
    },
)
def import_account(exchange: Exchange) -> Answer:
    """Take over account and preferences; it gets a new id, a password that nobody knows, and no mail.

    So its owner comes in by a password reset.
    """
    services, request, caller = exchange.services, exchange.request, exchange.caller
    if not caller.account.superuser:
        raise ForbiddenError
    require_content_type(request, JSON)
    content = json_object(request, services.settings.import_limit_bytes)
    imported = read_export(content, services.policy, services.clock())
    if imported.applicant is None:
        raise RegistrationRefusedError(imported.faults, {})
    applicant = imported.applicant
    refuse({}, taken(services, applicant.username, applicant.email))
    unknown = services.passwords.unknown(services.random_bytes)
    new = replace(new_account(services, applicant), password_hash=unknown, credential=fingerprint(unknown))
    actor = Actor(account=caller.account.id, role=Role.STAFF, proof=Proof.TOKEN)
    decision = provision(applicant, imported.provision, new, context(services, actor, request.request_id))

    def answer(account: Account, version: int) -> Answer:
        return json_text(full_json(services, account), 201, ETag=etag(version))

    committed = create(services, new.id, decision, idempotent.command(services, request, caller, answer))
    return answer(committed.loaded.state, committed.loaded.version)


def _with_privacy(fields: Mapping[str, JsonValue], profile: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    """The form with `account_privacy` where it is kept: it may stand in the profile, and is a preference."""
    preferences = fields.get("preferences", {})
    if profile.get(ACCOUNT_PRIVACY) is None or not isinstance(preferences, dict):
        return fields
    return {**fields, "preferences": {ACCOUNT_PRIVACY: profile[ACCOUNT_PRIVACY], **preferences}}


def _profile(fields: Mapping[str, JsonValue]) -> tuple[Mapping[str, JsonValue], dict[str, Fault]]:
    """The profile fields of the form."""
    profile = fields.get("profile", {})
    if not isinstance(profile, dict):
        return {}, {"profile": Fault("profile must be an object.", "The profile was not understood.")}
    return profile, {}
