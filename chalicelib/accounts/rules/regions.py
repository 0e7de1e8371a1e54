"""Countries and states (spec 10, sections 7 and 12)."""

from collections.abc import Collection, Mapping
from functools import cache
from types import MappingProxyType

from chalicelib.accounts.rules.choices import one_of
from chalicelib.accounts.rules.fault import RuleError
from chalicelib.accounts.rules.json_value import JsonValue

KOSOVO = "XK"
_STATES = """
AL AK AZ AR AA AE AP CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH
NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY
"""
STATES = tuple(_STATES.split())


def countries() -> Collection[str]:
    """The two-letter codes of ISO 3166-1, and Kosovo's."""
    return country_names().keys()


@cache
def country_names() -> Mapping[str, str]:
    """Their names in English, the shorter one where there are two. The table is read on the first call."""
    import pycountry

    names = {each.alpha_2: getattr(each, "common_name", each.name) for each in pycountry.countries}
    return MappingProxyType({**names, KOSOVO: "Kosovo"})


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
