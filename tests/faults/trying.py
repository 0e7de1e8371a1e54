"""Commands, tried with every fault at every call, and what must hold whatever happens."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.faults import snapshot
from tests.faults.injection import Fault, Mode, Span, injected
from tests.faults.scene import Case, Effects, Scene, nothing
from tests.support.gateway import Answer

DEAD_FOR_SURE = 61
"""Seconds after which no lease counts any more."""

ALL = os.environ.get("FAULTS") == "all"
WAYS = tuple((mode, span) for span in Span for mode in Mode if ALL or span is not Span.BLIP or mode is Mode.LANDED)
"""A single attempt that does not land is botocore's business alone, so that is tried on demand only."""

SHORT, LONG, SOME, FEW = 6, 12, 4, 2
"""Commands of up to so many calls are tried in all ways at each call; longer ones in so many ways, in turn."""


def ways(at: int, calls: int) -> list[tuple[Mode, Span]]:
    """How call number `at` of so many fails."""
    if ALL or calls <= SHORT:
        return list(WAYS)
    count = SOME if calls <= LONG else FEW
    return [WAYS[(at * count + each) % len(WAYS)] for each in range(count)]


Act = Callable[[Any, Case], Answer]


def succeeded(answer: Answer) -> bool:
    """Whether an answer says that it is done."""
    return answer.status < 400


@dataclass(frozen=True)
class Command:
    """What is tried.

    `prepare` makes people and whatever `act` needs; `act` is given the process and must be repeatable. `routes` are
    those that it stands for. `refusals` are the statuses that a spec names for mail that cannot be sent. `claims` says
    whether an answer says that it is done; `more` sees what effects there are besides. `cold`: by a process that has
    just started. `follows`: the views know everybody beforehand. `damaged`: not everything verifies before it is done.
    `steady`: it makes as many calls each time; threads may not. `tolerates` says of an end whether it is one that a
    spec names besides that of an undisturbed run. `pause`: seconds until the same request comes again. `every`: of a
    command that takes long, each so-manyth call is tried, unless all is.
    """

    name: str
    routes: tuple[str, ...]
    prepare: Callable[[Scene], Case]
    act: Act
    refusals: frozenset[int] = frozenset()
    claims: Callable[[Answer], bool] = succeeded
    more: Callable[[Scene, Case], Any] = nothing
    cold: bool = False
    pause: int = DEAD_FOR_SURE
    every: int = 1
    follows: bool = True
    damaged: bool = False
    steady: bool = True
    tolerates: Callable[[Effects], bool] = lambda _: False


@dataclass
class Tally:
    """What was tried: faults by mode, and how the first answers were."""

    faults: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    commands: int = 0
    calls: int = 0

    @property
    def total(self) -> int:
        """All faults."""
        return sum(self.faults.values())

    def summary(self) -> str:
        """In one line."""
        modes = ", ".join(f"{count} {mode}" for mode, count in sorted(self.faults.items()))
        answers = ", ".join(f"{count} {kind}" for kind, count in self.answers.most_common())
        return f"{self.total} tried ({modes}) at {self.calls} calls of {self.commands} commands; answers: {answers}"


@dataclass(frozen=True)
class Undisturbed:
    """A run that nobody disturbs, and the same request again."""

    calls: list[str]
    first: Answer
    once: Effects
    again: Answer
    twice: Effects


