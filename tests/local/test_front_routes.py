"""Which route a path belongs to."""

from local.front.routes import RouteTable, segments


def test_static_wins_over_parameter_at_any_depth() -> None:
    """The most literal route is taken, and a dead end is left again."""
    table = RouteTable(["/a/{x}/c", "/a/b/{y}", "/a/b/d"])

    assert "/a/b/d" == table.match(("a", "b", "d")).pattern
    assert "/a/b/{y}" == table.match(("a", "b", "c")).pattern
    assert {"x": "e"} == table.match(("a", "e", "c")).parameters
    assert None is table.match(("a", "b"))
    assert None is table.match(())


def test_segments_that_are_no_text() -> None:
    """Invalid UTF-8 has no segments; a stray percent sign stays."""
    assert None is segments("/a/%ff")
    assert ("a", "%zz") == segments("/a/%zz")
