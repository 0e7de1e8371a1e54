"""Retirement rows in the ledger: their keys, what is retired for ever, and what an erasure leaves (spec 20)."""

from functools import partial
from typing import Any

import pytest

from chalicelib.accounts.account import Account
from chalicelib.accounts.aggregate import AccountAggregate
from chalicelib.accounts.context import Context
from chalicelib.events import items
from chalicelib.events.claims import Claim, ClaimKeys, ClaimKind
from chalicelib.events.classification import Purpose
from chalicelib.events.errors import ClaimTakenError
from chalicelib.events.event import Actor, Role
from chalicelib.events.ledger import Ledger
from chalicelib.events.reader import RETIRED
from chalicelib.retirement.cancelling import UnknownPassword, cancel
from chalicelib.retirement.cleanup import Redaction, clean_up
from chalicelib.retirement.erasing import erase_profile
from chalicelib.retirement.errors import AlreadyLeavingError
from chalicelib.retirement.leaving import leave
from chalicelib.retirement.partners import hand_out, remove_report, request_report
from chalicelib.retirement.transitions import Move, change_state
from tests.contract.ledgers import NOON, LedgerStage
from tests.support.calls import recorded
from tests.support.retirements import NAMES, REPORT, ROW, STATES, WORKING
from tests.support.threads import at_once

CONTEXT = Context(NOON, Actor(role=Role.SYSTEM), "r")
HASH = UnknownPassword("random hash", items.fingerprint("random hash"))
COMMANDS = {
    "leave": lambda state: leave(state, ROW, STATES, NAMES, CONTEXT),
    "work": lambda state: change_state(state, ROW, Move(WORKING, "SECRET-LOG", forced=True), STATES, CONTEXT),
    "report": lambda state: request_report(state, ROW, REPORT, ("SECRET-ORG",), STATES, CONTEXT),
    "hand out": lambda state: hand_out(state, REPORT, "call", CONTEXT),
    "retire": lambda state: erase_profile(state, ROW, STATES, CONTEXT),
    "complete": lambda state: change_state(state, ROW, Move("COMPLETE", "", forced=True), STATES, CONTEXT),
    "clean reports": lambda state: remove_report(state, REPORT, CONTEXT),
    "clean up": lambda state: clean_up(state, ROW, Redaction(), CONTEXT),
    "cancel": lambda state: cancel(state, ROW, HASH, CONTEXT),
}
JOURNEY = list(COMMANDS)[:-1]


class RetiringStage(LedgerStage):
    """A ledger that knows retired digits."""

    def __init__(self, engine: Any, tables: Any, kms: Any = None) -> None:
        super().__init__(engine, tables, kms)
        claims = ClaimKeys(b"pepper", b"retired pepper", NAMES.digits)
        self.ledger = Ledger(AccountAggregate(), self.client, self.table, self.keys, claims, self.erasures)

    def other_process(self) -> "RetiringStage":
        """Another process with the same tables and KMS."""
        return RetiringStage(self.engine, self.tables, self.kms)

    def take(self, account: str, *names: str) -> Account:
        """Carry out commands, one after the other."""
        for name in names:
            state = self.ledger.execute(account, COMMANDS[name]).loaded.state
        return state

    def key_row(self, subject: str, purpose: Purpose) -> dict[str, Any] | None:
        """A key's row as it is stored."""
        key = self.keys.row_key(subject, purpose)
        return self.client.get_item(TableName=self.keys.table, Key=key, ConsistentRead=True).get("Item")

    def erased_keys(self) -> set[str]:
        """What the ledger of erasures names."""
        return {item["pk"]["S"] for item in self.client.scan(TableName=self.erasures)["Items"]}


@pytest.fixture
def stage(engine: Any, tables: Any) -> RetiringStage:
    return RetiringStage(engine, tables)


@pytest.fixture
def ada(stage: RetiringStage) -> str:
    """An account that nobody has asked anything of yet."""
    return stage.register("secretada", email="secret@example.com").account


@pytest.mark.parametrize("length", range(1, len(JOURNEY) + 1))
def test_the_head_is_the_fold(stage, ada, length):
    """After each step of the way, in this process and in one that has to read every key."""
    state = stage.take(ada, *JOURNEY[:length])
    for process in (stage, stage.other_process()):
        assert process.is_consistent(ada)
        assert state == process.load(ada).state


