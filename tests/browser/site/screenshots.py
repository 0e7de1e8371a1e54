"""Pictures of the site: `python -m tests.browser.site.screenshots` (`make screenshots`).

Every page at two widths, light and dark, goes to `.local/screenshots`; the few that README shows go to
`docs/screenshots`.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.browser.site.cases import BESIDE, NOBODY, REFUSALS, VIEWS, Refused
from tests.browser.site.looking import SCHEMES, WIDTHS, seen
from tests.browser.site.person import Person
from tests.browser.site.world import World, make_world
from tests.http.retirement_client import forced, left
from tests.http.service_client import Service, unique_name
from tests.http.service_process import REPOSITORY, ServiceProcess

ALL, KEPT = REPOSITORY / ".local" / "screenshots", REPOSITORY / "docs" / "screenshots"
COLOURS = 128
CASES = {**VIEWS, **BESIDE, **REFUSALS}
README = {
    "profile": ("POST /my/account", 1280, "light"),
    "history": ("GET /my/history", 1280, "light"),
    "privacy": ("GET /my/privacy", 360, "dark"),
    "deletion": ("GET /my/deletion", 360, "light"),
    "support": ("GET /staff/accounts/{username}", 1280, "dark"),
    "board": ("GET /staff/retirements", 1280, "light"),
}
"""Name of the picture -> the page, the width and the scheme of it that README shows."""

WHOLE = ("GET /staff/retirements",)
"""Pages that README shows whole; of the others it shows what stands in the first window."""


def main() -> int:
    """Make all of them."""
    ALL.mkdir(parents=True, exist_ok=True)
    KEPT.mkdir(parents=True, exist_ok=True)
    with _service() as service, sync_playwright() as playwright:
        found = next(path for name in CHROMIUM if (path := shutil.which(name)))
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        world = make_world(service)
        _let_more_leave(service)
        for by in dict.fromkeys(case.by for case in CASES.values()):
            person = Person(browser.new_context(), service)
            if by != NOBODY:
                person.signed_in(world.callers[by])
            for name in (name for name, case in CASES.items() if case.by == by):
                _taken(person, world, name)
        browser.close()
    for name, (page, width, scheme) in README.items():
        shutil.copy(_file(page, width, scheme), KEPT / f"{name}.png")
    return 0


def _let_more_leave(service: Service) -> None:
    """Let the board have something in several states."""
    superuser = service.seed("superuser")
    for states in ([], ["RETIRING_FORUMS"], ["RETIRING_FORUMS", "ERRORED"], ["RETIRING_FORUMS", "FORUMS_COMPLETE"]):
        leaver = left(service, username=unique_name("leaver")[:16])
        for state in states:
            forced(superuser, leaver.username, state)


def _taken(person: Person, world: World, name: str) -> None:
    case = CASES[name]
    if isinstance(case, Refused):
        person.open(case.on.format(**world.words))
        person.send(case.action.format(**world.words), **case.typed)
    else:
        person.open(case.address.format(**world.words))
    for width in WIDTHS:
        for scheme in SCHEMES:
            seen(person.page, scheme, width)
            _written(_file(name, width, scheme), person.page.screenshot(full_page=_is_whole(name, width, scheme)))


def _is_whole(name: str, width: int, scheme: str) -> bool:
    """Whether a picture shows the whole page."""
    return name in WHOLE or (name, width, scheme) not in README.values()


def _written(file: Path, png: bytes) -> None:
    """Keep a picture with a small palette: pages have few colours."""
    with Image.open(BytesIO(png)) as image:
        image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)


def _file(name: str, width: int, scheme: str) -> Path:
    stem = name.replace(" /", "-").replace("/", "-").replace(" ", "-").replace("{", "").replace("}", "")
    return ALL / f"{stem}-{width}-{scheme}.png"


@contextmanager
def _service() -> Iterator[Service]:
    with ExitStack() as stack:
        process = ServiceProcess()
        stack.callback(process.interrupt)
        process.wait_until_ready()
        service = Service(process.url)
        stack.callback(service.close)
        yield service


if __name__ == "__main__":
    sys.exit(main())
