"""Keyed hashes of what requests hold."""

import hmac
from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True)
class Digests:
    """Keyed hashes for what must be compared or counted without being kept."""

    pepper: bytes

    def of(self, purpose: str, *parts: bytes) -> str:
        """HMAC-SHA-256, in hex, over a purpose and parts; each part is preceded by its length."""
        message = b"".join(b"%d:%s" % (len(part), part) for part in (purpose.encode(), *parts))
        return hmac.new(self.pepper, message, sha256).hexdigest()
