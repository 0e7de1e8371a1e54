"""The API's description as a page."""

import re
from html.parser import HTMLParser
from typing import Any

from chalicelib.site.api_docs import api_docs

MARKUP = "<script>alert(1)</script>"
OPENAPI: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Rollcall", "version": "1.2", "description": "First.\n\nSecond."},
    "tags": [{"name": "Tokens", "description": "Getting in."}, {"name": "Accounts"}],
    "paths": {
        "/accounts/{username}": {
            "parameters": [{"$ref": "#/components/parameters/Username"}],
            "get": {
                "tags": ["Accounts"],
                "summary": f"Read {MARKUP}",
                "parameters": [{"name": "view", "in": "query", "schema": {"type": "string", "enum": ["shared"]}}],
                "responses": {
                    "200": {
                        "description": "The account.",
                        "headers": {"ETag": {}},
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Account"}}},
                    },
                    "404": {"$ref": "#/components/responses/NotFound"},
                },
            },
        },
        "/accounts/username": {"get": {"tags": ["Accounts"], "responses": {}}},
        "/token": {
            "post": {
                "tags": ["Tokens"],
                "requestBody": {
                    "required": True,
                    "content": {"application/x-www-form-urlencoded": {"schema": {"type": "object"}}},
                },
                "responses": {"200": {"description": "A token."}},
            },
        },
        "/heartbeat": {"get": {"responses": {"200": {"description": "Alive."}}}},
    },
    "components": {
        "parameters": {
            "Username": {"name": "username", "in": "path", "required": True, "schema": {"type": "string"}},
        },
        "responses": {"NotFound": {"description": "Not there."}},
        "schemas": {
            "Account": {
                "type": "object",
                "description": f"An account. {MARKUP}",
                "required": ["username"],
                "properties": {
                    "username": {"type": "string", "maxLength": 30, "pattern": "^<a>$"},
                    "languages": {"type": "array", "items": {"$ref": "#/components/schemas/Language"}},
                    "bio": {"anyOf": [{"type": "string"}, {"type": "null"}], "description": MARKUP},
                    "kind": {"const": "<x>"},
                    "any": True,
                    "map": {"type": "object", "additionalProperties": {"type": ["integer", "null"]}},
                },
            },
            "Language": {"type": "string", "format": "bcp47"},
        },
    },
}


class Page(HTMLParser):
    VOID = frozenset({"meta", "br"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        named = dict(attrs)
        self.ids += [value for name, value in attrs if name == "id" and value]
        self.links += [value for name, value in attrs if name == "href" and value]
        assert not {"src", "onclick", "style"} & set(named)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert tag == self.open.pop()


def test_is_well_formed_and_whole() -> None:
    """Tags nest, ids are unique, each link leads to a place on the page, nothing is loaded or run."""
    page = Page(api_docs(OPENAPI))

    assert [] == page.open
    assert len(page.ids) == len(set(page.ids))
    assert set(page.links) <= {f"#{each}" for each in page.ids}
    assert not {"script", "link", "img", "iframe"} & page.tags


def test_everything_is_escaped() -> None:
    """Text of the document is text on the page."""
    html = api_docs(OPENAPI)
    assert MARKUP not in html
    assert 3 == html.count("&lt;script&gt;alert(1)&lt;/script&gt;")
    assert "^&lt;a&gt;$" in html


def test_operations_come_by_tag() -> None:
    """Declared tags come in their order, operations without a tag last."""
    headings = re.findall(r'<h2 id="([^"]+)"', api_docs(OPENAPI))
    assert ["tag-Tokens", "tag-Accounts", "tag-Other", "schemas"] == headings


def test_every_operation_status_and_parameter_is_there() -> None:
    """Each method and path, each status, own, shared and referenced parameters, body, and headers."""
    html = api_docs(OPENAPI)

    assert 4 == html.count("<section ")
    assert '<span class="verb">POST</span> <code>/token</code>' in html
    assert "<td><code>username</code></td><td>path</td><td>string</td><td>yes</td>" in html
    assert "<td><code>view</code></td><td>query</td><td><code>&quot;shared&quot;</code></td><td>no</td>" in html
    assert "<h4>Body (required)</h4><div><code>application/x-www-form-urlencoded</code>: object</div>" in html
    assert "<td><code>404</code></td><td>Not there.</td>" in html
    assert "<td><code>ETag</code></td>" in html
    assert "<p>First.</p><p>Second.</p>" in html


def test_schemas_say_what_a_value_may_be() -> None:
    """Types, limits, alternatives, constants, arrays, maps and links to other schemas."""
    html = api_docs(OPENAPI)

    assert "string (maxLength 30, pattern &quot;^&lt;a&gt;$&quot;)" in html
    assert 'array of <a href="#schema-Language">Language</a>' in html
    assert "<td>string or null</td>" in html
    assert "<code>&quot;&lt;x&gt;&quot;</code>" in html
    assert "<td><code>any</code></td><td>anything</td>" in html
    assert "object of integer or null" in html
    assert "string (bcp47)" in html


def test_an_empty_document() -> None:
    """A document with next to nothing in it is still a page."""
    assert [] == Page(api_docs({"openapi": "3.1.0", "info": {}, "paths": {}})).open
