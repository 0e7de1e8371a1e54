"""Why a picture is refused, in words for a developer and for a user (spec 30, sections 2 and 4)."""

from collections.abc import Mapping
from enum import StrEnum


class Reason(StrEnum):
    """Each way to be refused, in the order of the checks."""

    TOO_LARGE = "too_large"
    TOO_SMALL = "too_small"
    EXTENSION = "extension"
    CONTENT_TYPE = "content_type"
    FIRST_BYTES = "first_bytes"
    NOT_DECODABLE = "not_decodable"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_MANY_SCANS = "too_many_scans"
    INCOMPLETE = "incomplete"


DEVELOPER_MESSAGES: Mapping[Reason, str] = {
    Reason.TOO_LARGE: "The file is larger than {bound} bytes.",
    Reason.TOO_SMALL: "The file is smaller than {bound} bytes.",
    Reason.EXTENSION: "The file name must end in .jpg, .jpeg, .png or .gif.",
    Reason.CONTENT_TYPE: "The content type does not fit the extension of the file name.",
    Reason.FIRST_BYTES: "The first bytes of the file are not those of the format that its name promises.",
    Reason.NOT_DECODABLE: "The file cannot be read as the format that its name promises.",
    Reason.TOO_MANY_PIXELS: "The picture has more than {bound} pixels.",
    Reason.TOO_MANY_SCANS: "The JPEG consists of more scans than a picture of its size may have.",
    Reason.INCOMPLETE: "The data of the picture are damaged or end before the picture does.",
}
"""What is wrong, for whoever writes the client."""

USER_MESSAGES: Mapping[Reason, str] = {
    Reason.TOO_LARGE: "The file must be no larger than {size}.",
    Reason.TOO_SMALL: "The file must be at least {size} in size.",
    Reason.EXTENSION: "The file must be a picture in one of these formats: JPEG (.jpg, .jpeg), PNG (.png), GIF (.gif).",
    Reason.CONTENT_TYPE: "The type of the file and the ending of its name do not fit each other.",
    Reason.FIRST_BYTES: "The file is not what the ending of its name says. Please choose another picture.",
    Reason.NOT_DECODABLE: "The file cannot be read as a picture. Please choose another one.",
    Reason.TOO_MANY_PIXELS: "The picture is too large in width and height. Please choose a smaller one.",
    Reason.TOO_MANY_SCANS: "The picture is stored in an unusual way. Please save it again, or choose another one.",
    Reason.INCOMPLETE: "The picture is damaged or incomplete. Please choose another one.",
}
"""What is wrong, for whoever sent the picture."""


class PictureRefusedError(Exception):
    """A picture that is not accepted; nothing has changed. It says why, never what was sent.

    `bound` is the limit that was crossed, if there is one: a number of bytes or of pixels.
    """

    def __init__(self, reason: Reason, bound: int | None = None) -> None:
        super().__init__(f"picture refused: {reason}")
        self.reason = reason
        self.bound = bound

    @property
    def developer_message(self) -> str:
        """What is wrong, for whoever writes the client."""
        return DEVELOPER_MESSAGES[self.reason].format(bound=self.bound)

    @property
    def user_message(self) -> str:
        """What is wrong, for whoever sent the picture."""
        return USER_MESSAGES[self.reason].format(size=in_words(self.bound or 0))


def in_words(count: int) -> str:
    """A number of bytes as people write it; only what is exact is shortened."""
    for size, unit in ((1 << 20, "MB"), (1 << 10, "KB")):
        if count >= size and count * 10 % size == 0:
            return f"{count / size:.1f}".removesuffix(".0") + f" {unit}"
    return f"{count} bytes"
