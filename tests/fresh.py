"""Draw random models that no test has seen, and hold them to everything that a model can be held to.

    uv run python -m tests.fresh --minutes 10

Tests draw the same models every time, so that what passes today passes tomorrow. This draws others. Each model is
compiled, run by Python itself, explored by the interpreter, by emitted code and now and then by compiled code, searched
and proved with Z3, fuzzed, walked through and certified; and all have to say the same. What was drawn is printed at the
end: how many models, of which constructs, who took part in how many, and what the verdicts were.

--seed S       the models follow from it; without it, from the time. The run prints it
--models N     end after so many models, if the time has not ended before
--workers N    processes that look at models, 1 if not said
--engines A,B  comparisons to make, of those in tests/support/fresh_checks.py
--patience S   seconds of processor time after which a comparison that has not ended is a finding: 120

A disagreement, a refusal that is none of those the language may give, and a model on which something hangs are
findings. A finding is made small and written to tests/found/test_fresh_<hash>.py: a test that fails, with the model,
the seed and what was said. The run then exits with 1. It ends when its minutes do, whatever is in work then.
"""

from __future__ import annotations

import argparse
import hashlib
import math
import multiprocessing
import os
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from random import Random
from typing import Any

from tests.support.constructs import CONSTRUCTS, constructs
from tests.support.fresh_checks import ALONE, CHECKS, Said, compiled, examined, shrunk
from tests.support.random_models import HEAD, RandomModel, drawn

LEAST = """

class Drawn(Model):
    x = Var(Bool)

    @action
    def act(self):
        self.x = True
"""
FOUND = Path(__file__).parent / "found"
MEMORY = 6 << 30
"""Bytes of address space that a worker may have."""
SHRINKING = 40.0
"""Seconds for making a finding small."""
STARTING = 120.0
"""Seconds in which a worker must have begun with a model."""
LOOK = 0.5
"""Seconds between two looks at the time while nothing is heard."""
ASLEEP = 10.0
"""A comparison that takes no processor time and waits for nobody's processor may take so many times as long."""
KEPT = 3
"""Findings of one comparison that are written down; more are counted."""


@dataclass(frozen=True)
class Finding:
    """A model that is judged in two ways, or on which a comparison hangs."""

    seed: str
    number: int
    check: str
    reason: str
    text: str


@dataclass
class Report:
    """What a run drew and saw."""

    seed: str
    models: int = 0
    refused: int = 0
    constructs: Counter[str] = field(default_factory=Counter)
    came: Counter[tuple[str, str]] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[tuple[str, str]] = field(default_factory=Counter)
    drew: Counter[str] = field(default_factory=Counter)
    unheld: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    unfinished: int = 0

    def lines(self, seconds: float, workers: int) -> Iterator[str]:
        """The report, for people."""
        yield f"{self.models:,} models in {seconds:.0f} s, {workers} worker{'s' * (workers > 1)}, seed {self.seed}"
        yield f"{self.refused:,} of them refused as the language may, {self.unfinished} in work when the time ended"
        yield "\nconstruct                                 models"
        for name in CONSTRUCTS:
            yield f"  {name:<38} {self.constructs[name]:7,}"
        yield "\ncomparison     agreed  too large  cannot hold  no initial state  disagreed  seconds"
        for name in CHECKS:
            if any(check == name for check, _ in self.came):
                counts = [self.came[name, each] for each in CAME]
                cells = "".join(f"{count:{width},}" for count, width in zip(counts, (9, 11, 13, 18, 11), strict=True))
                yield f"  {name:<10}{cells}{self.seconds[name]:9.0f}"
        for what, count in sorted(self.drew.items()):
            yield f"  {count:,} {what}"
        yield "\nengine                     verdicts"
        for engine in sorted({engine for engine, _ in self.verdicts}):
            said = ", ".join(f"{count:,} {name}" for (of, name), count in self.verdicts.most_common() if of == engine)
            yield f"  {engine:<24} {said}"
        for reason, count in self.unheld.most_common(5):
            yield f"  cannot hold ({count}): {reason}"
        yield f"\n{len(self.findings)} findings"


CAME = ("agreed", "too large", "cannot hold", "no initial state", "disagreed")


# -- in a worker -------------------------------------------------------------------------------------------------------


