"""A program in Promela, for Spin: one process that takes one step at a time, each a `d_step` with its guard.

Spin then has the states of the program and one more: that before the initial ones. A step that fails, and a property
that is asked for, are assertions; how Spin is called stands at the head of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from checker import __version__
from checker.export.commands import Command, Exported, Leaf, cut_off
from checker.export.formula import FALSE, Apply, Formula, Name
from checker.export.texts import Texts, free, literal, plain

_PLACE = re.compile(r"([^\[\]?]+)(?:\.|\[)(\d+)\]?")
_TAKEN = frozenset(
    re.findall(
        r"\w+",
        """active assert atomic bit bool break byte chan c_code c_decl c_expr c_state c_track D_proctype do d_step else
        empty enabled end eval false fi for full goto hidden if in init inline int len local ltl model mtype nempty
        never new nfull np_ notrace od of pc_value pid printf priority proctype progress provided return run select
        short show skip timeout trace true typedef unless unsigned xr xs FAILED FAILURES PROPERTY
        asm auto case char const continue default double enum extern float linux long register restrict return signed
        sizeof static struct switch typeof union unix void volatile while stdin stdout stderr errno uchar uint ulong
        ushort Index Offsetof""",
    )
)
"""Names that mean something to Spin, to the C that it writes and the compiler of that, or here."""


def promela(found: Exported, called: str) -> str:
    """The text. `called` is how the user names the model."""
    found = cut_off(found)
    writer = _Writer(found)
    return "\n".join([*_head(found, called, writer), *writer.lines()]) + "\n"


def _head(found: Exported, called: str, writer: _Writer) -> Iterator[str]:
    parameters = ", ".join(
        f"{name}={found.program.parameter_types[name].show(value)}" for name, value in found.program.parameters.items()
    )
    yield f"/* {called}{f'  {parameters}' if parameters else ''}: made by evacheck {__version__}"
    yield ""
    yield "   spin -a -o1 -o2 -o3 FILE; cc -O2 -DSAFETY -DNOREDUCE -o pan pan.c; ./pan -m1000000"
    yield "                          deadlocks (invalid end states); with `./pan -m1000000 -A -E` the number of states,"
    yield "                          which is one more than evacheck has: the state before the initial ones"
    yield "   spin -a ... -DFAILURES   steps that fail"
    for claim in found.claims:
        what = f"that `{claim.name}` happens: then it is violated" if claim.happens else f"`{claim.name}`"
        yield f"   spin -a ... -DPROPERTY='{'!' if claim.happens else ''}{writer.claim(claim.name)}'   {what}"
    for limit in found.limits:
        yield f"   Where the @constraint {limit.name} is false nothing goes on; Spin counts such states, evacheck not"
    for each in (*found.left_out, *found.steps_out, *found.of_behaviours):
        yield f"   Not here: {each}."
    yield "*/"
    yield ""


class _Writer:
    """Writes one program."""

    def __init__(self, found: Exported) -> None:
        self._found = found
        self._names = names(found.leaves)
        taken = {name.partition("[")[0] for name in self._names.values()}
        self._claims: dict[str, str] = {}
        for each in found.claims:
            self._claims[each.name] = _free(_plain(each.name), taken)
            taken.add(self._claims[each.name])
        self._texts = Texts(found.leaves, self._names, _Promela(), found.program.model)

    def claim(self, name: str) -> str:
        """What a property is called."""
        return self._claims[name]

    def lines(self) -> Iterator[str]:
        """All but the head."""
        found = self._found
        yield from self._declarations()
        for claim in found.claims:
            text = self._texts.truth(claim.holds)
            if claim.happens and text.startswith("!"):
                text = f"({text})"  # `!` stands before it, and Spin has an operator `!!`
            yield f"#define {self._claims[claim.name]} {text}"
        yield ""
        yield "#ifndef PROPERTY"
        yield "#define PROPERTY true"
        yield "#endif"
        yield "#ifdef FAILURES"
        yield "#define FAILED false"
        yield "#else"
        yield "#define FAILED true"
        yield "#endif"
        yield ""
        yield "active proctype model() {"
        yield "  if"
        for values in found.initial:
            pairs = zip(found.leaves, values, strict=True)
            starts = [f"{self._names[leaf.name]} = {_shown(leaf, value)}" for leaf, value in pairs if value]
            yield f"  :: d_step {{ {'; '.join([*starts, 'assert(PROPERTY)'])} }}"
        yield "  fi;"
        yield "  do"
        for command in found.commands:
            yield from self._command(command)
        if found.ended != FALSE:
            yield "  /* it is right that nothing happens any more */"
            yield f"  :: d_step {{ {self._texts.truth(found.ended)} -> skip }}"
        yield "  od"
        yield "}"

    def _declarations(self) -> Iterator[str]:
        sizes: dict[str, tuple[Leaf, int]] = {}
        for leaf in self._found.leaves:
            base, _, place = self._names[leaf.name].partition("[")
            size = int(place.removesuffix("]")) + 1 if place else 0
            sizes[base] = (leaf, max(size, sizes[base][1] if base in sizes else 0))
        for base, (leaf, size) in sizes.items():
            declared = f"{_type(leaf)} {base}{f'[{size}]' if size else ''};"
            yield f"{declared.ljust(30)} /* {leaf.meaning} */" if leaf.meaning else declared
        most = max((len(command.changes) for command in self._found.commands), default=0)
        if any(_order(command, self._leaf_names()) is None for command in self._found.commands):
            yield f"hidden int new[{most}];" if most > 1 else "hidden int new[2];"
        yield ""

    def _leaf_names(self) -> Sequence[str]:
        return [leaf.name for leaf in self._found.leaves]

    def _command(self, command: Command) -> Iterator[str]:
        yield f"  /* {command.title.replace('*/', '* /')} */"
        if command.guard != FALSE:
            parts = [
                f"{self._texts.truth(command.guard)} -> {'; '.join(self._changes(command)) or 'skip'}",
                "assert(PROPERTY)",
            ]
            yield f"  :: d_step {{ {'; '.join(parts)} }}"
        if command.fails != FALSE:
            yield f"  :: d_step {{ {self._texts.truth(command.fails)} -> assert(FAILED) }} /* fails */"
        if command.goes_on != FALSE:
            yield "  /* a loop is not written out further */"
            yield f"  :: d_step {{ {self._texts.truth(command.goes_on)} -> assert(false) }}"

    def _changes(self, command: Command) -> Iterator[str]:
        """The assignments, in an order in which none uses what another has changed; else by way of `new`."""
        order = _order(command, self._leaf_names())
        leaves = self._found.leaves
        if order is not None:
            for place, formula in order:
                yield f"{self._names[leaves[place].name]} = {self._texts.assigned(leaves[place], formula)}"
            return
        for at, (place, formula) in enumerate(command.changes):
            yield f"new[{at}] = {self._texts.assigned(leaves[place], formula)}"
        for at, (place, _) in enumerate(command.changes):
            yield f"{self._names[leaves[place].name]} = new[{at}]"


class _Promela:
    """How Promela writes formulas."""

    def known(self, value: bool) -> str:
        """A truth value."""
        return "true" if value else "false"

    def applied(self, operator: str, operands: Sequence[str]) -> str:
        """An operator on operands."""
        match operator:
            case "not":
                return f"!{operands[0]}"
            case "and" | "or":
                return f"({(' && ' if operator == 'and' else ' || ').join(operands)})"
            case "=":
                return f"({operands[0]} == {operands[1]})"
            case "if":
                return f"({operands[0]} -> {operands[1]} : {operands[2]})"
        return f"({operands[0]} {operator} {operands[1]})"

    def cut(self, text: str, bits: int) -> str:
        """An integer modulo 2**bits."""
        return f"({text} & {(1 << bits) - 1})"

    def divided(self, operator: str, left: str, right: str) -> str:
        """As C does."""
        return f"({left} {operator} {right})"


def _order(command: Command, leaves: Sequence[str]) -> list[tuple[int, Formula]] | None:
    """The changes in an order in which none uses what one before it has changed; None if there is none."""
    left = dict(command.changes)
    uses = {place: _used(formula, {}) for place, formula in left.items()}
    done: list[tuple[int, Formula]] = []
    while left:
        free = next(
            (at for at in left if not any(leaves[at] in uses[other] for other in left if other != at)),
            None,
        )
        if free is None:
            return None
        done.append((free, left.pop(free)))
    return done


def _used(formula: Formula, made: dict[Formula, frozenset[str]]) -> frozenset[str]:
    """The names in a formula."""
    if formula not in made:
        match formula:
            case Name(name=name):
                made[formula] = frozenset({name})
            case Apply(operands=operands):
                made[formula] = frozenset().union(*(_used(each, made) for each in operands))
            case _:
                made[formula] = frozenset()
    return made[formula]


def names(leaves: Sequence[Leaf]) -> Mapping[str, str]:
    """What each leaf is called: `finished[0]` where that is all of its name, `cells_2_key` otherwise."""
    found: dict[str, str] = {}
    arrays: dict[str, tuple[str, str]] = {}
    taken: set[str] = set()
    for leaf in leaves:
        place = _PLACE.fullmatch(leaf.name)
        if place is not None:
            base = place[1]
            if base not in arrays:
                arrays[base] = _free(_plain(base), taken), _type(leaf)
                taken.add(arrays[base][0])
            name, kind = arrays[base]
            if kind == _type(leaf):
                found[leaf.name] = f"{name}[{place[2]}]"
                continue
        found[leaf.name] = _free(_plain(leaf.name), taken)
        taken.add(found[leaf.name])
    return found


def _plain(name: str) -> str:
    """As Spin and C have it. What is of capitals alone may be a macro of C's, such as EOF."""
    short = plain(name)
    if not re.match("[A-Za-z]", short):
        return f"v_{short}"
    return short if len(short) == 1 or re.search("[a-z]", short) else f"{short}_"


def _free(name: str, taken: set[str]) -> str:
    return free(name, taken | _TAKEN)


def _type(leaf: Leaf) -> str:
    if leaf.bits == 0:
        return "bool"
    if leaf.is_signed:
        return "short" if leaf.bits <= 16 else "int"
    return "byte" if leaf.bits <= 8 else "short" if leaf.bits < 16 else "int"


def _shown(leaf: Leaf, value: int) -> str:
    if leaf.bits == 0:
        return "true" if value else "false"
    return str(literal(leaf, value))
