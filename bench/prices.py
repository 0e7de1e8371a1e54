"""What AWS asks for, and how long it is taken to make us wait: the ONE place where these figures stand.

They are list prices without free tiers, discounts and taxes, written down by hand: there is no AWS to ask from here.
Check them before you decide anything by them, change them here, and print docs/scale.md's tables anew
(`python -m bench costs`).
"""

from dataclasses import dataclass

MILLION = 1_000_000


@dataclass(frozen=True)
class Prices:
    """List prices in US dollars; each name says for how much of what."""

    region: str
    date: str
    read_units_million: float
    write_units_million: float
    dynamodb_gb_month: float
    backup_gb_month: float
    lambda_gb_second: float
    lambda_requests_million: float
    gateway_requests_million: float
    kms_symmetric_million: float
    kms_rsa_million: float
    s3_writes_million: float
    s3_reads_million: float
    s3_gb_month: float
    mails_million: float
    events_million: float
    secret_reads_million: float


@dataclass(frozen=True)
class Waits:
    """Milliseconds that a call is TAKEN to last, for Lambda bills waiting too: assumptions, not measurements."""

    read: float
    write: float
    transaction: float
    other: float


PRICES = Prices(
    region="eu-west-1",
    date="2026-11-29",
    read_units_million=0.1415,
    write_units_million=0.70675,
    dynamodb_gb_month=0.283,
    backup_gb_month=0.22,
    lambda_gb_second=0.0000166667,
    lambda_requests_million=0.20,
    gateway_requests_million=3.50,
    kms_symmetric_million=3.00,
    kms_rsa_million=3.00,
    s3_writes_million=5.00,
    s3_reads_million=0.40,
    s3_gb_month=0.023,
    mails_million=100.0,
    events_million=1.00,
    secret_reads_million=5.00,
)
WAITS = Waits(read=4.0, write=6.0, transaction=12.0, other=15.0)
LAMBDA_GB = 1769 / 1024
"""What `infra/functions.py` gives the functions for requests and the stream: one core."""
