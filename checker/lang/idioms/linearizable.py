"""Decide whether the operations of a concurrent object look as if each took effect at once, while it ran.

That is linearizability (Herlihy and Wing, 1990). The model says with `perform` what an operation does to the object
when nothing else runs: the sequential specification. Its processes say with `invoke` and `returns` when an operation
begins, and when it ends and with what. A monitor keeps every state that the object can be in, with which of the running
operations have taken effect and what they gave: after each call and each return it lets every running operation take
effect, in every order (Lowe, 2017, of which this is the eager form). What returns strikes out the states in which it
gave something else, or has not taken effect. The property is violated where none is left: then no order of the
operations explains what came back, and while one is left, some order does. So the monitor is exact, for what has
happened so far. It is small because it keeps a set of states, and not orders: two histories that leave the same states
possible are one.

What it does not cover: specifications of which an operation may do one of several things, and interchangeable
(`symmetric`) threads or values, whose order it would see.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from checker.lang import Array, Bool, Opt, Range, Record, SetOf, Var, always, event
from checker.lang.idioms.threads import Threads
from checker.lang.view import spoken


class Linearizable(Threads):
    """An object whose operations seem to happen at once. Give `Object`, `Call` and `Result` anew, and `perform`."""

    Object = Range(1)  # what the object is, to one who uses it alone; starts as the type does
    Call = Range(1)  # an operation with its arguments
    Result = Opt(Range(1))  # what an operation gives

    Effect = Record(result=Result)
    Effects = Array(Threads.Thread, Opt(Effect))  # None: the thread's operation has not taken effect, or none runs
    Possible = Record(object=Object, effects=Effects)

    object = Var(Object)  # for `perform`; between steps it is as it starts
    _called = Var(Array(Threads.Thread, Opt(Call)))  # operations that run
    _possible = Var(SetOf(Possible))  # empty before the first call
    _no_order_explains = Var(Bool)
    _blank = Var(Object)

    def begins(self):
        """Say how the object starts, by changing `self.object`, if not as its type does."""

    def perform(self, call: Call):
        """The sequential specification: change `self.object`, and return the result."""
        return None  # noqa: RET501

    def ready(self, call: Call):
        """Whether an operation can take effect now; one that waits, such as taking a lock, cannot where it would."""
        return True

    @event("thread {t} calls {call}")
    def invoke(self, t: Threads.Thread, call: Call):
        """Thread `t` calls an operation."""
        assert self._called[t] is None, "a thread has one operation at a time: the last has not returned"
        if not self._no_order_explains:
            if len(self._possible) == 0:
                self.begins()
                self._possible = {self.Possible(object=self.object, effects=[None for _ in self.Thread])}
            self._called[t] = call
            self._take_effect()

    @event("thread {t} returns {result}")
    def returns(self, t: Threads.Thread, result: Result):
        """The operation of thread `t` returns."""
        if not self._no_order_explains:
            assert self._called[t] is not None, "what returns has been called"
            given = {self.Effect(result=result)}
            kept = {each for each in self._possible if each.effects[t] in given}
            self._possible = {self._without(each, t) for each in kept}
            self._called[t] = None
            self._no_order_explains = len(kept) == 0

    @event("thread {t} abandons what it has called")
    def abandon(self, t: Threads.Thread):
        """Nobody waits for the operation of thread `t` any more, if it runs one: it has taken effect by now, or never
        will. For a thread that crashes."""
        if not self._no_order_explains and self._called[t] is not None:
            self._possible = {self._without(each, t) for each in self._possible}
            self._called[t] = None

    def _without(self, each: Possible, t: Threads.Thread):
        return self.Possible(object=each.object, effects=[None if u == t else each.effects[u] for u in self.Thread])

    def _take_effect(self):
        """Let operations that run take effect, any number of them, in every order."""
        fresh: SetOf(self.Possible) = set(self._possible)
        while fresh:
            found: SetOf(self.Possible) = set()
            for each in fresh:
                for t in self.Thread:
                    call = self._called[t]
                    if call is not None and each.effects[t] is None:
                        self.object = each.object
                        if self.ready(call):
                            effect = self.Effect(result=self.perform(call))
                            effects = [effect if u == t else each.effects[u] for u in self.Thread]
                            found.add(self.Possible(object=self.object, effects=effects))
            fresh = found - self._possible
            self._possible |= found
        self.object = self._blank

    @always
    def linearizable(self):
        """Some order of the operations explains everything that came back."""
        return not self._no_order_explains

    # What follows is plain Python, and runs only when a trace is shown.

    def history(self, told: Any, shows: str) -> Iterator[str]:
        """Who called what, when it returned and with what; and which orders were tried, where none will do."""
        calls = _calls(self, told)
        if not calls or shows != "linearizable":
            return
        yield "The history: who called what, in which state, and what came back when"
        yield ""
        width = max(len(each.text) for each in calls)
        for each in calls:
            end = "is not over" if each.end is None else f"returns {each.shown}"
            back = "" if each.end is None else f" .. {each.end}"
            yield f"  thread {each.thread}  {each.text:<{width}}  {f'{each.start}{back}':<9} {end}"
        yield ""
        yield "Tried, each with its thread, in the order in which they would take effect:"
        yield ""
        tried = list(_orders(told, calls))
        yield from (f"  {each}" for each in tried[:_SHOWN])
        if len(tried) > _SHOWN:
            yield f"  and {len(tried) - _SHOWN} more; none will do"


_SHOWN = 12


@dataclass
class _Called:
    """An operation of a history. `after` are those that had returned before it was called."""

    thread: Any
    call: Any
    text: str
    start: int
    after: set[int]
    end: int | None = None
    result: Any = None
    shown: str = ""

    @property
    def shown_by(self) -> str:
        """The operation with the number of its thread."""
        return f"{self.thread}: {self.text}"


def _calls(model: Any, told: Any) -> list[_Called]:
    """The operations of a history, in the order in which they were called."""
    calls: list[_Called] = []
    running: dict[Any, int] = {}
    over: set[int] = set()
    for each in told:
        if each.name == "invoke":
            running[each.arguments["t"]] = len(calls)
            text = spoken(each.arguments["call"])
            calls.append(_Called(each.arguments["t"], each.arguments["call"], text, each.state, set(over)))
        elif each.name in ("returns", "abandon") and each.arguments["t"] in running:
            place = running.pop(each.arguments["t"])
            if each.name == "returns":
                over.add(place)
                made = calls[place]
                made.end, made.result = each.state, each.arguments["result"]
                made.shown = spoken(made.result)
    return calls


def _orders(told: Any, calls: list[_Called]) -> Iterator[str]:
    """Every order in which the operations could take effect, as far as it gives what came back."""
    _, start = told.run("begins")
    yield from _extended(told, calls, (), start.object)


def _extended(told: Any, calls: list[_Called], done: tuple[int, ...], held: Any) -> Iterator[str]:
    """The orders that begin so, and leave the object as `held`. What has not returned may come in, or never."""
    before = "".join(f"{calls[place].shown_by}, " for place in done)
    next_ones = [place for place, each in enumerate(calls) if place not in done and each.after <= set(done)]
    for place in sorted(next_ones, key=lambda place: calls[place].end is None):
        each = calls[place]
        if not told.run("ready", each.call, object=held)[0]:
            if each.end is not None:
                yield f"{before}{each.shown_by} would have to wait"
            continue
        result, after = told.run("perform", each.call, object=held)
        if each.end is not None and result != each.result:
            yield f"{before}{each.shown_by} would return {spoken(result)}, not {each.shown}"
        else:
            yield from _extended(told, calls, (*done, place), after.object)
