"""Compiling has limits: what would run away is refused within seconds, with a place and a remedy, and takes no memory.

Times are processor time, since the machine may be busy, and long, since it may be slow: what runs away takes hours.
"""

from __future__ import annotations

import ast
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from checker.contract.wording import wording
from checker.errors import UsageError
from checker.frontend.blocks import Open, Pause, merged
from checker.ir import nodes as ir
from checker.ir.points import NOTHING_ASKED
from checker.memory import resident
from evacheck import verify
from tests.frontend.support import model, problems, program

HEAD = "class M(Model):\n    x = Var(Range(8))\n"
ACTION = "    @action\n    def go(self):\n"
TWICE = "Put what repeats into a loop, or into data that a loop goes through; check parts as models of their own."
SECONDS = 60.0
MEMORY = 400 << 20


@contextmanager
def soon() -> Iterator[None]:
    """What happens within takes a few seconds of the processor at most, and little memory."""
    began, before = time.process_time(), resident()
    yield
    assert time.process_time() - began < SECONDS
    assert resident() - before < MEMORY


def refused(source: str) -> tuple[str, str, str, int]:
    """The one mistake of a model: code, problem, remedy and line."""
    with soon():
        (found,) = problems(source)
    assert found.span is not None
    return found.code, found.problem, found.remedy, found.span.line


def doubling(first: str, next_: str, levels: int = 25) -> str:
    """Helpers of which each calls the one before twice."""
    made = [f"    def h0(self):\n        {first}\n"]
    for level in range(1, levels + 1):
        made.append(f"    def h{level}(self):\n        {next_.replace('H', f'self.h{level - 1}()')}\n")
    return "".join(made)


def test_helpers_that_each_yield_from_the_one_before_twice_are_refused() -> None:
    helpers = doubling("self.x = (self.x + 1) % 8; yield", "yield from H; yield from H")
    said = refused(f"{HEAD}{helpers}    @process\n    def go(self):\n        yield from self.h25()\n")
    assert said == ("E216", "'go' comes to more than 4,000 blocks", TWICE, 56)


def test_helpers_that_each_call_the_one_before_twice_compile_at_once() -> None:
    """Looking for what a helper changes went through 2^25 calls."""
    with soon():
        program(f"{HEAD}{doubling('return self.x', 'return min(H, H)')}{ACTION}        self.x = self.h25()\n")
    with soon():
        program(f"{HEAD}{doubling('self.x = 1', 'H; H')}{ACTION}        self.h25()\n")


def test_helpers_whose_types_of_arguments_double_are_refused() -> None:
    helpers = "    def h0(self, n):\n        return n % 8\n"
    for level in range(1, 15):
        calls = f"self.h{level - 1}(n * 2), self.h{level - 1}(n * 2 + 1)"
        helpers += f"    def h{level}(self, n):\n        return min({calls})\n"
    code, problem, remedy, _ = refused(f"{HEAD}{helpers}{ACTION}        self.x = self.h14(self.x)\n")
    assert (code, remedy) == ("E216", TWICE)
    assert problem == "helpers are called with more than 1,000 combinations of types of arguments"


@pytest.mark.parametrize("kind", ["action", "process"])
def test_reading_a_model_ends_with_the_time_of_its_check(kind: str) -> None:
    """Nothing looked at the clock before there was a program: 4,900 statements took all the time they liked."""
    body = "        self.x = (self.x + (self.x * 3 + 1) % 5 + max(self.x, 3)) % 8\n" * 4_900
    source = f"{HEAD}    @{kind}\n    def go(self):\n{body}"
    made, began = model(source), time.process_time()
    ast.parse(source)
    began, reading = time.process_time(), time.process_time() - began
    with pytest.raises(
        UsageError, match=r"^U026 time budget of 0\.2 s ended while the model was read\n    Give it more"
    ):
        verify(made, time=0.2)
    assert time.process_time() - began < 4 * reading  # to read all of it takes 7 to 11 times Python's own reading


@pytest.mark.parametrize("kind", ["action", "process"])
def test_thousands_of_statements_are_refused(kind: str) -> None:
    body = "        self.x = (self.x + 1) % 8\n" * 6_000
    said = refused(f"{HEAD}    @{kind}\n    def go(self):\n{body}")
    assert said == ("E216", "with 'go' the model has more than 5,000 statements", TWICE, 4)


def test_thousands_of_actions_are_refused() -> None:
    actions = "".join(f"    @action\n    def go{n}(self):\n        self.x = 1\n" for n in range(2_600))
    code, problem, _, _ = refused(HEAD + actions)
    assert (code, problem) == ("E216", "with 'go2500' the model has more than 5,000 statements")


@pytest.mark.parametrize(
    "kind",
    [
        "Array(Range(65536), Array(Range(65536), Bool))",
        "Array(Range(65536), Opt(SetOf(Range(60))))",
        "Array(Range(4096), Seq(Record(a=Bool, b=Bool), 4096))",
    ],
)
def test_a_state_too_large_to_copy_is_refused(kind: str) -> None:
    said = refused(f"{HEAD}    y = Var({kind})\n{ACTION}        self.x = 1\n")
    remedy = "Use smaller types: most faults show in very small ones."
    assert said == ("E316", "a state is made of more than 131,072 values, most of them in 'y'", remedy, 3)


def test_locals_of_many_processes_count_as_the_state_that_they_are_kept_in() -> None:
    body = "        a = self.x\n        b = self.x\n        yield\n        self.x = min(a, b)\n"
    said = refused(f"{HEAD}    @process(Range(65536))\n    def go(self, i):\n{body}")
    assert said[:2] == ("E316", "a state is made of more than 131,072 values, most of them in 'go.point'")


