"""What each code of a model's mistakes means, for `evacheck explain-code`. Plain data: title, explanation, bad, good.

E1xx: the model as a whole. E2xx: syntax, names and shape. E3xx: types. E4xx: symmetric types. E5xx: what one engine
cannot hold.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping


def _model(step: str, variables: str = "x = Var(Range(4))", more: str = "") -> str:
    """A model with one action."""
    parts = [textwrap.indent(part.strip("\n"), "    ") for part in (variables, more) if part]
    action = "    @action\n    def step(self):\n" + textwrap.indent(step, "        ")
    return "class Example(Model):\n" + "\n\n".join([*parts, action])


def _putting(kind: str) -> str:
    """A model whose action stores its argument, of the type written."""
    parameter = f"v: {kind}" if kind else "v"
    head = "class Example(Model):\n    T = Range(4)\n    x = Var(T)\n\n"
    return f"{head}    @action\n    def put(self, {parameter}):\n        self.x = v"


def _process(text: str, variables: str = "x = Var(Range(4))", more: str = "") -> str:
    """A model with one process."""
    parts = [textwrap.indent(part.strip("\n"), "    ") for part in (variables, more) if part]
    process = "    @process\n    def run(self):\n" + textwrap.indent(text, "        ")
    return "class Example(Model):\n" + "\n\n".join([*parts, process])


_SMALL = "@constraint\ndef small(self):\n    return self.x < 3"
_TWICE = "def twice(self):\n    self.x = (self.x + 1) % 4\n    yield"
_DOUBLING = "\n\n".join(
    [_TWICE.replace("twice", "h0")]
    + [f"def h{n}(self):\n    yield from self.h{n - 1}()\n    yield from self.h{n - 1}()" for n in range(1, 13)]
)
_TIMED = "@temporal\ndef ends(self):\n    return {}"
_SETS = "T = Range(4)\ns = Var(SetOf(T))\nn = Var(Range(5))"
_SYMMETRIC = "Node = Range(3, symmetric=True)\nleader = Var(Opt(Node))\nseen = Var(SetOf(Node))"
_QUEUES = _SYMMETRIC + "\nq = Var(Array(Node, Seq(Bool, 2)))\nb = Var(Bool)"
_RECORD = "T = Range(4)\nCell = Record(key=T, value=T)\nc = Var(Cell)"


def _implementing(state: str) -> str:
    """A model that counts, and one that says whether the number is even."""
    other = "class Parity(Model):\n    even = Var(Bool)\n\n    def init(self):\n        self.even = True\n\n"
    other += "    @action\n    def turn(self):\n        self.even = not self.even\n\n\n"
    return other + _model(
        "self.x = (self.x + 1) % 4", more=f"@implements(Parity)\ndef parity(self):\n    return {state}"
    )


_MEMBERS = (
    "class Other(Model):\n    Node = Range(2{})\n    on = Var(SetOf(Node))\n\n    @action\n    def turn(self):\n"
    "        self.on = {{n for n in self.Node if n not in self.on}}\n\n\n"
)
_ALL_OR_NONE = '@implements(Other)\ndef turns(self):\n    return {"on": {n for n in range(2) if self.x}}'

_WHOLE: Mapping[str, tuple[str, str, str, str]] = {
    "E101": (
        "source not found",
        "A model is read, not run: its methods must stand in a file, or in text known to Python's `linecache`, and be "
        "made with `def`.",
        "class Example(Model):\n    x = Var(Bool)\n    flip = action(lambda self: None)",
        _model("self.x = not self.x", "x = Var(Bool)"),
    ),
    "E102": (
        "nothing to check",
        "A model needs a variable, and an `@action` or `@process` that can change it.",
        "class Example(Model):\n    x = Var(Bool)",
        _model("self.x = not self.x", "x = Var(Bool)"),
    ),
    "E103": (
        "module that cannot be imported",
        "Python itself cannot read the file, or running it raised an exception. The message repeats what Python says.",
        "class Example(Model)\n    x = Var(Bool)",
        _model("self.x = not self.x", "x = Var(Bool)"),
    ),
    "E104": (
        "no initial state",
        "Every way through `init` runs into a `require` that is false, or a `choose` from nothing. Every property "
        "would hold, of no state at all.",
        _model("self.x = 1", more="def init(self):\n    require(self.x == 3)"),
        _model("self.x = 1", more="def init(self):\n    self.x = choose(self.T)", variables="T = Range(4)\nx = Var(T)"),
    ),
    "E105": (
        "initial state beyond the constraint",
        "A `@constraint` says where nothing goes on. A behaviour that begins there would have no step.",
        _model("self.x = 0", more="def init(self):\n    self.x = choose(range(4))\n" + _SMALL),
        _model("self.x = 0", more="def init(self):\n    self.x = choose(range(3))\n" + _SMALL),
    ),
}

_SHAPE: Mapping[str, tuple[str, str, str, str]] = {
    "E201": (
        "statement outside the language",
        "A step is made of assignments, `if`, `while`, `for`, `match`, `assert`, `require` and calls of helpers. "
        "Whatever talks to the world, raises or defines has no meaning in a finite state machine.",
        _model("try:\n    self.x = 1\nexcept ValueError:\n    pass"),
        _model("if self.x == 0:\n    self.x = 1"),
    ),
    "E202": (
        "expression outside the language",
        "Values are integers, Bool, enum members, None, tuples, sets, sequences, arrays and records. There is no "
        "text, no float, no lambda, no dict but an array comprehension.",
        _model('self.x = {"a": 1}["a"]'),
        _model("self.x = 1"),
    ),
    "E203": (
        "unknown name",
        "A plain name is a local, a parameter of the method, or something of the module that is an integer, Bool, enum "
        "member, tuple, frozenset or function. What the model declares is `self.name`.",
        _model("self.x = limit", "limit = Param(3)\nx = Var(Range(4))"),
        _model("self.x = self.limit", "limit = Param(3)\nx = Var(Range(4))"),
    ),
    "E204": (
        "recursion",
        "Helpers are inlined, so a helper cannot call itself, directly or through others. A loop over a finite type,"
        " or `while`, does what recursion would.",
        _model("self.x = self.down(self.x)", more="def down(self, n):\n    return 0 if n == 0 else self.down(n - 1)"),
        _model("while self.x > 0:\n    self.x -= 1"),
    ),
    "E205": (
        "misplaced `yield`",
        "`yield` ends a step. It stands on a line of its own in a `@process`, or in a helper that a process calls with "
        '`yield from`; beside it stands nothing, or the name of the control point: `yield "stored"`.',
        _model("yield\nself.x = 1"),
        _process("yield\nself.x = 1"),
    ),
    "E206": (
        "method that does not fit its mark",
        "An `@action` annotates its parameters with the types they range over; `@process(T)` takes one parameter, its "
        "index, `@step` the state before; `init`, `@always`, `@sometimes` and `@final` take none. One method has one "
        'mark, and all take plain parameters. `fair` is True, False, "weak" or "strong".',
        _putting(""),
        _putting("T"),
    ),
    "E207": (
        "local without a value",
        "On some path the local is read before it was assigned. A loop may run no round at all.",
        _model("if self.x == 0:\n    v = 1\nself.x = v"),
        _model("v = 0\nif self.x == 0:\n    v = 1\nself.x = v"),
    ),
    "E208": (
        "property that acts",
        "A property, and every helper it calls, only looks: it changes no variable, chooses nothing, requires and "
        "asserts nothing.",
        _model("self.x = 1", more="@always\ndef small(self):\n    self.x = 2\n    return True"),
        _model("self.x = 1", more="@always\ndef small(self):\n    return self.x < 2"),
    ),
    "E209": (
        "change through another name",
        "Values are copied, never shared: changing a local would leave the variable it was taken from as it is, while "
        "Python would change both. Change the variable itself, or say that it is a copy.",
        _model("mine = self.s\nmine.add(1)\nself.n = len(mine)", _SETS),
        _model("mine = set(self.s)\nmine.add(1)\nself.n = len(mine)", _SETS),
    ),
    "E210": (
        "missing return",
        "A property, and a helper that returns something on one path, returns something on every path. `@leads_to` "
        "returns a pair.",
        _model("self.x = 1", more="@always\ndef small(self):\n    if self.x < 2:\n        return True"),
        _model("self.x = 1", more="@always\ndef small(self):\n    return self.x < 2"),
    ),
    "E211": (
        "place that cannot be changed",
        "What can change is a variable (`Var`), a local, an item of an array or sequence, or a field of a record. A "
        "parameter (`Param`) is fixed for a run, and a process keeps its index.",
        _model("self.limit = 2", "limit = Param(3)\nx = Var(Range(4))"),
        _model("self.x = 2", "limit = Param(3)\nx = Var(Range(4))"),
    ),
    "E212": (
        "no such member",
        "The model, record, enum or module has nothing of this name. The message gives the nearest name there is. A "
        "method is called: `self.done()`.",
        _model("self.xx = 1"),
        _model("self.x = 1"),
    ),
    "E213": (
        "call that cannot be made",
        "What is called takes other arguments, or has no meaning in a model. Besides helpers there are len, any, "
        "all, sum, min, max, abs, int, bool, set, frozenset, range, choose, and a few methods of sets, sequences and"
        " records.",
        _model("self.x = max(self.x, 1, key=abs)"),
        _model("self.x = max(self.x, 1)"),
    ),
    "E214": (
        "value out of nothing",
        "Something is taken from a set or sequence that is always empty: it can never have a value, and the step would "
        "always fail or be impossible.",
        _model("self.x = choose(set())"),
        _model("self.x = choose({0, 1})"),
    ),
    "E215": (
        "name of a control point that evacheck gives itself",
        'A process starts at "start" and ends at "end", a bare `yield` is named after its line, and of several points '
        "of one name the second is shown as `wait#2`. A `yield` that is called so would be taken for one of these.",
        _process('yield "start"\nself.x = 1'),
        _process('yield "begun"\nself.x = 1'),
    ),
    "E216": (
        "too much code",
        "A model may have 5,000 statements as written, a process 4,000 blocks once the helpers that it calls with "
        "`yield from` stand in it, and helpers 1,000 combinations of types of arguments. Beyond that no run would come "
        "to its first state: helpers that each call the one before twice come to a million copies of the first.",
        _process("yield from self.h12()", more=_DOUBLING),
        _process("for i in range(4):\n    yield from self.twice()", more=_TWICE),
    ),
    "E217": (
        "constraint that may have no value",
        "A `@constraint` is asked of every state that is reached: whether anything goes on from there. So it always "
        "has a value: no item of a sequence that may not be there, no None, no division, no `while`.",
        _model("self.n = 1", _SETS, "@constraint\ndef few(self):\n    return 6 // self.n < 3"),
        _model("self.n = 1", _SETS, "@constraint\ndef few(self):\n    return len(self.s) < 3"),
    ),
    "E218": (
        "mapping that gives no state of the other model",
        "What is marked `@implements(Other)` returns a whole state of that model, by the names that a trace "
        "shows: each variable, each process for the control points of its instances, each local that lives across a "
        '`yield`, as in `{"x": self.y, "thread": ["start" for t in self.Thread], "thread.seen": ...}`.',
        _implementing('{"twice": self.x % 2 == 0}'),
        _implementing('{"even": self.x % 2 == 0}'),
    ),
    "E219": (
        "formula of time out of place",
        "`always(...)`, `eventually(...)`, `until(..., ...)` and the like speak of whole behaviours. They stand in the "
        "one `return` of a `@temporal` method, around conditions and around each other, joined by not, and, or, "
        "implies; any and all may go around them over what is fixed for a run. No value is made of them.",
        _model("self.x = 1", more=_TIMED.format("self.x < eventually(self.x == 3)")),
        _model("self.x = 1", more=_TIMED.format("self.x > 0 or eventually(self.x == 3)")),
    ),
    "E220": (
        "formula too large",
        "A formula has at most 8 different conditions and 8 different operators of time: a state is looked at once for "
        "each way in which the latter can turn out. A quantifier around them is written out, at most 64 times.",
        _model("self.x = 1", more=_TIMED.format("any(eventually(self.x == v) for v in range(9))")),
        _model("self.x = 1", more=_TIMED.format("eventually(any(self.x == v for v in range(9)))")),
    ),
}

_TYPES: Mapping[str, tuple[str, str, str, str]] = {
    "E301": (
        "not a type, or not a parameter",
        "A local or parameter is annotated with something that is no type of the language; or a `Param` has a default "
        "that is no integer, Bool or enum member; or one `Var` or `Param` has two names; or a subclass puts something "
        "that is no type in the place of one.",
        _model("v: int = 1\nself.x = v"),
        _model("v: Range(4) = 1\nself.x = v"),
    ),
    "E302": (
        "value of the wrong kind",
        "The value can never belong to the type that is expected here. (An integer outside its Range is another "
        "matter: that is judged when the step runs, and reported as a violation.)",
        _model("self.x = True"),
        _model("self.x = 1"),
    ),
    "E303": (
        "values that cannot be compared or joined",
        "Both sides of a comparison, both branches of `a if c else b`, and all items of a set must be of one kind: a"
        " Bool is not an integer, and members of different Enums are never equal.",
        _model("require(self.x == True)\nself.x = 1"),
        _model("require(self.x == 1)\nself.x = 2"),
    ),
    "E304": (
        "operator without meaning here",
        "Integers have + - * // % & | ^ << >>, sets have | & - ^. There are no fractions and no powers.",
        _model("self.x = self.x / 2"),
        _model("self.x = self.x // 2"),
    ),
    "E305": (
        "neither true nor false",
        "A condition is a Bool, or a set or sequence, which counts as true when it is not empty. An integer or an "
        "Opt must be compared: 0 and None are too easily confused.",
        _model("if self.x:\n    self.x = 0"),
        _model("if self.x != 0:\n    self.x = 0"),
    ),
    "E306": (
        "nothing to loop over or choose from",
        "A loop goes over a type with single values, `SetOf` a type of up to 12, `range`, a set, a sequence or an "
        "array; `choose` takes a type or a set.",
        _model("for i in self.x:\n    self.x = 0"),
        _model("for i in range(self.x):\n    self.x = 0"),
    ),
    "E307": (
        "number without bounds",
        "Every integer has bounds, worked out from those of its operands, within 62 bits. A local that lives across a "
        "`yield` and keeps growing needs a type of its own; so does a set that grows with each round of a loop.",
        _process("n = 0\nwhile n < 3:\n    yield\n    n += 1"),
        _process("n: Range(4) = 0\nwhile n < 3:\n    yield\n    n += 1"),
    ),
    "E308": (
        "wrong index",
        "Arrays are indexed by a value of their index type, sequences by an integer, tuples by a constant. There are"
        " no slices.",
        _model("self.x = self.x[0]"),
        _model("self.x = self.a[0]", "a = Var(Array(Range(2), Range(4)))\nx = Var(Range(4))"),
    ),
    "E309": (
        "record made wrongly",
        "A record is made with all of its fields, each by its name; `_replace` changes some of them.",
        _model("self.c = self.Cell(key=1)", _RECORD),
        _model("self.c = self.Cell(key=1, value=2)", _RECORD),
    ),
    "E310": (
        "not a type",
        "A type is Bool, Range, an Enum class with members, Opt, Array, SetOf, Record or Seq of types, written with "
        "parameters and constants only.",
        _model("self.x = 1", "x = Var(Array(3, Bool))"),
        _model("self.x[1] = True", "x = Var(Array(Range(3), Bool))"),
    ),
    "E311": (
        "range without sense",
        "The bounds of a Range, or the size of another type, are not integers, are the wrong way round, leave 62 "
        "bits, or cannot be computed from the parameters.",
        _model("self.x = 1", "x = Var(Range(4, 1))"),
        _model("self.x = 1", "x = Var(Range(1, 4))"),
    ),
    "E312": (
        "wrong index type",
        "An array, and a `@process`, is indexed by a type with single values, at most 65,536 of them: a Range, an "
        "Enum, Bool, or Opt of one.",
        _model("self.n = 1", "T = Range(3)\na = Var(Array(SetOf(T), Bool))\nn = Var(T)"),
        _model("self.n = 1", "T = Range(3)\na = Var(Array(T, Bool))\nn = Var(T)"),
    ),
    "E313": (
        "set over too large a type",
        "A set takes a bit for each value its item type has, so that type may have at most 4,096.",
        _model("self.s.add(1)", "s = Var(SetOf(Range(5000)))"),
        _model("self.s.add(1)", "s = Var(SetOf(Range(50)))"),
    ),
    "E314": (
        "sequence of no length",
        "`Seq(T, max)` holds at most `max` items; `max` is from 1 to 4,096.",
        _model("self.q.append(True)", "q = Var(Seq(Bool, 0))"),
        _model("self.q.append(True)", "q = Var(Seq(Bool, 2))"),
    ),
    "E315": (
        "too many arguments to try",
        "An action is tried with every combination of values of its parameters. With more than 16,777,216 of them no"
        " run would end.",
        _putting("Range(10**9)"),
        _putting("T"),
    ),
    "E316": (
        "too large a state",
        "A state may be made of 131,072 values: a number, a truth value, a possible member of a set and a place of a "
        "sequence are one each. A step copies what it changes, and a search keeps millions of states.",
        _model("self.n = 1", "Page = Range(1024)\na = Var(Array(Page, Array(Page, Bool)))\nn = Var(Page)"),
        _model("self.n = 1", "Page = Range(64)\na = Var(Array(Page, Array(Page, Bool)))\nn = Var(Page)"),
    ),
}

_SYMMETRY: Mapping[str, tuple[str, str, str, str]] = {
    "E401": (
        "variable that starts as a certain member",
        "Members of a symmetric type cannot be told apart, so no variable may start as the first of them.",
        _model("self.leader = choose(self.Node)", "Node = Range(3, symmetric=True)\nleader = Var(Node)"),
        _model("self.leader = choose(self.Node)", "Node = Range(3, symmetric=True)\nleader = Var(Opt(Node))"),
    ),
    "E402": (
        "loop that orders members",
        "A `for` statement meets the members one after another, and what it does to one could depend on what it did "
        "to the one before. Comprehensions, any, all, sum, min and max have no order; `choose` takes any member.",
        _model("for n in self.Node:\n    self.seen.add(n)", _SYMMETRIC),
        _model("self.seen = {n for n in self.Node}", _SYMMETRIC),
    ),
    "E403": (
        "members have no order",
        "Members of a symmetric type can be compared with == and != only.",
        _model("require(any(n < m for n in self.Node for m in self.seen))\nself.seen = set()", _SYMMETRIC),
        _model("require(any(n != m for n in self.Node for m in self.seen))\nself.seen = set()", _SYMMETRIC),
    ),
    "E404": (
        "a certain member",
        "A number, or a place in a tuple, would name one member of a symmetric type, and so tell it from the others.",
        _model("self.leader = 0", _SYMMETRIC),
        _model("self.leader = choose(self.Node)", _SYMMETRIC),
    ),
    "E405": (
        "acting member by member",
        "Inside a comprehension over a symmetric type nothing may be chosen, changed, required or asserted: it would"
        " happen for one member after another. (Choosing is allowed in sets and arrays, where each member's choice "
        "is its own.)",
        _model("self.b = any(choose(Bool) for n in self.seen)", _QUEUES),
        _model("some = choose(Bool)\nself.b = any(some for n in self.seen)", _QUEUES),
    ),
    "E406": (
        "failure that depends on order",
        "`any` and `all` stop at the first member that decides. If evaluating another could fail, whether it fails "
        "would depend on which member comes first.",
        _model("self.b = any(self.q[n][0] for n in self.seen)", _QUEUES),
        _model("self.b = any(len(self.q[n]) > 0 for n in self.seen)", _QUEUES),
    ),
    "E407": (
        "implementing a model with a symmetric type",
        "Nothing names the members of a symmetric type, so no state of that model can be given. It is not explored "
        "whole: leaving `symmetric=True` out costs little. The model that implements it may have symmetric types.",
        _MEMBERS.format(", symmetric=True") + _model("self.x = not self.x", "x = Var(Bool)", _ALL_OR_NONE),
        _MEMBERS.format("") + _model("self.x = not self.x", "x = Var(Bool)", _ALL_OR_NONE),
    ),
}

_ENGINES: Mapping[str, tuple[str, str, str, str]] = {
    "E501": (
        "type too large for the explicit engine",
        "The explicit engine keeps each integer in at most 63 bits, and a bit for each possible member of a set.",
        "s = Var(SetOf(Range(5000)))",
        "s = Var(SetOf(Range(50)))",
    ),
    "E502": (
        "too many permutations",
        "The explicit engine tries every way to rename the members of the symmetric types. With many members there "
        "are too many ways.",
        "Node = Range(12, symmetric=True)",
        "Node = Range(5, symmetric=True)",
    ),
    "E503": (
        "initial states that tell members apart",
        "Renaming the members of a symmetric type in one initial state must give another initial state.",
        "def init(self):\n    self.leader = self.first",
        "def init(self):\n    self.leader = choose(self.Node)",
    ),
}

_EVERY_SIZE: Mapping[str, tuple[str, str, str, str]] = {
    "E601": (
        "size that is left open is used as a number",
        "With `--unbounded`, a parameter is any number from 1 on. It may size symmetric types, and nothing may depend "
        "on it besides: not its value, nor how many members a type has.",
        "require(sum(self.ready[m] for m in self.Manager) == self.managers)",
        "require(all(self.ready[m] for m in self.Manager))",
    ),
    "E602": (
        "not looked at for every size",
        "With `--unbounded`, a model is read for any number of members: with `any` and `all`, comprehensions, choices, "
        "sets, arrays and records. How many members a set has may be compared. What keeps or divides that number, "
        "loops, keeps sequences, or means one thing at one size and another at the next, is looked at with given sizes "
        "only.",
        "require(len(self.ready) > len(self.Manager) // 2)",
        "require(2 * len(self.ready) > len(self.Manager))",
    ),
}

LANGUAGE: Mapping[str, tuple[str, str, str, str]] = {
    **_WHOLE,
    **_SHAPE,
    **_TYPES,
    **_SYMMETRY,
    **_ENGINES,
    **_EVERY_SIZE,
}
"""Title, explanation, bad and good for every code of a mistake in a model. In E1xx to E4xx these are whole models."""
