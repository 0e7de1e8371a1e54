"""One's settings: the language, and the zone in which times are shown."""

from typing import Any
from urllib.parse import urlencode

from chalicelib.api.answers import with_cookies
from chalicelib.api.bodies import FORM
from chalicelib.api.pages.editing import Content, Form, State, Values
from chalicelib.api.pages.failing import failed
from chalicelib.api.pages.inner import Body
from chalicelib.api.pages.page import Pages
from chalicelib.api.pages.visit import Visit
from chalicelib.events.idempotency import Answer
from chalicelib.site.catalogue import LANGUAGES, accepted_languages, language_for
from chalicelib.site.naming import Names

pages = Pages("Site: one's own account")
PATH = "/my/settings"
PREFERENCES = "/api/user/v1/preferences/{username}"
ZONES = "/api/user/v1/preferences/time_zones"
SET_LANGUAGE = "/i18n/setlang"
LANGUAGE, ZONE = "pref-lang", "time_zone"


@pages.get(PATH, "One's language and time zone")
def show_settings(visit: Visit) -> Answer:
    """The form with both."""
    return SettingsForm(visit).open()


@pages.post(PATH, "Change one's language and time zone", ("PATCH", PREFERENCES), ("POST", SET_LANGUAGE))
def save_settings(visit: Visit) -> Answer:
    """Store them; this browser's pages have the language from now on."""
    return SettingsForm(visit).save()


class SettingsForm(Form):
    """Two preferences; an empty field is one that is not set."""

    path = PATH
    route = PREFERENCES

    def shown(self, content: Content) -> dict[str, str]:
        """The two preferences."""
        return {name: content.get(name, "") for name in (LANGUAGE, ZONE)}

    def typed(self, content: Content) -> dict[str, str]:
        """The two fields."""
        return {name: self.visit.fields.get(name, text) for name, text in self.shown(content).items()}

    def patch(self, shown: Values, typed: Values) -> dict[str, Any]:
        """Null is for one that is not to be set any more."""
        return {name: text or None for name, text in typed.items() if text != shown[name]}

    def saved(self, typed: Values) -> Answer:
        """The language counts in this browser at once: what was chosen in it before would outrank the account's."""
        accepted = accepted_languages(self.visit.request.headers.get("accept-language", ""))
        language = language_for([typed[LANGUAGE], *accepted])
        body = Body(urlencode({"language": language}).encode(), FORM)
        reply = self.visit.call("POST", SET_LANGUAGE, body)
        return with_cookies(super().saved(typed), reply.answer.cookies)

    def page(self, content: Content, state: State) -> Answer:  # noqa: ARG002 - the form says it all
        """The form with all choices; what is set stays one, also if it is none of ours."""
        visit, country = self.visit, self.visit.me.profile.country
        replies = [visit.call("GET", ZONES)]
        if country:
            replies.append(visit.call("GET", ZONES, query={"country_code": country}))
        refused = next((reply for reply in replies if not reply.ok), None)
        if refused is not None:
            return failed(visit, refused, PATH)
        everywhere, *near = (reply.content for reply in replies)
        names = Names(visit.language)
        known = {each["time_zone"] for each in everywhere}
        language, zone = state.values[LANGUAGE], state.values[ZONE]
        return visit.show(
            "settings.html",
            form=state,
            names=names,
            other_language=language if language not in LANGUAGES else "",
            other_zone=zone if zone not in known else "",
            everywhere=everywhere,
            near=near[0] if near and near[0] != everywhere else [],
            country=country or "",
        )