def test_an_array_as_large_as_an_index_may_be_compiles() -> None:
    with soon():
        program(f"{HEAD}    y = Var(Array(Range(65536), Bool))\n{ACTION}        self.y[1] = True\n")


def test_records_that_each_hold_the_one_before_twice_are_refused() -> None:
    records = "    R0 = Record(a=Bool, b=Bool)\n"
    records += "".join(f"    R{n} = Record(a=R{n - 1}, b=R{n - 1})\n" for n in range(1, 30))
    code, problem, remedy, _ = refused(f"{HEAD}{records}    r = Var(R29)\n{ACTION}        self.x = 1\n")
    assert (code, problem, remedy) == ("E310", "a type is made of more than 5,000 parts", "Use smaller records.")


def test_a_process_of_many_branches_is_cut_at_once() -> None:
    """Merging equal blocks went through all of them as often as there are: 650 branches took a quarter of a minute."""
    body = "".join(
        f"        if self.x == {n % 8}:\n            yield 'a{n}'\n        else:\n            yield 'b{n}'\n"
        for n in range(650)
    )
    with soon():
        program(f"{HEAD}    @process\n    def go(self):\n{body}        self.x = 1\n")


def test_a_process_with_an_index_of_a_million_million_is_refused() -> None:
    said = refused(f"{HEAD}    @process(Range(10**12))\n    def go(self, i):\n        self.x = 1\n")
    assert said[:2] == ("E312", "Range(1000000000000) cannot index an array")


def test_a_match_of_thousands_of_cases_is_refused() -> None:
    cases = "".join(f"            case {n}:\n                self.x = {n % 8}\n" for n in range(2_600))
    said = refused(f"{HEAD}    @action\n    def go(self, n: Range(5000)):\n        match n:\n{cases}")
    assert said[:3] == ("E204", "M nests expressions, types or helpers too deeply", "Break it up.")


@pytest.mark.parametrize("call", ["return H", "yield from H"])
def test_helpers_a_thousand_deep_are_refused(call: str) -> None:
    first = "return self.x" if call.startswith("return") else "self.x = 1; yield"
    helpers = doubling(first, call, 999)
    use = "self.x = self.h999()" if call.startswith("return") else "yield from self.h999()"
    code, problem, remedy, _ = refused(f"{HEAD}{helpers}    @process\n    def go(self):\n        {use}\n")
    assert (code, remedy) == ("E204", "Break it up.")
    assert problem == "M nests expressions, types or helpers too deeply"


def _plainly_merged(opened: list[Open], goal: list[int]) -> list[int]:
    """Round after round over all blocks, until no class falls apart: what `merged` must come to."""
    classes = [0] * len(opened)
    while True:
        found: dict[object, int] = {}
        refined = []
        for number, block in enumerate(opened):
            match block.end:
                case ir.Branch(condition=test, then=then, otherwise=otherwise):
                    end: object = ("branch", test, classes[goal[then]], classes[goal[otherwise]])
                case ir.Jump(block=target):
                    end = ("jump", classes[goal[target]])
                case Pause(block=None):
                    end = "finish"
                case Pause(block=int(target)):
                    end = ("pause", classes[goal[target]])
                case _:
                    end = "open"
            refined.append(found.setdefault((classes[number], tuple(block.body), end), len(found)))
        if refined == classes:
            return classes
        classes = refined


def test_equal_blocks_are_merged_as_by_going_round_and_round() -> None:
    chance = random.Random(11)
    test = program(f"{HEAD}{ACTION}        if self.x == 1:\n            self.x = 2\n").actions[0].body[0]
    assert isinstance(test, ir.If)
    fewer = 0
    for _ in range(300):
        size = chance.randrange(2, 14)
        opened = []
        for _ in range(size):
            one, other = chance.randrange(size), chance.randrange(size)
            ends = [ir.Jump(one), ir.Branch(test.condition, one, other), Pause(one), Pause(None), None]
            opened.append(Open(list(test.then) if chance.random() < 0.3 else [], chance.choice(ends)))
        goal = [number if chance.random() < 0.8 else chance.randrange(size) for number in range(size)]
        plain, found = _plainly_merged(opened, goal), merged(opened, goal, NOTHING_ASKED)
        pairs = [(a, b) for a in range(size) for b in range(size)]
        assert [plain[a] == plain[b] for a, b in pairs] == [found[a] == found[b] for a, b in pairs]
        fewer += len(set(found)) < size
    assert fewer > 50


@pytest.mark.parametrize("engine", ["reference", "explicit", "bmc"])
def test_a_number_may_be_among_few_that_are_too_large_for_a_set(engine: str) -> None:
    """`x in (0, 8192)` was refused (E313), and no remedy that was offered helped."""
    made = model(
        "class M(Model):\n    x = Var(Range(20001))\n    n = Var(Range(4))\n"
        "    @action\n    def go(self, to: Range(4)):\n        self.n = to\n"
        "        few: Seq(Range(20001), 4) = (0, 8192, 5, 20000)\n        self.x = few[to]\n"
        "    @always\n    def listed(self):\n        return (self.x in (0, 8192)) == (self.n in [1, 0])\n"
        "    @always\n    def worked_out(self):\n        return self.x in {0, 5, self.n * 8192, 20000}\n"
        "    @sometimes\n    def without(self):\n        return self.x not in (0, 8192, 5)\n"
    )
    verdicts = verify(made, engine=engine, depth=3).verdicts
    assert {name: wording(each).short for name, each in verdicts.items()} == {
        "listed": "to depth 3" if engine == "bmc" else "holds",
        "worked_out": "to depth 3" if engine == "bmc" else "holds",
        "without": "happens 2",
        "no_deadlock": "to depth 3" if engine == "bmc" else "holds",
        "no_failure": "to depth 3" if engine == "bmc" else "holds",
    }
