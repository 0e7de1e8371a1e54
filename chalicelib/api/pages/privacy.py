"""Who may see one's profile, and what they see."""

from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.accounts.rules.choices import PRIVACIES
from chalicelib.accounts.visibility import ACCOUNT_PRIVACY, VISIBILITY_PREFIX, Privacy
from chalicelib.api.pages.editing import Content, Form, State, Values
from chalicelib.api.pages.failing import failed
from chalicelib.api.pages.inner import Reply
from chalicelib.api.pages.page import Pages
from chalicelib.api.pages.visit import Visit
from chalicelib.events.idempotency import Answer
from chalicelib.site.naming import Names

pages = Pages("Site: one's own account")
PATH = "/my/privacy"
PREVIEW = "/my/preview"
PREFERENCES = "/api/user/v1/preferences/{username}"
ACCOUNT = "/api/user/v1/accounts/{username}"
NEVER_FILLED = frozenset({"course_certificates", "time_zone", "verified_name"})
"""Fields that are always null in the API."""

IN_ORDER = (
    "name",
    "bio",
    "country",
    "language_proficiencies",
    "level_of_education",
    "social_links",
    "date_joined",
)
"""The fields that people look for first; others follow by their names."""


@pages.get(PATH, "Who may see one's profile")
def show_privacy(visit: Visit) -> Answer:
    """The choice, and the profile as others see it now."""
    return PrivacyForm(visit).open()


@pages.post(PATH, "Choose who may see one's profile", ("PATCH", PREFERENCES))
def save_privacy(visit: Visit) -> Answer:
    """Store the choice."""
    return PrivacyForm(visit).save()


@pages.get(PREVIEW, "One's profile as others see it")
def show_preview(visit: Visit) -> Answer:
    """The same card as on the page of the choice, alone."""
    seen = seen_by_others(visit)
    return visit.show("preview.html", **card(visit, seen.content)) if seen.ok else failed(visit, seen, PATH)


class PrivacyForm(Form):
    """Preferences: the visibility of the whole, and of single fields, which counts if the whole is `custom`."""

    path = PATH
    route = PREFERENCES

    def shown(self, content: Content) -> dict[str, str]:
        """What is in force. A choice that nobody knows acts as `private`; a field is shown or it is not."""
        chosen = content.get(ACCOUNT_PRIVACY, Privacy.ALL_USERS)
        return {
            ACCOUNT_PRIVACY: str(chosen) if chosen in PRIVACIES else str(Privacy.PRIVATE),
            **{key: str(Privacy.ALL_USERS) for key in self._keys if content.get(key) == Privacy.ALL_USERS},
        }

    def typed(self, content: Content) -> dict[str, str]:
        """A field that is not ticked is not sent."""
        fields = self.visit.fields
        return {
            ACCOUNT_PRIVACY: fields.get(ACCOUNT_PRIVACY, self.shown(content)[ACCOUNT_PRIVACY]),
            **{key: str(Privacy.ALL_USERS) for key in self._keys if key in fields},
        }

    def patch(self, shown: Values, typed: Values) -> dict[str, Any]:
        """The choices that differ."""
        keys = (ACCOUNT_PRIVACY, *self._keys)
        return {key: typed.get(key, Privacy.PRIVATE) for key in keys if typed.get(key) != shown.get(key)}

    def page(self, content: Content, state: State) -> Answer:
        """The choice and the card."""
        visit = self.visit
        now = visit.call("GET", ACCOUNT, username=visit.me.username)
        seen = seen_by_others(visit)
        refused = next((reply for reply in (now, seen) if not reply.ok), None)
        if refused is not None:
            return failed(visit, refused, PATH)
        return visit.show(
            "privacy.html",
            form=state,
            stored=None if state.stored is None else {key: content.get(key) for key in state.stored},
            consent=now.content.get("requires_parental_consent", False),
            privacies=PRIVACIES,
            choices=[(VISIBILITY_PREFIX + field, field) for field in self._fields],
            always=in_order(visit.services.policy.public_fields - {ACCOUNT_PRIVACY}),
            **card(visit, seen.content),
        )

    @property
    def _fields(self) -> list[str]:
        """The fields that can be shown or not: what everybody sees in any case is none of them."""
        policy = self.visit.services.policy
        return in_order(policy.custom_fields - policy.public_fields)

    @property
    def _keys(self) -> list[str]:
        return [VISIBILITY_PREFIX + field for field in self._fields]


def seen_by_others(visit: Visit) -> Reply:
    """The visitor's account as somebody else would get it."""
    return visit.call("GET", ACCOUNT, query={"view": "shared"}, username=visit.me.username)


def card(visit: Visit, seen: Mapping[str, Any]) -> dict[str, Any]:
    """What the card shows: filled fields, and which of those that are visible are empty."""
    visible = in_order(name for name in seen if name not in ("username", "profile_image", ACCOUNT_PRIVACY))
    return {
        "seen": seen,
        "names": Names(visit.language),
        "filled": [name for name in visible if seen[name] not in (None, "", [])],
        "empty": [name for name in visible if seen[name] in (None, "", []) and name not in NEVER_FILLED],
    }


def in_order(fields: Iterable[str]) -> list[str]:
    """Fields as people read them."""
    known = {name: place for place, name in enumerate(IN_ORDER)}
    return sorted(fields, key=lambda name: (known.get(name, len(known)), name))
