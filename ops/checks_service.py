"""The doctor's look at everything but the tables: credentials, keys, secret, bucket, mail, feed, clock, settings."""

import binascii
import json
import os
from base64 import b64decode
from collections.abc import Iterator, Mapping
from email.utils import parseaddr, parsedate_to_datetime
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.events.claims import Claim, ClaimKind
from chalicelib.hooks.port import HookName
from chalicelib.hooks.webhook import MisconfiguredWebhookError
from chalicelib.pipeline.configured import check_pipeline
from chalicelib.retirement.errors import PipelineError, StatesError
from chalicelib.retirement.states import States
from chalicelib.wiring import Wiring
from ops.checks_store import tables
from ops.checkup import Check, Finding, fault, fine

PEPPERS = ("claims_pepper", "retired_claims_pepper", "requests_pepper")
DIGITS = "retired_digits_secrets"
LEAST_BYTES = 16
MOST_SKEW = 60.0
CONTEXT = {"rollcall": "doctor"}
ALGORITHM = "RSASSA_PKCS1_V1_5_SHA_256"
BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
LOST = "Put back the secret that there was: without it no name and no address can be found again."


def credentials(wiring: Wiring) -> Iterator[Finding]:
    """Who we are, and where; and how far this machine's clock is from AWS's."""
    answer = wiring.client("sts").get_caller_identity()
    region = wiring.settings.aws_region
    yield fine("credentials", f"{answer['Arn']} in {region}")
    other = os.environ.get("AWS_DEFAULT_REGION", region)
    if other != region:
        yield fault("region", f"AWS_REGION is {region}, AWS_DEFAULT_REGION is {other}", "Set both to the same region.")
    else:
        yield fine("region", region)
    yield _clock(wiring, answer["ResponseMetadata"]["HTTPHeaders"])


def _clock(wiring: Wiring, headers: Mapping[str, str]) -> Finding:
    if "date" not in headers:
        return fine("clock", "not told by this AWS")
    skew = (wiring.clock() - parsedate_to_datetime(headers["date"])).total_seconds()
    if abs(skew) > MOST_SKEW:
        advice = "Set this machine's clock, by NTP for instance: signatures, leases and links go by it."
        return fault("clock", f"{skew:+.0f} s beside AWS's", advice)
    return fine("clock", f"{skew:+.0f} s beside AWS's")


def sealing_key(wiring: Wiring) -> Iterator[Finding]:
    """The key that wraps the key-encryption keys: made with it, opened with it."""
    key = wiring.settings.kms_key_id
    blob = wiring.kms.generate_data_key_without_plaintext(KeyId=key, NumberOfBytes=32, EncryptionContext=CONTEXT)
    wiring.kms.decrypt(KeyId=key, CiphertextBlob=blob["CiphertextBlob"], EncryptionContext=CONTEXT)
    yield fine("sealing key", f"{key} wraps and unwraps")


def signing_key(wiring: Wiring) -> Iterator[Finding]:
    """The key of tokens: signed with it, verified with it."""
    key = wiring.settings.signing_key_id
    message = {"KeyId": key, "Message": b"rollcall doctor", "SigningAlgorithm": ALGORITHM}
    signature = wiring.kms.sign(**message)["Signature"]
    wiring.kms.verify(**message, Signature=signature)
    yield fine("signing key", f"{key} signs and verifies")


def certificate_key(wiring: Wiring) -> Iterator[Finding]:
    """The key of certificates: another one than that of tokens, signed with it, verified with it."""
    key, other = wiring.settings.certificate_key_id, wiring.settings.signing_key_id
    message = {"KeyId": key, "Message": b"rollcall doctor", "SigningAlgorithm": ALGORITHM}
    signature = wiring.kms.sign(**message)["Signature"]
    wiring.kms.verify(**message, Signature=signature)
    if _public_half(wiring, key) == _public_half(wiring, other):
        advice = "Give CERTIFICATE_KEY_ID a key of its own: the service must not be able to sign certificates."
        yield fault("certificate key", f"{key} is the key that signs tokens", advice)
    else:
        yield fine("certificate key", f"{key} signs and verifies")


def _public_half(wiring: Wiring, key: str) -> bytes | None:
    """By which a key is known, whatever it is called; null for one that has a fault of its own."""
    try:
        return bytes(wiring.kms.get_public_key(KeyId=key)["PublicKey"])
    except ClientError:
        return None


def secret(wiring: Wiring) -> Iterator[Finding]:
    """The secret, member by member; no value is shown."""
    place = wiring.settings.secret_id
    stored = wiring.client("secretsmanager").get_secret_value(SecretId=place)
    wrong = _wrong_members(stored.get("SecretString", ""), wiring)
    for member, why in wrong.items():
        yield fault("secret", f"{place}: {member} {why}", LOST)
    if not wrong:
        yield fine("secret", f"{place} has every member")


