"""The frame of every page: language, title, the one style sheet inline, nothing loaded from elsewhere.

The style is inline so that a page is whole under any path (a stage of API Gateway has one in front); the
Content-Security-Policy names its hash, and allows nothing else but forms back to the service.
"""

from base64 import b64encode
from collections.abc import Iterable, Mapping
from hashlib import sha256
from html import escape
from pathlib import Path

STATIC = Path(__file__).parent / "static"
STYLE = (STATIC / "rollcall.css").read_text(encoding="utf-8")
SCRIPT = (STATIC / "site.js").read_text(encoding="utf-8")


def policy_hash(text: str) -> str:
    """What names an inline style or script in a Content-Security-Policy."""
    return b64encode(sha256(text.encode()).digest()).decode()


STYLE_HASH = policy_hash(STYLE)
SCRIPT_HASH = policy_hash(SCRIPT)


def html_headers(form_targets: Iterable[str] = (), pictures: str | None = None) -> Mapping[str, str]:
    """The headers of a page. Its forms lead to this service, and may go on from there to the origins `form_targets`.

    With `pictures` (an origin, or empty for this service alone) it may show pictures, and run the one script of the
    site.
    """
    targets = " ".join(("'self'", *form_targets))
    images = f"'self' blob: {pictures}".strip()
    shown = "" if pictures is None else f"script-src 'sha256-{SCRIPT_HASH}'; img-src {images}; "
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": (
            f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; {shown}"
            f"form-action {targets}; base-uri 'none'; frame-ancestors 'none'"
        ),
    }


def document(title: str, body: str, *, kind: str = "page", language: str = "en") -> str:
    """A whole HTML document. `title` is text, `body` is markup that is safe already."""
    return (
        f'<!doctype html>\n<html lang="{escape(language)}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n"
        f'<body>\n<main class="{escape(kind)}">\n{body}\n</main>\n</body>\n</html>\n'
    )
