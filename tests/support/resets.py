"""Password resets, asked for and carried out."""

import re

from tests.support.api import Api
from tests.support.gateway import Answer
from tests.support.stage import Stage

LINK = re.compile(r"https?://[^/\s]+/password_reset_confirm/([^/\s]+)/")
SECONDARY = re.compile(r"https?://[^/\s]+(/activate_secondary_email/\S+)")
NEW = "another-Passw0rd"
OTHER = "yet-another-Passw0rd"


def ask(api: Api, address: str) -> Answer:
    """Ask for a link."""
    return api.post_form("/password_reset/", {"email": address})


def links_to(stage: Stage, address: str) -> list[str]:
    """The links that were mailed to an address, oldest first: what stands in their paths."""
    return [found[1] for mail in stage.mailbox.to(address) if (found := LINK.search(mail.text))]


def link_for(stage: Stage, username: str) -> str:
    """A fresh link of an account."""
    address = f"{username}@example.com"
    assert 200 == ask(stage.api, address).status
    return links_to(stage, address)[-1]


def use(api: Api, link: str, password: str = NEW, again: str | None = None, **how: str) -> Answer:
    """Choose a password by a link."""
    fields = {"new_password1": password, "new_password2": password if again is None else again}
    return api.post_form(f"/password/reset/{link}/", fields, **how)


def is_valid(api: Api, link: str) -> bool:
    """Whether the service says that a link would work."""
    answer = api.post_form("/api/user/v1/account/password_reset/token/validate/", {"token": link})
    return bool(answer.json["is_valid"])


def with_recovery(stage: Stage, username: str) -> str:
    """Give an account a confirmed recovery address; answers it."""
    address = f"{stage.fresh('recovery')}@example.org"
    assert 200 == stage.api.patch(username, {"secondary_email": address}).status
    found = SECONDARY.search(stage.mailbox.to(address)[-1].text)
    assert found is not None
    assert 200 == stage.api.get(found[1]).status
    return address


def works(stage: Stage, name: str, password: str) -> bool:
    """Whether somebody can log in."""
    return stage.api.grant(name, password).status == 200
