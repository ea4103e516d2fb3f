"""What verdicts rest on: proofs and their lemmas, steps that refute a proof, and what each of several engines gave.

As lines for a person, and as plain data for `--json`. Decides nothing and prints nothing.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import replace

from checker.contract.judge import counterexamples_to_induction
from checker.contract.ranking import wrong_with
from checker.contract.task import Outcome
from checker.contract.verdict import Bounded, Exhausted, NotInductive, Proved, Unknown, Unreachable, Verdict, Violated
from checker.contract.wording import Status, counted, for_every, status, trace_of, word, wording
from checker.ir.nodes import Program
from checker.ir.property_kind import PropertyKind
from counterexamples.explain.text import Line, Style, render_steps, source_line
from counterexamples.explain.watch import Watch
from counterexamples.itf import traces

WIDTH = 80
_CELL = 13

WARNING = "The first state may be unreachable: this refutes the proof, not the property."


def engine_lines(outcome: Outcome) -> list[Line]:
    """A table of what each engine gave, if there were several, and what it took; within 80 columns for four."""
    if not outcome.parts:
        return []
    width = min(WIDTH - len(outcome.parts) * (_CELL + 2) - 2, max(map(len, outcome.verdicts)))
    head = "".join(f"  {part.engine:<{_CELL}}" for part in outcome.parts)
    lines: list[Line] = [((Style.QUIET, f"  {'':<{width}}{head}".rstrip()),)]
    for name in outcome.verdicts:
        given = [part.verdicts.get(name) for part in outcome.parts]
        lines += cells(
            f"  {name}", width + 2, [(wording(each).short, mood(name, each)) if each else None for each in given]
        )
    lines.append(())
    longest = max(len(part.engine) for part in outcome.parts)
    for part in outcome.parts:
        early = "" if part.stopped is None else f", {part.stopped}"
        lines += wrapped(f"{part.engine:<{longest}}  {took(part)}{early}", "  ", Style.QUIET)
    return lines


def cells(name: str, width: int, given: Sequence[tuple[str, Style] | None]) -> Iterator[Line]:
    """A row of a table: the name, on a line of its own if it is too long, and a cell for each engine."""
    row = tuple(
        (Style.PLAIN, " " * (_CELL + 2)) if each is None else (each[1], f"  {each[0]:<{_CELL}}") for each in given
    )
    if len(name) > width:
        yield ((Style.PLAIN, name),)
        name = ""
    yield (Style.PLAIN, f"{name:<{width}}"), *row


def mood(name: str, verdict: Verdict) -> Style:
    """The style of a verdict's words."""
    match status(name, verdict):
        case Status.AS_EXPECTED:
            return Style.GOOD
        case Status.INCONCLUSIVE:
            return Style.PLAIN
        case _:
            return Style.BAD


def took(outcome: Outcome) -> str:
    """`16 distinct states, 97 generated, depth 8, 1.2 s (0.4 s compiling)`; of a solver `depth 8, 1.2 s`; of random
    behaviours `100 runs, 1,000 steps, seed 0, 1.2 s`."""
    stats = outcome.stats
    parts = []
    if stats.seed is not None:
        parts = [counted(stats.runs, "run"), counted(stats.steps, "step"), f"seed {stats.seed}"]
    elif stats.distinct or stats.generated:
        states = f"{counted(stats.distinct, 'distinct state')}{' of a reduced search' * stats.reduced}"
        parts = [states, f"{stats.generated:,} generated"]
        parts[1:1] = [] if stats.views is None else [counted(stats.views, "distinct view")]
    if stats.depth or (parts and stats.seed is None):
        parts.append(f"depth {stats.depth}")
    doing = "compiling" if stats.generated else "encoding"
    beside = f" ({stats.compile_seconds:.1f} s {doing})" if stats.compile_seconds >= 0.05 else ""
    parts.append(f"{seconds(stats.seconds)}{beside}")
    return ", ".join(parts)


def seconds(duration: float) -> str:
    """A duration: `0.04 s`, `12.3 s`."""
    return f"{duration:.2f} s" if duration < 1 else f"{duration:,.1f} s"


