"""How the API shows what is kept (spec 10, section 5.2)."""

from typing import Any


def shown(name: str, value: Any) -> Any:
    """A field of the profile as answers and histories have it."""
    if name == "social_links":
        return [{"platform": platform, "social_link": link} for platform, link in sorted(value.items())]
    if name == "extended_profile":
        return [{"field_name": field, "field_value": text} for field, text in sorted(value.items())]
    if name == "language_proficiencies":
        return [{"code": code} for code in sorted(value)]
    return value
