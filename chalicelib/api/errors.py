"""What the API itself refuses; domain errors are in their packages. `error_table` answers all of them."""

from collections.abc import Mapping
from typing import Any


class ApiError(Exception):
    """Anything that a request is refused for before a command is decided."""


class NotAuthenticatedError(ApiError):
    """No token, or one that does not count."""


class ForbiddenError(ApiError):
    """A known caller who may not do this."""


class ForgedRequestError(ApiError):
    """A request that may have been forged by another site's page; the text quotes nothing."""


class SignInError(ApiError):
    """A browser's login that failed (spec 40, section 2). `typed` is what was sent as name, and nothing is added."""

    def __init__(
        self, message: str, *, code: str | None = None, context: Mapping[str, Any] | None = None, typed: str = ""
    ) -> None:
        super().__init__("login refused")
        self.message = message
        self.code = code
        self.context = dict(context or {})
        self.typed = typed


class NotFoundError(ApiError):
    """Not there, or hidden."""


class UnservedMethodError(ApiError):
    """The path is served, but not with this method."""

    def __init__(self, allowed: tuple[str, ...]) -> None:
        super().__init__("method not served")
        self.allowed = allowed


class UnsupportedMediaTypeError(ApiError):
    """A content type that is not accepted here."""

    def __init__(self, accepted: tuple[str, ...]) -> None:
        super().__init__("content type not accepted")
        self.accepted = accepted


class MalformedRequestError(ApiError):
    """A body, a query or a header that cannot be read; the text says what, and quotes nothing."""


class BodyTooLargeError(ApiError):
    """More bytes than this endpoint reads."""


class PreconditionFailedError(ApiError):
    """If-Match names another version than the present one."""

    def __init__(self, version: int) -> None:
        super().__init__("the version differs")
        self.version = version


class KeyReusedError(ApiError):
    """An idempotency key that came with another request before."""


class OAuthError(ApiError):
    """An error of the token endpoint (RFC 6749, section 5.2)."""

    def __init__(self, code: str, description: str, status: int = 400) -> None:
        super().__init__(code)
        self.code = code
        self.description = description
        self.status = status


class HiddenError(ApiError):
    """Answered as not found, with two messages (spec 10, section 4)."""


class EmptyPatchError(ApiError):
    """A merge patch that changes nothing, or is no object (spec 10, section 10)."""


class LinkFailedError(ApiError):
    """A link could not be followed because a notice could not be sent; it still works."""


class MissingUsernameError(ApiError):
    """A body that does not say whose row it is about (spec 20, section 2)."""


class RefusedError(ApiError):
    """Something is wrong with a request of the retirement process; answered as a text (spec 20, section 2)."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class LeavingRefusedError(ApiError):
    """Somebody may not leave like this; answered as a text with `status` (spec 20, section 5)."""

    def __init__(self, message: str, status: int = 403) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


class LeavingFailedError(ApiError):
    """The notice of leaving could not be sent; nothing has changed."""


class RetiredAddressError(ApiError):
    """The address is retired; `row` is the number of the retirement if it may still be cancelled (section 11)."""

    def __init__(self, row: int | None) -> None:
        super().__init__("the address is retired")
        self.row = row


class BatchRunningError(ApiError):
    """A call of many commits with this idempotency key is still at work."""


class PictureFormError(ApiError):
    """A request that holds no picture, or none that could be read (spec 30, section 2); the text quotes nothing."""


class TooManyRequestsError(ApiError):
    """A configured limit is passed; `status` is the contract's for this limit."""

    def __init__(self, status: int = 429) -> None:
        super().__init__("limit passed")
        self.status = status


class ResetLimitError(ApiError):
    """Too many password resets were asked for, from one source address or for one address (spec 40, section 8)."""


class GoneError(ApiError):
    """The account has been erased, and there is nothing of it to show."""
