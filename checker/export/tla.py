"""A program in TLA+, for TLC: a definition for each step, and the configuration that names what is checked.

TLC then has the states of the program. A step that fails leads to a state of its own, in which `failed` is true: none
of the program's, and counted by TLC where there is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from checker import __version__
from checker.export.commands import Command, Exported, Leaf
from checker.export.formula import FALSE, TRUE
from checker.export.texts import Texts, literal

_TAKEN = frozenset(
    re.findall(
        r"\w+",
        """ACTION ASSUME ASSUMPTION AXIOM BOOLEAN BY CASE CHOOSE CONSTANT CONSTANTS COROLLARY DEF DEFINE DEFS DOMAIN
        ELSE ENABLED EXCEPT EXTENDS FALSE HAVE HIDE IF IN INSTANCE Int LAMBDA LEMMA LET LOCAL MODULE NEW Nat Naturals
        OBVIOUS OMITTED ONLY OTHER PICK PROOF PROPOSITION PROVE QED RECURSIVE SF_ STATE STRING SUBSET SUFFICES TAKE
        TEMPORAL THEN THEOREM TRUE UNCHANGED UNION USE VARIABLE VARIABLES WF_ WITH WITNESS failed Init Next Spec vars
        nothing_fails never_stuck ended Integers Bitwise shiftR""",
    )
)
"""Names that mean something in TLA+, or here."""
_AND, _OR = " /\\ ", " \\/ "
_BITWISE = {"&": "&", "|": "|", "^": "^^", "<": "<"}


def tla(found: Exported, called: str, module: str | None = None) -> str:
    """The module, by the name of the model unless it has another. `called` is how the user names the model."""
    name = module or re.sub(r"\W+", "_", found.program.model.rpartition(":")[2])
    return "\n".join(_Writer(found).lines(called, name)) + "\n"


def configuration(found: Exported) -> str:
    """The configuration of TLC: what is checked. Deadlocks are `never_stuck`; TLC's own check, which `-deadlock` turns
    off, knows no right end."""
    writer = _Writer(found)
    lines = ["SPECIFICATION Spec", "INVARIANT nothing_fails", "INVARIANT never_stuck"]
    for claim in found.claims:
        name = writer.claim(claim.name)
        lines.append(f"INVARIANT {f'never_{name}' if claim.happens else name}")
    lines += [f"CONSTRAINT {writer.claim(each.name)}" for each in found.limits]
    return "\n".join(lines) + "\n"


class _Tla:
    """How TLA+ writes formulas."""

    def known(self, value: bool) -> str:
        """A truth value."""
        return "TRUE" if value else "FALSE"

    def applied(self, operator: str, operands: Sequence[str]) -> str:
        """An operator on operands."""
        match operator:
            case "not":
                return f"~{operands[0]}"
            case "and" | "or":
                return f"({(_AND if operator == 'and' else _OR).join(operands)})"
            case "if":
                return f"(IF {operands[0]} THEN {operands[1]} ELSE {operands[2]})"
            case "/":
                return f"({operands[0]} \\div {operands[1]})"
            case "<<":
                return f"({operands[0]} * 2^{operands[1]})"
            case ">>":
                return f"({operands[0]} \\div 2^{operands[1]})"
        return f"({operands[0]} {_BITWISE.get(operator, operator)} {operands[1]})"

    def cut(self, text: str, bits: int) -> str:
        """An integer modulo 2**bits: TLA+ has it never negative."""
        return f"({text} % {1 << bits})"

    def divided(self, operator: str, left: str, right: str) -> str:
        """Towards 0, by the sizes without their signs."""
        one, two = (f"(IF {each} < 0 THEN -{each} ELSE {each})" for each in (left, right))
        size = self.applied(operator, [one, two])
        negative = f"({left} < 0)" if operator == "%" else f"(({left} < 0) # ({right} < 0))"
        return f"(IF {negative} THEN -{size} ELSE {size})"


class _Writer:
    """Writes one program."""

    def __init__(self, found: Exported) -> None:
        self._found = found
        self._names, self._arrays = names(found.leaves)
        plain = {name.partition("[")[0] for name in self._names.values()}
        self._claims = {each.name: _free(each.name, plain) for each in (*found.claims, *found.limits)}
        self._texts = Texts(found.leaves, self._names, _Tla(), found.program.model)

    def claim(self, name: str) -> str:
        """What a property is called."""
        return self._claims[name]

    def lines(self, called: str, module: str) -> Iterator[str]:
        """The module."""
        found, texts = self._found, self._texts
        variables = list(dict.fromkeys(name.partition("[")[0] for name in self._names.values()))
        yield f"---- MODULE {module} ----"
        yield f"\\* {called}: made by evacheck {__version__}"
        yield f"\\* java -jar tla2tools.jar -deadlock -config {module}.cfg {module}"
        for each in (*found.left_out, *found.of_behaviours):
            yield f"\\* Not here: {each}."
        bits = any(operator in "".join(self._bodies()) for operator in (" & ", " | ", " ^^ "))
        yield f"EXTENDS Integers{', Bitwise' if bits else ''}"
        yield ""
        for leaf in self._first_leaves():
            if leaf.meaning:
                yield f"\\* {self._names[leaf.name].partition('[')[0]}: {leaf.meaning}"
        yield f"VARIABLES {', '.join(variables)}, failed"
        yield f"vars == <<{', '.join(variables)}, failed>>"
        yield ""
        yield "Init =="
        yield "  /\\ failed = FALSE"
        for number, values in enumerate(found.initial):
            yield ("  /\\ \\/ " if number == 0 else "     \\/ ") + self._start(values)
        yield from self._bodies()
        steps = [f"Step{number}" for number, _ in enumerate(found.commands, 1)]
        yield f"Next == ~failed /\\ ({_OR.join(steps) or 'FALSE'})"
        yield "Spec == Init /\\ [][Next]_vars"
        yield ""
        yield "nothing_fails == ~failed"
        yield f"ended == {texts.truth(found.ended)}"
        for limit in found.limits:
            yield f"{self._claims[limit.name]} == {texts.truth(limit.holds)}"
        beyond = "".join(f"~{self._claims[limit.name]} \\/ " for limit in found.limits)
        yield f"never_stuck == {beyond}failed \\/ ended \\/ ENABLED Next"
        for claim in found.claims:
            yield f"{self._claims[claim.name]} == {texts.truth(claim.holds)}"
            if claim.happens:
                yield f"never_{self._claims[claim.name]} == ~{self._claims[claim.name]}"
        yield "===="

    def _first_leaves(self) -> Iterator[Leaf]:
        seen: set[str] = set()
        for leaf in self._found.leaves:
            base = self._names[leaf.name].partition("[")[0]
            if base not in seen:
                seen.add(base)
                yield leaf

    def _start(self, values: Sequence[int]) -> str:
        starts: dict[str, list[str]] = {}
        for leaf, value in zip(self._found.leaves, values, strict=True):
            shown = ("TRUE" if value else "FALSE") if leaf.bits == 0 else str(literal(leaf, value))
            starts.setdefault(self._names[leaf.name].partition("[")[0], []).append(shown)
        return " /\\ ".join(
            f"{base} = [n \\in 0..{len(each) - 1} |-> {_cases(each)}]"
            if base in self._arrays
            else f"{base} = {each[0]}"
            for base, each in starts.items()
        )

    def _bodies(self) -> Iterator[str]:
        for number, command in enumerate(self._found.commands, 1):
            yield ""
            yield f"\\* {command.title}"
            yield f"Step{number} =="
            ways = list(self._ways(command))
            yield from (("  \\/ " if len(ways) > 1 else "  ") + way for way in ways)
        yield ""

    def _ways(self, command: Command) -> Iterator[str]:
        """What a step can come to."""
        texts = self._texts
        changed: dict[str, list[str]] = {}
        if command.guard != FALSE:
            for place, formula in command.changes:
                leaf = self._found.leaves[place]
                base, _, index = self._names[leaf.name].partition("[")
                value = texts.assigned(leaf, formula)
                changed.setdefault(base, []).append(f"![{index} = {value}" if index else value)
            parts = [] if command.guard == TRUE else [texts.truth(command.guard)]
            parts += [
                f"{base}' = [{base} EXCEPT {', '.join(each)}]" if base in self._arrays else f"{base}' = {each[0]}"
                for base, each in changed.items()
            ]
            yield " /\\ ".join([*parts, self._unchanged({*changed})])
        for why in (command.fails, command.goes_on):
            if why != FALSE:
                yield f"{texts.truth(why)} /\\ failed' = TRUE /\\ {self._unchanged({'failed'})}"

    def _unchanged(self, changed: set[str]) -> str:
        bases = [*dict.fromkeys(name.partition("[")[0] for name in self._names.values()), "failed"]
        return f"UNCHANGED <<{', '.join(base for base in bases if base not in changed)}>>"


def _cases(values: Sequence[str]) -> str:
    """What a function has for each index: one value, or one after the other."""
    if len(set(values)) == 1:
        return values[0]
    return " ELSE ".join([*(f"IF n = {at} THEN {value}" for at, value in enumerate(values[:-1])), values[-1]])


def names(leaves: Sequence[Leaf]) -> tuple[Mapping[str, str], frozenset[str]]:
    """What each leaf is called, and which names are functions from 0: `finished[0]`, `cells_2_key`."""
    found: dict[str, str] = {}
    arrays: dict[str, str] = {}
    taken: set[str] = set()
    for leaf in leaves:
        place = re.fullmatch(r"([^\[\]?]+)(?:\.|\[)(\d+)\]?", leaf.name)
        base = place[1] if place is not None else leaf.name
        if place is None or base not in arrays:
            name = _free(_plain(base), taken)
            taken.add(name)
            if place is not None:
                arrays[base] = name
        found[leaf.name] = f"{arrays[base]}[{place[2]}]" if place is not None else name
    return found, frozenset(arrays.values())


def _plain(name: str) -> str:
    plain = re.sub(r"\W+", "_", name.replace("?", "_there")).strip("_")
    return plain if re.match("[A-Za-z]", plain) else f"v_{plain}"


def _free(name: str, taken: set[str]) -> str:
    while name in taken or name in _TAKEN or re.fullmatch(r"Step\d+", name):
        name += "_"
    return name