class Trial:
    """One command on a scene that is put back for each fault."""

    def __init__(self, scene: Scene, command: Command, tally: Tally) -> None:
        self._scene, self._command, self._tally = scene, command, tally
        case = command.prepare(scene)
        if command.follows:
            scene.follow()
        mails = len(snapshot.mails_of(scene.world))
        self._case = scene.begin(case, mails)
        self._start = snapshot.take(scene.world)
        self._process = scene.world
        self._reference = self._undisturbed()

    def run(self) -> None:
        """Let each call of the command fail in each way."""
        self._tally.commands += 1
        self._tally.calls += len(self._reference.calls)
        calls = len(self._reference.calls)
        for at in range(1, calls + 1, 1 if ALL else self._command.every):
            for mode, span in ways(at, calls):
                self._try(Fault(at, mode, span))

    def _undisturbed(self) -> Undisturbed:
        self._first(Fault())  # what a process remembers from now on is remembered in every run
        fault = Fault()
        first, once = self._first(fault)
        assert self._command.claims(first), (first.status, first.body[:300], fault.calls)
        again, twice = self._again()
        assert [] == self._scene.findings()
        return Undisturbed(fault.calls, first, once, again, twice)

    def _try(self, fault: Fault) -> None:
        self._tally.faults[fault.mode.value] += 1
        try:
            first, effects = self._first(fault)
            self._tally.answers[_kind(self._command, first)] += 1
            assert fault.strikes or not self._command.steady, fault.calls
            self._judge(first, effects, fault)
            again, final = self._again()
            self._judge_again(first, again, final)
            assert [] == self._scene.findings(), "after the same request again"
        except Exception as error:
            error.add_note(f"{self._command.name}: {fault}")
            error.add_note(f"calls: {list(enumerate(fault.calls, 1))}")
            raise

    def _first(self, fault: Fault) -> tuple[Answer, Effects]:
        snapshot.put_back(self._scene.world, self._start)
        self._process = self._scene.cold() if self._command.cold else self._scene.world
        with injected(fault, self._scene.world.clock):
            answer = self._command.act(self._process, self._case)
        if not self._command.damaged and snapshot.changed(self._scene.world, self._start, _is_verified):
            assert [] == self._scene.findings(), "after the fault"
        return answer, self._effects()

    def _again(self) -> tuple[Answer, Effects]:
        clock = self._scene.world.clock
        clock.advance(seconds=self._command.pause)
        with injected(Fault(), clock):
            answer = self._command.act(self._process, self._case)
        return answer, self._effects()

    def _effects(self) -> Effects:
        return self._scene.effects(self._case, self._command.more)

    def _judge(self, answer: Answer, effects: Effects, fault: Fault) -> None:
        """No 500, no success before it is done, and a time to come back."""
        if self._command.claims(answer):
            assert self._reference.first.status == answer.status, answer.text[:300]
            assert [] == differences(effects, self._reference.once, self._reference.once)
        elif answer.status == 503:
            assert "retry-after" in answer.headers
        else:
            assert answer.status in self._command.refusals, (answer.status, answer.text[:300])
        assert effects.swept

    def _judge_again(self, first: Answer, again: Answer, final: Effects) -> None:
        """Done, or done already; the end is that of an undisturbed run."""
        expected = {self._reference.first.status, self._reference.again.status}
        assert again.status in expected, (again.status, again.text[:300], "first", first.status)
        if not self._command.tolerates(final):
            assert [] == differences(final, self._reference.once, self._reference.twice)
        assert final.swept


def differences(found: Effects, once: Effects, twice: Effects) -> list[str]:
    """Where effects are neither those of one run nor of two."""
    wrong = [
        f"{name}: {getattr(found, name)}, not {getattr(once, name)} nor {getattr(twice, name)}"
        for name in ("events", "states", "sessions", "pictures", "hooks", "more")
        if getattr(found, name) not in (getattr(once, name), getattr(twice, name))
    ]
    return wrong + [f"mails: {problem}" for problem in _mail_problems(found, once, twice)]


def _mail_problems(found: Effects, once: Effects, twice: Effects) -> Iterator[str]:
    """Each mail came once a request, or twice because an answer was lost on the way."""
    for mail in found.mails.keys() | once.mails.keys() | twice.mails.keys():
        most = 2 * max(once.mails.get(mail, 0), twice.mails.get(mail, 0))
        if not min(once.mails.get(mail, 0), 1) <= found.mails.get(mail, 0) <= most:
            yield f"{mail}: {found.mails.get(mail, 0)}"


def _is_verified(table: str) -> bool:
    return not table.endswith(("-short-lived", "-clients"))


def _kind(command: Command, answer: Answer) -> str:
    return "done" if command.claims(answer) else str(answer.status)
