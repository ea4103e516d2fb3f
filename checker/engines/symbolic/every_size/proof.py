"""Induction for every size: what holds in the initial states and is kept by every step holds for ever, at every size.

All claims are assumed together before a step, and each is to be proved after it. One that is not is dropped, and all is
proved again without it. What remains is proved, whatever the sizes of the symmetric types. What
Z3 does not know is not proved. Finds no counterexamples: those are found at one size, by other engines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from checker.contract.task import NO_DEADLOCK, NO_FAILURE, Evidence, Outcome, Task, no_initial_state
from checker.contract.verdict import Proved, Unknown, Verdict
from checker.engines.common.clock import ended_by
from checker.engines.common.temporal import undecided
from checker.engines.symbolic.every_size.encode import Encoding
from checker.engines.symbolic.every_size.evidence import Failure, Shown, evidence, step_name
from checker.engines.symbolic.every_size.execution import refusal
from checker.engines.symbolic.every_size.obligations import Answer, Obligations
from checker.engines.symbolic.run import Fault
from checker.engines.symbolic.solving import Clock
from checker.engines.symbolic.terms import or_
from checker.frontend.open_sizes import OpenSizes
from checker.ir.nodes import Program
from checker.ir.property_kind import PropertyKind
from checker.semantics import Interpreter

NOT_PROVED = "not proved for every size"


@dataclass
class EverySizeEngine:
    """One-step induction with lemmas for a model with sizes left open. `seed` is Z3's."""

    open_sizes: OpenSizes
    seed: int = 0
    name: str = "induction"

    def run(self, task: Task) -> Outcome:
        """Prove what can be proved of the task, whose program is one of those of `open_sizes`, for every size. Raises
        ModelError E602 for a model that cannot be looked at so."""
        return _Proof(task, self.open_sizes, self.seed).outcome()


