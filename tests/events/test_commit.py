"""What a decision of a retirement writes: keys begun and destroyed, claims for nobody, and guards."""

from contextlib import suppress
from typing import Any

import pytest

from chalicelib.accounts.aggregate import AccountAggregate
from chalicelib.accounts.registration import Applicant, NewAccount, register
from chalicelib.events import items
from chalicelib.events.access import TokensRevoked
from chalicelib.events.aggregate import CredentialChange, Decision, Loaded
from chalicelib.events.chain import GENESIS
from chalicelib.events.claims import Claim, ClaimKeys, ClaimKind, RetiredDigits
from chalicelib.events.classification import Purpose
from chalicelib.events.commit import CommitBuilder, TableNames
from chalicelib.events.dynamo import text
from chalicelib.events.errors import ErasedKeyError
from chalicelib.events.keys import NewKey
from chalicelib.events.profile import Profile
from chalicelib.events.sealing import DataKey, subject_of
from chalicelib.retirement.cancelling import UnknownPassword, cancel
from chalicelib.retirement.cleanup import Redaction, clean_up
from chalicelib.retirement.erasing import erase_profile
from chalicelib.retirement.errors import UsernameRefusedError
from chalicelib.retirement.leaving import leave
from chalicelib.retirement.partners import remove_report, request_report
from chalicelib.retirement.usernames import replace_username
from tests.support.accounts import ADA, account
from tests.support.accounts import WORKER_CONTEXT as CONTEXT
from tests.support.retirements import (
    NAMES,
    REPORT,
    ROW,
    STATES,
    after,
    erased,
    handed_out,
    left,
    moved,
    reported,
    working,
)

AGGREGATE = AccountAggregate()
CLAIMS = ClaimKeys(b"pepper", b"retired pepper", NAMES.digits)
PROFILE_KEY = DataKey(ADA, Purpose.PROFILE, bytes(range(32)))
HASH = UnknownPassword("hash", "fingerprint")
COMPLETE = moved(handed_out(reported(working())), "COMPLETE")


class Client:
    """Takes one transaction and keeps it."""

    def transact_write_items(self, TransactItems, ClientRequestToken):  # noqa: N803 - botocore's names
        assert ClientRequestToken
        self.items = TransactItems


def key_of(purpose: Purpose, row: int) -> DataKey:
    return DataKey(subject_of(ADA, row), purpose, f"{purpose}{row}".encode().ljust(32), row)


class Commit:
    """A decision on `state`, as it was written, and the account as it will be."""

    def __init__(self, state, decision, claims=CLAIMS, profile=PROFILE_KEY, destroyed=()):
        client = Client()
        builder = CommitBuilder(AGGREGATE, client, TableNames("ledger", "keys", "erasures"), claims)
        rows = {purpose: key_of(purpose, row) for purpose, row in AGGREGATE.rows(state).items()}
        rows |= dict.fromkeys(destroyed)
        loaded = Loaded(ADA, state, state.version, GENESIS, None if state.erased else profile, rows)
        fresh = {
            purpose: NewKey(key_of(purpose, row), {"pk": text(f"{subject_of(ADA, row)}#{purpose}")})
            for purpose, row in decision.begins.items()
        }
        transaction, self.after = builder.following(loaded, fresh, decision, None)
        transaction.write()
        self.items = client.items

    def of(self, operation: str, table: str) -> list[dict[str, Any]]:
        """The requests of one kind in one table."""
        found = [item[operation] for item in self.items if operation in item]
        return [request for request in found if table == request["TableName"]]

    def claims(self, operation: str, named: str = "Key") -> set[str]:
        """The partition keys of the claims that are put, deleted or checked."""
        keys = {request[named]["pk"]["S"] for request in self.of(operation, "ledger")}
        return {key for key in keys if key.startswith("C#")}

    @property
    def taken(self) -> set[str]:
        return self.claims("Put", "Item")

    @property
    def released(self) -> set[str]:
        return self.claims("Delete")

    @property
    def guards(self) -> set[str]:
        return self.claims("ConditionCheck")


