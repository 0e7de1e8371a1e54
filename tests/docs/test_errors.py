"""Every error that the API answers is in docs/api.md with its status, every one of the store in operations.md."""

from __future__ import annotations

import inspect
import re

import pytest

from chalicelib.accounts.errors import (
    FieldErrors,
    NameRefusedError,
    PreferenceRefusedError,
    RegistrationRefusedError,
    StoringRefusedError,
)
from chalicelib.accounts.rules.fault import Fault
from chalicelib.api.error_table import ANSWERS, PAGES, answer_for
from chalicelib.api.errors import (
    LeavingRefusedError,
    OAuthError,
    PreconditionFailedError,
    RetiredAddressError,
    TooManyRequestsError,
    UnservedMethodError,
    UnsupportedMediaTypeError,
)
from chalicelib.events import errors as store_errors
from chalicelib.events.errors import ErasedKeyError
from chalicelib.hooks.port import HookFailedError, HookName
from chalicelib.hooks.webhook import HookUnavailableError, MisconfiguredWebhookError
from chalicelib.images.errors import PicturesUnavailableError
from chalicelib.images.refusals import PictureRefusedError, Reason
from chalicelib.retirement.errors import PipelineError, StatesError
from tests.docs.pages import by_name, page

FAULT = Fault("developer", "person")
EXAMPLES: dict[type[Exception], list[Exception]] = {
    UnservedMethodError: [UnservedMethodError(("GET",))],
    UnsupportedMediaTypeError: [UnsupportedMediaTypeError(("text/plain",))],
    PreconditionFailedError: [PreconditionFailedError(1)],
    OAuthError: [
        OAuthError("invalid_grant", "no"),
        OAuthError("invalid_client", "no", 401),
        OAuthError("temporarily_unavailable", "no", 429),
    ],
    FieldErrors: [FieldErrors({"bio": FAULT})],
    StoringRefusedError: [StoringRefusedError("bio", FAULT)],
    RegistrationRefusedError: [
        RegistrationRefusedError({"email": FAULT}, {}),
        RegistrationRefusedError({}, {"email": FAULT}),
    ],
    PreferenceRefusedError: [PreferenceRefusedError(FAULT)],
    NameRefusedError: [NameRefusedError("no", several=True), NameRefusedError("no", several=False)],
    TooManyRequestsError: [TooManyRequestsError(), TooManyRequestsError(403)],
    ErasedKeyError: [ErasedKeyError("a" * 32, "profile", 1)],
    LeavingRefusedError: [LeavingRefusedError("no"), LeavingRefusedError("no", 400)],
    RetiredAddressError: [RetiredAddressError(None), RetiredAddressError(1)],
    HookFailedError: [HookFailedError(HookName.LMS, "timeout")],
    PictureRefusedError: [PictureRefusedError(reason, 1) for reason in Reason],
}
"""Errors that take arguments; all others are made without, or with a text."""


def examples(kind: type[Exception]) -> list[Exception]:
    """One error of a kind for each status that it may have."""
    return EXAMPLES.get(kind) or [kind("example")]


@pytest.mark.parametrize("kind", {**ANSWERS, **PAGES}, ids=lambda kind: kind.__name__)
def test_an_answered_error_has_its_status(kind: type[Exception]) -> None:
    """The table of errors names the class and each status that the error table answers with."""
    answered = {str(answer.status) for each in examples(kind) if (answer := answer_for(each)) is not None}
    told = by_name(page("docs/api.md").section("Errors"))[kind.__name__][0]
    assert answered == set(re.findall(r"\d{3}", told))


def test_no_error_is_told_that_is_not_answered() -> None:
    """The table names no class that the error table does not know."""
    told = {name for name in by_name(page("docs/api.md").section("Errors")) if re.fullmatch(r"[A-Z]\w+Errors?", name)}
    assert {kind.__name__ for kind in (*ANSWERS, *PAGES)} == told


OF_OTHERS = (
    HookFailedError,
    HookUnavailableError,
    MisconfiguredWebhookError,
    StatesError,
    PipelineError,
    PicturesUnavailableError,
)


def test_every_error_of_the_store_has_advice() -> None:
    """What an operator may meet in a log is in docs/operations.md with what to do."""
    told = by_name(page("docs/operations.md").section("Errors"))
    kinds = [name for name, kind in inspect.getmembers(store_errors, inspect.isclass) if name.endswith("Error")]
    kinds += [kind.__name__ for kind in OF_OTHERS]
    assert [] == [name for name in kinds if not all(told.get(name, [""]))]
