"""Settings as an environment spells them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from chalicelib.settings import Settings

ONE, TWO = "https://pages.example", "http://localhost:1995"


@pytest.mark.parametrize("name", ["CORS_ORIGINS", "REDIRECT_ORIGINS"])
class TestOrigins:
    """Lists of origins."""

    @pytest.mark.parametrize(
        "text",
        [
            json.dumps([ONE, TWO]),
            f' ["{ONE}", "{TWO}"]',
            f"{ONE},{TWO}",
            f" {ONE} , {TWO} ",
            f"{ONE} {TWO}",
            f"{ONE}\n{TWO}\n",
            f"{ONE}/,{TWO}/",
            "HTTPS://Pages.Example,HTTP://LOCALHOST:1995",
            f"{ONE},{TWO},{ONE},",
            json.dumps([f" {ONE}/ ", TWO, TWO]),
        ],
    )
    def test_spellings(self, monkeypatch: pytest.MonkeyPatch, name: str, text: str):
        """A JSON list, or with commas or spaces; as browsers write them, each once, in their order."""
        monkeypatch.setenv(name, text)
        assert [ONE, TWO] == getattr(Settings(), name.lower())

    @pytest.mark.parametrize("text", ["", " ", ",", "[]"])
    def test_none(self, monkeypatch: pytest.MonkeyPatch, name: str, text: str):
        """An empty list trusts nobody."""
        monkeypatch.setenv(name, text)
        assert [] == getattr(Settings(), name.lower())

    @pytest.mark.parametrize(
        "text",
        [
            "*",
            "https://*",
            "https://*.example",
            "http://*:1995",
            '["*"]',
            "null",
            "pages.example",
            "//pages.example",
            "ftp://pages.example",
            "javascript://x",
            f"{ONE}/path",
            f"{ONE}?x",
            f"{ONE}#x",
            "https://user@pages.example",
            "https://pages.example:",
            "https://pages.example:x",
            "https://",
            "https://pages.example;script-src",
            f"{ONE},*",
            "[",
            "[1]",
            "[null]",
            '["https://pages.example"',
            '[["https://pages.example"]]',
            "https://p\u00e4ges.example",
        ],
    )
    def test_refused(self, monkeypatch: pytest.MonkeyPatch, name: str, text: str):
        """No wildcard, no path, nothing that is no origin: the service does not start."""
        monkeypatch.setenv(name, text)
        with pytest.raises(ValidationError):
            Settings()

    @pytest.mark.parametrize("text", ["https://pages.example:443", "http://pages.example:80"])
    def test_the_usual_port(self, monkeypatch: pytest.MonkeyPatch, name: str, text: str):
        """Browsers leave it out: so it must not make the origin another one."""
        monkeypatch.setenv(name, text)
        assert [text.rpartition(":")[0]] == getattr(Settings(), name.lower())

    @pytest.mark.parametrize("origin", ["http://[::1]:1995", "http://127.0.0.1:1997", "https://a-b.c_d.example"])
    def test_hosts(self, monkeypatch: pytest.MonkeyPatch, name: str, origin: str):
        """Addresses are hosts as well."""
        monkeypatch.setenv(name, origin)
        assert [origin] == getattr(Settings(), name.lower())


@given(st.text(alphabet=st.characters(exclude_characters="\x00"), max_size=40))
def test_any_text_is_origins_or_an_error(text: str):
    """Whatever is accepted cannot leave its place in a header."""
    try:
        origins = Settings(cors_origins=text).cors_origins
    except ValidationError:
        return
    assert all(origin.isascii() and not set(origin) & set(" ;,'\"*\r\n") for origin in origins)


@pytest.mark.parametrize("text", ['["10.0.0.0/8", "2001:db8::/32"]', '["10.0.0.0/8","2001:DB8:0::/32"]'])
def test_proxies(monkeypatch: pytest.MonkeyPatch, text: str):
    """Networks of both families."""
    monkeypatch.setenv("TRUSTED_PROXIES", text)
    assert ["10.0.0.0/8", "2001:db8::/32"] == Settings().trusted_proxies


@pytest.mark.parametrize("text", ['["10.0.0.1/8"]', '["proxy.example"]', '["10.0.0.0/33"]', '["*"]', '[""]'])
def test_proxies_that_are_no_networks(monkeypatch: pytest.MonkeyPatch, text: str):
    """Believing the wrong ones lets everybody choose a source: the service does not start."""
    monkeypatch.setenv("TRUSTED_PROXIES", text)
    with pytest.raises(ValidationError):
        Settings()


@pytest.mark.parametrize("text", ["lax", "none", "", "Any"])
def test_same_site(monkeypatch: pytest.MonkeyPatch, text: str):
    """Only what browsers know, as they write it."""
    monkeypatch.setenv("COOKIE_SAME_SITE", text)
    with pytest.raises(ValidationError):
        Settings()


def test_no_default_is_a_secret():
    """Signing keys and proxies come from the deployment; nobody is trusted by default (section 11 of spec 40)."""
    settings = Settings()
    assert [[]] * 5 == [
        settings.cors_origins,
        settings.redirect_origins,
        settings.trusted_proxies,
        settings.retired_signing_key_ids,
        settings.upcoming_signing_key_ids,
    ]
    assert ["", ""] == [settings.cookie_domain, settings.landing_page]
