"""Accounts as JSON, each field only if its reader may see it."""

from collections.abc import Iterable

from chalicelib.accounts.account import Account
from chalicelib.accounts.view import ProfileImage, account_view
from chalicelib.accounts.visibility import visible_fields
from chalicelib.api.request import Request
from chalicelib.api.services import Services

SIZES = {"full": 500, "large": 120, "medium": 50, "small": 30}
DEFAULT_IMAGE = "/static/images/profiles/default_{side}.png"


def account_json(services: Services, request: Request, account: Account, viewer: Account) -> str:
    """The account as `viewer` may see it, with `?view=shared` or without."""
    year = services.clock().year
    shown = visible_fields(account, viewer, shared_view=request.shared_view, year=year, policy=services.policy)
    return fields_json(services, account, shown)


def full_json(services: Services, account: Account) -> str:
    """The account as its owner sees it."""
    return fields_json(services, account, services.policy.admin_fields)


def fields_json(services: Services, account: Account, shown: Iterable[str]) -> str:
    """The named fields of the account."""
    view = account_view(account, default_image(services), services.clock().year, services.policy)
    return view.model_dump_json(include=set(shown))


def default_image(services: Services) -> ProfileImage:
    """The default pictures, at IMAGE_BASE_URL or at this service."""
    base = services.settings.image_base_url or services.settings.base_url
    urls = {size: base + DEFAULT_IMAGE.format(side=side) for size, side in SIZES.items()}
    return ProfileImage(
        has_image=False,
        image_url_full=urls["full"],
        image_url_large=urls["large"],
        image_url_medium=urls["medium"],
        image_url_small=urls["small"],
    )