@dataclass
class _Proof:
    """One task on its way to an outcome. `proofs` gives, for what was proved, the claims that it took."""

    task: Task
    open_sizes: OpenSizes
    seed: int
    stopped: str | None = None
    settled: bool = False
    proofs: dict[tuple[int, str], frozenset[str]] = field(default_factory=dict)
    dropped: dict[str, str] = field(default_factory=dict)
    failing: str | None = None
    cannot_fail: frozenset[str] | None = None
    failures: list[Failure] = field(default_factory=list)

    def outcome(self) -> Outcome:
        """Prove, then say what is known."""
        for program in self.open_sizes.programs.values():
            self._confirm_unconstrained(program)
            if next(iter(Interpreter(program).initial()), None) is None:
                raise no_initial_state(program)
        self.clock = Clock(self.task)
        self.stopped = ended_by(self._prove, self.clock.look)
        found = {**{name: self._verdict(name) for name in self.task.properties}, **undecided(self.task, "induction")}
        verdicts = {name: found[name] for name in self.task.properties}
        evidence = self._evidence(verdicts) if self.task.certify else None
        return Outcome(("induction",), verdicts, self.clock.stats(), self.stopped, evidence)

    def _evidence(self, verdicts: Mapping[str, Verdict]) -> Evidence | None:
        """The obligations of what was proved, and of the lemmas that it rests on."""
        proved = tuple(name for name, verdict in verdicts.items() if isinstance(verdict, Proved))
        if not proved:
            return None
        first = frozenset(proved) - {NO_FAILURE}
        if NO_FAILURE in proved:
            assert self.cannot_fail is not None
            first |= self.cannot_fail
        needed = self._needed(first)
        claims = [name for name in self.obligations.claims if name in needed]
        shown = Shown(self.forms, self.proofs, tuple(self.failures))
        made = evidence(self.obligations, shown, claims, NO_FAILURE in proved)
        return Evidence(proved, made, every=self.open_sizes.names, of=self._program())

    def _program(self) -> Program:
        """Any of the programs: all of them were compared."""
        return next(iter(self.open_sizes.programs.values()))

    @staticmethod
    def _confirm_unconstrained(program: Program) -> None:
        for each in program.properties:
            if each.kind is PropertyKind.CONSTRAINT:
                problem = f"'{each.name}' bounds what is looked at, and a proof for every size does not stop anywhere"
                raise refusal(each.function.span, problem)

    def _prove(self) -> None:
        self.clock.doing = "encoding"
        began = self.clock.seconds()
        self.encoding = Encoding(self._program())
        self.forms = self.encoding.forms
        self.obligations = Obligations(self.encoding, self.clock, self.seed)
        self.clock.encoding_seconds = self.clock.seconds() - began
        self.clock.doing = "initial states"
        self.kept = list(self.obligations.claims)
        for name in list(self.kept):
            self._note(name, self.obligations.initial(name), "in an initial state")
        self._drop_until_kept()
        self.settled = True
        self._failures()

    def _drop_until_kept(self) -> None:
        again = True
        while again:
            again = False
            for number, form in enumerate(self.forms):
                self.clock.doing = f"step {number + 1} of {len(self.forms)}: {form}"
                for name in list(self.kept):
                    if name in self.kept and (number, name) not in self.proofs:
                        answer = self.obligations.kept(form, name, self.kept)
                        again |= not answer.holds
                        self._note(name, answer, f"after {form}")
                        if answer.holds:
                            self.proofs[number, name] = answer.used

    def _note(self, name: str, answer: Answer, where: str) -> None:
        if answer.holds:
            return
        self.dropped[name] = f"{where}; {answer.why}" if answer.why else where
        self.kept.remove(name)
        self.proofs = {}  # all is shown again with what is left: less is to be believed so

    def _failures(self) -> None:
        """Nothing fails in the states that the claims allow: not `init`, no step, and no property."""
        self.clock.doing = NO_FAILURE
        used: frozenset[str] = frozenset()
        asked: list[tuple[str, str, list[str], tuple[Fault, ...]]] = [
            ("initial", "'init'", [], self.encoding.init.faults),
            *((step_name(form), str(form), self.kept, form.faults) for form in self.forms),
        ]
        for each in self._program().properties:
            final = each.kind is PropertyKind.FINAL
            if final or each.kind.traits.everywhere or each.name in self.task.properties:
                asked.append((each.name, f"'{each.name}'", self.kept, self.obligations.judged(each.function).faults))
        lemmas = {each.name for each in self.task.program.properties if each.kind is PropertyKind.LEMMA}
        for name, what, assumed, faults in asked:
            when = or_(*(fault.when for fault in faults))
            answer = self.obligations.fails(assumed, when)
            if not answer.holds:
                self.failing = f"{what} may fail{f'; {answer.why}' if answer.why else ''}"
                return
            used |= answer.used
            if name not in lemmas:  # that a lemma can be evaluated is a part of it
                self.failures.append(Failure(f"{name}-failure", f"{what} fails", answer.used, when))
        self.cannot_fail = used

    def _verdict(self, name: str) -> Verdict:
        if name == NO_DEADLOCK:
            return Unknown("whether something can always happen is not looked at for every size, only at one")
        if self.task.program.speaks_of_steps(name):
            return Unknown("what is said of steps is not looked at for every size, only with given sizes")
        if self.task.program.witnessed(name):
            return Unknown("whether it happens is looked at with given sizes only: leave --unbounded out")
        if self.stopped is not None:
            return Unknown(self.stopped)
        if name == NO_FAILURE:
            return Unknown(self._why(str(self.failing))) if self.cannot_fail is None else self._proved(self.cannot_fail)
        if self.settled and name in self.kept:
            return self._proved(frozenset({name}), name)
        return Unknown(self._why(self.dropped.get(name, "")))

    def _why(self, where: str) -> str:
        lemmas = {each.name for each in self.task.program.properties if each.kind is PropertyKind.LEMMA}
        first = next((name for name in self.dropped if name in lemmas), None)
        said = f"{NOT_PROVED}: {where}"
        return said if first is None else f"{said} (the lemma '{first}' is not: {self.dropped[first]})"

    def _needed(self, rests_on: frozenset[str]) -> set[str]:
        """These claims, and all that the proofs of them take."""
        needed: set[str] = set()
        waiting = set(rests_on)
        while waiting:
            name = waiting.pop()
            needed.add(name)
            for (_, proved), used in self.proofs.items():
                if proved == name:
                    waiting |= used - needed
        return needed

    def _proved(self, rests_on: frozenset[str], but: str = "") -> Proved:
        needed = self._needed(rests_on)
        kinds = {each.name: each.kind for each in self.task.program.properties}
        lemmas = [name for name in self.kept if kinds[name] is PropertyKind.LEMMA and name != but]
        unneeded = tuple(name for name in lemmas if name not in needed)
        return Proved(1, tuple(name for name in lemmas if name in needed), unneeded, every=self.open_sizes.names)
