"""What every page of the site owes to whoever looks at it, however they look."""

from __future__ import annotations

from itertools import pairwise

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

SCHEMES = ("light", "dark")
PHONE, DESKTOP = 360, 1280
WIDTHS = (PHONE, DESKTOP)
HEIGHT = 800
MOST_BYTES = 50_000
"""The first view of a page, its style included."""

COLOURS = {"resultTypes": ["violations"], "runOnly": {"type": "rule", "values": ["color-contrast"]}}
_axe = Axe()


def seen(page: Page, scheme: str, width: int) -> None:
    """Look at the page in a colour scheme and at a width, in pixels."""
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": HEIGHT})


def complaints(page: Page) -> list[str]:
    """All that keeps people out of the page: at both widths, in both schemes."""
    found = []
    for width in WIDTHS:
        for scheme in SCHEMES:
            seen(page, scheme, width)
            # The scheme changes colours and nothing else.
            results = _axe.run(page) if scheme == SCHEMES[0] else _axe.run(page, options=COLOURS)
            if results.violations_count:
                found.append(f"{width} px, {scheme}: {results.generate_report()}")
        if (wide := page.evaluate("document.scrollingElement.scrollWidth")) > width:
            found.append(f"the page is {wide} px wide at {width} px: {_too_wide(page, width)}")
    return [*found, *_disorder(page)]


def _disorder(page: Page) -> list[str]:
    """Headings that are left out or not in order, and a page without its title."""
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(each => Number(each.tagName[1]))")
    found = [] if levels.count(1) == 1 and levels[0] == 1 else [f"headings {levels}"]
    found += [f"headings {levels}" for one, other in pairwise(levels) if other > one + 1]
    return found if page.title().strip(" ·") else [*found, "no title"]


def _too_wide(page: Page, width: int) -> object:
    return page.evaluate(
        """width => [...document.querySelectorAll("body *")]
            .filter(each => each.getBoundingClientRect().right > width || each.getBoundingClientRect().left < 0)
            .filter(each => !each.closest(".scroll") && !each.matches(".skip"))
            .slice(0, 3).map(each => each.outerHTML.slice(0, 160))""",
        width,
    )
