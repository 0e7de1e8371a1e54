"""What the contract says of people and their accounts, in memory: nothing here knows how anything is stored.

`commands` says what each request comes to; `views` what can be read afterwards.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

STAFF, SUPERUSER, WORKER = "staff", "superuser", "retirement_service_worker"
STATES = (
    "PENDING",
    "LOCKING_ACCOUNT",
    "LOCKING_COMPLETE",
    "RETIRING_FORUMS",
    "FORUMS_COMPLETE",
    "RETIRING_EMAIL_LISTS",
    "EMAIL_LISTS_COMPLETE",
    "RETIRING_ENROLLMENTS",
    "ENROLLMENTS_COMPLETE",
    "RETIRING_NOTES",
    "NOTES_COMPLETE",
    "RETIRING_LMS",
    "LMS_COMPLETE",
    "ERRORED",
    "ABORTED",
    "COMPLETE",
)
DEAD_ENDS = STATES[-3:]
WORKING = tuple(state for state in STATES[1:-3] if not state.endswith("_COMPLETE"))
TOKEN_LIFE = timedelta(hours=1)
RESET_LIFE = timedelta(days=3)
COOL_OFF = timedelta(days=14)
NO_PROFILE = {
    "name": "",
    "bio": None,
    "country": None,
    "state": None,
    "goals": None,
    "year_of_birth": None,
    "language_proficiencies": (),
    "social_links": {},
    "extended_profile": {},
}
Changes = dict[str, tuple[object, object]]


@dataclass
class Token:
    """An access token of a person; `alive` until something ends all of theirs."""

    text: str
    expires: datetime
    alive: bool = True


@dataclass
class Pending:
    """An address that waits for its link to be opened; without a link nobody can."""

    address: str
    link: str | None = None


@dataclass
class Reset:
    """The open link of a password reset."""

    link: str
    expires: datetime


@dataclass
class Entry:
    """One entry of a history. `actor` is the username of a seed account, or null for the person."""

    type: str
    role: str
    actor: str | None
    changes: Changes


@dataclass
class Row:
    """A retirement: its number and retired names are the service's to choose."""

    number: int
    created: datetime
    modified: datetime
    original_username: str
    original_email: str
    original_name: str
    state: str = STATES[0]
    last_state: str = STATES[0]
    had: set[str] = field(default_factory=lambda: {STATES[0]})
    misc_done: bool = False


@dataclass
class Report:
    """A partner row."""

    username: str
    email: str
    name: str
    handed_out: bool = False


