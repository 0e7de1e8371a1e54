"""What must hold of all tables whenever nothing is under way (spec 20, section 14)."""

from collections.abc import Iterator

from chalicelib.accounts.account import Account
from chalicelib.accounts.aggregate import AccountAggregate
from chalicelib.events.claims import ClaimKeys, ClaimKind
from chalicelib.events.items import fingerprint
from chalicelib.projections.view import row_item
from tests.pipeline.world import World

LEADING_NOWHERE = (f"C#{ClaimKind.RETIRED_USERNAME}#", f"C#{ClaimKind.RETIRED_EMAIL}#")
Faults = list[str]


def faults(world: World) -> Faults:
    """Everything that is not as it must be, in all tables: histories, heads, claims, passwords, keys, erasures."""
    fresh = world.other_process()
    ledger = fresh.scan("ledger")
    accounts = [item["pk"]["S"][2:] for item in ledger if item["sk"]["S"] == "HEAD"]
    states = {account: fresh.state(account) for account in accounts}
    found = [fault for account in accounts for fault in _of_account(fresh, account, states[account])]
    found += _claims(fresh, states, ledger)
    found += _keys(fresh, states)
    return found


def view_faults(world: World) -> Faults:
    """Views that do not show what accounts are."""
    fresh = world.other_process()
    expected = {}
    for head in fresh.heads():
        loaded = fresh.ledger.load(head["pk"]["S"][2:])
        for projection in fresh.wiring.projections:
            for row in projection.project(loaded):
                item = row_item(projection.name, 1, row, loaded)
                expected[item["pk"]["S"]] = _shown(item)
    standing = {item["pk"]["S"]: _shown(item) for item in fresh.scan("views") if item["pk"]["S"].startswith("V#")}
    return [f"view {pk}" for pk in expected.keys() | standing.keys() if expected.get(pk) != standing.get(pk)]


def _shown(item):
    """A row without its sealed part, which is another each time; whether there is one."""
    return {name: value for name, value in item.items() if name not in ("sealed", "v")} | {"sealed": "sealed" in item}


def _of_account(world: World, account: str, state: Account) -> Iterator[str]:
    if not world.ledger.verify(account).ok:
        yield f"{account}: history does not verify"
    versions = [event.version for event in world.ledger.history(account)]
    if versions != list(range(1, state.version + 1)):
        yield f"{account}: versions {versions}"
    if world.ledger.refold(account) != state:
        yield f"{account}: head is not what the events come to"
    loaded = world.ledger.load(account)
    stored = world.ledger.password_hash(account, loaded.key)
    if (None if stored is None else fingerprint(stored)) != state.credential:
        yield f"{account}: the password is not the credential's"


def _claims(world: World, states: dict[str, Account], ledger) -> Iterator[str]:
    """Claims are exactly those of the states: those that lead to nobody have no holder."""
    secrets = world.wiring.secrets
    keys = ClaimKeys(secrets["claims_pepper"], secrets["retired_claims_pepper"], world.wiring._retired_digits)
    expected = {}
    for account, state in states.items():
        for claim in AccountAggregate().claims(state):
            pk = keys.partition_key(claim)
            expected[pk] = None if pk.startswith(LEADING_NOWHERE) else account
    standing = {item["pk"]["S"]: item.get("a", {}).get("S") for item in ledger if item["pk"]["S"].startswith("C#")}
    for pk in expected.keys() | standing.keys():
        if pk not in standing:
            yield f"{expected[pk]}: lacks claim {pk}"
        elif pk not in expected:
            yield f"{standing[pk]}: has claim {pk} too many"
        elif standing[pk] != expected[pk]:
            yield f"{pk}: leads to {standing[pk]}, not to {expected[pk]}"


def _keys(world: World, states: dict[str, Account]) -> Iterator[str]:
    """Every key that was made stands, destroyed exactly if it must be, and each destruction is on record once."""
    expected = {}
    for account, state in states.items():
        expected[f"{account}#profile"] = "ERASED" if state.erased else "ACTIVE"
        row = state.row.number if state.row else None
        report = state.partner_row.number if state.partner_row else None
        for event in world.ledger.history(account):
            if type(event).__name__ == "RetirementRequested":
                alive = event.row == row
                expected[f"{account}.{event.row}#retirement"] = "ACTIVE" if alive else "ERASED"
            elif type(event).__name__ == "PartnerReportRequested":
                alive = event.report == report
                expected[f"{account}.{event.report}#partner"] = "ACTIVE" if alive else "ERASED"
    rows = [item for item in world.scan("keys") if not item["pk"]["S"].startswith("KEK")]
    standing = {item["pk"]["S"]: item["state"]["S"] for item in rows}
    for pk in expected.keys() | standing.keys():
        if expected.get(pk) != standing.get(pk):
            yield f"key {pk} is {standing.get(pk)}, not {expected.get(pk)}"
    for item in rows:
        if item["state"]["S"] == "ERASED" and ("wrapped" in item or "kek" in item):
            yield f"key {item['pk']['S']} is erased, and there is still something to unwrap"
    erased = sorted(pk for pk, state in standing.items() if state == "ERASED")
    recorded = sorted(item["pk"]["S"] for item in world.scan("erasures"))
    if erased != recorded:
        yield f"erasures {recorded}, not {erased}"
