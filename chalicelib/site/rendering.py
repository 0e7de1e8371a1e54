"""Templates to HTML (Jinja2, escaped by default). Jinja2 and Babel are imported when the first page is asked for."""

from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from chalicelib.site.catalogue import LANGUAGES, direction, translations
from chalicelib.site.frame import Frame
from chalicelib.site.markup import SCRIPT, STYLE

if TYPE_CHECKING:
    from jinja2 import Environment


def render(template: str, frame: Frame, **content: Any) -> str:
    """The page `template` (a file of `templates/`) in its frame, as a whole HTML document."""
    shown = Moments(frame)
    return (
        environment(frame.language)
        .get_template(template)
        .render(
            frame=frame,
            here=lambda path: frame.base + path,
            moment=shown.moment,
            day=shown.day,
            direction=direction(frame.language),
            languages=LANGUAGES,
            style=STYLE,
            script=SCRIPT,
            **content,
        )
    )


class Moments:
    """Times as a reader of the frame's language and zone writes them."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def moment(self, iso: str) -> str:
        """A time of the API (ISO 8601), to the minute and with its zone."""
        from babel.dates import format_datetime, get_timezone_name

        at = datetime.fromisoformat(iso).astimezone(self._frame.zone)
        shown = format_datetime(at, "medium", tzinfo=self._frame.zone, locale=self._frame.language)
        return f"{shown} {get_timezone_name(at, 'short', locale=self._frame.language)}"

    def day(self, iso: str) -> str:
        """The day of a time of the API."""
        from babel.dates import format_date

        at = datetime.fromisoformat(iso).astimezone(self._frame.zone)
        return format_date(at, "long", locale=self._frame.language)


@cache
def environment(language: str) -> "Environment":
    """The templates in a language."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("chalicelib.site"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    # The extension adds this method to the environment at run time.
    install = made.install_gettext_translations  # type: ignore[attr-defined]
    install(translations(language), newstyle=True)
    return made
