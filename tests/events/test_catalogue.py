"""The catalogue knows every event."""

import importlib
import pkgutil

import chalicelib
from chalicelib.accounts import fold as folding
from chalicelib.events.catalogue import EVENT_TYPES
from chalicelib.events.event import Event


def subclasses(of: type[Event]) -> set[type[Event]]:
    """All event types that the service defines, however deep."""
    direct = set(of.__subclasses__())
    return direct.union(*(subclasses(kind) for kind in direct))


def test_every_event_type_is_in_the_catalogue():
    """No event type can be stored that a reader would not find."""
    for module in pkgutil.walk_packages(chalicelib.__path__, "chalicelib."):
        importlib.import_module(module.name)
    defined = {kind for kind in subclasses(Event) if kind.__module__.startswith("chalicelib.")}
    assert {kind.__name__ for kind in defined} == set(EVENT_TYPES)


def test_names_are_those_of_the_classes():
    """An event stands in the store under the name of its class."""
    assert {name: name for name in EVENT_TYPES} == {name: kind.__name__ for name, kind in EVENT_TYPES.items()}


def test_every_event_type_is_folded():
    """Each type begins an account or changes one; none is forgotten by the fold."""
    assert set(EVENT_TYPES.values()) == {*folding._BEGINNINGS, *folding._CHANGES}
