"""ETag and If-Match: the version of an account as a precondition (spec 50, section 4)."""

import re

from chalicelib.api.errors import PreconditionFailedError
from chalicelib.api.request import Request

ENTITY_TAG = re.compile(r'"[^"]*"')
TAG_LIST = re.compile(r'\s*"[^"]*"\s*(,\s*"[^"]*"\s*)*')


def etag(version: int) -> str:
    """The entity tag of a version."""
    return f'"{version}"'


def require_match(request: Request, version: int) -> None:
    """Raise `PreconditionFailedError` unless If-Match is absent, `*`, or names `version`.

    A malformed value names nothing; a weak tag never matches (RFC 9110, section 13.1.1).
    """
    wanted = request.headers.get("if-match")
    if wanted is None or wanted.strip() == "*":
        return
    if TAG_LIST.fullmatch(wanted) is None or etag(version) not in re.findall(r'"[^"]*"', wanted):
        raise PreconditionFailedError(version)


def is_known(request: Request, tag: str) -> bool:
    """Whether If-None-Match says that the client has what `tag` names; compared weakly (RFC 9110, section 13.1.2)."""
    wanted = request.headers.get("if-none-match")
    if wanted is None:
        return False
    return wanted.strip() == "*" or tag.removeprefix("W/") in ENTITY_TAG.findall(wanted)
