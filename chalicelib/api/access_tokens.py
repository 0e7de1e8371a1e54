"""Access tokens: what they say of an account (spec 00, "Tokens"; spec 40, section 6)."""

from chalicelib.accounts.account import Account
from chalicelib.api.services import Services
from chalicelib.identity.jwt import Claims

SCOPES = ("read", "write", "profile", "email", "user_id")
TOKEN_VERSION = "1.2.0"  # noqa: S105 - a version number
BY_PASSWORD = "password"  # noqa: S105 - the name of a grant
"""What the tokens of a session say of how it was begun, a browser's too."""


def access_token(services: Services, account: Account, session: str, generation: int, grant: str) -> str:
    """A signed token that speaks for `account` as it is now."""
    settings = services.settings
    now = int(services.clock().timestamp())
    return services.signer.sign(
        Claims(
            iss=settings.issuer,
            aud=settings.token_audience,
            exp=now + settings.access_token_seconds,
            iat=now,
            sub=account.id,
            jti=services.random_bytes(16).hex(),
            sid=session,
            gen=generation,
            preferred_username=account.username,
            user_id=account.number,
            email=account.email,
            email_verified=account.active,
            name=account.profile.name,
            administrator=account.staff,
            superuser=account.superuser,
            scopes=SCOPES,
            filters=(),
            version=TOKEN_VERSION,
            grant_type=grant,
            is_restricted=False,
        )
    )