def model_of(seed: str, number: int, names: Collection[str] = ()) -> tuple[RandomModel, Random]:
    """The model of that number, and where further decisions come from. Comparisons that all draw models of their own
    are given the least there is."""
    random = Random(f"{seed}/{number}")
    if names and ALONE.issuperset(names):
        return RandomModel(f"{HEAD}# {seed}/{number}\n{LEAST}"), random
    members = random.choice([None, None, 2, 3, 4])
    return drawn(random, members, random.choice([0, 1, 2, 2, 3])), random


def work(pipe: Connection, seed: str, names: Sequence[str]) -> None:
    """Look at models whose numbers come through the pipe; say what is begun, and what came of it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    while (number := pipe.recv()) is not None:
        model, random = model_of(seed, number, names)
        pipe.send(("begun", "refused", model.text))
        program = compiled(model)
        if program is None or isinstance(program, str):
            pipe.send(("refused", program, None))
            continue
        for name in names:
            if random.random() < CHECKS[name][1]:
                pipe.send(("begun", name, None))
                pipe.send(("said", examined(name, model, program), None))
        pipe.send(("done", None, None))


def shrink(pipe: Connection, name: str, text: str, reason: str, seconds: float) -> None:
    """Make a finding small."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    pipe.send(shrunk(name, text, reason, seconds))


# -- outside -----------------------------------------------------------------------------------------------------------


class Worker:
    """A process that looks at one model after another, and is ended when it takes too long."""

    def __init__(self, target: Callable[..., None], *arguments: Any) -> None:
        context = multiprocessing.get_context("fork")  # what is imported is there at once; nothing here has threads
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=target, args=(theirs, *arguments), daemon=True)
        self.process.start()
        theirs.close()
        self.number = -1
        self.check = ""
        self.text = ""
        self.busy = False
        self.heard()

    def give(self, number: int) -> None:
        """The next model."""
        self.number, self.check = number, "refused"
        self.heard()
        self.pipe.send(number)

    def heard(self) -> None:
        """Its patience counts from now."""
        self.since, self.spent = time.monotonic(), _spent(self.process.pid)[0]

    def hangs(self, patience: float) -> str:
        """How it hangs; empty if it does not. Processor time counts: on a busy machine a model waits for its turn."""
        spent, asleep = _spent(self.process.pid)
        if spent - self.spent > patience:
            return f"no end within {patience:.0f} s"
        if asleep and time.monotonic() - self.since > ASLEEP * patience:
            return f"no end within {patience:.0f} s: it waits for something"
        return ""

    def end(self) -> None:
        """End the process, whatever it does."""
        self.process.kill()
        self.process.join()
        self.pipe.close()


