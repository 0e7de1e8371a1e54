"""Mending what can be derived (spec 50, section 6): heads, claims and view rows, from events that hold; counters; and
lost entries of the erasure ledger, from the fences.

Each write is made on the condition that the account still is what it was when it was examined. Events, keys, passwords
and entries that stand are never touched: what is wrong with them stays a finding.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.events import items
from chalicelib.events.dynamo import Item, call, number, text
from chalicelib.events.errors import ErasedKeyError, UnknownKeyError
from chalicelib.events.keys import KeyState
from chalicelib.projections.checking import Checker
from chalicelib.projections.counters import behind
from chalicelib.projections.examining import TOO_MANY, Examination, Examiner, Stores
from chalicelib.projections.expecting import expected_claims, holder_of
from chalicelib.projections.findings import Finding, Place, ordered
from chalicelib.projections.heads import Heads
from chalicelib.projections.scanning import partition
from chalicelib.projections.story import TOO_EARLY
from chalicelib.projections.view import row_item

ROUNDS = 3
"""How often an account is mended and examined again, because what was mended may show what else is wrong."""

LOST = ("TransactionCanceledException", "ConditionalCheckFailedException")
ABSENT = "attribute_not_exists(pk)"


@dataclass(frozen=True)
class Repaired:
    """What a repair came to: findings that are no more, and those that stay."""

    mended: tuple[Finding, ...]
    left: tuple[Finding, ...]


class Repairer:
    """Mends findings. Arguments: where accounts are, and who verifies them."""

    def __init__(self, stores: Stores, checker: Checker) -> None:
        self._stores = stores
        self._checker = checker
        self._examiner = Examiner(stores)
        self._heads = Heads(stores.client, stores.ledger)

    def mend(self, findings: Sequence[Finding]) -> Repaired:
        """Mend what may be mended; what somebody else has changed meanwhile is left alone and looked at again.

        Raises `StoreUnavailableError`, `KeyServiceUnavailableError`; run it again.
        """
        mendable = [finding for finding in findings if finding.mendable]
        for account in dict.fromkeys(finding.account for finding in mendable if finding.account is not None):
            self._mend_account(account)
        for finding in mendable:
            if finding.place is Place.CLAIM:
                self._drop_claim(finding)
            elif finding.place is Place.VIEW_ROW:
                self._drop_rows(finding)
            elif finding.place is Place.COUNTER and finding.version is not None:
                self._stores.ledger.skip_numbers(counter_of(finding), finding.version)
        return self._outcome(findings)

    def _outcome(self, findings: Sequence[Finding]) -> Repaired:
        """Look again at everything that was found."""
        left: set[Finding] = set()
        for account in dict.fromkeys(finding.account for finding in findings if finding.account is not None):
            left |= set(self._checker.check(account).findings)
        known = {finding.identity for finding in left}
        strays = [finding for finding in findings if finding.identity not in known and self._still_there(finding)]
        gone = [each for each in findings if each.identity not in known and each not in strays]
        return Repaired(ordered(gone), ordered([*left, *strays]))

    def _still_there(self, finding: Finding) -> bool:
        """Whether a finding that no account's examination shows is still one."""
        if finding.place is Place.CLAIM:
            return bool(self._checker.stray_claim(finding.item))
        if finding.place in (Place.KEY, Place.ERASURE):
            return bool(self._checker.stray_fence(finding.item))
        if finding.place is Place.RECORD:
            return bool(self._checker.record(finding.item))
        if finding.place is Place.COUNTER and finding.version is not None:
            return bool(behind(self._stores, counter_of(finding), finding.version))
        if finding.place is Place.VIEW_ROW and finding.account is not None and finding.item.endswith(finding.account):
            return bool(self._checker.stray_rows(finding.item))
        return finding.account is None

    def _mend_account(self, account: str) -> None:
        for _ in range(ROUNDS):
            examination = self._examiner.examine(account)
            if examination.story is None or not self._mend_once(examination):
                return

    def _mend_once(self, examination: Examination) -> bool:
        """Mend the head, or else claims and rows; whether there was anything to do."""
        story = examination.story
        wrong = [finding for finding in examination.findings if finding.mendable]
        if story is None or not story.whole or not (wrong or examination.late):
            return False
        if any(finding.what == TOO_EARLY for finding in examination.findings):
            return False
        if any(finding.place is Place.HEAD for finding in wrong):
            return self._rewrite_head(examination)
        if any(finding.place in (Place.EVENT, Place.KEY) for finding in examination.findings):
            return False
        for finding in wrong:
            if finding.place is Place.CLAIM:
                self._put_claim(examination, finding.item)
            elif finding.place is Place.ERASURE:
                self._enter_again(examination, finding.item)
        self._write_rows(examination, [finding for finding in wrong if finding.place is Place.VIEW_ROW])
        return True

    def _rewrite_head(self, examination: Examination) -> bool:
        """Write the head as the events make it, if it still is the one that was read."""
        story = examination.story
        if story is None:
            return False
        try:
            item = story.rewritten_head()
        except (ErasedKeyError, UnknownKeyError):
            return False
        if item is None:
            return False
        condition = unchanged(story.head, ("v", "d", "p"))
        return self._write([{"Put": {"TableName": self._stores.ledger.table, "Item": item, **condition}}])

    def _put_claim(self, examination: Examination, pk: str) -> bool:
        """Put a claim that nobody has, or that leads to where it is not claimed."""
        story = examination.story
        loaded = None if story is None else story.loaded()
        if loaded is None:
            return False
        expected, standing = expected_claims(self._stores.ledger, loaded), examination.claims.get(pk)
        guards = [self._same_version(examination.account, loaded.version)]
        if standing is not None and (holder := holder_of(standing)) is not None and holder != examination.account:
            other = self._not_claiming(holder, pk)
            if other is None:
                return False
            guards.append(other)
        item = items.claim_key(pk) if expected[pk] is None else {**items.claim_key(pk), "a": text(examination.account)}
        put = {"TableName": self._stores.ledger.table, "Item": item, **unchanged(standing, ("a",))}
        return self._write([{"Put": put}, *guards])

    def _enter_again(self, examination: Examination, name: str) -> bool:
        """Make a lost entry of the erasure ledger out of the fence, if that is as it was read."""
        entry = None if examination.fences is None else examination.fences.made_again(name)
        if entry is None or examination.story is None:
            return False
        fence = {
            "TableName": self._stores.ledger.keys.table,
            "Key": {"pk": text(name)},
            "ConditionExpression": "#state = :erased AND through = :through AND #at = :at",
            "ExpressionAttributeNames": {"#state": "state", "#at": "at"},
            "ExpressionAttributeValues": {
                ":erased": text(KeyState.ERASED),
                ":through": entry["through"],
                ":at": entry["at"],
            },
        }
        put = {"TableName": self._stores.erasures, "Item": entry, "ConditionExpression": ABSENT}
        guard = self._same_version(examination.account, examination.story.version)
        return self._write([{"Put": put}, {"ConditionCheck": fence}, guard])

    def _not_claiming(self, holder: str, pk: str) -> dict[str, Any] | None:
        """What must hold while a claim is taken from `holder`; null if that account has it by right."""
        found = self._heads.read([holder])
        if holder not in found:
            return None
        loaded = found[holder]
        if loaded is None:
            return self._gone(holder)
        if pk in expected_claims(self._stores.ledger, loaded):
            return None
        return self._same_version(holder, loaded.version)

    def _write_rows(self, examination: Examination, wrong: Iterable[Finding]) -> None:
        """Write the rows that are wrong or late anew, and take away those that are too many."""
        story = examination.story
        loaded = None if story is None else story.loaded()
        if loaded is None:
            return
        too_many = {finding.item for finding in wrong if finding.what == TOO_MANY}
        at_fault = {finding.item for finding in wrong if finding.what != TOO_MANY}
        guard = self._same_version(examination.account, loaded.version)
        for key, row in examination.expected.items():
            if key in examination.late or key[0] in at_fault:
                item = row_item(row.part.view.name, row.part.generation, row.row, loaded)
                put = {"TableName": self._stores.views, "Item": item, **unchanged(examination.rows.get(key), ("v",))}
                self._write([{"Put": put}, guard])
        for key in examination.rows.keys() - examination.expected.keys():
            if key[0] in too_many:
                self._write([self._deletion(self._stores.views, examination.rows[key], ("v",)), guard])

    def _drop_claim(self, finding: Finding) -> None:
        """Delete a claim that leads to an account which does not have it, or to none."""
        again = self._checker.stray_claim(finding.item)
        holder = again[0].account if again and again[0].mendable else None
        guard = None if holder is None else self._not_claiming(holder, finding.item)
        if holder is not None and guard is not None:
            claim = {**items.claim_key(finding.item), "a": text(holder)}
            self._write([self._deletion(self._stores.ledger.table, claim, ("a",)), guard])

    def _drop_rows(self, finding: Finding) -> None:
        """Delete rows of an account that there is not, or of a generation that nobody writes."""
        again = self._checker.stray_rows(finding.item)
        if not again or not all(each.mendable for each in again):
            return
        of_no_account = again[0].what == "of no account" and again[0].account is not None
        guards = [self._gone(str(again[0].account))] if of_no_account else []
        for row in partition(self._stores.client, self._stores.views, finding.item):
            self._write([self._deletion(self._stores.views, row, ("v",)), *guards])

    def _same_version(self, account: str, version: int) -> dict[str, Any]:
        return self._check(account, "v = :version", {":version": number(version)})

    def _gone(self, account: str) -> dict[str, Any]:
        return self._check(account, ABSENT, None)

    def _check(self, account: str, condition: str, values: dict[str, Any] | None) -> dict[str, Any]:
        check = {
            "TableName": self._stores.ledger.table,
            "Key": items.head_key(account),
            "ConditionExpression": condition,
        }
        return {"ConditionCheck": check if values is None else {**check, "ExpressionAttributeValues": values}}

    @staticmethod
    def _deletion(table: str, item: Item, names: Sequence[str]) -> dict[str, Any]:
        key = {"pk": item["pk"], "sk": item["sk"]}
        return {"Delete": {"TableName": table, "Key": key, **unchanged(item, names)}}

    def _write(self, parts: list[dict[str, Any]]) -> bool:
        """Write all parts or none; False if somebody was faster."""
        try:
            call(self._stores.client.transact_write_items, TransactItems=parts)
        except ClientError as error:
            if error.response["Error"]["Code"] not in LOST:
                raise
            return False
        return True


def counter_of(finding: Finding) -> str:
    """The name of the counter that a finding is about."""
    return finding.item.removeprefix("N#")


def unchanged(item: Item | None, names: Sequence[str]) -> dict[str, Any]:
    """The condition that these attributes of an item are as they were read; of none, that there is none still."""
    if item is None:
        return {"ConditionExpression": ABSENT}
    there = {f":{name}": item[name] for name in names if name in item}
    terms = [f"#{name} = :{name}" if name in item else f"attribute_not_exists(#{name})" for name in names]
    condition: dict[str, Any] = {
        "ConditionExpression": " AND ".join(["attribute_exists(pk)", *terms]),
        "ExpressionAttributeNames": {f"#{name}": name for name in names},
    }
    return condition | ({"ExpressionAttributeValues": there} if there else {})
