"""The one intermediate representation: what a model means once its parameters are fixed.

The front end makes it, the interpreter defines it, every engine reads it, the printer shows it. It is typed, has no
sugar, and names things as the model does. Spans and docstrings do not take part in equality.
Expressions have no side effects except `Choose` and `Call`; operands are evaluated left to right; `BoolOp` and
`IfElse` evaluate only what they need. Conversions between types stand in the tree as `Convert`.
A process is cut into basic blocks only where it yields: a loop or an `if` without a `yield` in it stays a statement.
Its control point and the locals that live across a yield are variables of the program like any other, arrays over the
process index (plain values for a process without one), so that a state is one tuple of values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from checker.errors import Span
from checker.ir.property_kind import PropertyKind
from checker.ir.ranks import Rank
from checker.ir.temporal import Fairness, Formula, TemporalKind
from checker.ir.types import Type, Value

BEFORE = "before/"
"""What names of variables and helpers begin with where they mean the state before a step; those of a model never do."""


class Kind(StrEnum):
    """Why a step can fail; decides the exit status."""

    STORE = "store"  # a value outside its variable's type
    ASSERT = "assert"  # an `assert` in a step
    EVALUATION = "evaluation"  # index outside its type, None used as a value, division by zero, min of nothing, ...


class Role(StrEnum):
    """What a variable of the program is to the model."""

    MODEL = "model"  # declared with Var
    POINT = "point"  # where each instance of a process stands
    LOCAL = "local"  # a process's local that lives across a yield


@dataclass(frozen=True, slots=True)
class Node:
    """Anything with a place in the source."""

    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Valued(Node):
    """Anything with a value. `type` is exact: the value always belongs to it."""

    type: Type


@dataclass(frozen=True, slots=True)
class Const(Valued):
    """A value known before the model runs; it belongs to `type`."""

    value: Value


@dataclass(frozen=True, slots=True)
class Local(Valued):
    """A parameter, a local or a comprehension's variable; names are unique within a function, action or process."""

    name: str


@dataclass(frozen=True, slots=True)
class Variable(Valued):
    """A variable of the state."""

    name: str


@dataclass(frozen=True, slots=True)
class Index(Valued):
    """base[index]. An Array's index has exactly the array's index type, so it cannot be outside. A Seq's is an IntType
    counted from 0, negative from the end; outside is an EVALUATION failure. A tuple's is a Const."""

    base: Expr
    index: Expr


@dataclass(frozen=True, slots=True)
class Attribute(Valued):
    """A field of a record."""

    base: Expr
    name: str


@dataclass(frozen=True, slots=True)
class Unary(Valued):
    """`op` is "not" (Bool), "-" or "abs" (Int), "len" (set, sequence)."""

    op: str
    operand: Expr


@dataclass(frozen=True, slots=True)
class Binary(Valued):
    """On Int: + - * // % & | ^ << >> min max (// and % as in Python; by zero, or a negative shift: EVALUATION).
    Exact: the type's bounds hold the result and fit into 62 bits. On sets of the same type: | & - ^."""

    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Compare(Valued):
    """== != on operands of one type; < <= on Int or Bool; "<=" and "<" on sets of one type are subset; "in" has a right
    side that is a set, sequence or array whose item type is exactly the left side's type."""

    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class BoolOp(Valued):
    """`op` is "and" or "or", operands are Bool, evaluated only as far as needed."""

    op: str
    operands: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class IfElse(Valued):
    """One of two expressions of one type."""

    condition: Expr
    then: Expr
    otherwise: Expr


@dataclass(frozen=True, slots=True)
class Convert(Valued):
    """The operand's value as one of `type`: T to Opt(T) and back, one Range to another, items alike; a tuple to the
    Array, or Seq of its items. Fails with `kind` if the value is not in `type`; `checked` says that this can happen.
    The value itself never changes."""

    operand: Expr
    kind: Kind
    checked: bool


@dataclass(frozen=True, slots=True)
class Make(Valued):
    """A record (items in field order), array (index order), sequence, tuple or set of items of exactly its types."""

    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Replace(Valued):
    """The record `base` with one field changed."""

    base: Expr
    name: str
    value: Expr


@dataclass(frozen=True, slots=True)
class Append(Valued):
    """The sequence with an item more; more than its capacity is a STORE failure."""

    base: Expr
    item: Expr


@dataclass(frozen=True, slots=True)
class Without(Valued):
    """The sequence without its item number `index` (as in Index); outside is an EVALUATION failure."""

    base: Expr
    index: Expr


