"""One mail, ready to be sent."""

import re
from dataclasses import dataclass, field

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
ATOM = r"[^\x00-\x20\x7f-\xa0\u2028\u2029,;:<>()\[\]\\\"@]+"
QUOTED = r'"[!#-\[\]-~]*"'
LITERAL = r"\[[0-9A-Fa-f:.]+\]"
ADDRESS = re.compile(rf"(?:{ATOM}|{QUOTED})@(?:{ATOM}|{LITERAL})")
"""One address, which nothing that reads headers can take for two."""


class UnsafeMessageError(ValueError):
    """A header of the mail (`part`) could be read as more than one header or one address."""

    def __init__(self, part: str) -> None:
        super().__init__(f"The mail's {part} is not safe as a header.")
        self.part = part


@dataclass(frozen=True)
class Message:
    """A mail to one address, as text and as HTML. Raises `UnsafeMessageError`.

    Its fields stay out of its `repr`, so that a logged message shows nobody's address.
    """

    to: str = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(repr=False)

    def __post_init__(self) -> None:
        if ADDRESS.fullmatch(self.to) is None:
            raise UnsafeMessageError("address")
        if not self.subject or CONTROL.search(self.subject):
            raise UnsafeMessageError("subject")
