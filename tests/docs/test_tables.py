"""Every table, attribute and kind of item is in docs/data-model.md."""

from __future__ import annotations

import re

import pytest

from chalicelib import tables
from chalicelib.events.claims import ClaimKind
from chalicelib.projections.name_changes import NameChanges
from chalicelib.projections.partner_queue import PartnerQueue
from chalicelib.projections.pending_addresses import PendingAddresses
from chalicelib.projections.retirement_queue import RetirementQueue
from chalicelib.projections.view import Projection
from tests.docs.pages import ROOT, by_name, page, rows

DATA_MODEL = page("docs/data-model.md")
MODELS = (
    tables.LedgerItem,
    tables.KeyItem,
    tables.ErasureItem,
    tables.ShortLivedItem,
    tables.ClientItem,
    tables.ViewItem,
)
KEYS = {"pk", "sk"}
_PREFIX = re.compile(r"""["']([A-Z])#""")
_FIXED = re.compile(r"""^\w*(?:SORT_KEY|HEAD|CREDENTIAL|PARTITION|KEK)\w* = "([A-Z]+)"$""", re.MULTILINE)


def test_every_model_is_here() -> None:
    """This test knows every table that a stage has."""
    assert set(tables.Tables.__dataclass_fields__) == {model.Meta.table_name.replace("-", "_") for model in MODELS}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.Meta.table_name)
def test_every_attribute_is_documented(model: type[tables.LedgerItem]) -> None:
    """Each attribute of the table, by its name in the store, has a row in the table's section."""
    told = set(by_name(DATA_MODEL.section(f"`{model.Meta.table_name}`")))
    names = {attribute.attr_name for attribute in model.get_attributes().values()}
    assert set() == names - KEYS - told


def test_every_table_is_listed() -> None:
    """The first table of the page lists them all."""
    listed = [cells[0].strip("`") for cells in rows(DATA_MODEL.prose)[1 : len(MODELS) + 1]]
    assert [model.Meta.table_name for model in MODELS] == listed


def test_every_index_is_documented() -> None:
    """Each index of a table is named in the table's section."""
    for model in MODELS:
        section = DATA_MODEL.section(f"`{model.Meta.table_name}`")
        assert [] == [name for name in model._indexes if f"`{name}`" not in section]


def test_every_claim_is_documented() -> None:
    """Each kind of claim has its row."""
    told = by_name(DATA_MODEL.section("Claim: `C#<kind>#<keyed hash>` / `CLAIM`"))
    assert set() == set(ClaimKind) - set(told)


@pytest.mark.parametrize("view", [PartnerQueue, RetirementQueue, NameChanges, PendingAddresses])
def test_every_view_is_documented(view: type[Projection]) -> None:
    """Each view has its row with its keys."""
    told = by_name(DATA_MODEL.section("`views`"))[view.name]
    assert told[0].startswith(f"`V#{view.name}#1#")


def test_every_kind_of_item_is_documented() -> None:
    """Each prefix of a key that the code makes is told, and so is each fixed one."""
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "chalicelib").rglob("*.py")]
    prefixes = {f"{prefix}#" for source in sources for prefix in _PREFIX.findall(source)}
    fixed = {word for source in sources for word in _FIXED.findall(source)}
    assert {"A#", "B#", "E#", "C#", "I#", "N#", "S#", "F#", "L#", "V#"} <= prefixes
    assert {"HEAD", "CREDENTIAL", "CLAIM", "CMD", "FAILURES", "LEASE", "BATCH", "KEK", "Q"} <= fixed
    missing = [prefix for prefix in prefixes if f"`{prefix}" not in DATA_MODEL.text]
    missing += [word for word in fixed if f"`{word}`" not in DATA_MODEL.text]
    assert [] == missing
