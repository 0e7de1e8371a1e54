"""`rollcall bench`: benchmarks by name."""

from __future__ import annotations

from tests.ops.test_help import NOWHERE


def test_tables_as_a_document_and_for_people():
    """The same tables as `python -m bench` prints."""
    results = NOWHERE.json("bench", "load", "--quick")["results"]
    assert ["load"] == [each["benchmark"] for each in results]
    table = results[0]["tables"][0]
    assert {len(table["columns"])} == {len(row) for row in table["rows"]}
    told = NOWHERE("bench", "load", "--quick")
    assert 0 == told.status
    assert f"**{table['title']}**" in told.out
