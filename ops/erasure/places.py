"""What may be told of where something was found: keys that hold ids alone; of all others only their shape."""

import re

from chalicelib.events.claims import ClaimKind
from chalicelib.events.dynamo import Item
from chalicelib.projections.findings import shape
from ops.erasure.stores import Table

KINDS = "|".join(ClaimKind)
VIEWS = "retirement_queue|partner_queue|name_changes|pending_addresses"
KNOWN = re.compile(
    rf"A#[0-9a-f]{{32}}|C#(?:{KINDS})#[0-9a-f]{{64}}|I#[0-9a-f]{{32}}#[0-9a-f]{{64}}"
    r"|N#(?:account|retirement|partner|retirement-states)"
    r"|[0-9a-f]{32}(?:\.[0-9]+)?#(?:profile|retirement|partner)|KEK(?:#[0-9a-f]{16})?"
    r"|certificate#[0-9a-f]{32}#[0-9a-f]{32}|[SPOU]#[0-9a-f]{32}|[FRB]#[0-9a-f]{64}|L#account:[0-9a-f]{32}"
    rf"|[VG]#(?:{VIEWS})(?:#[0-9]+#[0-9a-f]{{32}})?|Q"
)
KNOWN_SORT_KEY = re.compile(
    r"E#[0-9]{12}|HEAD|CREDENTIAL|CLAIM|CMD|N|FAILURES|RESET|WINDOW|LEASE|BATCH|UPLOAD|ROW|EMAIL|SECONDARY|G"
    r"|[0-9a-f]{32}|(?:UPLOAD|PICTURE|EXPORT)#[0-9a-f]{32}"
)
KNOWN_OBJECT = re.compile(r"profile-images/[0-9a-f]{32}_[0-9]+\.jpg|incoming/[0-9a-f]{32}|exports/[0-9a-f]{32}\.json")


def key_shown(table: Table, item: Item) -> str:
    """The key of an item."""
    first, *others = (item[name]["S"] for name in table.keys)
    shown = [first if KNOWN.fullmatch(first) else shape(first)]
    return " ".join([*shown, *(each if KNOWN_SORT_KEY.fullmatch(each) else shape(each) for each in others)])


def attribute_shown(table: Table, name: str) -> str:
    """The name of an attribute."""
    return name if name in table.attributes else shape(name)


def object_shown(key: str) -> str:
    """The key of an object."""
    return key if KNOWN_OBJECT.fullmatch(key) else shape(key)
