"""The site: pages for people, support and operators, as a client of the API in the same process."""

from collections.abc import Sequence

from chalicelib.api.pages import (
    addresses,
    choosing_language,
    data,
    deletion,
    front,
    history,
    login,
    name,
    picture,
    privacy,
    profile,
    retirement_board,
    retirement_taking_back,
    sessions,
    settings,
    staff_account,
    staff_history,
    staff_names,
    staff_search,
)
from chalicelib.api.pages.page import Pages
from chalicelib.api.routing import Area

PARTS: Sequence[Pages] = (
    front.pages,
    choosing_language.pages,
    profile.pages,
    picture.pages,
    privacy.pages,
    addresses.pages,
    name.pages,
    settings.pages,
    sessions.pages,
    history.pages,
    data.pages,
    deletion.pages,
    staff_search.pages,
    staff_account.pages,
    staff_history.pages,
    staff_names.pages,
    retirement_board.pages,
    retirement_taking_back.pages,
)
AREAS: Sequence[Area] = (login.area, *(part.area for part in PARTS))
