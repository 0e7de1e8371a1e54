"""The one place where ports meet adapters. Nothing is contacted before it is needed."""

import os
import time
from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import Any

from pydantic import SecretStr

from chalicelib.accounts.account import Account
from chalicelib.accounts.aggregate import AccountAggregate
from chalicelib.digests import Digests
from chalicelib.events.batch_records import BatchRecords
from chalicelib.events.claims import ClaimKeys, RetiredDigits
from chalicelib.events.dynamo import dynamo_client
from chalicelib.events.keys import KeyRing
from chalicelib.events.ledger import Ledger
from chalicelib.exports.store import ExportStore
from chalicelib.hooks.port import HookName, Hooks
from chalicelib.hooks.webhook import Endpoint, Webhooks
from chalicelib.identity.clients import OAuthClients
from chalicelib.identity.jwt import TokenSigner, TokenVerifier
from chalicelib.identity.lockout import Lockout
from chalicelib.identity.passwords import Passwords
from chalicelib.identity.rate_limits import RateLimiter
from chalicelib.identity.reset_links import ResetLinks
from chalicelib.identity.sessions import Sessions
from chalicelib.images.album import Album
from chalicelib.images.incoming import Ports
from chalicelib.images.pipeline import Limits
from chalicelib.images.store import PictureStore
from chalicelib.images.uploads import Uploads
from chalicelib.leases import Leases
from chalicelib.mail.port import Mailer
from chalicelib.mail.ses import SesMailer
from chalicelib.pipeline.batches import Batches
from chalicelib.pipeline.states_store import StatesStore
from chalicelib.projections.checking import Checker
from chalicelib.projections.examining import Stores
from chalicelib.projections.feed import Feed
from chalicelib.projections.generations import Generations
from chalicelib.projections.name_changes import NameChanges, NameChangesReader
from chalicelib.projections.partner_queue import PartnerQueue, PartnerQueueReader
from chalicelib.projections.pending_addresses import PendingAddresses, PendingAddressesReader
from chalicelib.projections.quarantine import Quarantine
from chalicelib.projections.rebuilding import Rebuilder, Surroundings
from chalicelib.projections.repairing import Repairer
from chalicelib.projections.retirement_queue import QueueReader, RetirementQueue
from chalicelib.projections.runner import Runner
from chalicelib.projections.verified_hours import VerifiedHours
from chalicelib.projections.view import Projection, ViewWriter
from chalicelib.retirement.names import RetiredNames
from chalicelib.retirement.states import States
from chalicelib.settings import Settings
from chalicelib.tables import Tables, bind_tables
from chalicelib.wiring.aws import SIGNED_BY_SIGV4, aws_client
from chalicelib.wiring.clock import same_time, system_clock
from chalicelib.wiring.health import failing
from chalicelib.wiring.policy import policy_of
from chalicelib.wiring.secrets import read_secret

VERSION = "0.1.0"