def pk(kind: ClaimKind, value: str) -> str:
    return CLAIMS.partition_key(Claim(kind, value))


def digits(kind: ClaimKind, value: str) -> str:
    """Where the digits of a value stand that was retired under the newest secret."""
    retired = {ClaimKind.USERNAME: ClaimKind.RETIRED_USERNAME, ClaimKind.EMAIL: ClaimKind.RETIRED_EMAIL}
    return pk(retired[kind], NAMES.digits.newest(Claim(kind, value)))


class TestLeaving:
    """The row's key begins, and the names are retired, in the transaction that makes the row."""

    COMMIT = Commit(account(), leave(account(), ROW, STATES, NAMES, CONTEXT))

    def test_the_rows_key(self):
        """Its row is put if absent, and what is personal in the row is sealed with it, in the event and in the head."""
        (put,) = self.COMMIT.of("Put", "keys")
        assert ("attribute_not_exists(pk)", f"{ADA}.{ROW}#retirement") == (
            put["ConditionExpression"],
            put["Item"]["pk"]["S"],
        )
        sealed = [request["Item"] for request in self.COMMIT.of("Put", "ledger") if "retirement" in request["Item"]]
        assert ["E#000000000004", "HEAD"] == sorted(item["sk"]["S"] for item in sealed)
        assert {ROW} == {items.slots_of(item)[Purpose.RETIREMENT] for item in sealed}
        assert {Purpose.RETIREMENT: key_of(Purpose.RETIREMENT, ROW)} == self.COMMIT.after.row_keys

    def test_the_password(self):
        """The password hash is deleted with it."""
        credential = [key["Key"] for key in self.COMMIT.of("Delete", "ledger") if key["Key"]["sk"]["S"] == "CREDENTIAL"]
        assert [items.credential_key(ADA)] == credential

    def test_claims(self):
        """Retired digits, the row, the originals and the retired address are taken; the address is given up."""
        assert {
            digits(ClaimKind.USERNAME, "ada"),
            digits(ClaimKind.EMAIL, "ada@example.com"),
            pk(ClaimKind.ROW, str(ROW)),
            pk(ClaimKind.ORIGINAL_USERNAME, "ada"),
            pk(ClaimKind.ORIGINAL_EMAIL, "ada@example.com"),
            pk(ClaimKind.EMAIL, left().retired_email),
        } == self.COMMIT.taken
        assert {pk(ClaimKind.EMAIL, "ada@example.com")} == self.COMMIT.released

    def test_claims_for_nobody(self):
        """The digits lead to no account, those of rows and addresses lead to this one."""
        for request in self.COMMIT.of("Put", "ledger"):
            item = request["Item"]
            if item["pk"]["S"].startswith("C#"):
                assert item["pk"]["S"].startswith("C#retired-") == ("a" not in item)
                assert ADA not in item["pk"]["S"]


