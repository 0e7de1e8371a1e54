"""Browser profiles that are used again: a new one with its first tab costs more than a whole test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext

BLANK = "about:blank"


class Profiles:
    """Lends profiles of one browser; whoever has one is alone in it, and finds neither cookies nor pages there."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._idle: dict[bool, list[BrowserContext]] = {True: [], False: []}

    @contextmanager
    def lent(self, *, scripts: bool) -> Iterator[BrowserContext]:
        """Lend a profile that runs scripts, or one that does not."""
        idle = self._idle[scripts]
        context = idle.pop() if idle else self._browser.new_context(java_script_enabled=scripts)
        try:
            yield context
        finally:
            _clear(context)
            idle.append(context)


def _clear(context: BrowserContext) -> None:
    """Leave one blank tab, if there was any, and no cookie."""
    for page in context.pages[1:]:
        page.close()
    for page in context.pages:
        page.goto(BLANK)
    context.clear_cookies()
