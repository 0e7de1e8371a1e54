"""What can go wrong with the store of pictures."""


class PicturesUnavailableError(Exception):
    """S3 does not answer; nothing was changed that anybody sees. `reason` is S3's error code, never its text."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the store of pictures does not answer: {reason}")
        self.reason = reason
