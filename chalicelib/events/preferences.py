"""Changes of the preference map (spec 10, section 10)."""

from typing import Annotated

from pydantic import Field

from chalicelib.events.classification import Personal
from chalicelib.events.event import Event


class PreferencesUpdated(Event):
    """Preferences were set or deleted. Both maps hold the keys that changed; null stands for one that is not set."""

    before: Annotated[dict[str, str | None], Personal] = Field(default_factory=dict)
    after: Annotated[dict[str, str | None], Personal] = Field(default_factory=dict)

    def changed_fields(self) -> tuple[str, ...]:
        """Only `preferences`: a key is a person's own text."""
        return ("preferences",)
