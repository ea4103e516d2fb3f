"""What one run has decided, what is still open, and what is said of that in the end. Searches nothing.

Engines differ in how they find things out; when to go on, and what a property comes to that was not decided, is the
same for all of them.
"""

from __future__ import annotations

from collections.abc import Mapping

from checker.contract.task import BUILT_IN, NO_FAILURE, Task
from checker.contract.trace import Trace
from checker.contract.verdict import Bounded, Exhausted, Unknown, Unreachable, Verdict, Violated, Witnessed
from checker.contract.wording import counted
from checker.semantics import Failure


class Ledger:
    """The properties of one task: `verdicts` on those that are decided."""

    def __init__(self, task: Task) -> None:
        self.verdicts: dict[str, Verdict] = {}
        self._task = task
        self._closed: dict[str, bool] = {}  # what nothing more is to be found out about; True: it is violated

    def is_open(self, name: str) -> bool:
        """Whether a property is asked for and undecided."""
        return name in self._task.properties and name not in self._closed

    def any_open(self) -> bool:
        """Whether anything is undecided."""
        return any(map(self.is_open, self._task.properties))

    def wants_more(self) -> bool:
        """Whether anything is undecided and no violation has ended the run."""
        return self.any_open() and (self._task.keep_going or self.violated() is None)

    def violated(self) -> str | None:
        """The first property that is violated, in the order asked."""
        return next((name for name in self._task.properties if self._closed.get(name)), None)

    def close(self, name: str, violated: bool) -> None:
        """Nothing more is to be found out about a property; its verdict comes later."""
        self._closed.setdefault(name, violated)

    def decide(self, name: str, verdict: Verdict) -> None:
        """The verdict on a property. One that there is already stays."""
        self.verdicts.setdefault(name, verdict)
        self.close(name, isinstance(verdict, Violated))

    def reopen(self, name: str) -> None:
        """Take a verdict back."""
        del self.verdicts[name], self._closed[name]

    def shows(self, name: str, trace: Trace) -> None:
        """A trace shows a property: that it is violated, or that it happens."""
        self.decide(name, Witnessed(trace) if self._task.program.witnessed(name) else Violated(trace))

    def fails(self, trace: Trace) -> None:
        """A trace ends in a failure."""
        if self.is_open(NO_FAILURE):
            self.shows(NO_FAILURE, trace)

    def cannot_judge(self, name: str, failure: Failure) -> None:
        """A property fails in a reachable state instead of being true or false: it stays undecided."""
        if self.is_open(name):
            self.decide(name, cannot_be_evaluated(failure))

    # -- in the end ----------------------------------------------------------------------------------------------------

    def of_all(self, name: str, distinct: int) -> Verdict:
        """What it comes to that nothing was found in all reachable states, of which there are `distinct`."""
        return Unreachable(distinct) if self._task.program.witnessed(name) else Exhausted(distinct)

    def within(self, name: str, judged: int, expanded: int, why: str) -> Verdict:
        """What it comes to that nothing was found by a search which ended for the reason `why`: all states up to depth
        `judged` were judged, and those up to depth `expanded` expanded."""
        depth = known_depth(name, judged, expanded)
        if self._task.program.speaks_of_steps(name):
            depth = expanded and expanded + 1  # the steps from all of these were seen
        if depth and not self._task.program.witnessed(name):
            return Bounded(depth)
        return Unknown(why, unseen=depth)

    def why(self, stopped: str | None, covered: str = "") -> str:
        """Why something is open: the run was `stopped` after so much, or a violation ended it."""
        return f"stopped at the violation of '{self.violated()}'" if stopped is None else f"{stopped}{covered}"


def known_depth(name: str, judged: int, expanded: int) -> int:
    """The depth up to which a property is known: what is built in is seen where states are expanded."""
    return expanded if name in BUILT_IN else judged


def after(states: int, depth: int) -> str:
    """How far a search came."""
    return f" after {counted(states, 'state')}, depth {depth}"


UNEVALUABLE = "cannot be evaluated in a reachable state"
"""How the reason begins why a property that fails in some state is unknown."""


def cannot_be_evaluated(failure: Failure) -> Unknown:
    """The verdict on a property that fails in some state."""
    return Unknown(f"{UNEVALUABLE}: {failure.message}")


def resting_on_states(task: Task, verdicts: Mapping[str, Verdict]) -> tuple[str, ...]:
    """The properties whose verdicts rest on all reachable states, if the task asks for evidence."""
    exhausted = tuple(name for name, each in verdicts.items() if isinstance(each, (Exhausted, Unreachable)))
    return exhausted if task.certify else ()
