"""One commit, and what its failure means."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from chalicelib.events import transaction as transactions
from chalicelib.events.dynamo import number, text
from chalicelib.events.errors import (
    ClaimTakenError,
    DuplicateCommandError,
    StoreError,
    StoreUnavailableError,
    TransactionConflictError,
    TransactionTooLargeError,
    VersionConflictError,
)
from chalicelib.events.transaction import Transaction

DIGEST = b"d" * 32
UNMET = "ConditionalCheckFailed"
ACCOUNT = "ab" * 16


def client_error(code: str, status: int = 400, **more: Any) -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPStatusCode": status}, **more},
        "TransactWriteItems",
    )


def cancelled(*codes: str | dict[str, Any]) -> ClientError:
    """A cancelled transaction; the reasons in the order of the items."""
    reasons = [{"Code": code} if isinstance(code, str) else code for code in codes]
    return client_error("TransactionCanceledException", CancellationReasons=reasons)


class ScriptedClient:
    """Answers each write with the next of its script: an error, or null for success."""

    def __init__(self, *script: Exception | None) -> None:
        self.script = list(script)
        self.written: list[dict[str, Any]] = []

    def transact_write_items(self, **request: Any) -> None:
        self.written.append(request)
        step = self.script.pop(0)
        if step is not None:
            raise step


def commit(client: ScriptedClient) -> Transaction:
    """A transaction of an event, the head, two claims, a release and a record, in this order."""
    transaction = Transaction(client, "ledger", "keys", "erasures")
    key = {"pk": text("x"), "sk": text("y")}
    transaction.event({**key, "d": {"B": DIGEST}}, DIGEST)
    transaction.head(key, 3)
    transaction.claim("username", key, ACCOUNT)
    transaction.claim("email", key, ACCOUNT)
    transaction.release(key, ACCOUNT)
    transaction.record(key, 1000)
    return transaction


EVENT, HEAD, USERNAME, EMAIL, RELEASE, RECORD = range(6)


def reasons(**codes: str) -> list[str]:
    """Reasons by the item's name; the others are innocent."""
    places = {"event": EVENT, "head": HEAD, "username": USERNAME, "email": EMAIL, "release": RELEASE, "record": RECORD}
    found = ["None"] * len(places)
    for name, code in codes.items():
        found[places[name]] = code
    return found


@pytest.fixture(autouse=True)
def pauses(monkeypatch):
    """The pauses that were made, without waiting."""
    made: list[int] = []
    monkeypatch.setattr(transactions, "pause", lambda attempt, **_: made.append(attempt))
    return made


def test_everything_is_written_at_once():
    """One request holds all items, each under its condition and in its table."""
    client = ScriptedClient(None)
    transaction = commit(client)
    transaction.key({"pk": text("k")})
    transaction.no_credential({"pk": text("x"), "sk": text("z")})
    transaction.write()
    (request,) = client.written
    operations = [next(iter(item.items())) for item in request["TransactItems"]]
    assert ["Put", "Put", "Put", "Put", "Delete", "Put", "Put", "Delete"] == [name for name, _ in operations]
    assert [
        "attribute_not_exists(pk)",
        "v = :loaded",
        "attribute_not_exists(pk) OR a = :account",
        "attribute_not_exists(pk) OR a = :account",
        "a = :account",
        "attribute_not_exists(pk) OR expires <= :now",
        "attribute_not_exists(pk)",
        None,
    ] == [item.get("ConditionExpression") for _, item in operations]
    assert {":loaded": number(3)} == operations[HEAD][1]["ExpressionAttributeValues"]
    assert ["ledger"] * 6 + ["keys", "ledger"] == [item["TableName"] for _, item in operations]
    assert "ALL_OLD" == operations[EVENT][1]["ReturnValuesOnConditionCheckFailure"]


def test_the_first_head_must_not_exist():
    """An account that begins has no version to compare with."""
    client = ScriptedClient(None)
    transaction = Transaction(client, "ledger", "keys", "erasures")
    transaction.head({"pk": text("x")}, 0)
    transaction.write()
    assert "attribute_not_exists(pk)" == client.written[0]["TransactItems"][0]["Put"]["ConditionExpression"]


