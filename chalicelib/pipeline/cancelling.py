"""Taking a retirement back, under a password that nobody knows (spec 20, section 11)."""

from chalicelib.accounts.account import Account
from chalicelib.events.aggregate import Decision, Loaded
from chalicelib.events.items import fingerprint
from chalicelib.pipeline.ports import Asked, PipelineServices
from chalicelib.retirement.cancelling import UnknownPassword, cancel


def cancel_retirement(
    services: PipelineServices, found: Loaded[Account], number: int, asked: Asked, email: str | None = None
) -> None:
    """Cancel the row `number`; the account gets its address back, or `email` instead.

    Raises `NoRowError`, `CancelRefusedError`, and `ClaimTakenError` if somebody has `email`.
    """
    password = unknown_password(services)

    def decide(account: Account) -> Decision:
        return cancel(account, number, password, asked.context(), email)

    services.ledger.execute(found.account, decide, asked.command, first=found)


def unknown_password(services: PipelineServices) -> UnknownPassword:
    """A password of 32 random bytes that is hashed and thrown away."""
    hashed = services.passwords.hash(services.random_bytes(32).hex())
    return UnknownPassword(hashed, fingerprint(hashed))
