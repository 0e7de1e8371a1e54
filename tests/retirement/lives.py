"""Lives of an account: any commands, with the keys that a ledger would make and destroy for them."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from chalicelib.accounts.access import Hashed, log_in, revoke_tokens, set_password
from chalicelib.accounts.account import Account
from chalicelib.accounts.addresses import (
    AddressRequests,
    confirm_email,
    confirm_secondary_email,
)
from chalicelib.accounts.aggregate import AccountAggregate
from chalicelib.accounts.context import Context
from chalicelib.accounts.errors import CommandError
from chalicelib.accounts.names import confirm_name, request_name
from chalicelib.accounts.policy import Policy
from chalicelib.accounts.registration import Applicant, NewAccount, Provision, provision
from chalicelib.accounts.update import update_account
from chalicelib.events import items
from chalicelib.events.aggregate import Decision, Loaded
from chalicelib.events.chain import GENESIS
from chalicelib.events.classification import Purpose
from chalicelib.events.profile import Profile
from chalicelib.events.registration import SocialLogin
from chalicelib.events.sealing import DataKey, subject_of
from chalicelib.retirement.cancelling import UnknownPassword, cancel
from chalicelib.retirement.cleanup import Redaction, clean_up
from chalicelib.retirement.deactivation import deactivate
from chalicelib.retirement.erasing import erase_misc, erase_profile
from chalicelib.retirement.leaving import leave
from chalicelib.retirement.partners import hand_out, own_orgs, remove_report, request_report
from chalicelib.retirement.transitions import Move, change_state
from chalicelib.retirement.usernames import replace_username
from tests.support.accounts import ADA
from tests.support.accounts import WORKER_CONTEXT as CONTEXT
from tests.support.retirements import NAMES, STATES

AGGREGATE = AccountAggregate()
POLICY = Policy(extended_profile_fields=("beatle",))
MARK = "MARK"
"""Stands in everything personal that a life says."""

SAYINGS = st.sampled_from([f"{MARK}one", f"{MARK}two", f"{MARK}three"])
ADDRESSES = st.sampled_from([f"{MARK}a@example.com", f"{MARK}b@example.com"])
COMMANDS = st.lists(
    st.tuples(st.just("leave"), st.none())
    | st.tuples(st.just("move"), st.sampled_from(STATES.names))
    | st.tuples(st.just("move"), st.sampled_from(["PENDING", "RETIRING_LMS", "COMPLETE"]))
    | st.tuples(st.sampled_from(["misc", "retire", "report", "hand out", "clean reports", "clean up"]), st.none())
    | st.tuples(st.just("cancel"), st.none() | ADDRESSES)
    | st.tuples(st.just("rename"), SAYINGS)
    | st.tuples(st.sampled_from(["deactivate", "set password", "log in", "revoke"]), st.none())
    | st.tuples(st.sampled_from(["bio", "ask for a name", "ask for an address", "ask for a second"]), SAYINGS)
    | st.tuples(st.sampled_from(["open the link", "open the second link", "approve the name"]), st.none()),
    max_size=25,
)
JOURNEY = [
    ("bio", f"{MARK}one"),
    ("ask for a name", f"{MARK}two"),
    ("leave", None),
    ("move", "RETIRING_LMS"),
    ("report", None),
    ("misc", None),
    ("retire", None),
    ("move", "COMPLETE"),
    ("hand out", None),
    ("clean reports", None),
    ("clean up", None),
]
"""What becomes of most people: random commands may come between any two."""


@st.composite
def disturbed_journeys(draw: st.DrawFn) -> list[tuple[str, Any]]:
    """A journey as far as it goes, with any commands in between."""
    commands: list[tuple[str, Any]] = []
    for step in JOURNEY[: draw(st.integers(0, len(JOURNEY)))]:
        commands += [*draw(COMMANDS.map(lambda some: some[:2])), step]
    return commands


class Life:
    """An account, its events as items, and every key that ever was; `destroyed` are those that commands ended."""

    def __init__(self) -> None:
        self.keys: dict[Any, DataKey] = {Purpose.PROFILE: DataKey(ADA, Purpose.PROFILE, bytes(range(32)))}
        self.destroyed: list[Any] = []
        self.items: list[Any] = []
        self.digest = GENESIS
        self.numbers = 100
        self.state = self._begin()

    def command(self, kind: str, argument: Any) -> bool:
        """Take a command; whether it came to anything."""
        self.numbers += 1
        context = Context(CONTEXT.now + timedelta(seconds=self.numbers), CONTEXT.actor, f"r{self.numbers}")
        try:
            decision = self._decide(kind, argument, context)
        except CommandError:
            return False
        self._commit(decision)
        return bool(decision.events)

    def refolded(self, without: Any = ()) -> Account | None:
        """The account from its stored events, with the keys `without` destroyed."""
        keys = {slot: None if slot in without else key for slot, key in self.keys.items()}
        state = None
        for version, item in enumerate(self.items, start=1):
            state = AGGREGATE.fold(state, items.read_event(item, ADA, version, keys, AGGREGATE.event_types))
        return state

    def head(self) -> Any:
        """The head, sealed with the keys that live."""
        return items.head_item(self.loaded(), AGGREGATE, ())

    def loaded(self) -> Loaded[Account]:
        """The account as a ledger would have it."""
        living = {slot: None if slot in self.destroyed else key for slot, key in self.keys.items()}
        rows = {purpose: living[purpose, row] for purpose, row in AGGREGATE.rows(self.state).items()}
        return Loaded(ADA, self.state, self.state.version, self.digest, living[Purpose.PROFILE], rows)

    def _begin(self) -> Account:
        applicant = Applicant(f"{MARK}ada", f"{MARK}@example.com", "password", Profile(name=f"{MARK}Ada", bio=MARK))
        given = Provision(
            preferences={f"{MARK}key": f"{MARK}value"},
            orgs=(f"{MARK}org",),
            social_logins=(SocialLogin(provider=MARK, uid=MARK),),
            staff=True,
        )
        (event,) = provision(applicant, given, NewAccount(ADA, 7, "hash", "credential"), CONTEXT).events
        self._store(event, {Purpose.PROFILE: self.keys[Purpose.PROFILE]})
        return AGGREGATE.fold(None, event)

    def _decide(self, kind: str, argument: Any, context: Context) -> Decision:
        state, number = self.state, self.numbers
        row = state.last_row or 1
        report = state.last_report or 1
        requests = AddressRequests(keys={"email": "k1", "secondary_email": "k2"})
        commands = {
            "leave": lambda: leave(state, number, STATES, NAMES, context),
            "move": lambda: change_state(state, row, Move(argument, MARK, forced=True), STATES, context),
            "misc": lambda: erase_misc(state, row, STATES, context),
            "retire": lambda: erase_profile(state, row, STATES, context),
            "report": lambda: request_report(state, row, number, own_orgs(state), STATES, context),
            "hand out": lambda: hand_out(state, report, "call", context),
            "clean reports": lambda: remove_report(state, report, context),
            "clean up": lambda: clean_up(state, row, Redaction(), context),
            "cancel": lambda: cancel(state, row, UnknownPassword("hash", f"c{number}"), context, argument),
            "rename": lambda: replace_username(state, argument, NAMES, context),
            "deactivate": lambda: deactivate(state, context),
            "set password": lambda: set_password(state, Hashed("hash", f"c{number}"), context),
            "log in": lambda: log_in(state, "session", state.credential or "none", context),
            "revoke": lambda: revoke_tokens(state, context),
            "bio": lambda: self._own(lambda: update_account(state, {"bio": argument}, POLICY, context)),
            "ask for a name": lambda: self._own(lambda: request_name(state, argument, context)),
            "ask for an address": lambda: self._own(
                lambda: update_account(state, {"email": f"{argument}@example.com"}, POLICY, context, requests)
            ),
            "ask for a second": lambda: self._own(
                lambda: update_account(state, {"secondary_email": f"{argument}@two.example"}, POLICY, context, requests)
            ),
            "open the link": lambda: confirm_email(state, "k1", None, context),
            "open the second link": lambda: confirm_secondary_email(state, "k2", None, context),
            "approve the name": lambda: confirm_name(state, context),
        }
        return commands[kind]()

    def _own(self, decide: Any) -> Decision:
        """Only who is still here has a token to ask with."""
        return Decision() if self.state.retired_username else decide()

    def _commit(self, decision: Decision) -> None:
        for purpose, row in decision.begins.items():
            self.keys[purpose, row] = DataKey(subject_of(ADA, row), purpose, self._material(), row)
        sealing = dict(self.loaded().keys)
        sealing |= {purpose: self.keys[purpose, row] for purpose, row in decision.begins.items()}
        ended = [
            Purpose.PROFILE if purpose is Purpose.PROFILE else (purpose, sealing[purpose].row)
            for purpose in decision.ends
        ]
        for event in decision.events:
            self._store(event, sealing)
            self.state = AGGREGATE.fold(self.state, event)
        self.destroyed += ended

    def _store(self, event: Any, keys: Any) -> None:
        item, self.digest = items.event_item(event, self.digest, keys)
        self.items.append(item)

    def _material(self) -> bytes:
        return self.numbers.to_bytes(32)
