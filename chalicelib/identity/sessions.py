"""Sessions in the short-lived table: begin, refresh, revoke (spec 40, section 6).

A session is one item, `S#<account id>` and its own id, with the number of its rotations in `n`: whoever
writes a rotation says which number it saw, so that two at once cannot undo one another. An ended session is
a deleted item; one that has run out is dead before the broom comes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pynamodb.exceptions import DoesNotExist, PutError, UpdateError

from chalicelib.events.errors import TooContendedError
from chalicelib.identity import refresh_token
from chalicelib.identity.errors import InvalidRefreshTokenError, RefreshTokenReusedError
from chalicelib.identity.refresh_token import RefreshToken
from chalicelib.identity.session import Session, SessionKind
from chalicelib.identity.store_errors import condition_failed, store_errors
from chalicelib.tables import ShortLivedItem

ATTEMPTS = 64
"""How often a refresh that lost a race for its session is tried again; each loss is somebody's success."""
ENDED = -1
"""What stands as the rotations of a session that was ended and is remembered: no rotation counts from there."""
ENDED_SECONDS_AGO = 3600
"""How long ago a session that is ended and remembered has run out: no process's clock is that far behind."""


@dataclass(frozen=True)
class Refreshed:
    """What a refresh gave. Check `generation` against the account's before you answer with a token."""

    account: str
    session_id: str
    kind: SessionKind
    generation: int
    refresh_token: str = field(repr=False)


def session_key(account: str, session_id: str) -> dict[str, dict[str, str]]:
    """The raw key of a session's item, for a read together with other items. Read it consistently."""
    return {"pk": {"S": _hash_key(account)}, "sk": {"S": session_id}}


def live(raw_item: Mapping[str, Any] | None, now: datetime) -> bool:
    """Whether the item read by `session_key`, in DynamoDB's raw form, is a session that goes on."""
    return raw_item is not None and int(raw_item["expires"]["N"]) > _unix(now)


