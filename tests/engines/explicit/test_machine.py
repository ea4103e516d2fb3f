"""The way to machine code: what the small compiler makes of each construct is what Python makes of it, and whatever it
does not know it refuses. Kernels and emitted models run both ways over the same memory."""

from __future__ import annotations

import ctypes
import random
import threading
from collections.abc import Callable, Iterator

import pytest

from checker.contract.task import Budget
from checker.engines.explicit.clock import Clock
from checker.engines.explicit.codegen.code import CONTROL_CELLS, DONE
from checker.engines.explicit.codegen.emit import Emitted, emit_program
from checker.engines.explicit.machine import library, llvm
from checker.engines.explicit.machine.compiling import compiled
from checker.engines.explicit.machine.lowering import UnsupportedError, lowered
from checker.engines.explicit.machine.reading import SourceReader
from checker.engines.explicit.native import kernels
from checker.engines.explicit.native.intrinsics import pointer
from checker.engines.explicit.native.memory import words
from checker.engines.explicit.search import Search
from tests.engines.explicit.support import program_of
from tests.support.emitted import PlainModel
from tests.support.random_models import drawn

IMPORTS = (
    "from checker.engines.explicit.native.intrinsics import "
    "call2, copy, exchange, lowest, mixed, number, pointer, popcount, prefetch, seen, words\n"
    "from checker.engines.explicit.native.rows import next_bit\n"
    "from checker.engines.explicit.codegen.code import CHOICES\n"
)
EDGES = (0, 1, -1, 2, 7, -8, 61, 62, 63, (1 << 62) - 1, -(1 << 62), (1 << 63) - 1, -(1 << 63))
SMALL = (0, 1, -1, 2, 7, -8, 61, 100, -100, 12345)


def both(body: str, *, parameters: str = "a: number, b: number", more: str = "") -> tuple[Callable[..., int], ...]:
    """A function as Python, and as machine code: thoroughly compiled, and quickly."""
    text = f"{IMPORTS}\n{more}\ndef f({parameters}) -> number:\n" + "".join(f"    {x}\n" for x in body.splitlines())
    space: dict[str, Callable[..., int]] = {}
    exec(text, space)
    loaded = [library.Library([(compiled(text, ["f"], "", thorough), ["f"])]) for thorough in (True, False)]
    return space["f"], *(each.function("f", parameters.count(":")) for each in loaded)


def wrapped(word: int) -> int:
    """What a word keeps of a number."""
    return ctypes.c_int64(word).value


def sections(text: str) -> dict[str, str]:
    """Pieces of code, each under a line that names it."""
    pieces = (piece.partition("\n") for piece in text.strip().removeprefix("# ").split("\n# "))
    return {name: body for name, _, body in pieces}


EXPRESSIONS = """
a + b
a - b
a * b
-a
~a
a & b
a | b
a ^ b
a << 3
a >> 5
a >> 63
a // 7
a % 7
a // -7
a % -7
a // (b | 1) if b > -2 else 0
a % (b | 1) if b > -2 else 0
a == b
a != b
a < b
a <= b
a > b
a >= b
not a
not a == b
a < b and b < 5
a < b or b < 5
not (a < b or b < 5) and a != 0
1 if a < b else 0
(1 if a else 2) if b else (3 if a < 0 else a)
(a < b) + (b < a) * 2
(a < b) == (b < 3)
min(a, b)
max(a, b, 5)
abs(a)
int(a < b) << 3
popcount(a)
lowest(a) if a != 0 else -1
mixed(a)
True
False
CHOICES + a
0xFFFFFFFFFFFFFFFF & a
""".strip().splitlines()


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_is_what_it_is_in_python(expression: str) -> None:
    plain, machine, quick = both(f"return {expression}")
    values = SMALL if "//" in expression or "%" in expression or "abs" in expression else EDGES
    for a in values:
        for b in values:
            assert machine(a, b) == quick(a, b) == wrapped(plain(a, b)), (a, b)


BODIES = sections("""
# a loop
n = 0
i = 0
while i < 9:
    i += 1
    if i == a:
        continue
    if i == b:
        break
    n += i
return n
# loops within loops
n = 0
i = 0
while True:
    j = 0
    while j < 5:
        j += 1
        if j == b:
            break
        if j == a:
            continue
        n = n * 3 + j
    i += 1
    if i == 4:
        break
return n
# a ladder
if a == 0:
    n = 1
elif a == 1:
    n = 2
elif b < 0:
    return 7
else:
    n = 4
return n + b
# no end
if a < b:
    a = 3
    return a
return 0
# returns on all ways
if a < b:
    return 1
else:
    return 2
# exchange of values
a, b = b, a
return a - 2 * b
# several targets
x = y = a
x += b
return x * 2 - y
# a parameter that is assigned
while a > 3:
    a = a >> 1
return a
# what decides first decides alone
n = 0
if a > 3 and count(b) > 0 or count(a) == 2:
    n = 1
return n * 10 + (1 if count(a) or count(b) else 0)
# a flag that is kept
t = a < b
u = not t
return t + 2 * u + (4 if t else 0)
# nothing
pass
return 0
# code that is never reached
return a
b = 1
return b
# an endless loop that returns
while True:
    a += 1
    if a > b:
        return a
""")