@dataclass(frozen=True, slots=True)
class Every(Valued):
    """All values of a scalar type, or all sets of a SetType; `type` is SetType of it."""


@dataclass(frozen=True, slots=True)
class Steps(Valued):
    """Python's range(start, stop, step), step a constant that is not 0; only as a domain. `type` holds every member."""

    start: Expr
    stop: Expr
    step: int


@dataclass(frozen=True, slots=True)
class Generator:
    """`for variable in domain if condition`. The domain is a set (visited in rank order), a Steps (in its order), a
    sequence, array or tuple (in order). The variable has the domain's item type."""

    variable: str
    variable_type: Type
    domain: Expr
    condition: Expr | None


@dataclass(frozen=True, slots=True)
class Comprehension(Valued):
    """`op` over the values of `body`: "any" "all" (Bool, evaluated until decided), "sum" "min" "max" (Int; min and max
    of nothing: EVALUATION), "set", "array" (one generator over Every(index), body gives the item)."""

    op: str
    body: Expr
    generators: tuple[Generator, ...]


@dataclass(frozen=True, slots=True)
class Choose(Valued):
    """Any member of the domain (a set, Every or Steps). Of nothing: the step is impossible."""

    domain: Expr


@dataclass(frozen=True, slots=True)
class Call(Valued):
    """A helper. Arguments are copied in; `type` is what it returns (NoneType for nothing)."""

    function: str
    arguments: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Happening(Node):
    """Something that happens inside a step."""


@dataclass(frozen=True, slots=True)
class Assign(Happening):
    """`target` is a Variable or Local, or Index/Attribute of a target; `value` has exactly the target's type.
    The value is evaluated first, then the indices of the target."""

    target: Expr
    value: Expr


@dataclass(frozen=True, slots=True)
class Evaluate(Happening):
    """A Call (or Choose) whose value is not used."""

    value: Expr


@dataclass(frozen=True, slots=True)
class If(Happening):
    """One of two bodies; either may be empty."""

    condition: Expr
    then: tuple[Stmt, ...]
    otherwise: tuple[Stmt, ...]


@dataclass(frozen=True, slots=True)
class For(Happening):
    """The domain, as in Generator (its condition is None), is evaluated once, before the first round."""

    generator: Generator
    body: tuple[Stmt, ...]


@dataclass(frozen=True, slots=True)
class While(Happening):
    """At most `checker.semantics.LOOP_LIMIT` rounds within one step; more is an EVALUATION failure."""

    condition: Expr
    body: tuple[Stmt, ...]


@dataclass(frozen=True, slots=True)
class Break(Happening):
    """Leaves the loop around."""


@dataclass(frozen=True, slots=True)
class Continue(Happening):
    """Goes on with the next round of the loop around."""


@dataclass(frozen=True, slots=True)
class Return(Happening):
    """Leaves a function; every path of a function that returns a value ends in one. Never in a process."""

    value: Expr | None


@dataclass(frozen=True, slots=True)
class Require(Happening):
    """The whole step is impossible when the condition is false."""

    condition: Expr


@dataclass(frozen=True, slots=True)
class Assert(Happening):
    """An ASSERT failure when the condition is false."""

    condition: Expr
    message: str


Expr = (
    Const
    | Local
    | Variable
    | Index
    | Attribute
    | Unary
    | Binary
    | Compare
    | BoolOp
    | IfElse
    | Convert
    | Make
    | Replace
    | Append
    | Without
    | Every
    | Steps
    | Comprehension
    | Choose
    | Call
)
"""Every expression there is: a `match` on one ends in `assert_never`, so that no walk forgets a kind."""

Stmt = Assign | Evaluate | If | For | While | Break | Continue | Return | Require | Assert
"""Every statement there is."""


@dataclass(frozen=True, slots=True)
class Jump:
    """Goes on in another block, within the step."""

    block: int


@dataclass(frozen=True, slots=True)
class Branch:
    """Goes on in one of two blocks, within the step."""

    condition: Expr
    then: int
    otherwise: int


@dataclass(frozen=True, slots=True)
class Yield:
    """Ends the step; the process stands at `point` (an index into Process.points)."""

    point: int


Terminator = Jump | Branch | Yield


@dataclass(frozen=True, slots=True)
class Block:
    """Statements without a `yield`, and what happens after them."""

    body: tuple[Stmt, ...]
    end: Terminator