class Sessions:
    """Everything that begins, carries on or ends a session. Lifetimes are in seconds.

    Raises StoreUnavailableError when DynamoDB throttles or cannot be reached.
    """

    def __init__(self, short_lived: type[ShortLivedItem]) -> None:
        self._items = short_lived

    def begin(
        self,
        account: str,
        kind: SessionKind,
        now: datetime,
        session_id: str,
        secret: bytes,
        lifetime: int,
        *,
        generation: int,
        client: str | None = None,
    ) -> str:
        """Begin a session and answer its first refresh token.

        `session_id` is 32 random hex digits, `secret` 32 random bytes, `generation` the account's token
        generation. A service's session has a token as well; it need not be handed out.
        """
        family = refresh_token.family_key(secret)
        token = refresh_token.issue(account, session_id, secret, family)
        moment = _unix(now)
        session = Session(
            account=account,
            session_id=session_id,
            kind=kind,
            generation=generation,
            created=now.timestamp(),
            last_used=moment,
            expires=moment + lifetime,
            family=family,
            client=client,
            waiting={token.digest: moment + lifetime},
            replaced={},
        )
        item = self._item(session, rotations=0)
        # There is none, or this one, stored by an attempt whose answer was lost:
        free = self._items.pk.does_not_exist() | (self._items.data == item.data)
        with store_errors():
            item.save(condition=free)
        return str(token)

    def refresh(
        self, token: str, now: datetime, new_secret: bytes, lifetime: int, *, client: str | None = None
    ) -> Refreshed:
        """Use a refresh token and answer its child.

        Raises InvalidRefreshTokenError for a dead or malformed one and for one of another client, and
        RefreshTokenReusedError, with the session ended, for one that was replaced longer ago than its grace.
        """
        presented = refresh_token.parse(token)
        if presented is None:
            raise InvalidRefreshTokenError
        for _ in range(ATTEMPTS):
            refreshed = self._rotate(presented, _unix(now), new_secret, lifetime, client)
            if refreshed is not None:
                return refreshed
        raise TooContendedError

    def find(self, token: str, now: datetime, *, client: str | None = None) -> Session:
        """The session that a refresh token may carry on; nothing is used up. Raises as `refresh`."""
        presented = refresh_token.parse(token)
        if presented is None:
            raise InvalidRefreshTokenError
        return self._genuine(presented, _unix(now), client)[0]

    def revoke(self, account: str, session_id: str) -> None:
        """End a session at once, with all its tokens. Ending an unknown one does nothing."""
        with store_errors():
            self._items(_hash_key(account), session_id).delete()

    def end_for(self, account: str, session_id: str, now: datetime, command: str) -> None:
        """End a session at once, and remember for a while that `command` has done so. An unknown one does nothing.

        What stays of it is dead, also for a refresh that has read it before and for a clock that is behind.
        """
        with store_errors():
            try:
                self._items(_hash_key(account), session_id).update(
                    actions=[
                        self._items.expires.set(_unix(now) - ENDED_SECONDS_AGO),
                        self._items.tally.set(ENDED),
                        self._items.owner.set(command),
                    ],
                    condition=self._items.pk.exists() & self._items.owner.does_not_exist(),
                )
            except UpdateError as error:
                if not condition_failed(error):
                    raise

    def ended_by(self, account: str, session_id: str, command: str) -> bool:
        """Whether it was `command` that ended this session, as far as that is still remembered."""
        with store_errors():
            try:
                return bool(self._items.get(_hash_key(account), session_id, consistent_read=True).owner == command)
            except DoesNotExist:
                return False

    def end_all(self, account: str) -> None:
        """End every session of an account."""
        self.end_others(account, None)

    def revoke_token(self, token: str, *, client: str | None = None) -> None:
        """End the session of a refresh token, old or new; anything else does nothing (RFC 7009).

        `client` is the OAuth client that it must have been begun for; a browser's session has none.
        """
        presented = refresh_token.parse(token)
        if presented is None:
            return
        found = self._load(presented.account, presented.session_id)
        if found is not None and found[0].client == client and presented.is_of_family(found[0].family):
            self.revoke(presented.account, presented.session_id)

    def revoke_for(self, client: str, account: str, session_id: str) -> None:
        """End a session if it was begun for this OAuth client."""
        found = self._load(account, session_id)
        if found is not None and found[0].client == client:
            self.revoke(account, session_id)

    def end_others(self, account: str, kept: str | None) -> None:
        """End every session of an account but `kept`."""
        with store_errors():
            for item in list(self._items.query(_hash_key(account), consistent_read=True)):
                if item.sk != kept:
                    item.delete()

    def list_live(self, account: str, now: datetime) -> list[Session]:
        """An account's sessions that go on, newest first; those of an older generation among them."""
        with store_errors():
            items = list(self._items.query(_hash_key(account), consistent_read=True))
        alive = [_session(item) for item in items if item.expires > _unix(now)]
        return sorted(alive, key=lambda session: (session.created, session.session_id), reverse=True)

    def _rotate(
        self, presented: RefreshToken, now: int, secret: bytes, lifetime: int, client: str | None
    ) -> Refreshed | None:
        """One attempt; None when another refresh was faster."""
        session, rotations = self._genuine(presented, now, client)
        child = refresh_token.issue(session.account, session.session_id, secret, session.family)
        rotated = session.rotated(presented.digest, child.digest, now, lifetime)
        if not self._replace(rotated, rotations):
            return None
        return Refreshed(
            account=session.account,
            session_id=session.session_id,
            kind=session.kind,
            generation=session.generation,
            refresh_token=str(child),
        )

    def _genuine(self, presented: RefreshToken, now: int, client: str | None) -> tuple[Session, int]:
        """The session that accepts the token, and how often it has rotated."""
        found = self._load(presented.account, presented.session_id)
        if found is None:
            raise InvalidRefreshTokenError
        session, _ = found
        if session.expires <= now or session.client != client or not presented.is_of_family(session.family):
            raise InvalidRefreshTokenError
        if not session.accepts(presented.digest, now):
            self.revoke(session.account, session.session_id)
            raise RefreshTokenReusedError(session.account, session.session_id)
        return found

    def _load(self, account: str, session_id: str) -> tuple[Session, int] | None:
        with store_errors():
            try:
                item = self._items.get(_hash_key(account), session_id, consistent_read=True)
            except DoesNotExist:
                return None
        return _session(item), int(item.tally or 0)

    def _replace(self, session: Session, rotations: int) -> bool:
        # Neither ended nor rotated since it was read:
        unchanged = self._items.tally == rotations
        with store_errors():
            try:
                self._item(session, rotations + 1).save(condition=unchanged)
            except PutError as error:
                if condition_failed(error):
                    return False
                raise
        return True

    def _item(self, session: Session, rotations: int) -> ShortLivedItem:
        return self._items(
            _hash_key(session.account),
            session.session_id,
            expires=session.expires,
            tally=rotations,
            data=session.model_dump(mode="json", exclude={"account", "session_id", "expires"}),
        )


def _session(item: ShortLivedItem) -> Session:
    account = item.pk.removeprefix(_hash_key(""))
    return Session(account=account, session_id=item.sk, expires=int(item.expires), **item.data)


def _hash_key(account: str) -> str:
    return f"S#{account}"


def _unix(now: datetime) -> int:
    return int(now.timestamp())