class TestKeys:
    """Each row has a key of its own that lives from its making to its end."""

    def test_they_begin_with_the_row(self, stage, ada):
        """Leaving makes the row's, PUT the partner row's."""
        stage.take(ada, "leave", "work", "report")
        for number, purpose in ((ROW, Purpose.RETIREMENT), (REPORT, Purpose.PARTNER)):
            assert "ACTIVE" == stage.key_row(f"{ada}.{number}", purpose)["state"]["S"]

    @pytest.mark.parametrize(
        ("last", "number", "purpose"),
        [
            ("retire", None, Purpose.PROFILE),
            ("clean up", ROW, Purpose.RETIREMENT),
            ("clean reports", REPORT, Purpose.PARTNER),
        ],
    )
    def test_they_die_with_it(self, stage, ada, last, number, purpose):
        """The row of the key stays as a fence without the key, and the ledger of erasures names it."""
        journey = JOURNEY[: JOURNEY.index(last) + 1]
        state = stage.take(ada, *journey)
        subject = ada if number is None else f"{ada}.{number}"
        row = stage.key_row(subject, purpose)
        assert ("ERASED", str(state.version)) == (row["state"]["S"], row["through"]["N"])
        assert "wrapped" not in row
        assert f"{subject}#{purpose}" in stage.erased_keys()
        assert stage.keys.cached(subject, purpose) is None

    def test_cancelling_ends_both_rows(self, stage, ada):
        """And leaves the profile's key; the next row begins a new one."""
        stage.take(ada, "leave", "work", "report")
        stage.ledger.execute(
            ada, lambda state: change_state(state, ROW, Move("PENDING", "", forced=True), STATES, CONTEXT)
        )
        stage.take(ada, "cancel")
        assert {f"{ada}.{ROW}#retirement", f"{ada}.{REPORT}#partner"} == stage.erased_keys()
        stage.ledger.execute(ada, lambda state: leave(state, ROW + 1, STATES, NAMES, CONTEXT))
        assert "ACTIVE" == stage.key_row(f"{ada}.{ROW + 1}", Purpose.RETIREMENT)["state"]["S"]
        assert stage.is_consistent(ada)
        assert "secretada" == stage.other_process().load(ada).state.originals.username

    def test_another_process_that_remembers_the_keys(self, stage, ada):
        """It sees the new head, gives nobody the profile's key, and can say nothing personal any more."""
        stage.take(ada, "leave", "work", "report")
        other = stage.other_process()
        assert other.load(ada).key is not None
        stage.take(ada, "retire")
        found = other.load(ada)
        assert (None, True) == (found.key, found.state.erased)
        other.take(ada, "hand out", "complete", "clean reports", "clean up")
        assert stage.is_consistent(ada)


class TestNothingIsLeft:
    """After all steps nothing that the person or a driver said can be read."""

    def test_in_head_and_history(self, stage, ada):
        """Neither here nor in a fresh process; the bare facts stay."""
        stage.take(ada, *JOURNEY)
        for process in (stage, stage.other_process()):
            texts = [process.load(ada).state.model_dump_json()]
            texts += [event.model_dump_json() for event in process.ledger.history(ada)]
            assert [] == [text for text in texts if "secret" in text.lower()]
            assert 10 <= len(texts)

    def test_before_that_it_can(self, stage, ada):
        """The test above looks in the right place."""
        stage.take(ada, *JOURNEY[:3])
        texts = "".join(event.model_dump_json() for event in stage.other_process().ledger.history(ada))
        for secret in ("secretada", "secret@example.com", "SECRET-LOG", "SECRET-ORG"):
            assert secret in texts


