"""The one table from errors to answers (spec 10, section 2; spec 50, sections 4 and 8)."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from chalicelib.accounts.errors import (
    AccountLeftError,
    AddressTakenError,
    DeadLinkError,
    FieldErrors,
    NameRefusedError,
    NoPreferenceError,
    NothingPendingError,
    PreferenceRefusedError,
    RegistrationRefusedError,
    StoringRefusedError,
)
from chalicelib.accounts.images import NoOwnerError
from chalicelib.accounts.rules.fault import Fault
from chalicelib.accounts.support import OwnAccountError, SupportRefusedError
from chalicelib.api.answers import detail, empty, fault_body, json_answer, json_text
from chalicelib.api.errors import (
    BatchRunningError,
    BodyTooLargeError,
    EmptyPatchError,
    ForbiddenError,
    ForgedRequestError,
    GoneError,
    HiddenError,
    KeyReusedError,
    LeavingFailedError,
    LeavingRefusedError,
    LinkFailedError,
    MalformedRequestError,
    MissingUsernameError,
    NotAuthenticatedError,
    NotFoundError,
    OAuthError,
    PictureFormError,
    PreconditionFailedError,
    RefusedError,
    ResetLimitError,
    RetiredAddressError,
    SignInError,
    TooManyRequestsError,
    UnservedMethodError,
    UnsupportedMediaTypeError,
)
from chalicelib.api.linked_pages import linked_page
from chalicelib.events.errors import (
    ErasedKeyError,
    KeyServiceUnavailableError,
    StoreUnavailableError,
    TooContendedError,
)
from chalicelib.events.idempotency import Answer
from chalicelib.hooks.port import HookFailedError
from chalicelib.images.errors import PicturesUnavailableError
from chalicelib.images.refusals import PictureRefusedError
from chalicelib.mail.port import MailUnavailableError
from chalicelib.retirement.errors import (
    AlreadyLeavingError,
    CancelRefusedError,
    CleanupRefusedError,
    NoRowError,
    NotWorkingError,
    TransitionRefusedError,
)
from chalicelib.site.frame import Frame

RETRY_SECONDS = "2"
CHALLENGE = 'JWT realm="api"'


def _oauth(error: OAuthError) -> Answer:
    headers = {"WWW_Authenticate": 'Basic realm="api"'} if error.status == 401 else {}
    content = {"error": error.code, "error_description": error.description}
    return json_answer(content, error.status, Cache_Control="no-store", Pragma="no-cache", **headers)


def _field_errors(error: FieldErrors) -> Answer:
    return json_answer({"field_errors": {name: fault_body(fault) for name, fault in error.faults.items()}}, 400)


def _registration(error: RegistrationRefusedError) -> Answer:
    """Malformed fields make it 400; taken ones alone 409. Every field at fault has a key (spec 00)."""
    faults: dict[str, Fault] = {**error.taken, **error.malformed}
    content: dict[str, Any] = {name: [{"user_message": fault.user_message}] for name, fault in faults.items()}
    if error.malformed:
        return json_answer({"error_code": "validation-error", **content}, 400)
    return json_answer({"error_code": f"duplicate-{'-'.join(sorted(error.taken))}", **content}, 409)


def _sign_in(error: SignInError) -> Answer:
    content: dict[str, Any] = {"success": False, "value": error.message}
    if error.code is not None:
        content["error_code"] = error.code
    return json_answer({**content, "context": error.context, "email": error.typed}, 400)


def _messages(text: str) -> dict[str, str]:
    return {"developer_message": text, "user_message": text}


def _text(message: str, status: int) -> Answer:
    """A JSON string."""
    return json_text(json.dumps(message), status)


def _retired_address(error: RetiredAddressError) -> Answer:
    content = {
        "error_msg": "This address is retired.",
        "can_cancel_retirement": error.row is not None,
        "retirement_id": error.row,
    }
    return json_answer(content, 404)


def _unknown_caller(_: Exception) -> Answer:
    return detail("Authentication credentials were not provided or do not count.", 401, WWW_Authenticate=CHALLENGE)


def _link_failed(frame: Frame) -> Answer:
    page = linked_page("link_failed.html", frame, 503)
    return replace(page, headers={**page.headers, "Retry-After": RETRY_SECONDS})


def _unavailable(_: Exception) -> Answer:
    return detail("The service is busy. Try again in a moment.", 503, Retry_After=RETRY_SECONDS)


PAGES: Mapping[type[Exception], Callable[[Frame], Answer]] = MappingProxyType(
    {
        DeadLinkError: lambda frame: linked_page("dead_link.html", frame, 404),
        AddressTakenError: lambda frame: linked_page("address_taken.html", frame, 409),
        LinkFailedError: _link_failed,
    }
)
"""Answers that people read: pages, in the reader's language."""

