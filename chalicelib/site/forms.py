"""Pages with a form: signing in, and choosing a new password. They work without scripts."""

from collections.abc import Iterable
from html import escape

from chalicelib.site.markup import document
from chalicelib.site.pages import page


def login_page(platform_name: str, action: str, csrf_token: str, target: str, typed: str = "", fault: str = "") -> str:
    """The form that signs in; `target` is where it leads afterwards, `typed` the name that was tried."""
    fields = (
        _hidden("csrfmiddlewaretoken", csrf_token),
        _hidden("next", target),
        _field("email_or_username", "Username or e-mail address", "text", "username", typed, described=bool(fault)),
        _field("password", "Password", "password", "current-password", described=bool(fault)),
    )
    return _form(f"Sign in to {platform_name}", action, fields, "Sign in", fault)


def new_password_page(platform_name: str, action: str, csrf_token: str, fault: str = "") -> str:
    """The form that chooses a new password."""
    fields = (
        _hidden("csrfmiddlewaretoken", csrf_token),
        _field("new_password1", "New password", "password", "new-password", described=bool(fault)),
        _field("new_password2", "The same again", "password", "new-password", described=bool(fault)),
    )
    return _form(f"Choose a new password for {platform_name}", action, fields, "Save", fault)


def password_set_page(platform_name: str) -> str:
    """The new password is in force."""
    return page("Your password was changed", [f"You can log in to {platform_name} with it now."])


def _form(title: str, action: str, fields: Iterable[str], button: str, fault: str) -> str:
    alert = f'<p role="alert" id="fault">{escape(fault)}</p>\n' if fault else ""
    inside = "\n".join(fields)
    return document(
        title,
        f'<h1>{escape(title)}</h1>\n{alert}<form method="post" action="{escape(action)}">\n{inside}\n'
        f'<p><button type="submit">{escape(button)}</button></p>\n</form>',
    )


def _hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{name}" value="{escape(value)}">'


def _field(name: str, label: str, kind: str, completion: str, value: str = "", *, described: bool) -> str:
    described_by = ' aria-describedby="fault"' if described else ""
    shown = f' value="{escape(value)}"' if value else ""
    return (
        f'<p><label for="{name}">{escape(label)}</label><br>'
        f'<input type="{kind}" id="{name}" name="{name}" autocomplete="{completion}" required{shown}{described_by}></p>'
    )
