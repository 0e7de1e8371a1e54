"""Idempotency records: the first answer, sealed."""

import pytest

from chalicelib.events.errors import CorruptItemError
from chalicelib.events.idempotency import LIFETIME_SECONDS, Answer, Command, read_record, record_item, record_key
from tests.events.samples import ACCOUNT, KEY

NOW = 1_800_000_000
ANSWER = Answer(200, {"ETag": '"7"'}, '{"name": "Ada"}')


def command(answer=ANSWER):
    return Command("cd" * 16, "key-digest", "request-digest", NOW, lambda _state, _version: answer)


def test_a_record_gives_its_first_answer():
    """Status, headers and body come back as they went out, and the request's digest beside them."""
    record = read_record(record_item(command(), None, ACCOUNT, 7, KEY), NOW)
    assert (ANSWER, "request-digest", ACCOUNT, 7) == (
        record.answer(lambda: KEY),
        record.request_digest,
        record.account,
        record.version,
    )


def test_the_answer_is_made_of_the_state_it_leads_to():
    """The answer is asked for with the state and version after the events."""
    asked = []
    record_item(Command("c", "k", "r", NOW, lambda *seen: asked.append(seen) or ANSWER), "state", ACCOUNT, 7, KEY)
    assert [("state", 7)] == asked


def test_a_record_stands_under_caller_and_key():
    """The item is where the look-up looks."""
    item = record_item(command(), None, ACCOUNT, 7, KEY)
    assert record_key("cd" * 16, "key-digest") == {"pk": item["pk"], "sk": item["sk"]}


def test_a_record_runs_out_after_24_hours():
    """One second before its end it counts, at its end it does not."""
    item = record_item(command(), None, ACCOUNT, 7, KEY)
    assert read_record(item, NOW + LIFETIME_SECONDS - 1) is not None
    assert read_record(item, NOW + LIFETIME_SECONDS) is None
    assert 24 * 3600 == LIFETIME_SECONDS


def test_nothing_of_the_answer_is_readable():
    """The answer is sealed, and not in the representation either."""
    item = record_item(command(), None, ACCOUNT, 7, KEY)
    record = read_record(item, NOW)
    assert "Ada" not in f"{item}{record!r}{ANSWER!r}"


@pytest.mark.parametrize("moved", [{"a": {"S": "ef" * 16}}, {"v": {"N": "8"}}], ids=str)
def test_an_answer_opens_only_for_its_account_and_version(moved):
    """A record whose place was altered is corrupt."""
    record = read_record({**record_item(command(), None, ACCOUNT, 7, KEY), **moved}, NOW)
    with pytest.raises(CorruptItemError):
        record.answer(lambda: KEY)


def test_only_text_is_kept():
    """An answer in bytes is a programming error."""
    with pytest.raises(TypeError):
        record_item(command(Answer(200, {}, b"\xff")), None, ACCOUNT, 7, KEY)


class TestWithoutABody:
    """An answer without a body says nothing about anybody, and needs no key."""

    DONE = Answer(204, {"X-Request-Id": "r"}, "")

    @pytest.mark.parametrize("key", [KEY, None], ids=["key", "destroyed"])
    def test_it_is_kept_in_the_clear(self, key):
        """With the account's key or without, so that the second answer to `retire` is the first again."""
        item = record_item(command(self.DONE), None, ACCOUNT, 7, key)
        assert "profile" not in item

        def no_key():
            raise AssertionError("nothing is to be opened")

        assert self.DONE == read_record(item, NOW).answer(no_key)


def test_a_body_about_somebody_forgotten_is_not_kept():
    """Once the account's key is destroyed there is nothing to seal it with."""
    assert record_item(command(), None, ACCOUNT, 7, None) is None
