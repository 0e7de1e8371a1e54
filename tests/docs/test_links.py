"""What pages point to exists."""

from __future__ import annotations

import re

from tests.docs.pages import ROOT, Page, files, pages

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_PLACE = re.compile(r"`((?:chalicelib|local|tests|bench|docs|\.ci)(?:/[\w.-]+)+|app\.py)`")
_NAMED_PAGE = re.compile(r"\bdocs/[\w/-]+\.md\b")


def dead_links(page: Page) -> list[str]:
    """The links of a page within the repository that lead nowhere."""
    return [target for target in _LINK.findall(page.prose) if not _leads_somewhere(page, target)]


def _leads_somewhere(page: Page, target: str) -> bool:
    if re.match(r"[a-z]+:", target):
        return True
    path, _, anchor = target.partition("#")
    goal = (page.path.parent / path).resolve() if path else page.path
    if not goal.exists():
        return False
    return not anchor or anchor in Page(goal).anchors


def test_links_resolve() -> None:
    """Every link to a page or a place in one leads there."""
    dead = {str(page.path.relative_to(ROOT)): dead_links(page) for page in pages()}
    assert {} == {name: links for name, links in dead.items() if links}


def test_places_in_the_repository_exist() -> None:
    """Every file or folder that a page names exists."""
    named = {(page.path.name, place) for page in pages() for place in _PLACE.findall(page.prose)}
    assert [] == sorted((name, place) for name, place in named if not (ROOT / place).exists())


def test_pages_that_code_names_exist() -> None:
    """Every page that a docstring or a comment sends its reader to exists."""
    sources = [path for path in files() if path.suffix == ".py" and "tests" not in path.relative_to(ROOT).parts]
    named = {
        (str(path.relative_to(ROOT)), name)
        for path in sources
        for name in _NAMED_PAGE.findall(path.read_text(encoding="utf-8"))
    }
    assert [] == sorted((source, name) for source, name in named if not (ROOT / name).exists())


def test_a_dead_link_is_found(tmp_path: object) -> None:
    """The check sees a missing page and a missing anchor, and lets code blocks alone."""
    assert ROOT.exists()
    page = Page(ROOT / "docs" / "api.md")
    assert not _leads_somewhere(page, "nowhere.md")
    assert not _leads_somewhere(page, "#no-such-heading")
    assert _leads_somewhere(page, "#errors")
    assert _leads_somewhere(page, "https://example.com/")
