"""A search over parts comes to what one on one machine does: counts, verdicts, traces; whatever part dies, and when."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from checker.check import check, select
from checker.commands.clusters import cluster_of
from checker.contract.task import Budget, Cluster, Keeping, Outcome, Stats, Task
from checker.contract.verdict import Unknown
from checker.engines.common.clock import Stopped
from checker.engines.explicit import ExplicitEngine
from checker.engines.explicit.clock import Clock
from checker.engines.explicit.cluster import coordinator, partition, ray_actors, replica, spreading, transport
from checker.engines.explicit.cluster.locality import key_bits
from checker.engines.explicit.cluster.partition import Setup
from checker.engines.explicit.cluster.ray_actors import RayActors, begin_ray
from checker.engines.explicit.cluster.replica import Replica
from checker.engines.explicit.cluster.transport import Call
from checker.engines.explicit.codegen.emit import emit_program
from checker.engines.explicit.machine import library
from checker.engines.explicit.search import Search
from checker.errors import ModelError, UsageError
from checker.frontend.load import compile_model
from checker.ir.nodes import Program
from checker.lang import Model, Range, Var, action, always, choose, constraint, require
from tests.engines.explicit.support import counts, program_of

KINDS = {
    "one word": ("spec.gc.marking:Marking", {"objects": 1}),
    "several words": ("zoo:Crowd", {}),
    "a step fails": ("zoo:Failing", {}),
    "a final fails": ("zoo:Stuck", {}),
    "a property fails": ("zoo:Numbers", {}),
    "orbits": ("spec.classics.two_phase:TwoPhaseSymmetric", {"managers": 4}),
    "a constraint": ("spec.classics.alternating_bit:AlternatingBitConstrained", {}),
}
"""Programs that are decided in different ways."""

MOST = Budget(max_depth=9)
"""What is found within that is the same: depth ends a search at a level's end."""


def _task(program: Program, **options: Any) -> Task:
    temporal = {each.name for each in program.temporal}
    names = tuple(name for name in select(program) if name not in temporal)
    return Task(program, names, **{"keep_going": True, "budget": MOST, **options})


def _inside(parts: int, threads: int = 1) -> Cluster:
    return Cluster(parts, threads=threads, inside=True)


def _nobody(parts: int) -> Setup:
    raise AssertionError("nobody has answered, and parts are begun")


def _run(program: Program, parts: int, **options: Any) -> Outcome:
    return check(_task(program, cluster=_inside(parts), **options), ExplicitEngine())


def _same(found: Outcome, wanted: Outcome) -> None:
    assert counts(found) == counts(wanted)
    assert found.verdicts == wanted.verdicts
    assert found.stopped == wanted.stopped


@pytest.mark.parametrize("kind", KINDS)
def test_parts_come_to_what_one_machine_does(kind: str) -> None:
    name, parameters = KINDS[kind]
    program = program_of(name, **parameters)
    for keep_going in (True, False):
        wanted = check(_task(program, keep_going=keep_going), ExplicitEngine())
        for parts in (1, 2, 3, 4) if keep_going else (3,):
            _same(_run(program, parts, keep_going=keep_going), wanted)


def test_many_states_come_to_the_same_with_threads_and_thorough_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many that tables grow, rounds of all lengths are made, what waits to be sent is full, and what is done by
    several threads is."""
    monkeypatch.setattr(coordinator, "_FIRST_ROWS", 1 << 11)
    monkeypatch.setattr("checker.engines.explicit.engine._PATIENCE", 0.0)
    monkeypatch.setattr("checker.engines.explicit.worker._SEND_ROWS", 1)
    program = program_of("spec.gc.marking:ArticleMarking", objects=2)
    budget = Budget(max_depth=12)
    wanted = check(_task(program, budget=budget), ExplicitEngine())
    found = check(_task(program, budget=budget, cluster=_inside(3, threads=2)), ExplicitEngine())
    _same(found, wanted)
    assert found.notes[0].startswith("on 3 parts in this process; ")


def test_parts_have_thorough_code_once_they_have_worked_for_as_long_as_it_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread that calls them waits: by its own time they went on for ever with code that was compiled quickly."""
    monkeypatch.setenv("EVACHECK_CACHE", str(tmp_path))  # where no faster code is kept
    monkeypatch.setattr("checker.engines.explicit.engine.time.thread_time", lambda: 0.0)
    monkeypatch.setattr("checker.engines.explicit.engine._PATIENCE", 1e-9)
    hurried = []
    monkeypatch.setattr(coordinator.ClusterSearch, "go_on_with", lambda search, model: hurried.append(search.worked))
    name, parameters = KINDS["one word"]
    _run(program_of(name, **parameters), 2)
    (worked,) = hurried
    assert worked > 0