def proof_lines(outcome: Outcome) -> list[Line]:
    """How what is proved was proved: one sentence for all that has the same proof."""
    proofs = {name: verdict for name, verdict in outcome.verdicts.items() if isinstance(verdict, Proved)}
    groups: dict[Proved, list[str]] = {}
    for name, proof in proofs.items():
        groups.setdefault(replace(proof, found=()), []).append(name)
    never = [name for name, each in outcome.verdicts.items() if isinstance(each, Unreachable) and each.distinct is None]
    lines = [line for proof, names in groups.items() for line in wrapped(f"{_listed(names)}: {_proof(proof)}.")]
    if never:
        lines += wrapped(f"{_listed(never)}: proved never to happen, at any depth.")
    found = dict.fromkeys(sentence for proof in proofs.values() for sentence in proof.found)
    if found:
        lines += [((Style.PLAIN, "Invariants that were found and proved on the way:"),)]
        lines += [line for sentence in found for line in wrapped(sentence, "    ")]
    return [(), *lines] if lines else []


def left_open(outcome: Outcome) -> dict[str, str]:
    """What is shown as the value of parameters that were left open; nothing where traces of one value are shown."""
    verdicts = outcome.verdicts.values()
    if any(isinstance(each, Violated) or getattr(each, "not_inductive", None) is not None for each in verdicts):
        return {}
    return {name: "every" for each in verdicts if isinstance(each, Proved) for name in each.every}


def _proof(proof: Proved) -> str:
    if proof.k == 0:
        return "proved, for no behaviour is longer than those looked at"
    said = f"proved by induction over {counted(proof.k, 'step')}"
    if proof.rank:
        said = f"proved by the rank {proof.rank}"
    if proof.every:
        said += f" {for_every(proof.every)}"
    if proof.lemmas:
        said += f" with the lemma{'s' if len(proof.lemmas) > 1 else ''} {_listed(proof.lemmas)}"
    if proof.unneeded:
        said += f"; {_listed(proof.unneeded)} {'were' if len(proof.unneeded) > 1 else 'was'} not needed"
    return said


def unproved_lines(program: Program, outcome: Outcome) -> list[Line]:
    """A sentence for lemmas that were not proved and that nothing else speaks of: the proofs do without them, but they
    may be wrong."""
    proofs = {name: verdict for name, verdict in outcome.verdicts.items() if isinstance(verdict, Proved) and verdict.k}
    lemmas = [judged.name for judged in program.properties if judged.kind is PropertyKind.LEMMA]
    proved = {name for proof in proofs.values() for name in (*proof.lemmas, *proof.unneeded)}
    named = {cti.broken for part in (outcome, *outcome.parts) for _, cti in counterexamples_to_induction(part)}
    open_ = [name for name in lemmas if name not in proved | named and name not in outcome.verdicts]
    if not proofs or not open_:
        return []
    said = f"{_listed(open_)}: not proved, and no proof rests on {'them' if len(open_) > 1 else 'it'}."
    return [(), *wrapped(f"{said} `--engine induction --property {open_[0]}` shows why.")]


def refuted_lines(program: Program, outcome: Outcome) -> list[Line]:
    """For what is left open, the steps that a proof failed at, each once. A sentence instead for what other engines
    decided, and where a violation is to be shown."""
    shown: dict[NotInductive, tuple[str, list[str]]] = {}
    said: dict[str, list[str]] = {}
    broken = any(isinstance(verdict, Violated) for verdict in outcome.verdicts.values())
    for part in (outcome, *outcome.parts):
        for name, cti in counterexamples_to_induction(part):
            verdict, result = part.verdicts[name], outcome.verdicts[name]
            assert isinstance(verdict, Unknown)
            if isinstance(result, Violated):
                continue
            if broken or isinstance(result, Exhausted):
                names = said.setdefault(verdict.reason, [])
            else:
                names = shown.setdefault(cti, (verdict.reason, []))[1]
            names += [] if name in names else [name]
    lines = [line for cti, (reason, names) in shown.items() for line in _refuted(program, cti, reason, names)]
    for reason, names in said.items():
        lines += [(), *wrapped(f"{_listed(names)}: no proof, {reason}. `--engine induction` shows the step.")]
    return lines