def _spent(process: int | None) -> tuple[float, bool]:
    """The seconds of processors that a process has taken, and those it waited for; and whether it sleeps. Where the
    system does not say so, the wall's clock."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return time.monotonic(), False
    ticks = sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK"), fields[0] == "S"


class Run:
    """One run of the command. `target` is what a worker does."""

    def __init__(
        self,
        seed: str,
        until: float,
        names: Sequence[str],
        patience: float,
        most: float = math.inf,
        target: Callable[..., None] = work,
    ) -> None:
        self.report = Report(seed)
        self.until = until
        self.names = names
        self.patience = patience
        self.most = most
        self.target = target
        self.next = 0

    def end(self, *_: object) -> None:
        """Have the time end now. It may be called at any time, and often: a terminal and `uv run` both send Ctrl-C on,
        and an exception for the second of them would lose what was drawn."""
        self.until = min(self.until, time.monotonic())

    def run(self, workers: int) -> Report:
        """Look at models until the time ends."""
        team = [self._started() for _ in range(workers)]
        while (left := self.until - time.monotonic()) > 0 and any(worker.busy for worker in team):
            ready = wait([worker.pipe for worker in team], timeout=min(LOOK, left))
            for at, worker in enumerate(team):
                if worker.pipe in ready:
                    team[at] = self._heard(worker)
                elif worker.busy and (hangs := worker.hangs(self.patience if worker.text else STARTING)):
                    team[at] = self._lost(worker, hangs)
        for worker in team:
            self.report.unfinished += worker.text != "" and worker.busy
            worker.end()
        return self.report

    def _started(self) -> Worker:
        worker = Worker(self.target, self.report.seed, tuple(self.names))
        self._give(worker)
        return worker

    def _give(self, worker: Worker) -> None:
        worker.text = ""
        worker.busy = self.next < self.most
        if worker.busy:
            worker.give(self.next)
            self.next += 1

    def _lost(self, worker: Worker, reason: str) -> Worker:
        """A worker that hangs or has died."""
        worker.end()
        self._found(worker, reason)
        return self._started()

    def _heard(self, worker: Worker) -> Worker:
        try:
            word, said, text = worker.pipe.recv()
        except (EOFError, OSError):
            worker.process.join()
            return self._lost(worker, f"the process ended with status {worker.process.exitcode}")
        worker.heard()
        match word:
            case "begun":
                worker.check = said
                if text is not None:
                    worker.text = text
                    self.report.models += 1
                    self.report.constructs.update(constructs(text))
            case "said":
                self._note(worker, said)
            case _:
                if word == "refused":
                    self.report.refused += 1
                    if said is not None:
                        self._found(worker, said)
                self._give(worker)
        return worker

    def _note(self, worker: Worker, said: Said) -> None:
        report = self.report
        report.came[said.check, said.came] += 1
        report.seconds[said.check] += said.seconds
        report.drew.update(dict(said.drew))
        for engine, verdict, count in said.verdicts:
            report.verdicts[engine, verdict] += count
        if said.came == "cannot hold":
            report.unheld[said.reason.partition(": ")[2].split("\n")[0] or said.reason] += 1
        if said.came == "disagreed":
            self._found(worker, said.reason)

    def _found(self, worker: Worker, reason: str) -> None:
        finding = Finding(self.report.seed, worker.number, worker.check, reason, worker.text)
        self.report.findings.append(finding)
        print(f"\n{finding.check}: model {finding.number} of seed {finding.seed}\n{reason}", flush=True)
        if sum(each.check == finding.check for each in self.report.findings) <= KEPT:
            print(f"kept as {keep(finding, self._small(finding), FOUND)}", flush=True)

    def _small(self, finding: Finding) -> str:
        """The model, smaller if the time allows: not where something hangs."""
        seconds = min(SHRINKING, self.until - time.monotonic() - 5)
        if seconds <= 0 or finding.reason.startswith(("no end", "the process ended")):
            return finding.text
        worker = Worker(shrink, finding.check, finding.text, finding.reason, seconds)
        until = time.monotonic() + seconds + 30
        while not (heard := worker.pipe.poll(LOOK)) and time.monotonic() < min(until, self.until):
            pass
        try:
            return str(worker.pipe.recv()) if heard else finding.text
        except EOFError:
            return finding.text
        finally:
            worker.end()


def keep(finding: Finding, text: str, folder: Path) -> Path:
    """Write a finding as a test that fails. Returns the file."""
    folder.mkdir(exist_ok=True)
    file = folder / f"test_fresh_{hashlib.sha256(text.encode()).hexdigest()[:10]}.py"
    reason = "".join(f"# {line}\n" for line in finding.reason.splitlines()[:30])
    name = finding.check
    file.write_text(
        f'"""Found by `python -m tests.fresh --seed {finding.seed}`, model {finding.number}; made smaller since."""\n\n'
        f"from tests.support.fresh_checks import hold_to\n\n{reason}\n"
        f'MODEL = r"""{text}"""\n\n\n'
        f'def test_{name}_has_nothing_to_say_against_it() -> None:\n    hold_to("{name}", MODEL)\n',
        encoding="utf-8",
    )
    return file


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.fresh", description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", default=str(time.time_ns() % 10**9))
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--models", type=int, default=math.inf)
    parser.add_argument("--engines", default=",".join(CHECKS), help="of " + ", ".join(CHECKS))
    parser.add_argument("--patience", type=float, default=120.0)
    given = parser.parse_args(arguments)
    names = given.engines.split(",")
    if unknown := [name for name in names if name not in CHECKS]:
        parser.error(f"there is no comparison {unknown[0]!r}; there are {', '.join(CHECKS)}")
    began = time.monotonic()
    run = Run(given.seed, began + 60 * given.minutes, names, given.patience, given.models)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, run.end)  # what was drawn is printed then, too
    print(f"seed {given.seed}", flush=True)
    report = run.run(given.workers)
    print("\n" + "\n".join(report.lines(time.monotonic() - began, given.workers)))
    return 1 if report.findings else 0


if __name__ == "__main__":
    sys.exit(main())