ANSWERS: Mapping[type[Exception], Callable[[Any], Answer]] = MappingProxyType(
    {
        NotAuthenticatedError: _unknown_caller,
        AccountLeftError: _unknown_caller,
        ForbiddenError: lambda _: detail("You do not have permission to perform this action.", 403),
        SignInError: _sign_in,
        ForgedRequestError: lambda e: detail(str(e), 403),
        NotFoundError: lambda _: empty(404),
        UnservedMethodError: lambda e: detail("Method not allowed.", 405, Allow=", ".join(e.allowed)),
        UnsupportedMediaTypeError: lambda e: detail(f"Send one of: {', '.join(e.accepted)}.", 415),
        MalformedRequestError: lambda e: detail(str(e), 400),
        BodyTooLargeError: lambda _: detail("The body is too large.", 413),
        PreconditionFailedError: lambda e: detail("The account has changed.", 412, ETag=f'"{e.version}"'),
        KeyReusedError: lambda _: detail("This Idempotency-Key came with another request before.", 422),
        OAuthError: _oauth,
        FieldErrors: _field_errors,
        StoringRefusedError: lambda e: json_answer(fault_body(e.fault), 400),
        RegistrationRefusedError: _registration,
        HiddenError: lambda e: json_answer(_messages(str(e)), 404),
        EmptyPatchError: lambda _: json_answer(_messages("Send an object with at least one key."), 400),
        PreferenceRefusedError: lambda e: json_answer(fault_body(e.fault), 400),
        NoPreferenceError: lambda _: empty(404),
        NothingPendingError: lambda _: empty(404),
        NameRefusedError: lambda e: json_answer({"new_name": [e.message] if e.several else e.message}, 400),
        MissingUsernameError: lambda _: json_answer({"message": "username is missing."}, 404),
        RefusedError: lambda e: _text(e.message, 400),
        LeavingRefusedError: lambda e: _text(e.message, e.status),
        LeavingFailedError: lambda _: detail("The notice could not be sent; nothing has changed. Try again.", 500),
        AlreadyLeavingError: lambda _: _text("The account has been asked to be deleted already.", 403),
        NoRowError: lambda _: empty(404),
        TransitionRefusedError: lambda e: _text(e.message, 400),
        NotWorkingError: lambda e: _text(f"The row is in {e.state}, which is not a working state.", 400),
        CleanupRefusedError: lambda e: _text(e.message, 400),
        CancelRefusedError: lambda e: json_answer({"message": e.message}, 400),
        RetiredAddressError: _retired_address,
        HookFailedError: lambda e: detail(f"The hook {e.hook} failed ({e.reason}). Ask again.", 500),
        BatchRunningError: lambda _: detail("This call is still at work. Ask again in a moment.", 409),
        PictureFormError: lambda e: json_answer(_messages(str(e)), 400),
        PictureRefusedError: lambda e: json_answer(
            {"developer_message": e.developer_message, "user_message": e.user_message}, 400
        ),
        PicturesUnavailableError: _unavailable,
        NoOwnerError: lambda _: detail("This account has been erased.", 410),
        TooManyRequestsError: lambda e: json_answer({"error": "Too many requests. Try again later."}, e.status),
        ResetLimitError: lambda _: json_answer(
            {"success": False, "value": "You have asked for a new password already. Try again later."}, 403
        ),
        SupportRefusedError: lambda e: detail(e.message, 409),
        OwnAccountError: lambda _: detail("Nobody does this to their own account.", 400),
        GoneError: lambda _: detail("This account has been erased.", 410),
        ErasedKeyError: lambda _: detail("This account has been erased.", 410),
        StoreUnavailableError: _unavailable,
        TooContendedError: _unavailable,
        KeyServiceUnavailableError: _unavailable,
        MailUnavailableError: _unavailable,
    }
)


def answer_for(error: Exception, frame: Callable[[], Frame] = Frame) -> Answer | None:
    """The contract's answer to an error, or null if there is none: then it is a fault of ours.

    `frame` makes the surroundings of a page, if the answer is one.
    """
    for kind in type(error).__mro__:
        if kind in PAGES:
            return PAGES[kind](frame())
        if kind in ANSWERS:
            return ANSWERS[kind](error)
    return None
