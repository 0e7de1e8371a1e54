"""The accounts and clients that the local stage begins with (spec 00). Every password is `local-Passw0rd`."""

from dataclasses import dataclass, field

from chalicelib.accounts.context import Context
from chalicelib.accounts.registration import Applicant, Provision, provision
from chalicelib.api.registration import new_account
from chalicelib.events.claims import Claim, ClaimKind
from chalicelib.events.event import Actor, Role
from chalicelib.events.profile import Profile
from chalicelib.wiring import Wiring

PASSWORD = "local-Passw0rd"


@dataclass(frozen=True)
class SeedAccount:
    """One account; its address is its username at example.com."""

    username: str
    provision: Provision = field(default_factory=Provision)
    profile: Profile = field(default_factory=Profile)


@dataclass(frozen=True)
class SeedClient:
    """One OAuth client; `speaks_for` is a username."""

    client_id: str
    secret: str | None
    grants: tuple[str, ...]
    speaks_for: str | None = None


RETIREMENT_WORKER = "retirement_service_worker"
USERNAME_WORKER = "username_replacement_service_worker"
ACCOUNTS = (
    SeedAccount("learner", profile=Profile(name="Lena Learner", year_of_birth=1990)),
    SeedAccount("staff", Provision(staff=True), Profile(name="Stan Staff")),
    SeedAccount("superuser", Provision(staff=True, superuser=True), Profile(name="Sue Peruser")),
    SeedAccount(RETIREMENT_WORKER, Provision(), Profile(name="Retirement Worker")),
    SeedAccount(USERNAME_WORKER, Provision(), Profile(name="Username Worker")),
)
CLIENTS = (
    SeedClient("login-service-client-id", None, ("password", "refresh_token")),
    SeedClient("retirement-worker", "retirement-worker-secret", ("client_credentials",), RETIREMENT_WORKER),
    SeedClient("username-worker", "username-worker-secret", ("client_credentials",), USERNAME_WORKER),
)


def plant(wiring: Wiring) -> None:
    """Make what is not there yet."""
    ids = {seed.username: _account_id(wiring, seed) for seed in ACCOUNTS}
    for client in CLIENTS:
        if wiring.clients.find(client.client_id) is None:
            speaks_for = None if client.speaks_for is None else ids[client.speaks_for]
            wiring.clients.register(client.client_id, client.secret, client.grants, speaks_for)


def _account_id(wiring: Wiring, seed: SeedAccount) -> str:
    claim = Claim(ClaimKind.USERNAME, seed.username)
    found = wiring.ledger.holders([claim]).get(claim)
    if found is not None:
        return found
    applicant = Applicant(seed.username, f"{seed.username}@example.com", PASSWORD, seed.profile)
    new = new_account(wiring, applicant)
    context = Context(wiring.clock(), Actor(role=Role.SYSTEM), "seed")
    wiring.ledger.create(new.id, provision(applicant, seed.provision, new, context))
    return new.id