@pytest.mark.parametrize("name", BODIES)
def test_statements_do_what_they_do_in_python(name: str) -> None:
    more = "def count(x: number) -> number:\n    return popcount(x & 7)\n"
    plain, machine, quick = both(BODIES[name], more=more)
    for a in SMALL[:8]:
        for b in SMALL[:8]:
            assert machine(a, b) == quick(a, b) == wrapped(plain(a, b)), (a, b)


MEMORY = {
    "words": "s[a] = s[b] + 1\ns[a] += 5\ns[3] -= s[a]\nreturn s[3]",
    "a copy onto itself": "copy(s, a, b, 5)\nreturn 0",
    "through an address": "t = pointer(s[20])\nt[a] = 9\nu = t\nreturn u[b] + seen(s[20] + 8 * b)",
    "an exchange": "n = exchange(s[20] + 8 * a, s[b], 77)\nreturn n * 3 + exchange(s[20], 5, 6)",
    "a prefetch changes nothing": "prefetch(s[20] + 8 * a)\nreturn s[a]",
    "a function of another module": "return next_bit(s, a, 3, b)",
    "targets are words": "s[a], s[b] = s[b], s[a]\nreturn s[a]",
}


@pytest.mark.parametrize("name", MEMORY)
def test_memory_is_left_as_python_leaves_it(name: str) -> None:
    plain, machine, quick = both(MEMORY[name], parameters="s: words, a: number, b: number")
    for a in range(8):
        for b in range(8):
            memories = left, right, third = words(24), words(24), words(24)
            for memory in memories:
                memory[:20] = [random.Random(at).getrandbits(62) if at % 3 else at for at in range(20)]
                memory[20] = ctypes.addressof(memory)
            answers = machine(ctypes.addressof(left), a, b), quick(ctypes.addressof(third), a, b)
            assert answers == (wrapped(plain(right, a, b)),) * 2
            assert left[:20] == right[:20] == third[:20]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("for x in a:\n    pass", "for x in a:"),
        ("return a / b", "the operator Div"),
        ("return a ** b", "the operator Pow"),
        ("return a in b", "the comparison In"),
        ("return 1 < a < 3", "1 < a < 3"),
        ("return 1.5", "1.5"),
        ("return [a]", "[a]"),
        ("return a[0]", "a word of what is no address: a[0]"),
        ("a, b = a\nreturn 0", "a, b"),
        ("x = pointer(a)\nx = 1\nreturn 0", "x is a number here and words there"),
        ("return pointer(a)", "an address as a number"),
        ("if pointer(a):\n    return 1\nreturn 0", "an address as a condition"),
        ("return pointer(a) if b else pointer(b)", "an address as a number"),
        ("while a:\n    a -= 1\nelse:\n    b = 1\nreturn 0", "while a:"),
        ("return lowest(a, b)", "the operation lowest/2"),
        ("return next_bit(a)", "next_bit with 1 arguments"),
        ("return CHOICES()", "a call of CHOICES"),
        ("return lowest", "lowest as a value"),
        ("return nowhere + 1", "nowhere is neither a number nor a function"),
        ("return s", "s is neither a number nor a function"),
        ("x: int = 1\nreturn x", "x: int = 1"),
        ("return len(a)", "len is neither a number nor a function"),
    ],
)
def test_what_it_does_not_know_it_refuses(body: str, said: str) -> None:
    text = f"{IMPORTS}\ndef f(a: number, b: number) -> number:\n" + "".join(f"    {x}\n" for x in body.splitlines())
    with pytest.raises(NotImplementedError) as refused:
        lowered(SourceReader().functions(text, "", ["f"]), ["f"])
    assert said in str(refused.value)


@pytest.mark.parametrize("head", ["def f(a) -> number:", "def f(a: number):", "def f(a: str) -> number:"])
def test_a_function_says_its_types(head: str) -> None:
    with pytest.raises(UnsupportedError, match="neither a number nor words"):
        lowered(SourceReader().functions(f"{IMPORTS}\n{head}\n    return 0\n", "", ["f"]), ["f"])