@pytest.mark.parametrize(
    ("error", "codes"),
    [
        (VersionConflictError, {"head": UNMET}),
        (VersionConflictError, {"event": UNMET}),
        (VersionConflictError, {"event": UNMET, "head": UNMET, "username": UNMET}),
        (VersionConflictError, {"release": UNMET}),
        (VersionConflictError, {"head": UNMET, "username": "TransactionConflict"}),
        (VersionConflictError, {"head": UNMET, "username": "ThrottlingError"}),
        (TransactionConflictError, {"head": "TransactionConflict"}),
        (TransactionConflictError, {"head": "TransactionConflict", "email": "ThrottlingError"}),
        (DuplicateCommandError, {"record": UNMET}),
        (DuplicateCommandError, {"record": UNMET, "head": UNMET, "email": UNMET}),
        (DuplicateCommandError, {"record": UNMET, "head": "TransactionConflict"}),
        (ClaimTakenError, {"email": UNMET}),
        (ClaimTakenError, {"email": UNMET, "head": "TransactionConflict"}),
        (ClaimTakenError, {"email": UNMET, "head": "ThrottlingError"}),
        (StoreError, {"head": "ValidationError"}),
        (StoreError, {"head": "ItemCollectionSizeLimitExceeded", "email": "ThrottlingError"}),
        (StoreError, {}),
    ],
    ids=str,
)
def test_a_failure_is_named_by_its_items(error, codes):
    """A duplicate comes before a lost race, that before a taken claim, that before a transaction in the way."""
    with pytest.raises(StoreError) as refusal:
        commit(ScriptedClient(cancelled(*reasons(**codes)))).write()
    assert error is type(refusal.value)


@pytest.mark.parametrize("kinds", [("username",), ("email",), ("username", "email")])
def test_a_taken_claim_is_named(kinds):
    """The error says which claims are taken, all of them."""
    with pytest.raises(ClaimTakenError) as refusal:
        commit(ScriptedClient(cancelled(*reasons(**dict.fromkeys(kinds, UNMET))))).write()
    assert kinds == refusal.value.kinds


@pytest.mark.parametrize("code", ["ThrottlingError", "ProvisionedThroughputExceeded"])
def test_a_throttled_transaction_is_written_again(code, pauses):
    """Throttling inside a transaction is waited out, for botocore does not; each try has a token of its own."""
    client = ScriptedClient(cancelled(*reasons(head=code)), cancelled(*reasons(email=code)), None)
    commit(client).write()
    assert [0, 1] == pauses
    assert 3 == len({request["ClientRequestToken"] for request in client.written})
    assert 1 == len({str(request["TransactItems"]) for request in client.written})


def test_throttling_that_does_not_end_is_unavailability():
    """After a few tries the caller hears that the store is busy."""
    tries = transactions.THROTTLED_TRIES
    client = ScriptedClient(*[cancelled(*reasons(head="ThrottlingError"))] * tries)
    with pytest.raises(StoreUnavailableError):
        commit(client).write()
    assert tries == len(client.written)


def test_a_write_that_had_landed_is_a_success():
    """A retry after a time-out finds our own event standing: the commit is ours, whatever came after it."""
    ours = {"Code": UNMET, "Item": {"d": {"B": DIGEST}}}
    landed = [ours, *reasons(head=UNMET, username=UNMET, record=UNMET)[1:]]
    client = ScriptedClient(cancelled(*landed))
    commit(client).write()
    assert 1 == len(client.written)


@pytest.mark.parametrize("standing", [{"d": {"B": b"e" * 32}}, {}, {"d": {"S": "x"}}], ids=str)
def test_somebody_elses_event_is_a_lost_race(standing):
    """An event with another digest is not ours."""
    theirs = {"Code": UNMET, "Item": standing}
    with pytest.raises(VersionConflictError):
        commit(ScriptedClient(cancelled(theirs, *reasons(head=UNMET)[1:]))).write()


@pytest.mark.parametrize(
    "error",
    [
        client_error("ThrottlingException"),
        client_error("TransactionInProgressException"),
        client_error("ProvisionedThroughputExceededException"),
        client_error("InternalServerError", 500),
        client_error("503", 503),
        EndpointConnectionError(endpoint_url="https://dynamodb"),
        ReadTimeoutError(endpoint_url="https://dynamodb"),
    ],
    ids=str,
)
def test_an_unreachable_store_is_unavailable(error):
    """What may work later is told apart from what never will; botocore has tried again already, so we do not."""
    client = ScriptedClient(error)
    with pytest.raises(StoreUnavailableError):
        commit(client).write()
    assert 1 == len(client.written)


@pytest.mark.parametrize("code", ["ValidationException", "AccessDeniedException", "ResourceNotFoundException"])
def test_a_fault_of_ours_comes_through(code):
    """A request that can never work is not hidden behind a store's error."""
    with pytest.raises(ClientError):
        commit(ScriptedClient(client_error(code))).write()


