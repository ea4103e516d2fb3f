"""What a model's class body is made of: parameters, types, variables, and the marks on its methods.

Nothing here has a meaning of its own; `checker.lang.model` collects it and the front end compiles it. The functions
that a model calls return `Any`, so that `self.stack[g]` reads and type-checks as ordinary Python.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Any

from checker.errors import ModelError, Problem, Span
from checker.ir import types
from checker.ir.sizes import DEEPEST, LARGEST_INDEX, LARGEST_SET, fits, nested
from checker.ir.temporal import Fairness
from checker.ir.types import Type, Value
from checker.lang.formulas import Arithmetic, Formula, Parameter, number
from checker.lang.open_sizes import of_members
from checker.source import is_text, shown_path

FORMS: Mapping[str, str] = {
    "Param": "Param(default), or Param(default, T) to limit what it may be set to",
    "Var": "Var(T)",
    "Range": "Range(n) for 0 .. n - 1, or Range(low, high) with both ends",
    "Opt": "Opt(T): None, or a value of T",
    "Array": "Array(Index, T): a T for each value of Index",
    "SetOf": "SetOf(T)",
    "Seq": "Seq(T, max): at most max items in order",
    "Record": "Record(key=K, value=V): each field by its name",
    "process": "@process, or @process(T) for one process for each value of T",
}
"""How each form of a class body is written."""


class Form:
    """A type as written, whose sizes may depend on parameters."""

    name: str | None = None

    def __set_name__(self, owner: type, name: str) -> None:
        if self.name is None:
            self.name = name

    def resolve(self, parameters: Mapping[str, Value]) -> Type:
        """The type, once the parameters are known. Raises ModelError (E31x) if there is none such."""
        raise NotImplementedError


class FormError(ModelError):
    """A form stands for no type. `name` is what the class body calls the form, if anything."""

    def __init__(self, code: str, name: str | None, problem: str, remedy: str) -> None:
        self.name = name
        super().__init__([Problem(code, None, problem, remedy)])


def _integer(form: Form, value: object, parameters: Mapping[str, Value]) -> int:
    """A bound or capacity, once the parameters are known."""
    name = form.name or "a type"
    try:
        found = number(value, parameters)
    except (ArithmeticError, TypeError, ValueError, RecursionError) as error:
        problem = f"the size of {name} cannot be computed: {error}"
        raise FormError("E311", form.name, problem, "Use + - * // % ** << >> on parameters of this model.") from None
    if not isinstance(found, int) or isinstance(found, bool):
        shown = repr(found) if isinstance(found, (bool, str, float)) else f"a {type(found).__name__.lower()}"
        raise FormError("E311", form.name, f"the size of {name} is {shown}, not an integer", "Give integers.")
    return found


def _truth(form: Form, what: str, value: object, parameters: Mapping[str, Value]) -> bool:
    """A yes or no, once the parameters are known."""
    try:
        found = number(value, parameters)
    except (ArithmeticError, TypeError, ValueError) as error:
        problem = f"`{what}` of {form.name or 'a type'} cannot be computed: {error}"
        raise FormError("E311", form.name, problem, "Use True, False, or a parameter of this model.") from None
    if not isinstance(found, bool):
        problem = f"`{what}` of {form.name or 'a type'} is {found!r}, not True or False"
        raise FormError("E311", form.name, problem, "Give True, False, or a parameter that is one of them.")
    return found


def resolve(form: object, parameters: Mapping[str, Value]) -> Type:
    """The type that `form` stands for: a Form, an Enum class, `bool`, or a Type already."""
    try:
        found = _resolve(form, parameters)
    except RecursionError:
        found = None
    if found is None or nested(found) > DEEPEST:
        raise too_deep(form)
    return found


def too_deep(form: object) -> FormError:
    """What is said of a type with more types within one another than a model may have."""
    return FormError(
        "E310", getattr(form, "name", None), "types are nested too deeply", f"Nest at most {DEEPEST} types."
    )


def _resolve(form: object, parameters: Mapping[str, Value]) -> Type:
    if isinstance(form, Form):
        return form.resolve(parameters)
    if isinstance(form, Type):
        return form
    if form is bool:
        return types.BOOL
    if isinstance(form, type) and issubclass(form, Enum):
        if not tuple(form):
            raise FormError("E310", None, f"{form.__name__} is an Enum without members", "Give it some.")
        odd = next((name for name in form.__members__ if not is_text(name)), None)
        if odd is not None:
            problem = f"the member {odd!a} of {form.__name__} cannot be written"
            raise FormError("E310", None, problem, "Leave out half characters (surrogates).")
        return types.EnumType(form.__name__, tuple(form))
    raise FormError("E310", None, *_not_a_type(form))


def _not_a_type(form: object) -> tuple[str, str]:
    """A problem and its remedy."""
    remedy = "Use Bool, Range, an Enum class, Opt, Array, SetOf, Record or Seq."
    match form:
        case tuple() | list() if form and all(is_form(each) for each in form):
            problem = f"several types in {'parentheses' if isinstance(form, tuple) else 'brackets'} are not a type"
            return problem, "Write Record(first=A, second=B), with a name for each."
        case Variable() | Parameter():
            kind = "variable" if isinstance(form, Variable) else "parameter"
            return f"the {kind} {form.name!r} is not a type of the language", remedy
        case Arithmetic():
            return "a number is not a type of the language", "Write Range(n) for 0 .. n - 1."
        case bool() | str() | None:
            return f"{form!r} is not a type of the language", remedy
        case int() if form > 0:
            return f"{form} is not a type of the language", f"Write Range({form}) for 0 .. {form - 1}."
    if form is int:
        return "int is not a type of the language", "Write Range(n) for 0 .. n - 1, or Range(low, high)."
    name = form.__name__ if callable(form) and hasattr(form, "__name__") else f"a {type(form).__name__}"
    return f"{name} is not a type of the language", remedy


def is_form(value: object) -> bool:
    """Whether `value` can stand where a type is expected."""
    return isinstance(value, (Form, Type)) or value is bool or (isinstance(value, type) and issubclass(value, Enum))


class BoolForm(Form):
    """The truth values, False and True."""

    name = "Bool"

    def resolve(self, parameters: Mapping[str, Value]) -> Type:
        return types.BOOL


@dataclass(eq=False)
class RangeForm(Form):
    """Range(low, high), both included."""

    low: object
    high: object
    symmetric: object
    name: str | None = None

    def resolve(self, parameters: Mapping[str, Value]) -> Type:
        alike = _truth(self, "symmetric", self.symmetric, parameters)
        bounds = of_members(parameters) if alike else parameters
        low, high = _integer(self, self.low, bounds), _integer(self, self.high, bounds)
        name = self.name or "a Range"
        if max(abs(low), abs(high)) >= 1 << 61:
            raise FormError("E311", self.name, f"{name} does not fit in 62 bits", "Make it smaller.")
        if high < low:
            remedy = "Range(n) holds 0 .. n - 1, Range(lo, hi) both of its ends."
            raise FormError("E311", self.name, f"{name} would be empty: {low} .. {high}", remedy)
        if alike:
            return types.SymType(self.name or "Range", high - low + 1)
        return types.IntType(low, high)


@dataclass(eq=False)
class OptForm(Form):
    """Opt(item)."""

    item: object
    name: str | None = None

    def resolve(self, parameters: Mapping[str, Value]) -> Type:
        return types.opt(resolve(self.item, parameters))


@dataclass(eq=False)
class ArrayForm(Form):
    """Array(index, item)."""

    index: object
    item: object
    name: str | None = None

    def resolve(self, parameters: Mapping[str, Value]) -> Type:
        index = resolve(self.index, parameters)
        check_index(self.name, index)
        return types.ArrayType(index, resolve(self.item, parameters))


def check_index(name: str | None, index: Type) -> None:
    """Refuse (E312) what can index neither an array nor a process."""
    if not types.is_scalar(index) or not fits(index, LARGEST_INDEX):
        remedy = f"Use a Range of at most {LARGEST_INDEX:,} values, an Enum, Bool, or Opt of one."
        raise FormError("E312", name, f"{index} cannot index an array", remedy)


@dataclass(eq=False)
class SetForm(Form):
    """SetOf(item)."""

    item: object
    name: str | None = None

    def resolve(self, parameters: Mapping[str, Value]) -> Type:
        item = resolve(self.item, parameters)
        if not fits(item, LARGEST_SET):
            problem = f"a set of {item} could have more than {LARGEST_SET:,} members"
            raise FormError("E313", self.name, problem, "Use a smaller type, or a Seq that holds the few members.")
        return types.SetType(item)


@dataclass(eq=False)
class SeqForm(Form):
    """Seq(item, capacity)."""

    item: object
    capacity: object
    name: str | None = None

    def resolve(self, parameters: Mapping[str, Value]) -> Type:
        capacity = _integer(self, self.capacity, parameters)
        if not 0 < capacity <= 1 << 12:
            problem = f"a sequence cannot hold {capacity} items"
            raise FormError("E314", self.name, problem, "Give Seq(T, max) an integer from 1 to 4096.")
        return types.SeqType(resolve(self.item, parameters), capacity)


@dataclass(eq=False)
class RecordForm(Form):
    """Record(**fields)."""

    fields: Mapping[str, object]
    name: str | None = None

    def resolve(self, parameters: Mapping[str, Value]) -> Type:
        odd = next((name for name in self.fields if not name.isidentifier()), None)
        if odd is not None or not self.fields:
            problem = "a record has no fields" if odd is None else f"{odd!a} cannot be the name of a record's field"
            raise FormError("E310", self.name, problem, "Write Record(key=K, value=V): each field by its name.")
        fields = tuple((name, resolve(form, parameters)) for name, form in self.fields.items())
        return types.RecordType(self.name or "Record", fields)


@dataclass(eq=False)
class Variable:
    """A variable of the state, as declared."""

    form: object
    name: str = "?"

    def __set_name__(self, owner: type, name: str) -> None:
        if self.name == "?":
            self.name = name


class MarkKind(StrEnum):
    """What a marked method is."""

    ACTION = "action"
    PROCESS = "process"
    ALWAYS = "always"
    LEMMA = "lemma"
    SOMETIMES = "sometimes"
    FINAL = "final"
    STEP = "step"
    IMPLEMENTS = "implements"
    ASSUMPTION = "assumption"
    CONSTRAINT = "constraint"
    EVENTUALLY = "eventually"
    LEADS_TO = "leads_to"
    ALWAYS_EVENTUALLY = "always_eventually"
    EVENTUALLY_ALWAYS = "eventually_always"
    RANK = "rank"
    TEMPORAL = "temporal"


STEPS = (MarkKind.ACTION, MarkKind.PROCESS)
"""Marks of what happens; all others are of properties."""

TEMPORAL = (
    MarkKind.EVENTUALLY,
    MarkKind.LEADS_TO,
    MarkKind.ALWAYS_EVENTUALLY,
    MarkKind.EVENTUALLY_ALWAYS,
    MarkKind.TEMPORAL,
)
"""Marks of properties that speak of whole behaviours."""


@dataclass(frozen=True)
class Mark:
    """What a decorator says of a method; `index` is the type given to @process, `fairness` what steps are owed,
    `abstract` the model given to @implements and `given` its parameters, `of` the property that a @rank is for, `crash`
    whether a process may crash, or the helper that says what else a crash does."""

    kind: MarkKind
    index: object | None = None
    fairness: Fairness | None = None
    abstract: type | None = None
    given: Mapping[str, object] = field(default_factory=dict)
    of: str = ""
    crash: bool | str = False


Method = Callable[..., Any]


def put_mark(method: Method, mark: Mark) -> Method:
    """Mark a method, which has no mark yet."""
    if not hasattr(method, "__code__"):
        raise ModelError([Problem("E206", None, f"@{mark.kind} marks {method!r}", "Mark a plain method.")])
    if mark_of(method) is not None:
        span = Span(shown_path(method.__code__.co_filename), method.__code__.co_firstlineno, 1)
        raise ModelError([Problem("E206", span, f"{method.__name__!r} is marked twice", "Give it one mark.")])
    method.__dict__["__evacheck_mark__"] = mark
    return method


def mark_of(method: object) -> Mark | None:
    """The mark that a decorator left on a method."""
    return getattr(method, "__evacheck_mark__", None)


# What a model writes. Capital letters because they read as types.


def Param(default: Any, form: Any = None) -> Any:  # noqa: N802
    """A value fixed for a run: an int, a bool or an enum member. `form`, a type, limits what it may be set to."""
    return Parameter(default, form)


def Var(form: Any) -> Any:  # noqa: N802
    """A variable of the state. Before `init` it holds its type's default: lowest, False, first, None, empty."""
    return Variable(form)


