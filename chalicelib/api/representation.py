"""Accounts as JSON, each field only if its reader may see it."""

from collections.abc import Collection, Iterable

from chalicelib.accounts.account import Account
from chalicelib.accounts.view import ProfileImage, account_view
from chalicelib.accounts.visibility import visible_fields
from chalicelib.api.request import Request
from chalicelib.api.services import Services
from chalicelib.images.store import SERVED, name_of
from chalicelib.settings import Settings
from chalicelib.site.static import SIDES as DEFAULT_SIDES


def account_json(services: Services, request: Request, account: Account, viewer: Account) -> str:
    """The account as `viewer` may see it, with `?view=shared` or without."""
    year = services.clock().year
    shown = visible_fields(account, viewer, shared_view=request.shared_view, year=year, policy=services.policy)
    return fields_json(services, account, shown)


def full_json(services: Services, account: Account, year: int | None = None) -> str:
    """The account as its owner sees it, or saw it in `year`."""
    return fields_json(services, account, services.policy.admin_fields, year)


def fields_json(services: Services, account: Account, shown: Iterable[str], year: int | None = None) -> str:
    """The named fields of the account."""
    view = account_view(account, image_of(services, account), year or services.clock().year, services.policy)
    return view.model_dump_json(include=set(shown))


def image_of(services: Services, account: Account) -> ProfileImage:
    """Where the account's picture is in each size, or the default one."""
    settings = services.settings
    base = settings.image_base_url or settings.base_url
    sizes = settings.profile_image_sizes_map
    if account.image is None:
        found = {f"image_url_{name}": f"{base}/static/{_default(settings, side)}" for name, side in sizes.items()}
        return ProfileImage(has_image=False, **found)
    image, version = account.image, int(account.image.sent.timestamp())
    names = {name: name_of(image.id, nearest(side, image.sides)) for name, side in sizes.items()}
    urls = {f"image_url_{name}": f"{base}/{SERVED}{file}?v={version}" for name, file in names.items()}
    return ProfileImage(has_image=True, **urls)


def nearest(side: int, sides: Collection[int]) -> int:
    """The side that there is for `side`: itself, else the next larger one, else the largest."""
    return min((each for each in sides if each >= side), default=max(sides))


def _default(settings: Settings, side: int) -> str:
    name = f"{settings.profile_image_default_filename}_{nearest(side, DEFAULT_SIDES)}"
    return f"{name}.{settings.profile_image_default_file_extension}"
