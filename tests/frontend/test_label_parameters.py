"""A helper that yields can take the name of its control point from its caller, `at: str`."""

from __future__ import annotations

from checker.ir.points import names_in
from checker.ir.printer import show_program
from tests.frontend.support import program, reachable

HEAD = """
class M(Model):
    Thread = Range(2)

    x = Var(Range(0, 4))
    busy = Var(SetOf(Thread))
"""
SHORT = (
    HEAD
    + """
    def stopped(self, t: Thread, at: str, limit: Range(5) = 4):
        self.busy.add(t)
        yield at
        require(self.x < limit)
        self.busy.remove(t)

    def twice(self, first: str, t: Thread, second: str = "second"):
        yield from self.stopped(t, first)
        self.x += 1
        yield from self.stopped(at=second, t=t, limit=3)

    @process(Thread)
    def worker(self, t):
        yield from self.twice("a", t)
        yield from self.twice(t=t, second="c", first="b")
"""
)
WRITTEN_OUT = (
    HEAD
    + """
    @process(Thread)
    def worker(self, t):
"""
    + "".join(
        f"""
        self.busy.add(t)
        yield "{name}"
        require(self.x < {limit})
        self.busy.remove(t)
        {"self.x += 1" if name in "ab" else ""}
"""
        for name, limit in (("a", 4), ("second", 3), ("b", 4), ("c", 3))
    )
)
BUSY = """
    @always
    def p(self):
        return all((t in self.busy) == self.worker[t].at("a", "second", "b", "c") for t in self.Thread)
"""


def test_it_is_as_if_the_steps_were_written_out() -> None:
    short, out = program(SHORT + BUSY), program(WRITTEN_OUT + BUSY)
    assert [names_in(each) for each in (short.processes[0], out.processes[0])] == [
        ["start", "a", "second", "b", "c", "end"]
    ] * 2
    assert len(reachable(short)) == len(reachable(out)) > 30
    seen = [{(x, busy, points) for x, busy, points, *_ in reachable(each)} for each in (short, out)]
    assert seen[0] == seen[1]  # what follows are locals of the helpers


QUIET = """
class N(M):
    def stopped(self, t: Range(2), at: str, limit: Range(5) = 4):
        require(self.x < limit)
"""


def test_a_variant_of_the_helper_need_not_yield() -> None:
    assert "'a'" in show_program(program(SHORT))
    assert "'a'" not in show_program(program(SHORT + QUIET))