def Range(low: Any, high: Any = None, *, symmetric: Any = False) -> Any:  # noqa: N802
    """`Range(n)`: 0 .. n-1. `Range(lo, hi)`: lo .. hi, both included. `symmetric`: members are interchangeable."""
    if high is None:
        return RangeForm(0, low if isinstance(low, str) else low - 1, symmetric)
    return RangeForm(low, high, symmetric)


def Opt(item: Any) -> Any:  # noqa: N802
    """None, or a value of `item`."""
    return OptForm(item)


def Array(index: Any, item: Any) -> Any:  # noqa: N802
    """An `item` for every value of `index`."""
    return ArrayForm(index, item)


def SetOf(item: Any) -> Any:  # noqa: N802
    """Any subset of `item`'s values."""
    return SetForm(item)


def Seq(item: Any, capacity: Any) -> Any:  # noqa: N802
    """At most `capacity` items in order."""
    return SeqForm(item, capacity)


def Record(**fields: Any) -> Any:  # noqa: N802
    """Named fields: `Cell = Record(key=Key, value=Value)`, then `self.Cell(key=1, value=2)`."""
    return RecordForm(fields)


Bool: Any = BoolForm()


def action(method: Method | None = None, *, fair: Any = None) -> Any:
    """A step: the method, whole and atomic, for any arguments of the annotated types. `fair`: as of a process, for each
    of its arguments."""
    if method is None and fair is None:
        raise TypeError("action() missing 1 required positional argument: 'method'")
    mark = Mark(MarkKind.ACTION, None, None if fair is None else _fairness("action", fair))
    return put_mark(method, mark) if method is not None else lambda marked: put_mark(marked, mark)