def _refuted(program: Program, cti: NotInductive, reason: str, names: Sequence[str]) -> Iterator[Line]:
    yield ()
    yield from wrapped(f"No proof of {_listed(names)}: {reason}.", style=Style.BAD)
    before = "In its first state" if len(cti.trace) <= 2 else "In all states but the last"
    before = "In its states" if cti.rank else before
    held = [name for name in cti.held if name != cti.broken]
    yield from wrapped(f"{before} these hold: {_listed(held)}." if held else "Nothing else was assumed.")
    yield ((Style.PLAIN, WARNING),)
    yield ()
    yield from render_steps(program, cti.trace, cti.broken, "a state that the claims allow")
    yield from _ranks(program, cti) if cti.rank else ()
    yield from _ran(program, cti)


def _ranks(program: Program, cti: NotInductive) -> Iterator[Line]:
    """What the rank is in each state."""
    temporal = next(each for each in program.temporal if each.name == cti.broken)
    rank = next(each for each in program.ranks if each.name == cti.rank)
    denial = wrong_with(program, temporal, rank, cti.trace)
    if denial is None:
        return
    given = zip(rank.function.parameters, denial.arguments, strict=True)
    called = f"{rank.name}({', '.join(f'{each.name}={each.type.show(value)}' for each, value in given)})"
    shown = ["none" if each is None else rank.function.returns.show(each) for each in denial.ranks]
    said = ", ".join(f"{each} in state {number}" for number, each in enumerate(shown, start=1))
    yield from wrapped(f"{called} is {said}.", "  ")


def _ran(program: Program, cti: NotInductive) -> Iterator[Line]:
    """The lines that the last step went through: one of them breaks the claim."""
    if not cti.trace.steps:
        return
    run = Watch(program).step(cti.trace.states[-2], cti.trace.steps[-1])
    yield ((Style.PLAIN, "  The step that breaks it went through"),)
    for span in dict.fromkeys(run.lines):
        yield (Style.PLAIN, f"       {span.file}:{span.line}  "), (Style.QUIET, source_line(span)[:50])


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)


def wrapped(text: str, indent: str = "", style: Style = Style.PLAIN) -> list[Line]:
    """A sentence on as many lines as it takes."""
    later = indent + "  "
    found = textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=later, break_on_hyphens=False)
    return [((style, line),) for line in found]


def record(program: Program, model: str, outcome: Outcome, name: str, version: str) -> dict[str, object]:
    """What `--json` says of the grounds of one verdict; with `engines` where several took part."""
    found = _grounds(program, model, outcome, name, version)
    if outcome.parts:
        found["engines"] = {
            part.engine: {
                "verdict": word(part.verdicts[name]),
                "states": _length(part.verdicts[name]),
                "seconds": round(part.stats.seconds, 3),
                "stopped": part.stopped,
                **_grounds(program, model, part, name, version),
            }
            for part in outcome.parts
            if name in part.verdicts
        }
    return found


def _grounds(program: Program, model: str, outcome: Outcome, name: str, version: str) -> dict[str, object]:
    match outcome.verdicts[name]:
        case Proved(k, lemmas, unneeded, found, every=every, rank=rank):
            proof: dict[str, object] = {"steps": k, "lemmas": list(lemmas)}
            proof |= {"unneeded": list(unneeded), "found": list(found), **({"every": list(every)} if every else {})}
            proof |= {"rank": rank} if rank else {}
            return {"proof": proof}
        case Bounded(depth):
            return {"bound": depth}
        case Unknown(reason, cti, unseen):
            said: dict[str, object] = {"reason": reason}
            if unseen:
                said["not_seen_to"] = unseen
            if cti is not None:
                meta = traces.Meta(model, cti.broken, "not inductive", outcome.engine, version)
                steps = traces.dump(program, cti.trace, meta)
                by = {"rank": cti.rank} if cti.rank else {}
                said["not_inductive"] = {"broken": cti.broken, "held": list(cti.held), **by, "steps": steps}
            return said
        case _:
            return {}


def _length(verdict: Verdict) -> int | None:
    trace = trace_of(verdict)
    return None if trace is None else len(trace)