@dataclass(frozen=True, slots=True)
class Point:
    """Where a process can stand between steps. It goes on in `block` (None: this is its end), and may still need the
    locals in `live`. The `label` is its own; `names` are those of its `yield`s, "start" and "end" where it is that."""

    label: str
    names: tuple[str, ...]
    block: int | None
    live: frozenset[str]


@dataclass(frozen=True, slots=True)
class Declared:
    """A variable of the state. `process` is set for points and kept locals; `local` names the local it keeps."""

    name: str
    type: Type
    role: Role = Role.MODEL
    process: str | None = None
    local: str | None = None
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a function, with its type."""

    name: str
    type: Type


@dataclass(frozen=True, slots=True)
class Function:
    """A helper, `init`, an action, or a property. `locals` holds all locals and parameters; `returns` is NoneType for
    nothing. An action's parameters range over their types. Traces tell calls of an `event` and a crash, `crash_of`."""

    name: str
    parameters: tuple[Parameter, ...]
    locals: Mapping[str, Type]
    returns: Type
    body: tuple[Stmt, ...]
    span: Span = field(compare=False)
    doc: str = field(compare=False, default="")
    event: str | None = field(compare=False, default=None)
    crash_of: str | None = field(compare=False, default=None)


@dataclass(frozen=True, slots=True)
class Process:
    """Sequential code in several steps. Points[0] is where it starts. The point of each instance is the variable
    `point_variable`; each local that lives at some point is the variable `kept[local]`: arrays over the index type, or
    plain when `index` is None. After a step every local that is not live at the new point holds its type's default."""

    name: str
    index: Parameter | None
    locals: Mapping[str, Type]
    blocks: tuple[Block, ...]
    points: tuple[Point, ...]
    point_variable: str
    kept: Mapping[str, str]
    span: Span = field(compare=False)
    doc: str = field(compare=False, default="")


@dataclass(frozen=True, slots=True)
class Property:
    """A predicate on states; a LEMMA's is for all values of its parameters, a STEP's (`checker.ir.pairs`) of two."""

    name: str
    kind: PropertyKind
    function: Function


@dataclass(frozen=True, slots=True)
class Temporal:
    """A claim about every fair behaviour, for all values of the function's parameters. The function is as that of a
    Property; of a LEADS_TO it returns two Bools, a TupleType, and of a TEMPORAL those that the `formula` speaks of."""

    name: str
    kind: TemporalKind
    function: Function
    formula: Formula | None = None


@dataclass(frozen=True, slots=True)
class Program:
    """A model with its parameters fixed. The order of variables is that of values in a state. `fairness` names what is
    owed something: each instance of a process, an action with each of its arguments. `steps` are STEP and IMPLEMENTS
    properties; these return a state of the program that `abstract` has for them, its variables in order: a tuple."""

    model: str
    parameters: Mapping[str, Value]
    parameter_types: Mapping[str, Type]
    variables: tuple[Declared, ...]
    functions: Mapping[str, Function]
    init: Function | None
    actions: tuple[Function, ...]
    processes: tuple[Process, ...]
    properties: tuple[Property, ...]
    doc: str = field(compare=False, default="")
    temporal: tuple[Temporal, ...] = ()
    fairness: Mapping[str, Fairness] = field(default_factory=dict)
    steps: tuple[Property, ...] = ()
    abstract: Mapping[str, Program] = field(default_factory=dict)
    ranks: tuple[Rank, ...] = ()

    def claimed(self, name: str) -> Property | Temporal | None:
        """The property of this name, of states, steps or behaviours; None if the model has none."""
        known: tuple[Property | Temporal, ...] = (*self.properties, *self.steps, *self.temporal)
        return next((each for each in known if each.name == name), None)

    def position(self, variable: str) -> int:
        """Which place in a state holds the variable."""
        return next(place for place, declared in enumerate(self.variables) if declared.name == variable)

    def property(self, name: str) -> Property | None:
        """The property of states of this name; None if it is built in, found by an engine, or of more states."""
        return next((each for each in self.properties if each.name == name), None)

    def speaks_of_steps(self, name: str) -> bool:
        """Whether the property of this name is a `@step` or `@implements`, which the last step of a trace violates."""
        return any(each.name == name for each in self.steps)

    def witnessed(self, name: str) -> bool:
        """Whether a trace shows that the property happens, and not that it is violated: that of a `@sometimes` does."""
        judged = self.property(name)
        return judged is not None and judged.kind.traits.witnessed