def test_more_than_a_hundred_items_are_refused_before_they_are_sent():
    """A commit that cannot be one transaction is an error that says how large it was."""
    client = ScriptedClient(None)
    transaction = Transaction(client, "ledger", "keys", "erasures")
    for index in range(100):
        transaction.credential({"pk": text(str(index))})
    transaction.write()
    transaction.credential({"pk": text("100")})
    with pytest.raises(TransactionTooLargeError) as refusal:
        transaction.write()
    assert (101, 1) == (refusal.value.items, len(client.written))


class TestRetirement:
    """Keys that are destroyed, and claims that lead to nobody."""

    KEY = {"pk": text("x"), "sk": text("y")}  # noqa: RUF012 - never changed

    def transaction(self, *script):
        self.client = ScriptedClient(*script)
        return Transaction(self.client, "ledger", "keys", "erasures")

    def written(self):
        (request,) = self.client.written
        return [next(iter(item.items())) for item in request["TransactItems"]]

    def test_a_key_is_destroyed_in_place(self):
        """Its row keeps the first fence and loses the wrapped key; the ledger of erasures gets its entry."""
        transaction = self.transaction(None)
        transaction.erase({"pk": text("k")}, {"pk": text("k"), "v": number(7)}, 7, "now")
        transaction.write()
        (update, fence), (enter, entry) = self.written()
        assert ("Update", "keys", {"pk": text("k")}) == (update, fence["TableName"], fence["Key"])
        assert "attribute_exists(pk)" == fence["ConditionExpression"]
        assert "through = if_not_exists(through, :through)" in fence["UpdateExpression"]
        assert "REMOVE #wrapped, kek" in fence["UpdateExpression"]
        values = {":erased": text("ERASED"), ":through": number(7), ":at": text("now")}
        assert values == fence["ExpressionAttributeValues"]
        assert ("Update", "erasures", {"pk": text("k")}) == (enter, entry["TableName"], entry["Key"])
        assert "SET #v = if_not_exists(#v, :v)" == entry["UpdateExpression"]
        assert ({"#v": "v"}, {":v": number(7)}) == (
            entry["ExpressionAttributeNames"],
            entry["ExpressionAttributeValues"],
        )

    def test_claims_that_lead_to_nobody(self):
        """Taken only where there is nothing, without an account; given up only where there is something."""
        transaction = self.transaction(None)
        transaction.claim_for_nobody("retired-username", self.KEY)
        transaction.require_absent("username", self.KEY)
        transaction.release_from_nobody(self.KEY)
        transaction.write()
        assert [
            ("Put", "attribute_not_exists(pk)"),
            ("ConditionCheck", "attribute_not_exists(pk)"),
            ("Delete", "attribute_exists(pk)"),
        ] == [(name, item["ConditionExpression"]) for name, item in self.written()]
        assert self.KEY == self.written()[0][1]["Item"]
        assert ["ledger"] * 3 == [item["TableName"] for _, item in self.written()]

    def test_claims_after_a_restore(self):
        """Taken and given up whether or not they stand: nobody knows any more."""
        transaction = self.transaction(None)
        transaction.claim_again(self.KEY)
        transaction.give_up(self.KEY)
        transaction.write()
        request = {"TableName": "ledger"}
        assert [("Put", request | {"Item": self.KEY}), ("Delete", request | {"Key": self.KEY})] == self.written()

    @pytest.mark.parametrize("unmet", [0, 1])
    def test_what_is_retired_is_taken(self, unmet):
        """A claim for nobody that is there, or one that must be absent: the error names what is taken."""
        transaction = self.transaction(cancelled(*[UNMET if place == unmet else "None" for place in range(2)]))
        transaction.claim_for_nobody("retired-username", self.KEY)
        transaction.require_absent("username", self.KEY)
        with pytest.raises(ClaimTakenError) as refusal:
            transaction.write()
        assert (("retired-username",), ("username",))[unmet] == refusal.value.kinds

    def test_a_claim_that_was_given_up_already_is_a_lost_race(self):
        """Somebody else moved the account on: load and decide again."""
        transaction = self.transaction(cancelled(UNMET))
        transaction.release_from_nobody(self.KEY)
        with pytest.raises(VersionConflictError):
            transaction.write()

    def test_a_key_that_is_not_there_is_a_lost_race(self):
        """Likewise."""
        transaction = self.transaction(cancelled(UNMET, "None"))
        transaction.erase({"pk": text("k")}, {"pk": text("k")}, 7, "now")
        with pytest.raises(VersionConflictError):
            transaction.write()

    def test_a_lost_race_comes_before_a_taken_claim(self):
        """The winner may have moved the claim itself."""
        transaction = self.transaction(cancelled(UNMET, UNMET))
        transaction.require_absent("username", self.KEY)
        transaction.head(self.KEY, 3)
        with pytest.raises(VersionConflictError):
            transaction.write()