class TestTakenForEver:
    """A retired name or address belongs to nobody, and nobody can have it."""

    NAMES = ("SecretAda", "Secret@Example.COM")

    def refused(self, stage, username="other", email="other@example.com"):
        """The kinds that a registration is refused for."""
        with pytest.raises(ClaimTakenError) as refusal:
            stage.register(username, number=99, email=email)
        return set(refusal.value.kinds)

    @pytest.mark.parametrize("length", [1, JOURNEY.index("retire") + 1, len(JOURNEY)])
    def test_registration(self, stage, ada, length):
        """In any capitals, from leaving on and for ever after."""
        stage.take(ada, *JOURNEY[:length])
        username, email = self.NAMES
        assert {"username"} == self.refused(stage, username=username)
        assert {"email"} == self.refused(stage, email=email)

    @pytest.mark.parametrize("length", [1, len(JOURNEY)])
    def test_owners(self, stage, ada, length):
        """Whoever asks before hears that it is taken: by its account while the name is its own, then by nobody."""
        stage.take(ada, *JOURNEY[:length])
        username, email = Claim(ClaimKind.USERNAME, self.NAMES[0]), Claim(ClaimKind.EMAIL, self.NAMES[1])
        holder = ada if length == 1 else RETIRED
        claims = [username, email, Claim(ClaimKind.USERNAME, "free")]
        assert {username: holder, email: RETIRED} == stage.ledger.owners(claims)

    def test_nothing_leads_from_it_to_the_account(self, stage, ada):
        """After the cleanups no claim of an original holds the account's id."""
        stage.take(ada, *JOURNEY)
        kinds = (
            ClaimKind.USERNAME,
            ClaimKind.EMAIL,
            ClaimKind.ORIGINAL_USERNAME,
            ClaimKind.ORIGINAL_EMAIL,
            ClaimKind.REPORTED_USERNAME,
        )
        for kind in kinds:
            assert [None] * 2 == [stage.holder(name, kind) for name in self.NAMES]
        assert stage.holder(str(ROW), ClaimKind.ROW) is None

    def test_until_it_is_cancelled(self, stage, ada):
        """The address is the account's again; after a change of name both names are free."""
        stage.take(ada, "leave", "cancel")
        assert ada == stage.holder("secret@example.com", ClaimKind.EMAIL)
        assert {Claim(ClaimKind.EMAIL, "secret@example.com"): ada} == stage.ledger.owners(
            [Claim(ClaimKind.EMAIL, "secret@example.com")]
        )
        state = stage.ledger.execute(ada, lambda s: leave(s, ROW + 1, STATES, NAMES, CONTEXT)).loaded.state
        assert ROW + 1 == state.row.number


def test_twenty_at_once_make_one_row(stage, ada):
    """One leaves, the others see it: one event, one row, one key."""
    processes = [stage.other_process() for _ in range(5)]

    def go(number):
        try:
            return processes[number % 5].ledger.execute(
                ada, lambda state: leave(state, 1 + number, STATES, NAMES, CONTEXT)
            )
        except AlreadyLeavingError:
            return None

    committed = [found for found in at_once(*[partial(go, number) for number in range(20)]) if found is not None]
    assert 1 == len(committed)
    assert 2 == stage.load(ada).version
    assert stage.is_consistent(ada)


def test_leaving_and_registering_at_once(stage):
    """Who wants the address of somebody who is leaving never gets it: it is the account's, then retired."""
    for number in range(10):
        account = stage.register(f"ada{number}", number=2 * number + 1).account

        def register(number=number):
            try:
                stage.register(f"eve{number}", number=2 * number + 2, email=f"ada{number}@example.com")
            except ClaimTakenError as error:
                return error.kinds
            return ()

        def go(account=account, number=number):
            stage.ledger.execute(account, lambda state: leave(state, number + 1, STATES, NAMES, CONTEXT))
            return

        assert [("email",), None] == list(at_once(register, go))


class TestBulk:
    """Many accounts with rows are read in few requests."""

    def test_keys_of_rows_in_one_request(self, stage):
        """Heads and profile keys in one BatchGetItem for each hundred items, the rows' keys in one more."""
        accounts = [stage.register(f"ada{number}", number=number).account for number in range(1, 31)]
        for number, account in enumerate(accounts, start=1):
            stage.ledger.execute(account, lambda state, number=number: leave(state, number, STATES, NAMES, CONTEXT))
        fresh = stage.other_process()
        fresh.load(accounts[0])
        with recorded(fresh.client) as calls:
            found = fresh.ledger.load_many(accounts)
        assert ["BatchGetItem"] * 2 == calls
        assert [f"ada{number}" for number in range(1, 31)] == [loaded.state.originals.username for loaded in found]

    def test_accounts_whose_rows_have_gone(self, stage, ada):
        """They have nothing left that would need a key, so nobody looks for one."""
        stage.take(ada, *JOURNEY)
        fresh = stage.other_process()
        with recorded(fresh.client) as calls:
            fresh.load(ada)
            fresh.load(ada)
        assert [] == [call for call in calls if call not in ("BatchGetItem", "GetItem")]
        assert 4 >= len(calls)

    def test_one_account_that_is_known(self, stage, ada):
        """With both keys in memory one request, as for anybody."""
        stage.take(ada, "leave")
        with recorded(stage.client) as calls:
            stage.load(ada)
        assert ["GetItem"] == calls