@dataclass
class Person:
    """Somebody with an account. `mark` stands in every text that they write, and in nobody else's."""

    mark: str
    username: str
    email: str
    profile: dict[str, object]
    active: bool
    orgs: tuple[str, ...] = ()
    social_logins: bool = False
    number: int = 0
    account: str = ""
    preferences: dict[str, str] = field(default_factory=dict)
    password: bool = True
    disabled: bool = False
    deactivated: bool = False
    image: bool = False
    logged_in: bool = False
    activation: str | None = None
    pending_name: str | None = None
    pending_email: Pending | None = None
    pending_secondary: Pending | None = None
    recovery: str | None = None
    reset: Reset | None = None
    row: Row | None = None
    report: Report | None = None
    retired_username: str = ""
    retired_email: str = ""
    retired_names: set[str] = field(default_factory=set)
    retired_address: str = ""
    erased: bool = False
    failures: int = 0
    tokens: list[Token] = field(default_factory=list)
    dead_links: list[str] = field(default_factory=list)
    history: list[Entry] = field(default_factory=list)
    forgot: tuple[datetime, str] | None = None
    texts: count = field(default_factory=lambda: count(1))

    @property
    def version(self) -> int:
        """How many events the account has."""
        return len(self.history)

    @property
    def has_left(self) -> bool:
        """Whether a retirement was asked for, and not cancelled."""
        return bool(self.retired_username)

    @property
    def gone(self) -> bool:
        """Whether nothing is left of the person but the digits."""
        return self.erased and self.row is None and self.report is None

    @property
    def secondary(self) -> str | None:
        """The newest secondary address, confirmed or not."""
        return self.pending_secondary.address if self.pending_secondary else self.recovery

    @property
    def may_log_in(self) -> bool:
        """Whether the password that they know is the account's."""
        return self.password and not self.disabled

    def text(self) -> str:
        """A text that nobody has written before."""
        return f"{self.mark}t{next(self.texts)}"

    def happened(
        self, kind: str, role: str = "owner", actor: str | None = None, **changes: tuple[object, object]
    ) -> None:
        """One more event."""
        self.history.append(Entry(kind, role, actor, changes))

    def forget_originals(self) -> None:
        """The address that a row was made with goes with the row, from the history too."""
        for entry in self.history:
            if entry.type == "RetirementRequested":
                entry.changes["email"] = (None, entry.changes["email"][1])

    def lose_tokens(self) -> None:
        """Every token dies."""
        for token in self.tokens:
            token.alive = False

    def lose_links(self, *, recovery: bool = True) -> None:
        """Every open link dies, and the recovery address goes with them."""
        for opened in (self.pending_email, self.pending_secondary):
            self.supersede(opened)
        self.lose_reset()
        self.dead_links += [self.activation] if self.activation else []
        self.activation = self.pending_email = self.pending_secondary = None
        if recovery:
            self.recovery = None

    def supersede(self, pending: Pending | None) -> None:
        """The link of an address is dead, if there was one."""
        if pending is not None and pending.link is not None:
            self.dead_links.append(pending.link)

    def lose_reset(self) -> None:
        """The link of a password reset is dead, if there was one: there is another way in."""
        if self.reset is not None:
            self.dead_links.append(self.reset.link)
            self.reset = None


@dataclass(frozen=True)
class Caller:
    """Who sends a request: a seed account, a person with a token, or nobody in particular."""

    seed: str | None = None
    person: Person | None = None
    token: Token | None = None

    @property
    def staff(self) -> bool:
        """Whether they are staff."""
        return self.seed in (STAFF, SUPERUSER)

    @property
    def may_retire(self) -> bool:
        """Whether they may do what the retirement worker does."""
        return self.seed in (SUPERUSER, WORKER)


RETIRED = "retired"


def same(one: str, other: str) -> bool:
    """Whether two names or addresses count as one."""
    return one.casefold() == other.casefold()


class Model:
    """Everybody of one history, and what time it is."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self.people: list[Person] = []

    @property
    def now(self) -> datetime:
        """The time of the service."""
        return self._clock()

    def knows(self, caller: Caller) -> bool:
        """Whether the caller's token counts."""
        if caller.person is None:
            return caller.seed is not None
        token = caller.token
        return token is not None and token.alive and self.now < token.expires and not caller.person.disabled

    def named(self, username: str) -> Person | None:
        """Whose username this is, exactly."""
        return next((each for each in self.people if each.username == username), None)

    def with_row(self, username: str) -> Person | None:
        """Whose row has exactly this original username."""
        return next((each for each in self.people if each.row and each.row.original_username == username), None)

    def with_report(self, username: str) -> Person | None:
        """Whose partner row has exactly this username."""
        return next((each for each in self.people if each.report and each.report.username == username), None)

    def name_taken(self, username: str) -> bool:
        """Whether nobody may take this username: somebody has it, or it is retired."""
        return any(same(each.username, username) or username.casefold() in each.retired_names for each in self.people)

    def owner(self, address: str) -> tuple[Person | str, bool] | None:
        """Who has an address, and whether as the primary one; `RETIRED` for whoever had one that is retired."""
        for each in self.people:
            if same(each.email, address):
                return each, True
            if each.recovery and same(each.recovery, address):
                return each, False
            if each.retired_address and same(each.retired_address, address):
                return RETIRED, True
        return None