def _wrong_members(text: str, wiring: Wiring) -> dict[str, str]:
    try:
        members = json.loads(text)
    except ValueError:
        return {"the secret": "is not JSON"}
    if not isinstance(members, dict):
        return {"the secret": "is not a JSON object"}
    wrong = {name: "is missing or too short" for name in PEPPERS if not _is_secret(members.get(name))}
    digits = members.get(DIGITS)
    if not isinstance(digits, list) or not digits or not all(map(_is_secret, digits)):
        wrong[DIGITS] = "is not a list of secrets"
    for hook in HookName:
        url = getattr(wiring.settings, f"hook_{hook}_url")
        given = getattr(wiring.settings, f"hook_{hook}_secret").get_secret_value()
        if url and not given and not members.get(f"hook_{hook}_secret"):
            wrong[f"hook_{hook}_secret"] = "is missing, although the webhook is on"
    return wrong


def _is_secret(value: Any) -> bool:
    try:
        return isinstance(value, str) and len(b64decode(value, validate=True)) >= LEAST_BYTES
    except binascii.Error:
        return False


def bucket(wiring: Wiring) -> Iterator[Finding]:
    """The bucket of pictures: there, and closed to the public."""
    name, s3 = wiring.settings.image_bucket, wiring.client("s3")
    s3.head_bucket(Bucket=name)
    block = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    open_ways = [way for way in BLOCKS if not block.get(way)]
    if open_ways:
        yield fault("bucket", f"{name} is not private: {', '.join(open_ways)}", "Block all public access to it.")
    else:
        yield fine("bucket", f"{name} is there, and private")


def sender(wiring: Wiring) -> Iterator[Finding]:
    """The sender of mail: verified itself, or its domain."""
    address = parseaddr(wiring.settings.mail_from)[1]
    names = [address, address.rpartition("@")[2]]
    answer = wiring.client("ses").get_identity_verification_attributes(Identities=names)
    found = {name: each["VerificationStatus"] for name, each in answer["VerificationAttributes"].items()}
    if "Success" in found.values():
        yield fine("sender", f"{address} is verified")
    else:
        yield fault(
            "sender", f"{address} is not verified", "Verify the address or its domain in SES, or set MAIL_FROM."
        )


def feed(wiring: Wiring) -> Iterator[Finding]:
    """The bus of the feed, if there is a feed."""
    bus = wiring.settings.feed_bus
    if not bus:
        yield fine("feed", "off")
        return
    wiring.client("events").describe_event_bus(Name=bus)
    yield fine("feed", f"bus {bus} is there")


def pipeline(wiring: Wiring) -> Iterator[Finding]:
    """The states of a retirement, its pipeline and its webhooks, as they are configured."""
    settings = wiring.settings
    try:
        check_pipeline(settings.retirement_pipeline, States(tuple(settings.retirement_states)), wiring.hooks)
    except (StatesError, PipelineError, MisconfiguredWebhookError) as error:
        yield fault("pipeline", str(error), "Correct the setting; nothing is driven before.")
    else:
        yield fine("pipeline", f"{len(settings.retirement_pipeline)} steps, all can be driven")


def workers(wiring: Wiring) -> Iterator[Finding]:
    """The accounts that settings name."""
    for name in ("retirement_worker_username", "username_worker_username"):
        username = getattr(wiring.settings, name)
        if username and wiring.ledger.find(Claim(ClaimKind.USERNAME, username)) is None:
            yield fault(
                name.upper(), "names nobody", "Make the account, or empty the setting: who takes it gets its rights."
            )
        else:
            yield fine(name.upper(), "is there" if username else "names nobody on purpose")


CHECKS = (
    Check("credentials", credentials, "Log in, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."),
    Check("tables", tables, "Look at region and endpoint: no table could be asked for."),
    Check("sealing key", sealing_key, "KMS_KEY_ID must name a symmetric key that the role may use for data keys."),
    Check("signing key", signing_key, "SIGNING_KEY_ID must name an RSA key that the role may sign and verify with."),
    Check("certificate key", certificate_key, "CERTIFICATE_KEY_ID must name an RSA key that you may sign with."),
    Check("secret", secret, "SECRET_ID must name a secret that the role may read."),
    Check("bucket", bucket, "IMAGE_BUCKET must name a private bucket of this account that the role may use."),
    Check("sender", sender, "Let the role use SES in this region."),
    Check("feed", feed, "FEED_BUS must name a bus of this region; empty switches the feed off."),
    Check("pipeline", pipeline, "Correct RETIREMENT_STATES and RETIREMENT_PIPELINE."),
    Check("workers", workers, "The ledger must be readable first."),
)
