"""What holds for any pipeline and any sequence of moves (spec 20, section 4)."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.accounts.context import Context
from chalicelib.retirement.errors import StatesError, TransitionRefusedError
from chalicelib.retirement.leaving import leave
from chalicelib.retirement.log import log_of
from chalicelib.retirement.row import facts_of, row_view
from chalicelib.retirement.states import States, with_stable_ids
from chalicelib.retirement.transitions import Move, change_state
from tests.support.accounts import WORKER_CONTEXT as CONTEXT
from tests.support.accounts import account
from tests.support.retirements import NAMES, ROW, after

DEAD = ("ERRORED", "ABORTED", "COMPLETE")
LETTERS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ_", min_size=1, max_size=30)
STEPS = st.lists(LETTERS | LETTERS.map(lambda name: f"{name[:21]}_COMPLETE"), max_size=12, unique=True).map(
    lambda names: [name for name in names if name not in ("PENDING", *DEAD)]
)
PIPELINES = STEPS.map(lambda steps: States(("PENDING", *steps, *DEAD)))
MOVES = st.lists(
    st.tuples(st.integers(-1, 16), st.booleans(), st.text(st.characters(exclude_categories=("Cs",)), max_size=5)),
    max_size=25,
)


class Model:
    """The state machine once more, as small as it can be: places in a list."""

    def __init__(self, names):
        self.names = names
        self.place = self.last = 0
        self.responses = []

    def take(self, new, forced, response):
        """Move, and say whether that was allowed."""
        dead = self.place >= len(self.names) - 3
        if not 0 <= new < len(self.names) or not (forced or (new > self.place and not dead)):
            return False
        self.last, self.place = self.place, new
        self.responses.append(response)
        return True


@settings(max_examples=200, deadline=None)
@given(PIPELINES, MOVES)
def test_any_sequence_of_moves(states, moves):
    """Exactly the legal moves are taken, each with one event; a refused one changes nothing, the log included."""
    model = Model(states.names)
    state = account()
    decision = leave(state, ROW, states, NAMES, CONTEXT)
    state, history = after(state, decision), list(decision.events)
    for number, (new, forced, response) in enumerate(moves, start=1):
        name = states.names[new] if 0 <= new < len(states.names) else "UNHEARD OF"
        context = Context(CONTEXT.now + timedelta(seconds=number), CONTEXT.actor, f"r{number}")
        try:
            events = change_state(state, ROW, Move(name, response, forced=forced), states, context).events
        except TransitionRefusedError:
            events = ()
        assert model.take(new, forced, response) == (1 == len(events))
        for event in events:
            state = after(state, change_state(state, ROW, Move(name, response, forced=forced), states, context))
            assert context.now == state.row.modified
            history.append(event)
    assert (states.names[model.place], states.names[model.last]) == (state.row.state, state.row.last_state)
    assert model.responses == [event.response for event in history[1:]]
    assert (CONTEXT.now, 4 + len(model.responses)) == (state.row.created, state.version)
    assert log_of(history, ROW).count(" -> ") >= len(model.responses)
    shown = row_view(facts_of(state), states)
    assert 1 + 10 * model.place == shown.current_state.state_execution_order


@settings(max_examples=200, deadline=None)
@given(PIPELINES)
def test_the_kinds_of_states(states):
    """In any pipeline: required, dead end, working, and those that end a step; orders grow by ten."""
    assert [1 + 10 * place for place in range(len(states.names))] == [states.order(name) for name in states.names]
    for name in states.names:
        required = name in ("PENDING", *DEAD)
        assert states.is_working(name) == (not required and not name.endswith("_COMPLETE"))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(["PENDING", *DEAD, "WORK", "WORK_COMPLETE", "", "W" * 31]), max_size=7))
def test_which_lists_are_taken(names):
    """A list is taken exactly if it keeps every rule of section 4.1."""
    keeps = len(names) == len(set(names)) and names[:1] == ["PENDING"] and tuple(names[-3:]) == DEAD and len(names) >= 4
    keeps = keeps and all(1 <= len(name) <= 30 for name in names)
    try:
        States(tuple(names))
    except StatesError:
        assert not keeps
    else:
        assert keeps


@settings(max_examples=200, deadline=None)
@given(st.lists(STEPS, min_size=1, max_size=4))
def test_names_keep_their_ids(lists):
    """Over any changes of the list: a name that stays keeps its id, no two names have one, and none is below 1."""
    states = None
    for steps in lists:
        known = states.ids if states else {}
        states = with_stable_ids(("PENDING", *steps, *DEAD), known)
        ids = [states.ids[name] for name in states.names]
        assert len(ids) == len(set(ids))
        assert min(ids) >= 1
        assert {name: known[name] for name in states.names if name in known} == {
            name: states.ids[name] for name in states.names if name in known
        }