class TestGuards:
    """What is newly taken must not be retired, under any secret; what was the account's own anyway is."""

    def test_a_new_account(self):
        """Username and address: none of their digits under either secret may be there."""
        client = Client()
        builder = CommitBuilder(AGGREGATE, client, TableNames("ledger", "keys", "erasures"), CLAIMS)
        applicant = Applicant("ada", "ada@example.com", "password", Profile(name="Ada"))
        decision = register(applicant, NewAccount(ADA, 7, "hash", "credential"), "digest", CONTEXT)
        builder.beginning(ADA, {Purpose.PROFILE: NewKey(PROFILE_KEY, {"pk": text("k")})}, decision, None)[0].write()
        guards = [item["ConditionCheck"] for item in client.items if "ConditionCheck" in item]
        claims = [Claim(ClaimKind.USERNAME, "ada"), Claim(ClaimKind.EMAIL, "ada@example.com")]
        assert {key for claim in claims for key in CLAIMS.retired(claim)} == {
            guard["Key"]["pk"]["S"] for guard in guards
        }
        assert {"attribute_not_exists(pk)"} == {guard["ConditionExpression"] for guard in guards}

    def test_what_stays_is_not_guarded(self):
        """A commit that moves no claims has no guards: most commits cost nothing more."""
        state = left()
        assert set() == Commit(state, replace_username(state, "ADA", NAMES, CONTEXT)).taken
        assert set() == Commit(state, replace_username(state, "ADA", NAMES, CONTEXT)).guards

    @pytest.mark.parametrize("newest", [(), (b"newest secret",)], ids=["same secrets", "a newer secret"])
    def test_cancelling_takes_its_own_back(self, newest):
        """The address that this row has retired is free for it, under whatever secret that was."""
        secrets = RetiredDigits([b"older secret", b"newer secret", *newest])
        commit = Commit(left(), cancel(left(), ROW, HASH, CONTEXT), ClaimKeys(b"pepper", b"retired pepper", secrets))
        assert pk(ClaimKind.EMAIL, "ada@example.com") in commit.taken
        assert digits(ClaimKind.EMAIL, "ada@example.com") in commit.released
        assert set() == commit.guards & commit.released
        assert 1 + len(newest) == len(commit.guards)

    def test_cancelling_with_another_address(self):
        """An address that somebody else's retirement has taken is refused."""
        commit = Commit(left(), cancel(left(), ROW, HASH, CONTEXT, "eve@example.com"))
        assert set(CLAIMS.retired(Claim(ClaimKind.EMAIL, "eve@example.com"))) == commit.guards

    def test_a_row_that_is_renamed(self):
        """The new name is guarded under the secrets that have not retired it just now, and retired in the same step."""
        commit = Commit(left(), replace_username(left(), "eve", NAMES, CONTEXT))
        assert {digits(ClaimKind.USERNAME, "eve"), pk(ClaimKind.USERNAME, "eve")} <= commit.taken
        assert set(CLAIMS.retired(Claim(ClaimKind.USERNAME, "eve"))) == commit.guards | {
            digits(ClaimKind.USERNAME, "eve")
        }
        assert set() == commit.guards & commit.taken
        assert digits(ClaimKind.USERNAME, "ada") not in commit.released


