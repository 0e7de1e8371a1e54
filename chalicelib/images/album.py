"""The pictures of accounts: set, removed, forgotten. Objects first, then the event that shows them (spec 30, 6).

A set of sizes is written under a new name and becomes visible with one event; the set before is deleted afterwards.
What a crash leaves is noted beforehand, and swept up.
"""

import logging
from collections.abc import Callable
from contextlib import ExitStack

from chalicelib.accounts.account import Account
from chalicelib.accounts.context import Context
from chalicelib.accounts.images import NewImage, remove_image, set_image
from chalicelib.events.aggregate import Decision
from chalicelib.events.errors import StoreUnavailableError
from chalicelib.events.idempotency import Command
from chalicelib.events.images import ProfileImageRemoved, ProfileImageSet
from chalicelib.events.ledger import Ledger
from chalicelib.images.errors import PicturesUnavailableError
from chalicelib.images.pipeline import Limits, Picture, make_pictures
from chalicelib.images.store import PictureStore
from chalicelib.images.uploads import Uploads

log = logging.getLogger("rollcall.images")
Contexts = Callable[[], Context]


class Album:
    """Changes the pictures of accounts. Arguments: accounts, the bucket, what there is of whom, the sides to make."""

    def __init__(self, ledger: Ledger[Account], store: PictureStore, uploads: Uploads, sides: tuple[int, ...]) -> None:
        self._ledger = ledger
        self._store = store
        self._uploads = uploads
        self.sides = sides

    def set(
        self,
        account: str,
        picture: Picture,
        limits: Limits,
        new: NewImage,
        contexts: Contexts,
        command: Command[Account] | None = None,
    ) -> None:
        """Make a picture the account's own.

        Raises `PictureRefusedError`, `PicturesUnavailableError`, and what `set_image` and the ledger raise: then
        nothing has changed, and no object is left.
        """
        pictures = make_pictures(picture, self.sides, limits)
        self._uploads.remember_picture(account, new.image)
        with ExitStack() as failed:
            failed.callback(self._discard_unless_shown, account, new.image)
            self._store.write(new.image, pictures)
            committed = self._ledger.execute(account, lambda state: set_image(state, new, contexts()), command)
            failed.pop_all()
        for event in committed.events:
            if isinstance(event, ProfileImageSet) and event.replaced is not None:
                self._discard(account, event.replaced)

    def remove(self, account: str, contexts: Contexts, command: Command[Account] | None = None) -> None:
        """Take the picture away. Raises what the ledger raises."""
        # First the uploads, then the account: one that is open no more has become the picture that is read next.
        uploads_open = self._uploads.any_waiting(account)

        def decide(state: Account) -> Decision:
            return remove_image(state, contexts(), uploads_open=uploads_open)

        committed = self._ledger.execute(account, decide, command)
        for event in committed.events:
            if isinstance(event, ProfileImageRemoved) and event.image is not None:
                self._discard(account, event.image)

    def forget(self, account: Account) -> None:
        """Delete every object of an account, shown or not, and everything that was sent. Raises if any is left."""
        there = self._uploads.open_of(account.id)
        for upload in there.uploads:
            self._store.delete_incoming(upload)
            self._uploads.drop(account.id, upload)
        shown = {account.image.id} if account.image else set()
        for image in shown | set(there.pictures):
            self._store.delete_picture(image)
            self._uploads.forget_picture(account.id, image)

    def _discard_unless_shown(self, account: str, image: str) -> None:
        """Delete a picture whose commit has failed, unless it has landed all the same: an answer can be lost."""
        try:
            found = self._ledger.load(account)
        except StoreUnavailableError:
            return
        if found is None or found.state.image is None or found.state.image.id != image:
            self._discard(account, image)

    def _discard(self, account: str, image: str) -> None:
        """Delete a picture that nobody is shown; what fails now is left to the sweep."""
        try:
            self._store.delete_picture(image)
            self._uploads.forget_picture(account, image)
        except (PicturesUnavailableError, StoreUnavailableError) as error:
            log.warning("picture not deleted yet", extra={"account": account, "error": type(error).__name__})