def test_only_entries_can_be_called_from_outside() -> None:
    text = f"{IMPORTS}\ndef g(a: number) -> number:\n    return a\n\ndef f(a: number) -> number:\n    return g(a) + 1\n"
    loaded = llvm.Loaded(compiled(text, ["f"], ""))
    assert loaded.address("f") != 0
    assert loaded.address("g") == 0


def test_a_name_that_is_not_ascii_is_a_name() -> None:
    plain, machine, quick = both(
        "größe = a + 1\nreturn zähle(größe)", more="def zähle(x: number) -> number:\n    return x * 2\n"
    )
    assert machine(3, 0) == quick(3, 0) == plain(3, 0) == 8


# -- emitted models ----------------------------------------------------------------------------------------------------


class _Memory:
    """What an entry works in."""

    def __init__(self, emitted: Emitted, capacity: int) -> None:
        self.scratch, self.control = words(max(1, emitted.scratch)), words(CONTROL_CELLS)
        self.out = words(capacity * emitted.layout.words)
        self.marks = words(2 * len(emitted.judged) + 1)
        for at, row in emitted.constants:
            self.scratch[at : at + len(row)] = row
        for at in range(len(emitted.judged)):
            self.marks[2 * at] = 1

    def cells(self) -> list[list[int]]:
        """All of it."""
        return [list(part) for part in (self.scratch, self.control, self.out, self.marks)]


def _addresses(*parts: ctypes.Array[ctypes.c_int64] | int) -> Iterator[int]:
    for part in parts:
        yield part if isinstance(part, int) else ctypes.addressof(part)


@pytest.mark.parametrize("thorough", [True, False])
@pytest.mark.parametrize("seed", range(6))
def test_machine_code_of_a_random_model_leaves_every_word_as_python_does(seed: int, thorough: bool) -> None:
    model = PlainModel(drawn(random.Random(f"machine {seed}")).program())
    emitted, plain = model.emitted, model.entries
    machine = library.Library([(compiled(text, names, "", thorough), names) for text, names in emitted.modules])
    capacity = 400
    ours, theirs = _Memory(emitted, capacity), _Memory(emitted, capacity)
    count = plain["initial"](ours.scratch, ours.control, ours.out, capacity)
    again = machine.function("initial", 4)
    assert again(*_addresses(theirs.scratch, theirs.control, theirs.out, capacity)) == count
    assert ours.cells() == theirs.cells()
    width = emitted.layout.words
    queue = (
        [tuple(ours.out[at * width : (at + 1) * width]) for at in range(max(0, count))] if ours.control[DONE] else []
    )
    seen = set(queue)
    for row in queue[:40]:
        ours, theirs = _Memory(emitted, capacity), _Memory(emitted, capacity)
        state = (ctypes.c_int64 * width)(*row)
        count = plain["expand"](state, ours.scratch, ours.control, ours.out, capacity)
        expand, check = machine.function("expand", 5), machine.function("check", 4)
        assert expand(*_addresses(state, theirs.scratch, theirs.control, theirs.out, capacity)) == count
        assert ours.cells() == theirs.cells()
        marks = plain["check"](state, ours.scratch, ours.control, ours.marks)
        assert check(*_addresses(state, theirs.scratch, theirs.control, theirs.marks)) == marks
        assert ours.cells() == theirs.cells()
        for at in range(max(0, count)):
            following = tuple(ours.out[at * width : (at + 1) * width])
            if following not in seen:
                seen.add(following)
                queue.append(following)


# -- kernels -----------------------------------------------------------------------------------------------------------


class _PlainKernels:
    """The kernels as Python, in place of their library."""

    addresses = dict.fromkeys(library._KERNELS["native.kernels"], 0)

    def function(self, name: str, arguments: int) -> Callable[[int], int]:
        assert arguments == 1
        kernel = getattr(kernels, name)
        return lambda address: int(kernel(pointer(address)))


@pytest.mark.parametrize("name", ["spec.classics.diehard:DieHard", "spec.classics.peterson:Peterson"])
def test_a_search_with_kernels_run_by_python_finds_the_same_states_in_the_same_order(name: str) -> None:
    emitted = emit_program(program_of(name))
    model = library.load_model(emitted.modules)
    found = []
    for used in (library.load_kernels(), _PlainKernels()):
        search = Search(emitted, used, model, 1, 1 << 28, Clock(Budget(), threading.Event(), None))  # type: ignore[arg-type]
        search.initial()
        judged = []
        while not search.complete:
            judged.append(search.judge(list(range(len(emitted.judged)))))
            search.expand()
        found.append((search.distinct, list(search.states()), judged))
    assert found[0] == found[1]
