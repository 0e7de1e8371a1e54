"""Random histories of a few people, with erasure at a random point (spec 20, section 14; spec 50, sections 4 and 8).

After every step the account that it was about is what the model says; now and then, and at the end, so is everything
that anybody can read.
"""

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from ops.erasure.checking import Check, Surroundings
from tests.histories.account_rules import ADDRESSES, NAMES, AccountRules
from tests.histories.model import Person
from tests.histories.reading import Readings
from tests.histories.retirement_rules import RetirementRules
from tests.histories.sending import KEPT

CERTIFIED = 1
"""Of how many people of a history a certificate is asked for: each reads every table."""

SPANS = ({"seconds": 30}, {"seconds": 61}, {"hours": 2}, {"days": 2}, {"days": 15})


class Histories(AccountRules, RetirementRules, Readings):
    """All steps, and what must hold after them."""

    @rule(span=st.sampled_from(SPANS))
    def wait(self, span):
        """Time passes: tokens expire, caches run out, the cool-off ends."""
        self.scene.clock.advance(**span)

    @rule()
    def switch_process(self):
        """The next requests are answered by a process that knows nothing of the last ones."""
        self.process = 1 - self.process

    @rule(places=st.lists(st.integers(0, 99), min_size=1, max_size=5))
    def deliver_again(self, places):
        """Records of the stream come late, twice, and in any order."""
        self.scene.deliver_again(places)
        self.touched += self.people

    @rule()
    def catch_up(self):
        """The views get everything."""
        self.scene.catch_up(self.people)

    @precondition(lambda self: self.sent)
    @rule(which=st.integers(0, 99))
    def repeat(self, which):
        """The same request again gets its first answer again, while its key is remembered and its person is there."""
        sent = self.sent[which % len(self.sent)]
        if self.model.now - sent.at >= KEPT:
            return
        answer = self.send_again(sent)
        self.touched += self.people
        if not self.model.knows(sent.caller):
            assert 401 == answer.status
        elif sent.about is not None and sent.about.erased and sent.answer:
            known = not self._is_forgotten(sent.about, about_rows=False)
            assert answer.status == 410 or (known and sent.answer == answer.body)
        else:
            assert (sent.status, sent.answer, "true") == (
                answer.status,
                answer.body,
                answer.headers["idempotent-replayed"],
            )

    @precondition(lambda self: self.people)
    @rule()
    def look_around(self):
        """Everything that anybody may read is as the model says."""
        self._looks(self.people)

    @precondition(lambda self: any(each.row for each in self.people))
    @rule()
    def look_at_queue(self):
        """The queue, however far it lags."""
        self.queue_is_sane()

    @invariant()
    def what_was_touched_is_right(self):
        """The account that the step was about, in whichever process."""
        touched, self.touched = list({id(each): each for each in self.touched}.values()), []
        for person in touched:
            if person in self.people:
                self.reads_account(person)
                self.scene.note(person)

    def _looks(self, people: list[Person]) -> None:
        for person in people:
            self.reads_account(person)
            self.reads_history(person)
            self.reads_row(person)
            self.tokens_count(person)
            self.is_gone_if_erased(person)
        addresses = [self.address(each) for each in ADDRESSES] + [
            each.retired_email for each in people if each.has_left
        ]
        self.looks_up(addresses, [self.username(each) for each in NAMES])
        self.nothing_leaks()

    def teardown(self) -> None:
        """At the end everything is right, in both processes and in all tables."""
        if self.people and not self.broken:
            self._looks(self.people)
            self.process = 1 - self.process
            self.views_are_right()
            self.is_whole()
            self._looks(self.people)
            self.certified()

    def certified(self) -> None:
        """`rollcall erase --check` is clean of those of whom nothing is left, and of nobody else who has left."""
        left = [person for person in self.people if person.has_left]
        for person in sorted(left, key=lambda each: each.gone, reverse=True)[:CERTIFIED]:
            around = Surroundings(lambda _: None, self.scene.verification.wait)
            checked = Check(self.scene.first.wiring, person.account, {person.mark}, around).run()
            assert person.gone == checked.clean, (checked.findings, [each.type for each in person.history])
