"""What fits and what does not: by hand on small models, and against a plain search on random ones."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from checker.conform.emitted import Emitted
from checker.errors import EngineBug, ModelError, UsageError
from checker.ir.nodes import Program, Role
from checker.lang import Array, Model, Range, Var, action
from checker.semantics import Interpreter, State
from checker.trace_validation.search import Bounds
from checker.trace_validation.validating import as_states
from checker.trace_validation.wording import lines, verdict
from counterexamples.explain.text import plain
from counterexamples.itf.encoding import encode
from tests.support.random_models import drawn
from tests.trace_validation.support import Cache, Counter, held, plain_fit, program

FIRST = [
    {"process": "thread", "index": 0, "from": "start", "point": "read"},
    {"process": "thread", "index": 1, "point": "read", "vars": {"counter": 0}},
    {"process": "thread", "index": 0, "point": "end", "vars": {"counter": 1, "finished": [True, False]}},
]


def test_what_the_model_can_do_fits(tmp_path: Path) -> None:
    last = {"process": "thread", "index": 1, "point": "end", "vars": {"counter": 1, "finished[1]": True}}
    found = held(program(Counter), tmp_path, [*FIRST, last])
    assert verdict(found) == "4 lines fit"
    assert found.followed.states == ((1, (True, True), ("end", "end"), (0, 0)),)


def test_a_line_that_fits_nothing_is_told_with_the_assignment_that_says_no(tmp_path: Path) -> None:
    last = {"process": "thread", "index": 1, "point": "end", "vars": {"counter": 2}}
    found = held(program(Counter), tmp_path, [*FIRST, last])
    assert verdict(found).endswith("log0.jsonl fits nothing; 3 lines fit before it")
    (misfit,) = found.misfits
    assert misfit.stuck.entry.at.number == 4
    (near,) = misfit.nearest
    assert (near.who, near.problem) == ('thread[1] from "read"', "gives counter = 1, the log says 2")
    assert near.place.endswith(": self.counter = seen + 1")
    assert near.values == ("seen = 0",)


def test_a_line_that_fits_nothing_is_told_with_the_require_that_says_no(tmp_path: Path) -> None:
    puts = [{"action": "put", "args": {"w": "T7", "k": k}} for k in (0, 1)]
    found = held(program(Cache), tmp_path, [*puts, {"action": "put", "args": ["T9", 2]}])
    near = found.misfits[0].nearest[0]
    assert (near.who, near.problem) == ("put(w=1, k=2)", "is not possible: len(self.held) < 2 is false")
    assert near.values == ("self.held = {0, 1}",)
    assert found.misfits[0].possible == ("evict, choosing 0", "evict, choosing 1")
    assert found.never == ("evict",)
    text = plain(list(lines(found)))
    assert "Worker: 0 is T7, 1 is T9." in text
    assert "No line names evict. If that may happen without a line: --unlogged evict." in text
    assert max(map(len, text.splitlines())) <= 80 or str(tmp_path) in text


def test_steps_without_a_line_and_what_they_choose_are_found(tmp_path: Path) -> None:
    puts = [{"action": "put", "args": {"k": k}} for k in (0, 1, 2)]
    puts.append({"action": "put", "args": {"k": 1}, "vars": {"held": [2, 1], "order": [1, 2]}})
    assert held(program(Cache), tmp_path, puts[:3]).misfits
    assert held(program(Cache), tmp_path, puts, unlogged=("evict",)).misfits, "order is [2, 1] then"
    puts[3]["vars"] = {"held": [2, 1], "order": [2, 1]}
    found = held(program(Cache), tmp_path, puts, unlogged=("evict",))
    assert verdict(found) == "4 lines fit"
    assert len(found.followed.states) == 2, "either worker has put the last"


def test_a_line_without_a_step_says_how_things_stand(tmp_path: Path) -> None:
    model = program(Counter)
    assert held(model, tmp_path, [{"vars": {"counter": 0}}, *FIRST, {"vars": {"counter": 1}}]).fits
    found = held(model, tmp_path, [{"vars": {"counter": 1}}])
    assert found.misfits[0].nearest[0].problem == "counter = 0, the log says 1"
    assert held(model, tmp_path, [{"vars": {"counter": 1}}], unlogged=("all",)).fits
    assert not held(model, tmp_path, [{"vars": {"counter": 1}}], unlogged=("thread@read",)).fits
    ended = [{"process": "thread", "index": 1, "point": "end", "vars": {"counter": 1}}]
    assert held(model, tmp_path, ended, unlogged=("thread@read",)).fits
    assert not held(model, tmp_path, ended, unlogged=("thread@end",)).fits


class Price(Model):
    """Assigns one variable twice, and one item of another."""

    total = Var(Range(0, 9))
    seen = Var(Array(Range(2), Range(0, 9)))

    @action
    def ask(self, k: Range(0, 3)):
        self.total = 1
        self.seen[1] = k
        self.total = k + 1
        self.seen[0] = 9


def test_of_several_assignments_the_last_to_the_place_says_no(tmp_path: Path) -> None:
    for said, line in (("total", "self.total = k + 1"), ("seen[1]", "self.seen[1] = k")):
        (misfit,) = held(program(Price), tmp_path, [{"action": "ask", "args": [2], "vars": {said: 7}}]).misfits
        assert misfit.nearest[0].place.endswith(f": {line}"), said
        assert misfit.nearest[0].values == ("k = 2",)


def test_where_a_process_stands_is_held_against_the_log(tmp_path: Path) -> None:
    (misfit,) = held(program(Counter), tmp_path, [{"process": "thread", "index": 0, "point": "end"}]).misfits
    assert misfit.nearest[0].problem == 'leads to "read", the log says "end"'
    (misfit,) = held(program(Counter), tmp_path, [{"process": "thread", "index": 0, "from": "read"}]).misfits
    assert misfit.nearest[0].problem == 'stands at "start", the log says it left "read"'
    ends = [{"process": "thread", "index": 0}] * 3
    (misfit,) = held(program(Counter), tmp_path, ends).misfits
    assert (misfit.nearest[0].who, misfit.nearest[0].problem) == ("thread[0]", "has come to its end")


def test_a_search_that_a_bound_ended_never_says_that_nothing_fits(tmp_path: Path) -> None:
    model = program(Counter, threads=3)
    wanted = [{"vars": {"counter": 3}}]
    assert held(model, tmp_path, wanted, unlogged=("all",)).fits
    cut = held(model, tmp_path, wanted, unlogged=("all",), bounds=Bounds(unlogged=5))
    assert not cut.misfits and cut.followed.unknown is not None
    assert "more than 5 steps without a record may have happened after record 0" in cut.followed.unknown
    never = [{"vars": {"counter": 3, "finished": [False, False, False]}}]
    assert held(model, tmp_path, never, unlogged=("all",), bounds=Bounds(unlogged=6)).misfits, "all was tried"
    many = held(model, tmp_path, wanted, unlogged=("all",), bounds=Bounds(states=3))
    assert many.followed.unknown is not None and "more than 3 states" in many.followed.unknown
    late = held(model, tmp_path, wanted, unlogged=("all",), bounds=Bounds(seconds=0.0))
    assert late.followed.unknown == "the time of --time ended"


def test_a_log_without_a_line_of_the_model_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"U031 .* holds no line"):
        held(program(Counter), tmp_path, [])
    with pytest.raises(UsageError, match=r"U031 .*no line is of the model\n.*tick"):
        held(program(Counter), tmp_path, [{"action": "tick"}], ignored=("tick",))


def test_the_behaviour_that_was_found_can_be_shown(tmp_path: Path) -> None:
    data = as_states(held(program(Counter), tmp_path, FIRST))
    assert [state["mbt::actionTaken"] for state in data["states"]] == ["init", "thread", "thread", "thread"]
    assert data["states"][-1]["counter"] == {"#bigint": "1"}


def test_an_emitted_step_that_differs_from_the_interpreters_is_a_bug_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Emitted, "ways", lambda self, state, name, arguments: iter(()))
    with pytest.raises(EngineBug, match="the emitted step thread is refused, and the interpreter takes it"):
        held(program(Counter), tmp_path, FIRST)
    monkeypatch.setattr(Emitted, "ways", lambda self, state, name, arguments: iter([((), state)]))
    with pytest.raises(EngineBug, match="the emitted step thread differs from the interpreter's"):
        held(program(Counter), tmp_path, [{"process": "thread", "index": 0}] * 25)


def _logged(random: Random, model: Program) -> tuple[list[dict[str, Any]], list[dict[str, Any]], frozenset[str]]:
    """A walk as records of ours and as those of the plain search, some steps and values left out, and once in a while
    one that is wrong."""
    interpreter = Interpreter(model)
    names = [*(action.name for action in model.actions), *(process.name for process in model.processes)]
    hidden = frozenset(random.sample(names, random.randrange(len(names))))
    starts = [each.state for each in interpreter.initial() if each.state is not None]
    state: State = random.choice(starts)
    ours, plainly = [], []
    for _ in range(random.randrange(2, 7)):
        ways = [each for each in interpreter.successors(state) if each.state is not None]
        if not ways:
            break
        taken = random.choice(ways)
        assert taken.state is not None
        state = taken.state
        if taken.step.name in hidden:
            continue
        said = [each for each in model.variables if random.random() < 0.4 and each.role is not Role.POINT]
        values = {each.name: state[model.position(each.name)] for each in said}
        if said and random.random() < 0.3:
            wrong = random.choice(said)
            values[wrong.name] = wrong.type.unrank(random.randrange(min(wrong.type.size, 1 << 30)))
        kinds = {each.name: each.type for each in said}
        step = "process" if taken.step.point is not None else "action"
        coded = {name: encode(kinds[name], value) for name, value in values.items()}
        ours.append({step: taken.step.name, "vars": coded})
        plainly.append({"name": taken.step.name, "vars": values})
    return ours, plainly, hidden


def test_random_logs_of_random_models_fit_as_far_as_a_plain_search_says(tmp_path: Path) -> None:
    compared: dict[bool, int] = {True: 0, False: 0}
    for seed in range(90):
        random = Random(seed)
        try:
            model = drawn(random, processes=2).program()
        except ModelError:
            continue
        first = [each for each in Interpreter(model).initial() if each.state is not None]
        if not first or len(first) > 50:
            continue
        ours, plainly, hidden = _logged(random, model)
        if not ours:
            continue
        found = held(model, tmp_path, ours, unlogged=tuple(hidden), bounds=Bounds(unlogged=1000, states=3000))
        if found.followed.unknown is None:
            assert found.followed.fit == plain_fit(model, plainly, hidden), (seed, json.dumps(ours))
            compared[bool(found.misfits)] += 1
    assert min(compared.values()) >= 8, compared
