"""Every error that can reach the API has its answer, or is deliberately a 500."""

import importlib
import pkgutil

import pytest

import chalicelib
from chalicelib.accounts.access import PasswordChangedError, RetiredAccountError
from chalicelib.accounts.errors import CommandError
from chalicelib.accounts.fold import NotFirstError
from chalicelib.accounts.images import SupersededError, UploadDoneError
from chalicelib.accounts.rules.fault import Fault, RuleError, SeveralFaultsError, StoringError
from chalicelib.api.error_table import ANSWERS, PAGES, answer_for
from chalicelib.api.errors import ApiError, MalformedRequestError, OAuthError, PreconditionFailedError
from chalicelib.api.login import LoginRefusedError
from chalicelib.deadlines import DeadlinePassedError
from chalicelib.events import errors as store
from chalicelib.events.classification import UnclassifiedFieldError
from chalicelib.events.codec import MalformedPartError
from chalicelib.events.sealing import SealBrokenError
from chalicelib.events.upcasting import MissingUpcasterError
from chalicelib.hooks.webhook import MisconfiguredWebhookError
from chalicelib.identity import errors as identity
from chalicelib.mail.message import UnsafeMessageError
from chalicelib.mail.templates import UnknownTemplateError
from chalicelib.pipeline.steps import PictureChangedError
from chalicelib.projections.expecting import UnprojectableError
from chalicelib.projections.generations import GenerationError
from chalicelib.projections.rebuilding import RebuildRunningError, UnknownViewError
from chalicelib.retirement.errors import PipelineError, StatesError, UsernameRefusedError
from chalicelib.retirement.replaying import NamelessErasureError

NEVER_THEMSELVES = {ApiError, CommandError, store.StoreError, identity.IdentityError}
"""Roots: only their subclasses are raised, but for a store error that is a fault of ours."""

FAULTS_OF_OURS = {
    store.CorruptItemError,
    store.UnknownEventTypeError,
    store.UnknownKeyError,
    store.TransactionTooLargeError,
    NotFirstError,
    SealBrokenError,
    MalformedPartError,
    MissingUpcasterError,
    UnclassifiedFieldError,
    UnsafeMessageError,
    UnknownTemplateError,
    MisconfiguredWebhookError,
    PipelineError,
    StatesError,
}
"""Deliberately a 500: data or code is not what it must be, and somebody has to look."""

CAUGHT_ON_THE_WAY = {
    DeadlinePassedError: "whoever calls AWS, as a service that gives no answer",
    RuleError: "update, registration",
    StoringError: "update, registration",
    SeveralFaultsError: "update, registration",
    PasswordChangedError: "login",
    RetiredAccountError: "nobody yet: a password is set by the domain's command alone",
    UsernameRefusedError: "usernames",
    PictureChangedError: "the step `retire`, which deletes the other one",
    SupersededError: "the processing of uploads; a picture that comes with a request is the latest",
    UploadDoneError: "the processing of uploads",
    LoginRefusedError: "tokens",
    store.VersionConflictError: "the ledger, which tries again",
    store.TransactionConflictError: "the ledger, which tries again",
    store.ClaimTakenError: "registration",
    store.DuplicateCommandError: "dispatch",
    store.UnknownAccountError: "registration; elsewhere the account was just read",
    identity.InvalidTokenError: "authentication",
    identity.InvalidRefreshTokenError: "tokens",
    identity.RefreshTokenReusedError: "tokens",
    identity.InvalidClientError: "tokens",
    identity.PasswordTooLongError: "the rules of passwords allow far fewer",
    GenerationError: "no request builds a generation of a view",
    RebuildRunningError: "no request rebuilds a view",
    UnknownViewError: "no request rebuilds a view",
    UnprojectableError: "checking and rebuilding, which no request does",
    NamelessErasureError: "no request erases again what a restore has brought back",
}


def error_types():
    """Every exception class of the package."""
    found = set()
    for module in pkgutil.walk_packages(chalicelib.__path__, "chalicelib."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, type) and issubclass(value, Exception) and value.__module__.startswith("chalicelib"):
                found.add(value)
    return sorted(found, key=lambda kind: kind.__qualname__)


@pytest.mark.parametrize("kind", error_types(), ids=lambda kind: kind.__name__)
def test_every_error_is_decided(kind):
    """Each class has an answer, is caught on the way, or is known to be a fault of ours."""
    answered = any(base in ANSWERS or base in PAGES for base in kind.__mro__)
    decided = [answered, kind in FAULTS_OF_OURS, kind in CAUGHT_ON_THE_WAY, kind in NEVER_THEMSELVES]
    assert 1 == sum(decided), decided


@pytest.mark.parametrize(
    ("error", "status", "says"),
    [
        (MalformedRequestError("what"), 400, b"what"),
        (PreconditionFailedError(7), 412, b"detail"),
        (OAuthError("invalid_grant", "why"), 400, b"invalid_grant"),
        (OAuthError("invalid_client", "why", 401), 401, b"invalid_client"),
        (store.StoreUnavailableError("x"), 503, b"detail"),
        (store.TooContendedError("x"), 503, b"detail"),
        (store.KeyServiceUnavailableError("x"), 503, b"detail"),
        (store.ErasedKeyError("a", "profile", 3), 410, b"detail"),
    ],
)
def test_answers(error, status, says):
    """Statuses and bodies; 503 says when to come again."""
    answer = answer_for(error)
    assert status == answer.status
    assert says in answer.body.encode()
    assert (503 == status) == ("Retry-After" in answer.headers)


def test_the_key_service_away_is_not_erased():
    """KMS away is never read as erased."""
    assert 410 != answer_for(store.KeyServiceUnavailableError("x")).status


def test_strangers_have_no_answer():
    """An unknown error has none: it becomes a 500."""
    assert answer_for(KeyError("x")) is None


def test_faults_hold_two_texts():
    """A fault in an answer has both messages."""
    from chalicelib.accounts.errors import FieldErrors

    body = answer_for(FieldErrors({"bio": Fault("for developers", "for people")})).body
    assert '{"field_errors": {"bio": {"developer_message": "for developers", "user_message": "for people"}}}' == body
