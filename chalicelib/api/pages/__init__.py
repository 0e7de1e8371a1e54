"""The site: pages for people, support and operators, as a client of the API in the same process."""

from collections.abc import Sequence

from chalicelib.api.pages import choosing_language, front, login
from chalicelib.api.pages.page import Pages
from chalicelib.api.routing import Area

PARTS: Sequence[Pages] = (front.pages, choosing_language.pages)
AREAS: Sequence[Area] = (login.area, *(part.area for part in PARTS))