@pytest.mark.parametrize("key", [0, -1, 0x5555_5555], ids=["one part has all", "all bits", "some bits"])
@pytest.mark.parametrize("kind", ["one word", "several words", "orbits"])
def test_whatever_bits_say_where_a_state_belongs_the_states_are_the_same(
    kind: str, key: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spreading, "key_bits", lambda search, parts: (key,) * search.emitted.layout.words)
    name, parameters = KINDS[kind]
    program = program_of(name, **parameters)
    _same(_run(program, 3), check(_task(program), ExplicitEngine()))


def test_a_part_may_have_nothing_of_a_level_between_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """How its levels grow was asked of it, and the logarithm of none is no number."""
    program = compile_model(Stages, {})
    monkeypatch.setattr(spreading, "key_bits", lambda search, parts: (search.emitted.layout.fields[0].mask,))
    _same(_run(program, 2, budget=Budget()), check(_task(program, budget=Budget()), ExplicitEngine()))


class Stages(Model):
    stage = Var(Range(0, 15))
    at = Var(Range(0, 63))

    @action
    def up(self):
        require(self.at < 63)
        self.at += 1
        self.stage = self.at // 4


def _sent(program: Program, parts: int) -> float:
    """Bytes of states that were sent to other parts for each state."""
    note = check(_task(program, cluster=_inside(parts), budget=Budget()), ExplicitEngine()).notes[0]
    return float(note.split("; ")[1].split(" ")[0])


def test_bits_that_few_steps_change_say_where_a_state_belongs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 14 bytes that are sent for each state of marking they leave 2; that of all bits half of what is generated is
    another's, 4.3 times 8 bytes for each state, is known without running it."""
    program = program_of("spec.gc.marking:ArticleMarking", objects=1)
    few = _sent(program, 2)
    monkeypatch.setattr(spreading, "key_bits", lambda search, parts: None)
    assert few <= _sent(program, 2) / 2


def test_bits_are_chosen_that_share_each_level_evenly() -> None:
    """`rare` never changes, and has 16 values: alone it does for two parts, and of 64 most would have nothing."""
    program = compile_model(Rare, {})
    emitted = emit_program(program)
    model = library.load_model(emitted.modules)
    rare, often = (field.mask for field in emitted.layout.fields)

    def chosen(parts: int) -> tuple[int, ...] | None:
        clock = Clock(Budget(), Event(), None)
        return key_bits(Search(emitted, library.load_kernels(), model, 1, 1 << 30, clock), parts)

    assert (chosen(1), chosen(2), chosen(64)) == (None, (rare,), (rare | often,))


class Rare(Model):
    rare = Var(Range(0, 15))
    often = Var(Range(0, 999))

    def init(self):
        self.rare = choose(Range(0, 15))

    @action
    def up(self):
        self.often = (self.often + 1) % 1000


