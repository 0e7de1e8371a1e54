"""What can go wrong when somebody says who they are. No text holds a name, a token or a secret."""


class IdentityError(Exception):
    """Anything that this package raises."""


class PasswordTooLongError(IdentityError):
    """A password of more than `limit` characters is not hashed."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"a password has at most {limit} characters")
        self.limit = limit


class InvalidTokenError(IdentityError):
    """An access token that this service does not accept: answer 401.

    `reason` is one of `malformed`, `unknown_key`, `signature`, `claims`, `issuer`, `audience` and `expired`.
    It is for logs; the answer should not repeat it.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"token refused: {reason}")
        self.reason = reason


class InvalidRefreshTokenError(IdentityError):
    """A refresh token that is malformed, unknown, run out or revoked: `invalid_grant`."""


class RefreshTokenReusedError(InvalidRefreshTokenError):
    """A refresh token that was replaced long ago: it was stolen, and its session has been ended."""

    def __init__(self, account: str, session_id: str) -> None:
        super().__init__(f"a replaced refresh token of session {session_id} was used again")
        self.account = account
        self.session_id = session_id


class InvalidClientError(IdentityError):
    """The OAuth client is unknown or has not proved who it is: `invalid_client`."""
