"""The AWS clients of a process: how long they wait, and how often they try."""

from typing import Any

import botocore.session
from botocore.config import Config

from chalicelib.deadlines import refuse_late_calls

CLIENT_CONFIG = Config(
    connect_timeout=2,
    read_timeout=5,
    retries={"mode": "standard", "max_attempts": 3},
    max_pool_connections=16,
)
SIGNED_BY_SIGV4 = CLIENT_CONFIG.merge(Config(signature_version="s3v4", s3={"addressing_style": "virtual"}))
"""For S3: links name the bucket's host in its own region. S3's global host redirects to it while a bucket is new, which
browsers do not follow from a page and signatures do not survive."""


def aws_client(service: str, region: str, config: Config = CLIENT_CONFIG) -> Any:
    """A botocore client of an AWS service in a region."""
    return refuse_late_calls(botocore.session.get_session().create_client(service, region_name=region, config=config))