class _Deaths:
    """Has parts die after calls: `part` after its `number`th call of a `method`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *planned: tuple[str, int, int]) -> None:
        self.planned = list(planned)
        self.calls: dict[tuple[str, int], int] = {}
        monkeypatch.setattr(transport, "survives", self._survives)

    def _survives(self, part: int, call: Call) -> bool:
        self.calls[call.method, part] = self.calls.get((call.method, part), 0) + 1
        moment = (call.method, part, self.calls[call.method, part])
        if moment in self.planned:
            self.planned.remove(moment)
            return False
        return True


DEATHS = (
    *((("work", part, number),) for part in (0, 1) for number in (1, 2, 5, 6, 8)),
    *((("harvest", 1, number),) for number in (1, 3)),
    *(((method, 1, 1),) for method in ("keep", "judge")),
    (("parents", 0, 2),),
    (("work", 0, 4), ("work", 1, 7), ("work", 2, 10)),
    (("work", 1, 6), ("restore", 1, 1)),
)
"""Which part dies after which call; several at different times."""


@pytest.mark.parametrize("planned", DEATHS, ids=str)
def test_a_part_that_dies_at_any_moment_costs_no_state(
    planned: tuple[tuple[str, int, int], ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coordinator, "_FIRST_ROWS", 1)  # rounds end in the middle of a level
    monkeypatch.setattr(partition, "_SLICE", 64)
    monkeypatch.setattr(coordinator, "_ROUND_SECONDS", 0.0)
    program = program_of("spec.classics.alternating_bit:AlternatingBitConstrained")
    wanted = check(_task(program), ExplicitEngine())
    deaths = _Deaths(monkeypatch, *planned)
    found = _run(program, 3)
    assert not deaths.planned, "a death that was planned did not come"
    _same(found, wanted)
    died = "1 part" if len(planned) == 1 else f"{len(planned)} parts"
    assert found.notes[1] == f"{died} died, and what was lost was found again"


@pytest.mark.parametrize("failing", [(0,), (0, 1), (0, 2)], ids=["kept", "lost on its way", "another is not kept"])
@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_part_that_dies_as_a_level_goes_to_who_keeps_it_costs_no_state(
    part: int, failing: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a level came to goes to who keeps it as the next is begun. What a part has sent is gone when it dies, and a
    call that is given it fails: then others have begun the next level already, and the one before is lost. The next
    part dies later on: what it had found must have been kept, too."""
    program = program_of("zoo:Crowd")
    wanted = check(_task(program), ExplicitEngine())
    twice = 0
    for number in range(1, wanted.stats.depth):
        with monkeypatch.context() as patch:
            losing = _Losing(patch, part, number, failing)
            found = _run(program, 3)
        _same(found, wanted)
        assert len(found.notes) == 1 + (losing.died > 0)
        twice += losing.died == 2
    assert twice > 2


class _Losing:
    """Has a part die before its call where the `number`th time a level is kept as the next is begun, and calls fail of
    parts so many after it; and the next part two such times later."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, part: int, number: int, failing: tuple[int, ...]) -> None:
        self.kept = self.died = 0
        moments = [(number, part, failing), (number + 2, (part + 1) % 3, (0,))]
        called = transport.Inside.call

        def call(inside: transport.Inside, calls: dict[int, Call], look: Any) -> Any:
            keeps = any(each.method == "work" and each.given[2] > 0 for each in calls.values())
            self.kept += keeps
            if keeps and moments and self.kept == moments[0][0]:
                _, dies, after = moments.pop(0)
                self.died += 1
                inside._partitions.pop(dies)
                calls = {at: each for at, each in calls.items() if (at - dies) % 3 not in after}
            return called(inside, calls, look)

        monkeypatch.setattr(transport.Inside, "call", call)


def test_a_part_that_dies_after_any_call_costs_no_state(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every part, after every call that there is where nobody dies."""
    program = program_of("zoo:Crowd")
    budget = Budget(max_depth=6)
    wanted = check(_task(program, budget=budget), ExplicitEngine())
    with monkeypatch.context() as patch:
        undisturbed = _Deaths(patch)
        _same(_run(program, 3, budget=budget), wanted)
    moments = [(*key, number + 1) for key, most in undisturbed.calls.items() for number in range(most)]
    assert {"work", "harvest", "judge", "keep"} <= {method for method, _, _ in moments}
    for moment in moments:
        with monkeypatch.context() as patch:
            deaths = _Deaths(patch, moment)
            _same(_run(program, 3, budget=budget), wanted)
            assert not deaths.planned