class Wiring:
    """The services of one process. Arguments: its settings, the clock, and where random bytes come from."""

    def __init__(
        self,
        settings: Settings,
        clock: Callable[[], datetime] = system_clock,
        random_bytes: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self.settings = settings
        self.policy = policy_of(settings)
        self.clock: Callable[[], datetime] = clock
        self.random_bytes = random_bytes
        self.s3_time: Callable[[datetime], datetime] = same_time

    def client(self, service: str) -> Any:
        """A botocore client of an AWS service."""
        return aws_client(service, self.settings.aws_region)

    @cached_property
    def dynamodb(self) -> Any:
        """The DynamoDB client of the process."""
        return dynamo_client(self.settings.aws_region)

    @cached_property
    def kms(self) -> Any:
        """The KMS client of the process."""
        return self.client("kms")

    @cached_property
    def tables(self) -> Tables:
        """The tables of this stage."""
        return bind_tables(self.settings.table_prefix, self.dynamodb)

    @cached_property
    def secrets(self) -> dict[str, bytes]:
        """The peppers."""
        return {name: b64decode(value) for name, value in self._secret_members.items() if name.endswith("_pepper")}

    @cached_property
    def _secret_members(self) -> dict[str, Any]:
        """Everything in the secret; read once a process, again if that failed."""
        return read_secret(self.client("secretsmanager"), self.settings.secret_id)

    @cached_property
    def keys(self) -> KeyRing:
        """The key ring."""
        table = self.tables.keys.Meta.table_name
        return KeyRing(self.dynamodb, table, lambda: self.kms, self.settings.kms_key_id)

    @cached_property
    def ledger(self) -> Ledger[Account]:
        """The accounts."""
        return Ledger(
            AccountAggregate(),
            self.dynamodb,
            self.tables.ledger.Meta.table_name,
            self.keys,
            ClaimKeys(self.secrets["claims_pepper"], self.secrets["retired_claims_pepper"], self._retired_digits),
            self.tables.erasures.Meta.table_name,
            self.settings.write_attempts,
        )

    @cached_property
    def _retired_digits(self) -> RetiredDigits:
        return RetiredDigits([b64decode(value) for value in self._secret_members["retired_digits_secrets"]])

    @cached_property
    def retired_names(self) -> RetiredNames:
        """What people are called once they are retired."""
        settings = self.settings
        return RetiredNames(self._retired_digits, settings.retired_username_prefix, settings.retired_email_domain)

    @cached_property
    def states(self) -> States:
        """The states of a retirement."""
        store = StatesStore(self.dynamodb, self.tables.ledger.Meta.table_name, self.queue)
        return store.take(self.settings.retirement_states)

    @cached_property
    def projections(self) -> tuple[Projection, ...]:
        """Every view."""
        return (RetirementQueue(), PartnerQueue(), NameChanges(), PendingAddresses())

    @cached_property
    def generations(self) -> Generations:
        """Which generation of each view is read, and which are written."""
        return Generations(self.dynamodb, self.tables.views.Meta.table_name, self.clock)

    @cached_property
    def stores(self) -> Stores:
        """Where a verification finds accounts and views."""
        views, erasures = (table.Meta.table_name for table in (self.tables.views, self.tables.erasures))
        return Stores(self.dynamodb, self.ledger, views, erasures, self.projections, self.generations, time.sleep)

    @cached_property
    def checker(self) -> Checker:
        """Verifies accounts."""
        return Checker(self.stores, self.settings.verify_grace_seconds)

    @cached_property
    def repairer(self) -> Repairer:
        """Mends what a verification found."""
        return Repairer(self.stores, self.checker)

    @cached_property
    def rebuilder(self) -> Rebuilder:
        """Rebuilds views."""
        return Rebuilder(self.stores, Surroundings(self.leases, self.random_bytes), self.settings.verify_grace_seconds)

    @cached_property
    def queue(self) -> QueueReader:
        """The retirement queue."""
        return QueueReader(self.dynamodb, self.tables.views.Meta.table_name, self.generations, self.keys)

    @cached_property
    def partner_queue(self) -> PartnerQueueReader:
        """The partner queue."""
        return PartnerQueueReader(self.dynamodb, self.tables.views.Meta.table_name, self.generations)

    @cached_property
    def name_changes(self) -> NameChangesReader:
        """Names that wait for approval."""
        return NameChangesReader(self.dynamodb, self.tables.views.Meta.table_name, self.generations)

    @cached_property
    def pending_addresses(self) -> PendingAddressesReader:
        """Addresses whose link nobody has opened yet."""
        return PendingAddressesReader(self.dynamodb, self.tables.views.Meta.table_name, self.generations)

    @cached_property
    def batches(self) -> Batches:
        """Batches that are under way."""
        return Batches(self.tables.short_lived, self.clock)

    @cached_property
    def batch_records(self) -> BatchRecords:
        """Idempotency records of calls that are many commits."""
        return BatchRecords(self.dynamodb, self.tables.ledger.Meta.table_name)

    @cached_property
    def pictures(self) -> PictureStore:
        """Where pictures are."""
        return PictureStore(lambda: self._s3, lambda: self.s3_signer, self.settings.image_bucket)

    @cached_property
    def s3_signer(self) -> Any:
        """The S3 client that signs what leads people to the bucket."""
        return self._s3

    @cached_property
    def uploads(self) -> Uploads:
        """Direct uploads."""
        return Uploads(self.tables.short_lived, self.clock)

    @cached_property
    def exports(self) -> ExportStore:
        """Large exports."""
        return ExportStore(lambda: self._s3, lambda: self.s3_signer, self.pictures, self.tables.short_lived, self.clock)

    @cached_property
    def album(self) -> Album:
        """Changes the pictures of accounts."""
        sides = tuple(sorted(set(self.settings.profile_image_sizes_map.values()), reverse=True))
        return Album(self.ledger, self.pictures, self.uploads, sides)

    @cached_property
    def picture_limits(self) -> Limits:
        """What a picture may be that comes with a request."""
        settings = self.settings
        return Limits(
            settings.profile_image_min_bytes, settings.profile_image_max_bytes, settings.profile_image_max_pixels
        )

    @cached_property
    def upload_limits(self) -> Limits:
        """What a picture may be that is sent straight to S3."""
        most = self.settings.profile_image_upload_max_bytes or self.settings.profile_image_max_bytes
        return replace(self.picture_limits, max_bytes=most)

    @property
    def incoming(self) -> Ports:
        """What the processing of direct uploads works with."""
        return Ports(
            self.ledger,
            self.pictures,
            self.uploads,
            self.album,
            self.leases,
            self.upload_limits,
            self.clock,
            self.random_bytes,
            self.s3_time,
        )

    @cached_property
    def hooks(self) -> Hooks:
        """The webhooks that are configured."""
        return Webhooks(self._endpoints(), self.clock, plain_http=self.settings.hooks_over_plain_http)

    def _endpoints(self) -> dict[HookName, Endpoint]:
        """Where each hook goes, and the secret that signs its calls."""
        settings = self.settings
        urls = {
            HookName.CERTIFICATES: settings.hook_certificates_url,
            HookName.LMS: settings.hook_lms_url,
            HookName.MAILING_LISTS: settings.hook_mailing_lists_url,
            HookName.ORGANISATIONS: settings.hook_organisations_url,
        }
        return {name: Endpoint(url, self._hook_secret(name)) for name, url in urls.items() if url}

    def _hook_secret(self, name: HookName) -> str:
        member = f"hook_{name}_secret"
        configured: SecretStr = getattr(self.settings, member)
        return configured.get_secret_value() or str(self._secret_members.get(member, ""))

    @cached_property
    def digests(self) -> Digests:
        """Keyed hashes of what requests hold."""
        return Digests(self.secrets["requests_pepper"])

    @cached_property
    def passwords(self) -> Passwords:
        """Hashing of passwords."""
        return Passwords(self.settings.argon2_memory_kib, self.settings.argon2_passes, self.settings.argon2_lanes)

    @cached_property
    def signer(self) -> TokenSigner:
        """Makes access tokens."""
        return TokenSigner(self.kms, self.settings.signing_key_id)

    @cached_property
    def verifier(self) -> TokenVerifier:
        """Reads access tokens."""
        settings = self.settings
        keys = [settings.signing_key_id, *settings.upcoming_signing_key_ids, *settings.retired_signing_key_ids]
        return TokenVerifier(self.kms, keys, self.settings.issuer, self.settings.token_audience)

    @cached_property
    def sessions(self) -> Sessions:
        """What logins have begun."""
        return Sessions(self.tables.short_lived)

    @cached_property
    def lockout(self) -> Lockout:
        """Counts wrong passwords."""
        return Lockout(self.tables.short_lived, self.settings.login_failure_limit, self.settings.login_lockout_minutes)

    @cached_property
    def leases(self) -> Leases:
        """Short-lived locks."""
        return Leases(self.tables.short_lived, self.clock)

    @cached_property
    def verified_hours(self) -> VerifiedHours:
        """Which hours have been verified."""
        return VerifiedHours(self.tables.short_lived)

    @cached_property
    def rate_limiter(self) -> RateLimiter:
        """Counts requests."""
        return RateLimiter(self.tables.short_lived)

    @cached_property
    def reset_links(self) -> ResetLinks:
        """Links of password resets."""
        return ResetLinks(self.tables.short_lived)

    @cached_property
    def clients(self) -> OAuthClients:
        """The OAuth clients."""
        return OAuthClients(self.tables.clients, self.passwords)

    @cached_property
    def mailer(self) -> Mailer:
        """Sends mail through SES."""
        return SesMailer(self.client("ses"), self.settings.mail_from)

    @cached_property
    def quarantine(self) -> Quarantine:
        """Accounts whose projection fails."""
        return Quarantine(self.dynamodb, self.tables.views.Meta.table_name, self.settings.quarantine_after)

    @cached_property
    def runner(self) -> Runner:
        """The stream consumer."""
        views = self.tables.views.Meta.table_name
        bus = self.settings.feed_bus
        return Runner(
            projections=self.projections,
            writer=ViewWriter(self.dynamodb, views, self.generations),
            feed=Feed(self.client("events"), bus) if bus else None,
            quarantine=self.quarantine,
            decode=self.ledger.decode,
            clock=self.clock,
            fetch_keys=self.ledger.fetch_keys,
        )

    def description(self) -> dict[str, Any]:
        """The OpenAPI document."""
        return self._description

    @cached_property
    def _description(self) -> dict[str, Any]:
        from chalicelib.api.blueprint import ROUTES
        from chalicelib.api.openapi import describe

        return describe(ROUTES, self.settings.platform_name, self.settings.base_url, VERSION)

    def failing_dependencies(self) -> list[str]:
        """Which of `ledger`, `keys` and `images` do not answer; all of them are waited for 1.5 seconds together."""
        probes = {"ledger": self._probe_ledger, "keys": self._probe_keys, "images": self._probe_images}
        return failing(probes)

    def _probe_ledger(self) -> None:
        self.dynamodb.get_item(
            TableName=self.tables.ledger.Meta.table_name, Key={"pk": {"S": "N#account"}, "sk": {"S": "N"}}
        )

    def _probe_keys(self) -> None:
        self.dynamodb.get_item(TableName=self.keys.table, Key={"pk": {"S": "KEK"}})
        self.kms.describe_key(KeyId=self.settings.kms_key_id)

    @cached_property
    def _s3(self) -> Any:
        return aws_client("s3", self.settings.aws_region, SIGNED_BY_SIGV4)

    def _probe_images(self) -> None:
        self._s3.head_bucket(Bucket=self.settings.image_bucket)
