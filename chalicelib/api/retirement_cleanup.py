"""Cleanup: rows that are through are redacted and deleted (spec 20, section 10)."""

from collections.abc import Mapping

from pydantic import BaseModel, JsonValue

from chalicelib.api import batched
from chalicelib.api.bodies import JSON
from chalicelib.api.errors import RefusedError
from chalicelib.api.retirement_bodies import FORBIDDEN, NOT_JSON, REFUSED, asked, done, fields_of, texts_of
from chalicelib.api.rights import Right
from chalicelib.api.routing import IDEMPOTENCY_KEY, Area, Exchange, Responds, Takes
from chalicelib.events.idempotency import Answer
from chalicelib.pipeline.cleaning import clean_up_rows
from chalicelib.retirement.cleanup import Redaction

area = Area("Retirement")
LONGEST_REDACTION = 255
"""As long as the longest of what it overwrites: names, addresses and usernames."""


class Cleanup(BaseModel):
    """Whose rows go, and what their originals are overwritten with before."""

    usernames: list[str]
    redacted_username: str = "redacted"
    redacted_email: str = "redacted"
    redacted_name: str = "redacted"


@area.route(
    "POST",
    "/api/user/v1/accounts/retirement_cleanup",
    summary="Delete rows that are through",
    right=Right.RETIRE,
    batch=True,
    takes=Takes(Cleanup, (JSON,), {"usernames": ["ada"]}),
    parameters=[IDEMPOTENCY_KEY],
    answers={
        204: Responds("All of them are gone."),
        400: REFUSED,
        403: FORBIDDEN,
        409: Responds("The same call is still at work."),
        415: NOT_JSON,
    },
)
def clean_up_retirements(exchange: Exchange) -> Answer:
    """Redact and delete the rows of the named people, all of which must be in COMPLETE, or none."""
    services = exchange.services
    fields = fields_of(exchange)
    if "usernames" not in fields:
        raise RefusedError("usernames is missing.")
    usernames, redaction = texts_of(fields["usernames"], "usernames"), _redaction(fields)
    if not usernames:
        return done()
    digest = services.digests.of("cleanup", *(name.encode("utf-8", "surrogatepass") for name in usernames))

    def clean() -> None:
        clean_up_rows(services, usernames, redaction, digest, asked(exchange))

    return batched.once(exchange, digest, clean, done())


def _redaction(fields: Mapping[str, JsonValue]) -> Redaction:
    values = {}
    for name in ("username", "email", "name"):
        value = fields.get(f"redacted_{name}", "redacted")
        if not isinstance(value, str):
            raise RefusedError(f"redacted_{name} must be text.")
        if len(value) > LONGEST_REDACTION:
            raise RefusedError(f"redacted_{name} has at most {LONGEST_REDACTION} characters.")
        values[name] = value
    return Redaction(**values)