def test_levels_are_judged_as_they_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts are asked again only where other properties are to be judged than were of the level before: of the first,
    and where one has been decided."""
    program = compile_model(Decided, {})
    wanted = check(_task(program, budget=Budget()), ExplicitEngine())
    deaths = _Deaths(monkeypatch)
    _same(_run(program, 2, budget=Budget()), wanted)
    assert deaths.calls["judge", 0] == 3
    assert deaths.calls["keep", 0] == 3, "what a level came to is kept once, before what must not be lost"


class Decided(Model):
    x = Var(Range(0, 20))

    @action
    def up(self):
        require(self.x < 20)
        self.x += 1

    @always
    def less_than_three(self):
        return self.x < 3

    @always
    def less_than_nine(self):
        return self.x < 9

    @always
    def in_range(self):
        return self.x <= 20


def test_the_only_part_that_dies_is_begun_again_with_what_was_kept_here(monkeypatch: pytest.MonkeyPatch) -> None:
    program = program_of("spec.gc.marking:Marking", objects=1)
    wanted = check(_task(program), ExplicitEngine())
    deaths = _Deaths(monkeypatch, ("work", 0, 7))
    _same(_run(program, 1), wanted)
    assert not deaths.planned


@pytest.mark.parametrize(
    "planned",
    [(("work", 0, 8), ("work", 1, 8)), (("work", 1, 8), ("states", 0, 2))],
    ids=("at once", "while it is mended"),
)
def test_parts_that_keep_one_another_and_die_at_once_end_the_run(
    planned: tuple[tuple[str, int, int], ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their states are nowhere: what is left is no search of all states, and says so."""
    program = program_of("spec.gc.marking:Marking", objects=1)
    _Deaths(monkeypatch, *planned)
    found = _run(program, 3)
    assert found.stopped == "two parts of the cluster that keep one another's states died at once"
    assert not any(type(each).__name__ in ("Exhausted", "Unreachable") for each in found.verdicts.values())


