"""One's profile: what is said in it, and what stands in it for others to change."""

from typing import Any

from chalicelib.accounts.rules.choices import GENDERS, LEVELS_OF_EDUCATION
from chalicelib.accounts.rules.languages import LANGUAGES
from chalicelib.accounts.rules.regions import countries
from chalicelib.accounts.rules.social_links import STUBS
from chalicelib.api.pages.editing import Content, Form, State, Values
from chalicelib.api.pages.faults import faults_of
from chalicelib.api.pages.inner import Reply
from chalicelib.api.pages.page import Pages
from chalicelib.api.pages.profile_form import (
    EXTENDED,
    FIELDS,
    SPEAKS,
    form_faults,
    patch_of,
    typed_of,
    values_of,
)
from chalicelib.api.pages.visit import Visit
from chalicelib.events.idempotency import Answer
from chalicelib.site.naming import STATES, Names, by_name

pages = Pages("Site: one's own account")
PATH = "/my/account"
ACCOUNT = "/api/user/v1/accounts/{username}"


@pages.get(PATH, "One's profile")
def show_profile(visit: Visit) -> Answer:
    """Every field of the account that its owner may fill in, and what else it says."""
    return ProfileForm(visit).open()


@pages.post(PATH, "Change one's profile", ("PATCH", ACCOUNT))
def save_profile(visit: Visit) -> Answer:
    """Store the fields that differ."""
    return ProfileForm(visit).save()


class ProfileForm(Form):
    """The profile. A stage may keep fields for itself, and show others to nobody."""

    path = PATH
    route = ACCOUNT

    def shown(self, content: Content) -> dict[str, str]:
        """The account's fields."""
        return values_of(content, self._editable(content), self._extended)

    def typed(self, content: Content) -> dict[str, str]:
        """The form's fields."""
        return typed_of(self.visit.fields, self.shown(content), self._editable(content))

    def patch(self, shown: Values, typed: Values) -> dict[str, Any]:
        """The fields that differ."""
        return patch_of(shown, typed, self._extended)

    def faults(self, reply: Reply, patch: Content) -> dict[str, str]:
        """Those of the stage's own fields, and of a single link, stand beside them."""
        return form_faults(faults_of(reply), patch, self._extended)

    def page(self, content: Content, state: State) -> Answer:
        """The profile with all choices."""
        names, values, editable = Names(self.visit.language), state.values, self._editable(content)
        offered = {code for code in countries() if code not in self.visit.services.settings.restricted_countries}
        speakable = names.languages(LANGUAGES)
        return self.visit.show(
            "profile.html",
            account=content,
            form=state,
            editable=editable,
            kept=[name for name in FIELDS if name in content and name not in editable],
            names=names,
            countries=[code for code, _ in names.countries(offered | set(filter(None, [values.get("country")])))],
            states=[code for code, _ in by_name(STATES.items())],
            speakable=speakable,
            spoken=", ".join(name for code, name in speakable if f"{SPEAKS}{code}" in values),
            genders=GENDERS,
            levels=[code for code in LEVELS_OF_EDUCATION if code != "o" or values.get("level_of_education") == "o"],
            platforms=STUBS,
            extended=[(f"{EXTENDED}{number}", name) for number, name in enumerate(self._extended)],
        )

    @property
    def _extended(self) -> list[str]:
        return self.visit.services.settings.extended_profile_fields

    def _editable(self, content: Content) -> list[str]:
        kept = self.visit.services.settings.read_only_fields
        return [name for name in FIELDS if name in content and name not in kept]
