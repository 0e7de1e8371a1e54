"""HTML read as a browser reads it, as far as tests look at it: text, headings, forms, and faults beside fields."""

from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser

Attributes = dict[str, str | None]
VOID = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})
CLOSE_THEMSELVES = frozenset({"option", "li"})
"""Where a browser ends an element as the next one of its kind begins."""

UNSEEN = frozenset({"style", "script"})


@dataclass
class Form:
    """A form: where it leads, and what it would send as it stands. `choices` are the values of each select."""

    action: str
    multipart: bool = False
    values: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)


@dataclass
class Element:
    """An element with its attributes, and all text inside it."""

    tag: str
    attributes: Attributes
    text: str = ""

    @property
    def words(self) -> str:
        """The text with single spaces."""
        return " ".join(self.text.split())


@dataclass(frozen=True)
class Markup:
    """A page as HTML."""

    html: str = field(repr=False)

    @cached_property
    def _read(self) -> "_Reader":
        return _Reader(self.html)

    @property
    def words(self) -> str:
        """All text that is seen, with single spaces."""
        return " ".join("".join(self._read.seen).split())

    @property
    def elements(self) -> list[Element]:
        """All elements in their order."""
        return self._read.elements

    @property
    def forms(self) -> list[Form]:
        """All forms in their order."""
        return self._read.forms

    def has_form(self, action: str) -> bool:
        """Whether a form leads to `action`."""
        return any(form.action == action for form in self.forms)

    def form(self, action: str) -> Form:
        """The first form that leads to `action`."""
        found = [form for form in self.forms if form.action == action]
        assert found, f"no form leads to {action}: {[form.action for form in self.forms]}"
        return found[0]

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """The elements of a tag with these attributes (`class_` for `class`, `_` for `-`)."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [
            element
            for element in self.elements
            if element.tag == tag and all(element.attributes.get(name) == value for name, value in wanted.items())
        ]

    def by_id(self, identity: str) -> Element:
        """The one element with an id."""
        (found,) = [element for element in self.elements if element.attributes.get("id") == identity]
        return found

    @property
    def heading(self) -> str:
        """The text of the one h1."""
        (found,) = self.all("h1")
        return found.words

    @property
    def notice(self) -> str:
        """What was done, as the page says it; empty if it says nothing."""
        return " ".join(element.words for element in self.elements if element.attributes.get("role") == "status")

    @property
    def alert(self) -> str:
        """What is wrong with the whole form; empty if nothing is."""
        return " ".join(element.words for element in self.elements if element.attributes.get("role") == "alert")

    @property
    def _described(self) -> set[str]:
        return {word for each in self.elements for word in (each.attributes.get("aria-describedby") or "").split()}

    @property
    def faults(self) -> dict[str, str]:
        """Field -> the message beside it, which its field must refer to."""
        found = {}
        for element in self.elements:
            identity = element.attributes.get("id") or ""
            if identity.endswith("-fault"):
                assert any(
                    identity in (each.attributes.get("aria-describedby") or "").split() for each in self.elements
                )
                found[identity.removesuffix("-fault")] = element.words
        return found


class _Reader(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self.forms: list[Form] = []
        self.seen: list[str] = []
        self._open: list[Element] = []
        self._form: Form | None = None
        self._select = ""
        self.feed(html.replace("\r\n", "\n"))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in CLOSE_THEMSELVES and self._open and self._open[-1].tag == tag:
            self._open.pop()
        element = Element(tag, dict(attrs))
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)
        self._note(element)

    def handle_endtag(self, tag: str) -> None:
        while self._open:
            element = self._open.pop()
            if element.tag == tag:
                break
        if tag == "form":
            self._form = None
        if tag == "textarea" and self._form is not None:
            # A browser drops the line break that follows the tag.
            self._form.values[element.attributes["name"] or ""] = element.text.removeprefix("\n")

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data
        if not any(element.tag in UNSEEN for element in self._open):
            self.seen.append(data)

    def _note(self, element: Element) -> None:
        given = element.attributes
        if element.tag == "form":
            multipart = given.get("enctype") == "multipart/form-data"
            self._form = Form(given.get("action") or "", multipart)
            self.forms.append(self._form)
        elif self._form is not None and element.tag in ("input", "select", "textarea"):
            self._field(self._form, element)
        elif self._form is not None and element.tag == "option":
            self._option(self._form, given)

    def _field(self, form: Form, element: Element) -> None:
        given = element.attributes
        name, kind = given.get("name") or "", given.get("type") or "text"
        form.names.append(name)
        if element.tag == "select":
            self._select = name
            form.choices[name] = []
        elif element.tag == "input" and kind in ("checkbox", "radio"):
            form.choices.setdefault(name, []).append(given.get("value") or "on")
            if "checked" in given:
                form.values[name] = given.get("value") or "on"
        elif element.tag == "input" and kind not in ("file", "submit", "button"):
            form.values[name] = given.get("value") or ""

    def _option(self, form: Form, given: Attributes) -> None:
        value, known = given.get("value") or "", form.choices[self._select]
        if not known or "selected" in given:
            form.values[self._select] = value
        known.append(value)
