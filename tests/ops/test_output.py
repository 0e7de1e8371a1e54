"""What is said, and to whom."""

from __future__ import annotations

import json

import pytest

from ops.output import Output, harmless
from ops.queue import BAR, SLIVER, bar


@pytest.mark.parametrize("text", ["\x1b[2J", "a\rb", "\u202eabc", "\x07", "\x9b"])
def test_control_characters_are_written_out(text):
    """Nothing that people write can clear a screen or turn words round; letters of all scripts stay."""
    assert text != harmless(text)
    assert harmless(text).isprintable()
    assert "Ελένη أمينة 田中\n" == harmless("Ελένη أمينة 田中\n")


def test_a_document_is_all_that_standard_output_has(capsys):
    """Lines for people are silent beside it."""
    out = Output(as_json=True)
    out.line("for people")
    out.document({"name": "Ελένη"}, lambda: out.line("for people"))
    written = capsys.readouterr().out
    assert {"name": "Ελένη"} == json.loads(written)
    assert "for people" not in written


def test_nobody_looks_on(capsys):
    """Progress is for terminals alone."""
    out = Output(as_json=False)
    with out.progress("Working", 3) as advance:
        advance(3)
    out.notice("still working")
    assert ("", "") == capsys.readouterr()


@pytest.mark.parametrize(("count", "most", "length"), [(100, 100, 40), (50, 100, 20)])
def test_bars(count, most, length):
    """In proportion; what there is shows, however little."""
    assert BAR * length == bar(count, most)
    assert SLIVER == bar(1, 1000)
