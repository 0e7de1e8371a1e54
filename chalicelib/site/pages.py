"""Small pages that answer a link from a mail."""

from collections.abc import Iterable
from html import escape

from chalicelib.site.markup import document


def page(title: str, paragraphs: Iterable[str]) -> str:
    """A page of a heading and paragraphs, all of it plain text."""
    shown = [f"<h1>{escape(title)}</h1>", *(f"<p>{escape(text)}</p>" for text in paragraphs)]
    return document(title, "\n".join(shown))


def activated_page(platform_name: str) -> str:
    """The account is active now, or was already."""
    return page("Your account is active", [f"You can now log in to {platform_name}."])


def dead_activation_page(platform_name: str) -> str:
    """The activation link leads nowhere (any more)."""
    return page(
        "This link does not work",
        [
            f"No account at {platform_name} waits for this link. Perhaps it was not copied completely.",
            "If your account is active already, you can simply log in.",
        ],
    )


def confirmed_page(platform_name: str) -> str:
    """The address of a link is confirmed."""
    return page("Your address is confirmed", [f"{platform_name} uses it from now on."])


def dead_link_page() -> str:
    """A link that leads nowhere (any more)."""
    return page(
        "This link does not work",
        ["Perhaps it was used already, a newer one has replaced it, or it was not copied completely."],
    )


def address_taken_page() -> str:
    """Somebody has the address of the link by now."""
    return page("This address cannot be used", ["Nothing was changed. Please ask for another address."])


def link_failed_page() -> str:
    """A notice could not be sent, so nothing was changed."""
    return page("This did not work", ["Nothing was changed. Please open the link again in a few minutes."])


def front_page(platform_name: str, login: str, description: str) -> str:
    """What this service is, with links to its login and to its description."""
    return document(
        f"{platform_name}: accounts",
        f"<h1>{escape(platform_name)}: accounts</h1>\n"
        "<p>This service keeps the accounts of a learning platform.</p>\n"
        f'<p><a href="{escape(login)}">Sign in</a></p>\n<p><a href="{escape(description)}">The API</a></p>',
    )
