"""E-mail addresses, judged as Django's `EmailValidator` does (spec 10, sections 9 and 11)."""

import ipaddress
import re

from chalicelib.accounts.rules.fault import RuleError
from chalicelib.accounts.rules.json_value import JsonValue
from chalicelib.accounts.rules.text import text

ADDRESS_CHARACTERS = (3, 254)
RETIRED_DOMAIN = "retired.invalid"

_ATOM = r"[-!#$%&'*+/=?^_`{}|~0-9A-Za-z]+"
_DOT_ATOM = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_QUOTED = re.compile(r'"[!#-\[\]-~]*"')  # printable, and without escapes: what a mail can safely be sent to
_DOMAIN = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}(?<!-)")
_LITERAL = re.compile(r"\[([A-Fa-f0-9:.]+)\]")


def email_address(value: JsonValue, *, retired_domain: str = RETIRED_DOMAIN) -> str:
    """The rule of a new account's address: well-formed, and not of the domain of retired ones."""
    address = wellformed_address(value)
    if in_domain(address, retired_domain):
        raise RuleError("The address belongs to the domain of retired ones.", "Enter another e-mail address.")
    return address


def wellformed_address(value: JsonValue, *, field: str = "email") -> str:
    """The rule of any address: 3 to 254 characters, an ASCII local part, and a domain that can be one."""
    shortest, longest = ADDRESS_CHARACTERS
    address = text(value, field=field, max_characters=longest)
    local, at, domain = address.rpartition("@")
    if len(address) < shortest or not at or not _is_local(local) or not _is_domain(domain):
        raise RuleError(f"The field {field} does not hold an e-mail address.", "Enter a valid e-mail address.")
    return address


def in_domain(address: str, domain: str) -> bool:
    """Whether `address` belongs to `domain`, whatever capitals or look-alike letters it is in."""
    own = address.rpartition("@")[2]
    return (_to_ascii(own) or own).lower() == domain.lower()


def _is_local(local: str) -> bool:
    return bool(_DOT_ATOM.fullmatch(local) or _QUOTED.fullmatch(local))


def _is_domain(domain: str) -> bool:
    if domain == "localhost" or _LITERAL.fullmatch(domain):
        return domain == "localhost" or _is_ip(domain[1:-1])
    ascii_domain = domain if _DOMAIN.fullmatch(domain) else _to_ascii(domain)
    return ascii_domain is not None and bool(_DOMAIN.fullmatch(ascii_domain))


def _is_ip(literal: str) -> bool:
    try:
        ipaddress.ip_address(literal)
    except ValueError:
        return False
    return True


def _to_ascii(domain: str) -> str | None:
    """`domain` in the letters that name servers know, or null if it has no such form."""
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return None
