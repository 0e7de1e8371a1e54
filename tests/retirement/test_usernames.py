"""Replacing usernames (spec 20, section 12)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.accounts.aggregate import AccountAggregate
from chalicelib.accounts.rules.usernames import RESERVED, is_usable
from chalicelib.events.claims import Claim, ClaimKind
from chalicelib.retirement.cancelling import UnknownPassword, cancel
from chalicelib.retirement.cleanup import Redaction, clean_up
from chalicelib.retirement.errors import UsernameRefusedError
from chalicelib.retirement.partners import remove_report
from chalicelib.retirement.usernames import replace_username, with_suffix
from tests.support.accounts import WORKER_CONTEXT as CONTEXT
from tests.support.accounts import account
from tests.support.retirements import NAMES, REPORT, ROW, after, erased, handed_out, left, moved, reported, working

PREFIX = "retired__user_"


def renamed(state, username="eve"):
    return after(state, replace_username(state, username, NAMES, CONTEXT))


def digits_of(*names):
    return {Claim(ClaimKind.RETIRED_USERNAME, NAMES.username(name).digits) for name in names}


class TestUsable:
    """Which names can be given at all."""

    @pytest.mark.parametrize("name", ["a", "x" * 150, "Ada L.", "a@b+c-d_e", "\u00e5sa", "me2"])
    def test_usable(self, name):
        """From one character to 150, of the alphabet of paths."""
        assert is_usable(name, PREFIX)

    @pytest.mark.parametrize(
        "name",
        [
            "",
            "x" * 151,
            "a/b",
            "a,b",
            "a?b",
            "a%b",
            "a\n",
            "a\0",
            "\ud800",
            "me",
            "ME",
            "retire",
            "Retire_Misc",
            PREFIX + "x",
            PREFIX.upper() + "x",
        ],
        ids=repr,
    )
    def test_unusable(self, name):
        """Empty, too long, outside the alphabet, a fixed word, the retired prefix; in any capitals."""
        assert not is_usable(name, PREFIX)

    @pytest.mark.parametrize("word", sorted(RESERVED))
    def test_fixed_words(self, word):
        """No account can take the place of a fixed path."""
        assert not is_usable(word, PREFIX)

    def test_the_prefix_is_a_setting(self):
        """What is retired elsewhere is a name here."""
        assert is_usable(PREFIX + "x", "gone-")
        assert not is_usable("GONE-x", "gone-")


class TestSuffix:
    """What is added to a name that is taken."""

    @given(st.binary(min_size=5, max_size=5))
    def test_letters_and_digits_in_turn(self, seed):
        """A hyphen and four characters, letters and digits in turn, either first."""
        assert re.fullmatch(r"ada-([a-z][0-9][a-z][0-9]|[0-9][a-z][0-9][a-z])", with_suffix("ada", seed))

    def test_either_first(self):
        """One bit of the seed decides."""
        assert ("ada-0b2d", "ada-a1c3") == (
            with_suffix("ada", bytes(range(5))[:1] + bytes([0, 1, 2, 3])),
            with_suffix("ada", bytes([1, 0, 1, 2, 3])),
        )

    def test_seeds_differ(self):
        """Other seeds, other suffixes."""
        assert 200 < len(
            {with_suffix("ada", bytes([n % 2, n, n * 7 % 256, n * 11 % 256, n * 13 % 256])) for n in range(256)}
        )


class TestReplacing:
    """What becomes of the account."""

    def test_an_account_that_stays(self):
        """One event with both names; the name is the account's, and nothing is retired."""
        (event,) = replace_username(account(), "eve", NAMES, CONTEXT).events
        assert ("UsernameReplaced", "ada", "eve", None) == (
            type(event).__name__,
            event.before,
            event.after,
            event.digits,
        )
        before, state = (
            account(credential="c", token_generation=2),
            renamed(account(credential="c", token_generation=2)),
        )
        assert before.model_copy(update={"own_username": "eve", "version": 4}) == state

    def test_no_row_no_key(self):
        """Without rows nothing is said that would need their keys."""
        (event,) = replace_username(account(), "eve", NAMES, CONTEXT).events
        assert not {"original_username", "reported_username"} & event.model_fields_set

    def test_the_old_name_is_free(self):
        """It is claimed no more."""
        claims = AccountAggregate().claims(renamed(account()))
        assert Claim(ClaimKind.USERNAME, "eve") in claims
        assert Claim(ClaimKind.USERNAME, "ada") not in claims

    def test_the_row_goes_by_the_new_name(self):
        """Its original username too; its retired values stay, and old and new name count as retired."""
        before, state = left(), renamed(left())
        assert ("eve", "eve", "ada@example.com") == (state.username, state.originals.username, state.originals.email)
        assert (before.retired_username, before.retired_email) == (state.retired_username, state.retired_email)
        claims = AccountAggregate().claims(state)
        assert digits_of("ada", "eve") == {claim for claim in claims if claim.kind is ClaimKind.RETIRED_USERNAME}
        assert Claim(ClaimKind.ORIGINAL_USERNAME, "eve") in claims
        assert Claim(ClaimKind.ORIGINAL_USERNAME, "ada") not in claims

    def test_the_partner_row_goes_by_the_new_name(self):
        """Its username leads to it; handed out or not, its mark and its organisations stay."""
        before = handed_out(reported(working(), "edX"))
        state = renamed(before)
        assert ("eve", ("edX",)) == (state.report.username, state.report.orgs)
        assert before.partner_row == state.partner_row
        assert Claim(ClaimKind.REPORTED_USERNAME, "eve") in AccountAggregate().claims(state)

    def test_the_partner_row_alone(self):
        """After the retirement's cleanup only the partner row has a key to say it with."""
        state = moved(reported(working()), "COMPLETE")
        state = after(state, clean_up(state, ROW, Redaction(), CONTEXT))
        (event,) = replace_username(state, "eve", NAMES, CONTEXT).events
        assert {"reported_username"} == {"original_username", "reported_username"} & event.model_fields_set
        assert "eve" == renamed(state).report.username
        assert digits_of("ada", "eve") <= AccountAggregate().claims(renamed(state))

    def test_after_both_cleanups_without_retire(self):
        """The account may be renamed, and its new name counts as retired like its old one."""
        state = moved(handed_out(reported(working())), "COMPLETE")
        state = after(state, remove_report(state, REPORT, CONTEXT))
        state = after(state, clean_up(state, ROW, Redaction(), CONTEXT))
        assert digits_of("ada", "eve") <= AccountAggregate().claims(renamed(state))

    def test_there_and_back(self):
        """A row that gets its first name back is found by that, and both names count as retired."""
        state = renamed(renamed(left()), "ada")
        assert ("ada", "ada") == (state.username, state.originals.username)
        assert digits_of("ada", "eve") <= AccountAggregate().claims(state)

    def test_cancelled(self):
        """Who stays after all keeps the new name, and neither is retired any more."""
        state = renamed(left())
        state = after(state, cancel(state, ROW, UnknownPassword("hash", "c"), CONTEXT))
        assert ("eve", "ada@example.com") == (state.username, state.email)
        assert set() == digits_of("ada", "eve") & AccountAggregate().claims(state)

    def test_erased(self):
        """An account that is erased has its retired name for good."""
        with pytest.raises(UsernameRefusedError):
            replace_username(erased(working()), "eve", NAMES, CONTEXT)
