"""Links to a person's pages on social platforms (spec 10, section 7.3)."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from chalicelib.accounts.rules.fault import RuleError
from chalicelib.accounts.rules.json_value import JsonValue
from chalicelib.accounts.rules.text import text

LINK_CHARACTERS = 100
STUBS: Mapping[str, str] = MappingProxyType(
    {"facebook": "facebook.com/", "linkedin": "linkedin.com/in/", "x": "x.com/"}
)
_STUB_PATTERNS = {platform: re.compile(re.escape(stub), re.ASCII | re.IGNORECASE) for platform, stub in STUBS.items()}


def social_links(value: JsonValue) -> dict[str, str | None]:
    """The rule of `social_links`: platforms, sorted, each with its new link, or null where it is removed."""
    if not isinstance(value, list):
        raise RuleError("The field social_links must be a list.", "Enter your links.")
    links: dict[str, str | None] = {}
    for item in value:
        platform, link = _parsed(item)
        if platform in links:
            raise RuleError("A platform is listed twice.", "Enter one link for each platform.")
        links[platform] = link
    return dict(sorted(links.items()))


def merged_links(current: Mapping[str, str], patch: Mapping[str, str | None]) -> dict[str, str]:
    """The links after a patch: those it names replaced or removed, the others kept, sorted by platform."""
    both = {**current, **patch}
    return {platform: link for platform, link in sorted(both.items()) if link is not None}


def _parsed(item: JsonValue) -> tuple[str, str | None]:
    if not isinstance(item, dict) or "platform" not in item or "social_link" not in item:
        raise RuleError('Each link must be {"platform", "social_link"}.', "Enter a link for each platform.")
    platform = item["platform"]
    if not isinstance(platform, str) or platform not in STUBS:
        known = ", ".join(STUBS)
        raise RuleError(f"The platform must be one of: {known}.", f"Choose one of: {known}.")
    return platform, _link(platform, item["social_link"])


def _link(platform: str, value: JsonValue) -> str | None:
    """The whole link, built anew from the name in `value` so that it can lead to the platform only."""
    if value == "":
        return None
    typed = text(value, field="social_links", max_characters=LINK_CHARACTERS)
    link = f"https://www.{STUBS[platform]}{_account_name(platform, typed)}"
    if len(link) > LINK_CHARACTERS:
        raise RuleError(f"A link is longer than {LINK_CHARACTERS} characters.", "Enter a shorter link.")
    return link


def _account_name(platform: str, typed: str) -> str:
    """What follows the platform's stub in `typed`, or all of it if the stub is not there."""
    stub = _STUB_PATTERNS[platform].search(typed)
    name = typed[stub.end() :].removesuffix("/") if stub else typed
    if not name.strip() or "/" in name:
        raise RuleError(
            f"A link must be a name, or an address that holds {STUBS[platform]} and then a name.",
            "Enter your name on the platform or the address of your page there.",
        )
    return name