class TestDestroying:
    """A key is destroyed in the transaction that makes the state do without it."""

    @pytest.mark.parametrize(
        ("state", "decision", "subject", "purpose"),
        [
            (working(), erase_profile(working(), ROW, STATES, CONTEXT), ADA, Purpose.PROFILE),
            (COMPLETE, clean_up(COMPLETE, ROW, Redaction(), CONTEXT), f"{ADA}.{ROW}", Purpose.RETIREMENT),
            (COMPLETE, remove_report(COMPLETE, REPORT, CONTEXT), f"{ADA}.{REPORT}", Purpose.PARTNER),
        ],
        ids=["retire", "cleanup", "partner cleanup"],
    )
    def test_one_key(self, state, decision, subject, purpose):
        """Its row keeps the fence at the version of the commit, the ledger of erasures gets the same, person-free."""
        commit = Commit(state, decision)
        (fence,) = commit.of("Update", "keys")
        (entry,) = commit.of("Update", "erasures")
        said = entry["ExpressionAttributeValues"]
        through = {"N": str(state.version + len(decision.events))}
        assert f"{subject}#{purpose}" == fence["Key"]["pk"]["S"] == entry["Key"]["pk"]["S"]
        assert through == fence["ExpressionAttributeValues"][":through"] == said[":through"]
        names = {":retired_username", ":retired_email", ":username_digits", ":email_digits"}
        everywhere = {":account", ":through", ":at", ":fingerprint", ":event"}
        assert (everywhere | names if purpose is Purpose.PROFILE else everywhere) == said.keys()
        assert {"S": type(decision.events[-1]).__name__} == said[":event"]
        head = next(item["Item"] for item in commit.of("Put", "ledger") if item["Item"]["sk"]["S"] == "HEAD")
        assert purpose not in items.sealed_parts(head)
        assert commit.after.keys.get(purpose) is None

    def test_both_rows(self):
        """Cancelling destroys the keys of row and partner row, and leaves the profile's."""
        state = moved(reported(working()), "PENDING")
        commit = Commit(state, cancel(state, ROW, HASH, CONTEXT))
        assert {f"{ADA}.{ROW}#retirement", f"{ADA}.{REPORT}#partner"} == {
            fence["Key"]["pk"]["S"] for fence in commit.of("Update", "keys")
        }
        assert (PROFILE_KEY, {}) == (commit.after.key, dict(commit.after.row_keys))

    def test_a_key_that_is_destroyed_already(self):
        """After a restore the ledger of erasures has destroyed the key before the row goes: the fence is that row's."""
        state = COMPLETE.model_copy(update={"report": None})
        commit = Commit(state, remove_report(state, REPORT, CONTEXT), destroyed=[Purpose.PARTNER])
        assert [f"{ADA}.{REPORT}#partner"] == [fence["Key"]["pk"]["S"] for fence in commit.of("Update", "keys")]

    def test_the_profiles_key_destroyed_already(self):
        """Likewise: `retire` goes through and empties the head."""
        blank = working().model_copy(update={"own_username": "", "profile": Profile()})
        commit = Commit(blank, erase_profile(blank, ROW, STATES, CONTEXT), profile=None)
        assert [f"{ADA}#profile"] == [fence["Key"]["pk"]["S"] for fence in commit.of("Update", "keys")]

    def test_no_password_for_who_is_erased(self):
        """Without the profile's key a password hash cannot be sealed."""
        with pytest.raises(ErasedKeyError):
            Commit(
                erased(working()),
                Decision((TokensRevoked(**CONTEXT.next(erased(working()))),), CredentialChange("hash")),
            )


def test_claims_after_retire_and_cleanups():
    """`retire` moves the username; each cleanup releases what led to its row; the digits stay for ever."""
    retire = Commit(working(), erase_profile(working(), ROW, STATES, CONTEXT))
    assert ({pk(ClaimKind.USERNAME, working().retired_username)}, {pk(ClaimKind.USERNAME, "ada")}) == (
        retire.taken,
        retire.released,
    )
    cleanup = Commit(COMPLETE, clean_up(COMPLETE, ROW, Redaction(), CONTEXT))
    assert (
        set(),
        {
            pk(ClaimKind.ROW, str(ROW)),
            pk(ClaimKind.ORIGINAL_USERNAME, "ada"),
            pk(ClaimKind.ORIGINAL_EMAIL, "ada@example.com"),
        },
    ) == (cleanup.taken, cleanup.released)
    partner = Commit(COMPLETE, remove_report(COMPLETE, REPORT, CONTEXT))
    assert (set(), {pk(ClaimKind.REPORTED_USERNAME, "ada")}) == (partner.taken, partner.released)


def test_the_partner_rows_key():
    """PUT begins it beside the row's; after `retire` too, when the profile's is gone."""
    for state in (working(), erased(working())):
        commit = Commit(state, request_report(state, ROW, REPORT, ("edX",), STATES, CONTEXT))
        assert {Purpose.RETIREMENT, Purpose.PARTNER} == commit.after.row_keys.keys()
        assert [f"{ADA}.{REPORT}#partner"] == [put["Item"]["pk"]["S"] for put in commit.of("Put", "keys")]


def test_a_row_that_was_renamed_very_often():
    """However many names somebody is given meanwhile, they can still stay: a transaction ends at 100 items."""
    state = left()
    for number in range(110):
        with suppress(UsernameRefusedError):
            state = after(state, replace_username(state, f"ada{number}", NAMES, CONTEXT))
    assert "ada@example.com" == Commit(state, cancel(state, ROW, HASH, CONTEXT)).after.state.email
