"""Links of password resets in their table (spec 40, section 7)."""

from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import EndpointConnectionError
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.accounts.access import ResetLink
from chalicelib.events.errors import StoreUnavailableError
from chalicelib.identity import links
from chalicelib.identity.reset_links import SECRET_BYTES, ResetLinks, make, parse
from chalicelib.tables import Tables
from tests.support.calls import unreachable

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=3)
ACCOUNT = "00112233445566778899aabbccddeeff"
OTHER = "ff" * 16
SECRET = bytes(range(SECRET_BYTES))
NEWER = bytes(reversed(SECRET))


def link(account: str = ACCOUNT, *, to_recovery: bool = False) -> ResetLink:
    return ResetLink(account, 4, to_recovery, LATER)


@pytest.fixture
def open_links(tables: Tables) -> ResetLinks:
    return ResetLinks(tables.short_lived)


class TestText:
    """What stands in a link."""

    @given(st.binary(min_size=16, max_size=16), st.binary(min_size=SECRET_BYTES, max_size=SECRET_BYTES))
    def test_there_and_back(self, account: bytes, secret: bytes):
        """The account, and the digest of the secret: the secret itself is kept nowhere."""
        assert (account.hex(), links.digest(secret)) == parse(make(account.hex(), secret))

    @given(st.text(max_size=90))
    def test_any_text(self, text: str):
        """No text is an error, and nothing that `make` cannot have made is a link."""
        assert parse(text) is None

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda text: text + "A",
            lambda text: text + "=",
            lambda text: text + "\n",
            lambda text: text[:-1],
            lambda text: text[:-1] + "9",  # other spare bits of the same bytes
            lambda text: text[1:],
            lambda text: " " + text,
            lambda text: text.replace("-", "_", 1),
            lambda text: text.replace("aa", "AA", 1),
            lambda text: text.replace("0", "\u0660", 1),
            lambda text: text.replace("0", "\uff10", 1),
        ],
    )
    def test_another_spelling(self, spoil):
        """One link is one text."""
        text = make(ACCOUNT, SECRET)
        assert spoil(text) != text
        assert parse(spoil(text)) is None


class TestOpen:
    """The one open link of an account."""

    def test_found_by_its_secret(self, open_links: ResetLinks):
        """With all that was known when it was mailed."""
        open_links.open(link(to_recovery=True), SECRET)
        assert link(to_recovery=True) == open_links.find(ACCOUNT, links.digest(SECRET), NOW)

    def test_by_no_other(self, open_links: ResetLinks):
        """Neither by another secret nor for another account."""
        open_links.open(link(), SECRET)
        assert open_links.find(ACCOUNT, links.digest(NEWER), NOW) is None
        assert open_links.find(OTHER, links.digest(SECRET), NOW) is None

    def test_a_newer_one_replaces_it(self, open_links: ResetLinks):
        """There is one link an account, and others' are not touched."""
        open_links.open(link(), SECRET)
        open_links.open(link(OTHER), SECRET)
        open_links.open(link(), NEWER)
        assert open_links.find(ACCOUNT, links.digest(SECRET), NOW) is None
        assert link() == open_links.find(ACCOUNT, links.digest(NEWER), NOW)
        assert link(OTHER) == open_links.find(OTHER, links.digest(SECRET), NOW)

    def test_runs_out_by_itself(self, open_links: ResetLinks):
        """To the second, before the table is swept."""
        open_links.open(link(), SECRET)
        assert open_links.find(ACCOUNT, links.digest(SECRET), LATER - timedelta(seconds=1)) is not None
        assert open_links.find(ACCOUNT, links.digest(SECRET), LATER) is None

    def test_finding_uses_nothing_up(self, open_links: ResetLinks):
        """It is there the second time as well."""
        open_links.open(link(), SECRET)
        assert [link()] * 2 == [open_links.find(ACCOUNT, links.digest(SECRET), NOW) for _ in range(2)]


class TestStored:
    """What the table holds."""

    def test_no_secret(self, open_links: ResetLinks, tables: Tables):
        """The digest of the secret and nothing personal, with its end as time to live."""
        open_links.open(link(), SECRET)
        (item,) = tables.short_lived.scan()
        assert (f"P#{ACCOUNT}", int(LATER.timestamp())) == (item.pk, item.expires)
        assert {"digest": links.digest(SECRET), "way_in": 4, "to_recovery": False} == item.data

    def test_pretended(self, open_links: ResetLinks, tables: Tables):
        """The same item in all but its life, which is a minute."""
        open_links.open(link(), SECRET)
        (real,) = tables.short_lived.scan()
        open_links.pretend(link(), SECRET, NOW)
        (pretended,) = tables.short_lived.scan()
        assert (real.pk, real.sk, real.data) == (pretended.pk, pretended.sk, pretended.data)
        assert int(NOW.timestamp()) + 60 == pretended.expires


@pytest.mark.parametrize(
    "act",
    [
        lambda found: found.open(link(), SECRET),
        lambda found: found.pretend(link(), SECRET, NOW),
        lambda found: found.find(ACCOUNT, links.digest(SECRET), NOW),
    ],
    ids=["open", "pretend", "find"],
)
def test_out_of_reach(open_links: ResetLinks, tables: Tables, act):
    """A table that does not answer is said to be one, for real and pretended links alike."""
    client = tables.short_lived._get_connection().connection.client
    with unreachable(client), pytest.raises(StoreUnavailableError) as caught:
        act(open_links)
    assert EndpointConnectionError.__name__ in str(caught.value)