def process(index: Any = None, *, fair: Any = True, crash: Any = False) -> Any:
    """Sequential code: each stretch from one `yield` to the next is a step. `@process` or `@process(Goroutine)`. Each
    instance goes on if it can from some time on (`fair=True`), if it can again and again (`"strong"`), or may stop for
    ever (`False`). With `crash=True` it may also crash between any two steps: it loses its locals and starts again.
    `crash="name"` names a helper that says what else a crash does, and where it cannot be."""
    fairness = _fairness("process", fair)
    if not isinstance(crash, bool) and not (isinstance(crash, str) and crash.isidentifier()):
        remedy = 'Write crash=True, or crash="helper" with the name of a method.'
        raise ModelError([Problem("E206", None, f"`crash` of @process is {brief(crash)}", remedy)])
    if callable(index) and not is_form(index) and not isinstance(index, Formula):
        return put_mark(index, Mark(MarkKind.PROCESS, None, fairness, crash=crash))
    return lambda method: put_mark(method, Mark(MarkKind.PROCESS, index, fairness, crash=crash))


_FAIR: Mapping[object, Fairness | None] = {
    True: Fairness.WEAK,
    "weak": Fairness.WEAK,
    "strong": Fairness.STRONG,
    False: None,
}


def _fairness(mark: str, fair: object) -> Fairness | None:
    """What `fair` asks for."""
    if isinstance(fair, (bool, str)) and fair in _FAIR:
        return _FAIR[fair]
    remedy = 'Write fair=True (or "weak"), fair="strong", or fair=False.'
    raise ModelError([Problem("E206", None, f"`fair` of @{mark} is {brief(fair)}", remedy)])


