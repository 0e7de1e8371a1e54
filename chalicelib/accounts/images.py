"""Setting and removing the profile picture, as decisions (spec 30, sections 7 to 9)."""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.accounts.account import Account
from chalicelib.accounts.context import Context
from chalicelib.accounts.errors import CommandError
from chalicelib.events.aggregate import Decision
from chalicelib.events.images import ProfileImageRefused, ProfileImageRemoved, ProfileImageSet, Way


class SupersededError(CommandError):
    """A picture that was sent before a later one, or before a removal, that has been accepted already."""


class UploadDoneError(CommandError):
    """The upload has become the account's picture already."""


class NoOwnerError(CommandError):
    """The account is erased: it has no pictures any more."""


@dataclass(frozen=True)
class NewImage:
    """A picture whose objects are written: its random id, its sides, when it was sent and how."""

    image: str
    sides: tuple[int, ...]
    moment: datetime
    way: Way
    upload: str | None = None


def set_image(account: Account, new: NewImage, context: Context) -> Decision:
    """Make a picture the account's own. Raises `SupersededError`, `UploadDoneError`, `NoOwnerError`."""
    if account.erased:
        raise NoOwnerError
    if new.upload is not None and account.image is not None and account.image.upload == new.upload:
        raise UploadDoneError
    if new.way is Way.S3 and account.image_moment is not None and new.moment < account.image_moment:
        raise SupersededError
    event = ProfileImageSet(
        **context.next(account),
        image=new.image,
        sides=new.sides,
        moment=new.moment,
        way=new.way,
        upload=new.upload,
        replaced=account.image.id if account.image else None,
    )
    return Decision((event,))


def remove_image(account: Account, context: Context, *, uploads_open: bool) -> Decision:
    """Take the picture away; with uploads open the removal is recorded even without one, for it outranks them."""
    if account.image is None and not uploads_open:
        return Decision()
    image = account.image.id if account.image else None
    return Decision((ProfileImageRemoved(**context.next(account), moment=context.now, image=image),))


def refuse_upload(account: Account, upload: str, reason: str, size: int, context: Context) -> Decision:
    """Record, once, that a direct upload was refused; the present picture stays. Raises `NoOwnerError`."""
    if account.erased:
        raise NoOwnerError
    if account.refused_upload == upload:
        return Decision()
    refused = ProfileImageRefused(**context.next(account), upload=upload, reason=reason, size=size, moment=context.now)
    return Decision((refused,))
