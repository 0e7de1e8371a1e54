"""What a session is and how its refresh tokens replace one another (spec 40, section 6). Pure.

A token that is used is replaced by a child and stays good for GRACE_SECONDS, for two tabs that refresh at
once and for an answer that was lost; used again within that time it gives another child, and each child
goes on by itself. After that time its use means that somebody has a copy.
"""

from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict

GRACE_SECONDS = 60
KEPT = 32
"""How many waiting, and how many just replaced, tokens a session remembers; the oldest are dropped."""


class SessionKind(StrEnum):
    """What began a session."""

    BROWSER = "browser"
    TOKEN = "token"  # noqa: S105 - the name of a kind
    SERVICE = "service"


class Session(BaseModel):
    """One login, or one grant, and the refresh tokens that carry it on. Times are Unix seconds.

    `created` tells which of two logins in one second is the newer. `generation` is the account's token generation
    when the session began: a session of an earlier one has been revoked with all others of its account. `client` is
    the OAuth client that it was begun for, which alone may carry it on (RFC 6749, section 6). `waiting` maps the digest
    of each token not used yet to the time when it runs out, `replaced` that of each token used lately to the time when
    its grace ends.
    """

    model_config = ConfigDict(frozen=True)

    account: str
    session_id: str
    kind: SessionKind
    generation: int
    created: float
    last_used: int
    expires: int
    family: str
    client: str | None = None
    waiting: dict[str, int]
    replaced: dict[str, int]

    def accepts(self, digest: str, now: int) -> bool:
        """Whether the refresh token with this digest may be used now."""
        return self.waiting.get(digest, 0) > now or self.replaced.get(digest, 0) > now

    def rotated(self, digest: str, child: str, now: int, lifetime: int) -> Self:
        """The session after the token `digest`, which it accepts, was used and gave the token `child`."""
        replaced = _newest(_still_ahead(self.replaced, now))
        replaced.setdefault(digest, now + GRACE_SECONDS)
        waiting = _still_ahead(self.waiting, now)
        waiting.pop(digest, None)
        waiting[child] = now + lifetime
        return self.model_copy(
            update={
                "last_used": now,
                "expires": now + lifetime,
                "waiting": _newest(waiting),
                "replaced": _newest(replaced),
            }
        )


def _still_ahead(times: dict[str, int], now: int) -> dict[str, int]:
    return {digest: end for digest, end in times.items() if end > now}


def _newest(times: dict[str, int]) -> dict[str, int]:
    return dict(list(times.items())[-KEPT:])
