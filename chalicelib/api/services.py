"""What the handlers need, as ports; `chalicelib.wiring` fills them in."""

import re
from typing import Any, Protocol

from chalicelib.accounts.context import Context
from chalicelib.accounts.policy import Policy
from chalicelib.events.batch_records import BatchRecords
from chalicelib.events.event import Actor
from chalicelib.identity.clients import OAuthClients
from chalicelib.identity.jwt import TokenSigner, TokenVerifier
from chalicelib.identity.rate_limits import RateLimiter
from chalicelib.identity.reset_links import ResetLinks
from chalicelib.images.pipeline import Limits
from chalicelib.images.store import PictureStore
from chalicelib.images.uploads import Uploads
from chalicelib.pipeline.ports import PipelineServices
from chalicelib.projections.name_changes import NameChangesReader
from chalicelib.tables import Tables

OWN_REQUEST_ID = re.compile(r"[0-9a-f]{32}")


class Services(PipelineServices, Protocol):
    """Everything that a handler may use. Clients of AWS are made when they are first used."""

    policy: Policy

    @property
    def tables(self) -> Tables:
        """The tables of this stage."""
        ...

    @property
    def pictures(self) -> PictureStore:
        """Where pictures are."""
        ...

    @property
    def uploads(self) -> Uploads:
        """Direct uploads."""
        ...

    @property
    def picture_limits(self) -> Limits:
        """What a picture may be that comes with a request."""
        ...

    @property
    def upload_limits(self) -> Limits:
        """What a picture may be that is sent straight to S3."""
        ...

    @property
    def name_changes(self) -> NameChangesReader:
        """Names that wait for approval."""
        ...

    @property
    def batch_records(self) -> BatchRecords:
        """Idempotency records of calls that are many commits."""
        ...

    @property
    def signer(self) -> TokenSigner:
        """Makes access tokens."""
        ...

    @property
    def verifier(self) -> TokenVerifier:
        """Reads access tokens."""
        ...

    @property
    def rate_limiter(self) -> RateLimiter:
        """Counts requests."""
        ...

    @property
    def reset_links(self) -> ResetLinks:
        """Links of password resets."""
        ...

    @property
    def clients(self) -> OAuthClients:
        """The OAuth clients."""
        ...

    def description(self) -> dict[str, Any]:
        """The OpenAPI document."""
        ...

    def failing_dependencies(self) -> list[str]:
        """The names of those among `ledger`, `keys` and `images` that do not answer, within two seconds."""
        ...


def context(services: Services, actor: Actor, request_id: str) -> Context:
    """The context of a decision that is taken now."""
    return Context(services.clock(), actor, traced(services, request_id))


def traced(services: Services, request_id: str) -> str:
    """How a request is named in events and logs: by our own id, or by a keyed hash of the one that a client chose.

    A client's own text could be anything about anybody, and events are kept for ever.
    """
    if OWN_REQUEST_ID.fullmatch(request_id):
        return request_id
    return services.digests.of("request-id", request_id.encode())[:32]
