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


def test_greedy_comes_last() -> None:
    """A root pattern for the rest takes what no other one does, a dead end among it, and never the root itself."""
    table = RouteTable(["/{proxy+}", "/a/{x}/c", "/a/b", "/"])

    assert ("/a/b", {}) == (table.match(("a", "b")).pattern, table.match(("a", "b")).parameters)
    assert "/a/{x}/c" == table.match(("a", "b", "c")).pattern
    assert "/" == table.match(()).pattern
    for path in (("x",), ("a",), ("a", "b", "c", "d"), ("a", "b", "d")):
        assert ("/{proxy+}", {"proxy": "/".join(path)}) == (table.match(path).pattern, table.match(path).parameters)


def test_greedy_does_not_take_the_root() -> None:
    """As API Gateway's does not."""
    assert None is RouteTable(["/{proxy+}"]).match(())


def test_without_a_greedy_one() -> None:
    """What nothing serves has no match; a pattern that is greedy further down is none."""
    table = RouteTable(["/a"])

    assert None is table.match(("b",))
    assert None is table.match(("a", "b"))


def test_slashes_and_dots_in_what_is_left() -> None:
    """A decoded slash stays inside the parameter, and no segment leads upwards."""
    path = segments("/x/%2e%2e/a%2Fb//c/")

    assert ("x", "..", "a/b", "c") == path
    assert {"rest": "x/../a/b/c"} == RouteTable(["/{rest+}", "/a/b/c"]).match(path).parameters


def test_segments_that_are_no_text() -> None:
    """Invalid UTF-8 has no segments; a stray percent sign stays."""
    assert None is segments("/a/%ff")
    assert ("a", "%zz") == segments("/a/%zz")
