"""What every page has around its content: language and zone, whose page it is, and where the service is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo

from chalicelib.site.catalogue import SOURCE


@dataclass(frozen=True)
class Person:
    """Who is signed in, as far as the frame of a page shows it; `rights` are those that lead to pages of their own."""

    username: str
    staff: bool = False
    retires: bool = False


@dataclass(frozen=True)
class Frame:
    """The surroundings of one page.

    `base` is the path in front of every path of this service, without a slash at the end. `csrf` and `once` go into
    each form: the browser's token, and a random name for this form's one submission. `flags` say what the stage offers.
    """

    platform_name: str = "Rollcall"
    language: str = SOURCE
    zone: tzinfo = UTC
    base: str = ""
    path: str = "/"
    csrf: str = field(default="", repr=False)
    once: str = ""
    person: Person | None = None
    flags: Mapping[str, bool] = field(default_factory=dict)
