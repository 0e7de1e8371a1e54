"""The small pages behind links of mails, in the reader's language (spec 10, section 9; spec 40, section 7).

They show nobody as signed in, and hold no form that would tell their address: that has the link's key in it.
"""

from collections.abc import Iterable

from chalicelib.api.answers import keyed_page
from chalicelib.api.origins import here
from chalicelib.api.request import Request
from chalicelib.events.idempotency import Answer
from chalicelib.settings import Settings
from chalicelib.site.catalogue import accepted_languages, language_for
from chalicelib.site.frame import Frame
from chalicelib.site.rendering import render


def language_of(settings: Settings, request: Request, preferred: Iterable[str] = ()) -> str:
    """The language for a request: chosen in this browser, else one of `preferred`, else what the browser takes."""
    chosen = request.cookies.get(settings.cookie_language_name, "")
    return language_for([chosen, *preferred, *accepted_languages(request.headers.get("accept-language", ""))])


def frame_of(settings: Settings, request: Request, csrf: str = "") -> Frame:
    """The surroundings of such a page; `csrf` is the browser's token, for one with a form."""
    return Frame(
        platform_name=settings.platform_name,
        language=language_of(settings, request),
        base=here("", settings),
        csrf=csrf,
    )


def linked_page(template: str, frame: Frame, status: int = 200, **content: str) -> Answer:
    """The page `template` at an address with a key: nobody is told where the reader comes from."""
    return keyed_page(render(template, frame, **content), status)