def brief(value: object) -> str:
    """What was given, for a message."""
    return repr(value) if isinstance(value, (str, int, float, type(None))) else f"a {type(value).__name__}"


def always(method: Any) -> Any:
    """Must hold in every reachable state. In a formula: is true now and at all times to come."""
    return put_mark(method, Mark(MarkKind.ALWAYS))


def lemma(method: Method) -> Method:
    """Must hold in every reachable state, for all values of its parameters: what a proof may assume and must prove."""
    return put_mark(method, Mark(MarkKind.LEMMA))


def sometimes(method: Method) -> Method:
    """Must hold in some reachable state."""
    return put_mark(method, Mark(MarkKind.SOMETIMES))


def final(method: Method) -> Method:
    """States in which it is right that nothing more can happen: no deadlock."""
    return put_mark(method, Mark(MarkKind.FINAL))


def step(method: Method) -> Method:
    """Must hold of every step that changes something: `self` is the state after it, the other parameter that before."""
    return put_mark(method, Mark(MarkKind.STEP))


def implements(abstract: Any, **parameters: Any) -> Any:
    """Every step must be a step of the model `abstract`, or leave the state of it as it is: that is what the method
    returns. A parameter that is not given has the value of the model's own of that name, if there is one."""
    if not isinstance(abstract, type):
        named = getattr(abstract, "__name__", repr(abstract))
        remedy = "Write `@implements(Abstract)`, with the class of that model."
        raise ModelError([Problem("E206", None, f"@implements takes a model, not {named}", remedy)])
    return lambda method: put_mark(method, Mark(MarkKind.IMPLEMENTS, abstract=abstract, given=parameters))


def assumption(method: Method) -> Method:
    """Must be true of the parameters: whoever sets others is told so, and nothing is checked."""
    return put_mark(method, Mark(MarkKind.ASSUMPTION))


def constraint(method: Method) -> Method:
    """Where it is false, nothing goes on: such a state is judged, but not counted, and its steps are not looked at."""
    return put_mark(method, Mark(MarkKind.CONSTRAINT))


def choose(domain: Any) -> Any:
    """Any value of a type, or member of a set. Choosing from nothing makes the step impossible."""
    raise NotImplementedError("choose is compiled, not called: check the model with `evacheck verify`")


def require(condition: Any) -> None:
    """Makes the whole step impossible when the condition is false."""
    raise NotImplementedError("require is compiled, not called: check the model with `evacheck verify`")