def test_a_part_that_dies_again_and_again_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A level that no machine has the memory for would kill one after the other for ever."""
    program = program_of("spec.gc.marking:Marking", objects=1)
    monkeypatch.setattr(transport, "survives", lambda part, call: part != 1 or call.method != "work")
    assert _run(program, 2).stopped == "parts of the cluster died 4 times at level 1"


def test_a_budget_of_states_ends_the_run_as_on_one_machine() -> None:
    program = program_of("spec.gc.marking:Marking", objects=1)
    for most in (1, 5_000, 37_294, 37_295):
        budget = Budget(max_states=most)
        wanted, found = check(_task(program, budget=budget), ExplicitEngine()), _run(program, 3, budget=budget)
        assert found.stopped == wanted.stopped
        assert {name: type(each) for name, each in found.verdicts.items()} == {
            name: type(each) for name, each in wanted.verdicts.items()
        }


def test_a_stop_from_outside_ends_the_run() -> None:
    program = program_of("spec.gc.marking:Marking", objects=1)
    task = _task(program, cluster=_inside(2), budget=Budget())

    def reported(stats: Stats) -> None:
        if stats.depth == 5:
            task.stop.set()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("checker.engines.explicit.clock._PROGRESS_SECONDS", -1.0)
        found = check(replace(task, progress=reported), ExplicitEngine())
    assert found.stopped == "interrupted"
    assert any(isinstance(each, Unknown) for each in found.verdicts.values())


class Beyond(Model):
    """Begins in a state that its constraint does not allow."""

    x = Var(Range(8))

    def init(self):
        self.x = 7

    @action
    def down(self):
        self.x = max(0, self.x - 1)

    @constraint
    def small(self):
        return self.x < 5


def test_a_mistake_of_a_model_that_a_part_finds_is_said_as_one() -> None:
    with pytest.raises(ModelError) as raised:
        _run(compile_model(Beyond, {}), 2)
    assert raised.value.problems[0].code == "E105"


def test_what_was_kept_of_another_part_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Replica()
    kept.keep(1, [b"one", b"more"])
    kept.keep(2, [b"two"])
    kept.keep(2, [b"too"])  # the level was begun again
    assert [kept.kept(at) for at in range(len(kept))] == [b"one", b"more", b"too"]
    kept.keep(3, [])
    assert (kept.level, len(kept)) == (3, 3)
    kept.forget(1)
    assert (kept.level, len(kept)) == (1, 2)
    monkeypatch.setattr(replica.zlib, "crc32", lambda piece: 0)
    with pytest.raises(Stopped, match="damaged"):
        kept.kept(0)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"keeping": Keeping(disk="here")}, "--cluster keeps states in memory"),
        ({"certify": True}, "--cluster brings no states to one place"),
        ({"view": ("phase",)}, "--cluster counts no views"),
        ({"reduce": True}, "--cluster has no steps wait"),
    ],
)
def test_what_parts_do_not_do_is_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError) as raised:
        _run(program_of("spec.gc.marking:Marking", objects=1), 2, **options)
    assert raised.value.problem.code == "U035"
    assert said in str(raised.value)


@pytest.mark.slow
@pytest.mark.needs("ray")
def test_actors_of_ray_that_are_killed_in_the_middle_of_a_level_cost_no_state(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ray itself: two processes, one of which is ended while it works, as a machine that is switched off."""
    program = program_of("spec.gc.marking:Marking", objects=1)
    wanted = check(_task(program), ExplicitEngine())
    called, calls = RayActors.call, 0

    def killing(actors: RayActors, given: Any, look: Any) -> Any:
        nonlocal calls
        calls += any(call.method == "work" for call in given.values())
        if calls == 7:
            calls += 1
            actors.kill(1)
        return called(actors, given, look)

    monkeypatch.setattr(RayActors, "call", killing)
    found = check(_task(program, cluster=Cluster(2, threads=1)), ExplicitEngine())
    _same(found, wanted)
    assert found.notes[1] == "1 part died, and what was lost was found again"


@pytest.mark.needs("ray")
def test_an_address_at_which_nobody_answers_is_refused() -> None:
    with pytest.raises(UsageError) as raised:
        begin_ray(_nobody, Cluster(address="127.0.0.1:1"))
    assert raised.value.problem.code == "U036"


@pytest.mark.parametrize(
    ("cluster", "chosen", "drawn"),
    [
        (Cluster(2), {}, True),
        (Cluster(2), {"RAY_AUTH_MODE": "disabled"}, False),
        (Cluster(2), {"RAY_AUTH_TOKEN_PATH": "/mine"}, False),
        (Cluster(address="127.0.0.1:1"), {}, False),
    ],
)
def test_what_ray_begins_here_answers_only_who_knows_a_word_of_this_run(
    monkeypatch: pytest.MonkeyPatch, cluster: Cluster, chosen: dict[str, str], drawn: bool
) -> None:
    """Seen with Ray 2.60: without the word a stranger ran a program there; with it, "Unauthenticated"."""

    def missing() -> None:
        raise ModuleNotFoundError

    monkeypatch.setattr(ray_actors, "_ray", missing)
    monkeypatch.setattr(os, "environ", dict(chosen))
    with pytest.raises(UsageError):
        begin_ray(_nobody, cluster)
    words = {name: word for name, word in os.environ.items() if name.startswith("RAY_AUTH_")}
    if drawn:
        assert words.pop("RAY_AUTH_MODE") == "token" and len(words.pop("RAY_AUTH_TOKEN")) == 64
        assert not words
    else:
        assert words == chosen


@pytest.mark.parametrize("text", ["local:0", "local:x", "local", "somewhere", "a:b:99999999"])
def test_what_is_no_cluster_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as raised:
        cluster_of(text, "auto", True, None)
    assert raised.value.problem.code == "U008"
