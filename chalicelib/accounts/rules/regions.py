"""Countries and states (spec 10, sections 7 and 12)."""

from collections.abc import Collection
from functools import cache

from chalicelib.accounts.rules.choices import one_of
from chalicelib.accounts.rules.fault import RuleError
from chalicelib.accounts.rules.json_value import JsonValue

KOSOVO = "XK"
_STATES = """
AL AK AZ AR AA AE AP CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH
NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY
"""
STATES = tuple(_STATES.split())


@cache
def countries() -> frozenset[str]:
    """The two-letter codes of ISO 3166-1, and Kosovo's. The table is read on the first call."""
    import pycountry

    return frozenset(country.alpha_2 for country in pycountry.countries) | {KOSOVO}


def country(value: JsonValue, restricted: Collection[str] = ()) -> str | None:
    """The rule of `country`; null and the empty text clear it, `restricted` countries are refused."""
    if value is None or value == "":
        return None
    code = one_of(countries(), value, field="country")
    if code in restricted:
        raise RuleError("The country is restricted here.", "This country is not available.")
    return code


def state(value: JsonValue) -> str | None:
    """The rule of `state`: one of the United States or of their forces; null and the empty text clear it."""
    return one_of(STATES, value, field="state")
