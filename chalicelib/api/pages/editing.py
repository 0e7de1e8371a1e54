"""Forms about what is the visitor's own: shown, changed by a merge patch, and never over somebody else's change."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from chalicelib.api.pages.failing import failed, session_ended
from chalicelib.api.pages.faults import faults_of
from chalicelib.api.pages.inner import Reply, as_merge_patch
from chalicelib.api.pages.profile_form import fingerprint
from chalicelib.api.pages.visit import Visit
from chalicelib.events.idempotency import Answer

VERSION = "version"
"""The hidden field that says what the form has shown."""

Content = Mapping[str, Any]
Values = Mapping[str, str]


@dataclass(frozen=True)
class State:
    """How a form stands: what its fields hold, and what is wrong beside which of them.

    `version` stands for what the API has. With `stored` that has changed since the form was shown, and these of its
    fields hold something else now.
    """

    values: Values = field(repr=False)
    version: str
    faults: Values = field(default_factory=dict, repr=False)
    stored: Content | None = field(default=None, repr=False)


class Form(ABC):
    """One visit to a form. It stands at `path`; what it is about is read and patched at the API's `route`."""

    path: ClassVar[str]
    route: ClassVar[str]

    def __init__(self, visit: Visit) -> None:
        self.visit = visit

    @abstractmethod
    def shown(self, content: Content) -> dict[str, str]:
        """What the fields hold for what the API has."""

    @abstractmethod
    def typed(self, content: Content) -> dict[str, str]:
        """What they hold as they were sent; a field that was not sent stays as it is."""

    @abstractmethod
    def patch(self, shown: Values, typed: Values) -> dict[str, Any]:
        """The merge patch of what differs."""

    @abstractmethod
    def page(self, content: Content, state: State) -> Answer:
        """The page with the form."""

    def faults(self, reply: Reply, patch: Content) -> dict[str, str]:  # noqa: ARG002 - forms may depend on it
        """The messages of a refused patch, by the fields of the form."""
        return faults_of(reply)

    def saved(self, typed: Values) -> Answer:  # noqa: ARG002 - forms may depend on it
        """On from a form that was accepted."""
        return self.visit.go(self.path, done="saved")

    def open(self) -> Answer:
        """The form as the API has it."""
        now = self._read()
        if not now.ok:
            return failed(self.visit, now, self.path)
        shown = self.shown(now.content)
        return self.page(now.content, State(shown, fingerprint(shown)))

    def save(self) -> Answer:
        """Store what differs from what the form has shown; if that has changed since, nothing."""
        now = self._read()
        if not now.ok:
            return failed(self.visit, now, self.path)
        shown = self.shown(now.content)
        typed = self.typed(now.content)
        patch = self.patch(shown, typed)
        if not patch:
            return self.saved(typed)
        if self.visit.typed(VERSION) != fingerprint(shown):
            return self._changed_meanwhile(now.content, typed)
        reply = self._write(patch, now.header("etag"))
        if reply.ok:
            return self.saved(typed)
        return self._refused(now.content, State(typed, fingerprint(shown), self.faults(reply, patch)), reply.status)

    def _read(self) -> Reply:
        return self.visit.call("GET", self.route, username=self.visit.me.username)

    def _write(self, patch: Content, tag: str | None) -> Reply:
        username = self.visit.me.username
        return self.visit.call("PATCH", self.route, as_merge_patch(patch), if_match=tag, username=username)

    def _refused(self, content: Content, state: State, status: int) -> Answer:
        if status == 401:
            return session_ended(self.visit)
        if status == 412:
            now = self._read()
            return self._changed_meanwhile(now.content, state.values) if now.ok else failed(self.visit, now, self.path)
        return self.page(content, state)

    def _changed_meanwhile(self, content: Content, typed: Values) -> Answer:
        """The form as it was sent, and besides it what the API has by now."""
        shown = self.shown(content)
        stored = {name: content.get(name) for name in self.patch(shown, typed)}
        return self.page(content, State(typed, fingerprint(shown), stored=stored))
