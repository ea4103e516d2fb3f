"""Small programs of loads and stores, what they may show by the axioms of a memory model, and as a model of evacheck.

The axioms are written down from the papers and share nothing with the machines: an execution says which store each load
takes its value from and in which order the stores to each place stand, and is allowed if some relations have no cycle.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, permutations, product

PLACES = ("X", "Y")
Outcome = tuple[tuple[int, ...], tuple[int, ...]]
"""What each load gave, in the order of threads and code, and what stands at each place in the end."""


@dataclass(frozen=True)
class Op:
    """`kind` is load, store, exchange or fence; `strong` says release or acquire, and is not looked at by x86."""

    kind: str
    place: str = ""
    value: int = 0
    strong: bool = True

    @property
    def reads(self) -> bool:
        return self.kind in ("load", "exchange")

    @property
    def writes(self) -> bool:
        return self.kind in ("store", "exchange")


Program = tuple[tuple[Op, ...], ...]
Pairs = set[tuple[int, int]]


def drawn(chance: random.Random, relaxed: bool) -> Program:
    """A program of two or three threads, with a value of its own for each store."""
    threads, value = [], 0
    for _ in range(chance.choice((2, 2, 3))):
        code = []
        for _ in range(chance.choice((1, 2, 2, 3)) if len(threads) < 2 else 2):
            kind = chance.choice(("load", "load", "load", "store", "store", "store", "exchange", "fence"))
            value += kind in ("store", "exchange")
            place = "" if kind == "fence" else chance.choice(PLACES)
            strong = not relaxed or kind == "exchange" or chance.random() < 0.5
            code.append(Op(kind, place, value if kind in ("store", "exchange") else 0, strong))
        threads.append(tuple(code))
    return tuple(threads)


@dataclass(frozen=True)
class Execution:
    """Events by number, the first two of them the stores of what is there at first."""

    ops: tuple[Op, ...]
    po: frozenset[tuple[int, int]]
    rf: dict[int, int]
    mo: frozenset[tuple[int, int]]
    direct: frozenset[tuple[int, int]]  # mo, only from each store to the next

    def of(self, event: int, what: str) -> bool:
        return bool(getattr(self.ops[event], what))


def executions(program: Program) -> Iterator[tuple[Execution, Outcome]]:
    """Every execution, allowed or not, in which a read-modify-write comes right after what it reads."""
    ops = [Op("store", place) for place in PLACES]
    po: Pairs = set()
    for code in program:
        mine = list(range(len(ops), len(ops) + len(code)))
        po |= {(a, b) for a in mine for b in mine if a < b}
        ops += code
    po |= {(a, b) for a in range(len(PLACES)) for b in range(len(PLACES), len(ops))}
    reads = [each for each, op in enumerate(ops) if op.reads]
    stores = {place: [each for each, op in enumerate(ops) if op.writes and op.place == place] for place in PLACES}
    for taken in product(*(stores[ops[read].place] for read in reads)):
        rf = dict(zip(reads, taken, strict=True))
        for orders in product(*(permutations(stores[place][1:]) for place in PLACES)):
            rows = [(stores[place][0], *order) for place, order in zip(PLACES, orders, strict=True)]
            mo = {(a, b) for row in rows for i, a in enumerate(row) for b in row[i + 1 :]}
            direct = {pair for row in rows for pair in pairwise(row)}
            if all((rf[read], read) in direct for read in reads if ops[read].writes):
                gave = tuple(ops[rf[read]].value for read in reads)
                ends = tuple(ops[row[-1]].value for row in rows)
                yield Execution(tuple(ops), frozenset(po), rf, frozenset(mo), frozenset(direct)), (gave, ends)


def _closed(pairs: Pairs) -> Pairs:
    found = set(pairs)
    while True:
        more = {(a, d) for a, b in found for c, d in found if b == c} - found
        if not more:
            return found
        found |= more


def _has_cycle(pairs: Pairs) -> bool:
    return any(a == b for a, b in _closed(pairs))


def _after(*relations: Pairs) -> Pairs:
    first, *others = relations
    for each in others:
        first = {(a, d) for a, b in first for c, d in each if b == c}
    return first


def _before_reads(e: Execution) -> tuple[Pairs, Pairs]:
    """Where values come from, and which stores come after what a load takes: fr, or rb."""
    rf = {(store, read) for read, store in e.rf.items()}
    return rf, {(read, later) for read, store in e.rf.items() for s, later in e.mo if s == store and later != read}


def total_store_order(e: Execution) -> bool:
    """x86-TSO, as in herd: po without store to load, but for what a fence or a locked instruction keeps."""
    rf, fr = _before_reads(e)
    same = {(a, b) for a, b in e.po if e.ops[a].place == e.ops[b].place != ""}
    if _has_cycle(same | rf | set(e.mo) | fr):
        return False
    plain = {each for each, op in enumerate(e.ops) if op.kind in ("load", "store")}
    fences = {each for each, op in enumerate(e.ops) if op.kind == "fence"}
    kept = {
        (a, b)
        for a, b in e.po
        if not (a in plain and b in plain and e.of(a, "writes") and e.of(b, "reads"))
        or any((a, f) in e.po and (f, b) in e.po for f in fences)
    }
    return not _has_cycle(kept | {(a, b) for a, b in rf if (a, b) not in e.po} | set(e.mo) | fr)


def release_acquire(e: Execution) -> bool:
    """RC11 (Lahav and others, 2017) of release, acquire and relaxed accesses and seq_cst fences, with the release
    sequences of C++20."""
    rf, rb = _before_reads(e)
    fences = {each for each, op in enumerate(e.ops) if op.kind == "fence"}
    strong = {each for each, op in enumerate(e.ops) if op.strong and op.kind != "fence"}
    inner = {(a, b) for a, b in e.po if a >= len(PLACES)}
    chain = _closed({(s, r) for s, r in rf if e.of(r, "writes")})
    released = {(a, a) for a in strong if e.of(a, "writes")} | {
        (f, w) for f, w in inner if f in fences and e.of(w, "writes")
    }
    acquired = {(r, r) for r in strong if e.of(r, "reads")} | {
        (r, f) for r, f in inner if f in fences and e.of(r, "reads")
    }
    stays = {(each, each) for each in range(len(e.ops))}
    hb = _closed(set(e.po) | _after(released, stays | chain, rf, acquired))
    eco = _closed(rf | set(e.mo) | rb)
    if _has_cycle(set(e.po) | rf) or any(a == b for a, b in hb | _after(hb, eco)):
        return False
    between = hb | _after(hb, eco, hb)
    return not _has_cycle({(a, b) for a, b in between if a in fences and b in fences})


def as_model(program: Program, memory: str) -> str:
    """The source of a model `Test` whose threads do this, and hold what they loaded in `saw`."""
    loads = sum(op.reads for code in program for op in code)
    values = 1 + sum(op.writes for code in program for op in code)
    lines = [
        "from enum import Enum",
        "from evacheck import Array, Range, Var, process",
        f"from evacheck.idioms import {memory}",
        "",
        "class Loc(Enum):",
        *(f'    {place} = "{place}"' for place in PLACES),
        "",
        f"class Test({memory}):",
        f"    threads = {len(program)}",
        f"    stores = {max(1, values - 1)}",
        "    Place = Loc",
        f"    Word = Range({values})",
        f"    saw = Var(Array(Range({max(1, loads)}), Word))",
        "",
        f"    @process({memory}.Thread)",
        f"    def thread(self, t: {memory}.Thread):",
    ]
    register = 0
    for number, code in enumerate(program):
        lines.append(f"        {'if' if number == 0 else 'elif'} t == {number}:")
        for place, op in enumerate(code):
            relaxed = "" if op.strong or memory == "StoreBuffers" else "_relaxed"
            match op.kind:
                case "load":
                    lines.append(f"            self.saw[{register}] = self.load{relaxed}(t, Loc.{op.place})")
                case "store":
                    lines.append(f"            self.store{relaxed}(t, Loc.{op.place}, {op.value})")
                case "exchange":
                    lines.append(f"            self.saw[{register}] = self.exchange(t, Loc.{op.place}, {op.value})")
                case _:
                    lines.append("            self.fence(t)")
            register += op.reads
            if place + 1 < len(code):
                lines.append(f'            yield "{place}"')
    return "\n".join(lines) + "\n"
