"""What a person is called once they are retired (spec 20, section 3.1)."""

from dataclasses import dataclass

from chalicelib.events.claims import Claim, ClaimKind, RetiredDigits


@dataclass(frozen=True)
class RetiredName:
    """The digits of an original, and the retired name or address that is made of them."""

    digits: str
    text: str


@dataclass(frozen=True)
class RetiredNames:
    """Makes retired usernames and addresses: `<prefix><40 digits>`, and that at `<domain>`."""

    digits: RetiredDigits
    prefix: str
    domain: str

    def username(self, original: str) -> RetiredName:
        """The retired form of a username, the same for all its capitalisations."""
        digits = self.digits.newest(Claim(ClaimKind.USERNAME, original))
        return RetiredName(digits, f"{self.prefix}{digits}")

    def email(self, original: str) -> RetiredName:
        """The retired form of an address, the same for all its spellings."""
        digits = self.digits.newest(Claim(ClaimKind.EMAIL, original))
        return RetiredName(digits, f"{self.prefix}{digits}@{self.domain}")
