"""A class body is taken as the run has it: parameters by their value, types as the subclass declares them."""

from __future__ import annotations

import pytest

from checker.errors import ModelError
from checker.ir.types import SymType
from tests.frontend.support import model, problems, program, reachable

ALIKE = """
class M(Model):
    alike = Param(False)
    Node = Range(3, symmetric=alike)
    up = Var(Array(Node, Bool))

    @action
    def flip(self, n: Node):
        self.up[n] = not self.up[n]
"""


def _count(source: str, **parameters: object) -> int:
    """The states of a model, as the interpreter counts them: symmetric ones are not merged."""
    return len(reachable(program(source, **parameters)))


def test_symmetric_is_what_the_parameter_says() -> None:
    def symmetric(**parameters: bool) -> bool:
        kind = program(ALIKE, **parameters).variables[0].type
        return isinstance(kind.index, SymType)  # type: ignore[attr-defined]

    assert not symmetric() and not symmetric(alike=False)
    assert symmetric(alike=True)
    assert _count(ALIKE) == 8


def test_symmetric_is_true_or_false() -> None:
    for value in ("1", "None", "'yes'", "Param(2)"):
        (problem, *_) = problems(ALIKE.replace("symmetric=alike", f"symmetric={value}"))
        assert problem.code == "E311", value


@pytest.mark.parametrize(
    "line",
    [
        "n = 3 if p else 4",
        "n = p and 3",
        "n = not p",
        "n = [1, 2][p]",
        "T = Range(4) if p > 1 else Range(3)",
        "T = Range(max(p, 3))",
        "T = Range(*range(p))",
        "n = p + 1 if p + 1 else 0",
    ],
)
def test_a_parameter_is_not_decided_while_the_class_is_read(line: str) -> None:
    with pytest.raises(ModelError) as raised:
        model(f"class M(Model):\n    p = Param(2)\n    {line}\n    x = Var(Bool)\n")
    (problem,) = raised.value.problems
    assert problem.code == "E311" and problem.span is not None and problem.span.line == 3
    assert problem.remedy.startswith("Ask in a method")


BASE = """
class Base(Model):
    jobs = Param(2)
    half = jobs + 0
    P = Range(2)
    Several = Opt(P)
    Cell = Record(one=P, two=Opt(P))
    x = Var({form})

    def helper(self, p: P):
        return p

    {text}

class Sub(Base):
    {anew}
"""


def _renewed(form: str = "Bool", text: str = "pass", anew: str = "P = Range(3)") -> str:
    return BASE.format(form=form, text=text.strip().replace("\n", "\n    "), anew=anew)


STEP = "@action\ndef step(self):\n    self.x = choose({})"


@pytest.mark.parametrize(
    ("form", "size"),
    [
        ("P", 3),
        ("Opt(P)", 4),
        ("Several", 4),
        ("Array(P, Bool)", 8),
        ("Array(Bool, P)", 9),
        ("SetOf(P)", 8),
        ("Cell", 12),
        ("Record(a=P, b=Bool)", 6),
        ("Array(P, Opt(P))", 64),
        ("Record(a=Several, b=Array(P, Bool))", 32),
    ],
)
def test_a_type_declared_anew_holds_in_every_type_made_of_it(form: str, size: int) -> None:
    """From any state any value is stored: all values of the type are the states."""
    chosen = form.replace("P", "self.P").replace("OselfP", "OP").replace("Several", "self.Several")
    chosen = {"Cell": "self.Cell"}.get(form, chosen)
    chosen = chosen.replace("Oself.", "O")
    assert _count(_renewed(form, STEP.format(chosen))) == size


def test_a_sequence_of_a_type_declared_anew() -> None:
    step = "@action\ndef step(self, p: P):\n    require(len(self.x) < 2)\n    self.x.append(p)"
    assert _count(_renewed("Seq(P, 2)", step)) == 1 + 3 + 9


@pytest.mark.parametrize(
    ("anew", "size"),
    [
        ("P = Range(3)", 2**3),
        ("P = Opt(Base.P)", 2**3),
        ("P = Bool", 2**2),
        ("P = Range(Base.jobs + 1)", 2**3),
        ("P = Colour", 2**3),
    ],
)
def test_as_many_processes_run_as_the_new_type_has_values(anew: str, size: int) -> None:
    text = "@process(P)\ndef run(self, p):\n    self.x = True"
    assert (
        _count(_renewed("Bool", text, anew).replace("x = Var(Bool)", "x = Var(Range(1, 1))").replace("True", "1"))
        == size
    )
    assert not problems(_renewed("Bool", text.replace("(self, p)", "(self, p: P)"), anew))


@pytest.mark.parametrize(
    "annotation", ["P", "Base.P", "Opt(P)", "Array(P, Bool)", "Several", "'P'", "Seq(P, 1)", "SetOf(P)"]
)
def test_annotations_and_bodies_mean_the_new_type(annotation: str) -> None:
    good = "@action\ndef step(self):\n    kept: {} = {}\n    self.x = {}"
    value = {
        "Opt(P)": "2",
        "Several": "2",
        "Array(P, Bool)": "[p == 2 for p in self.P]",
        "Seq(P, 1)": "[2]",
        "SetOf(P)": "{2}",
    }.get(annotation, "2")
    shown = {"Array(P, Bool)": "kept[2]", "Seq(P, 1)": "kept[0] == 2", "SetOf(P)": "2 in kept"}.get(annotation)
    assert _count(_renewed("Bool", good.format(annotation, value, shown or "kept == 2"))) == 2


def test_parameters_of_steps_lemmas_and_helpers_take_the_new_type() -> None:
    step = "@action\ndef step(self, p: P):\n    self.x = self.helper(p)"
    assert _count(_renewed("Range(4)", step)) == 3
    lemma = step + "\n\n@lemma\ndef low(self, p: P):\n    return p < 2"
    made = program(_renewed("Range(4)", lemma))
    assert made.properties[0].function.parameters[0].type.size == 3


def test_a_parameter_declared_anew_decides_the_sizes_above() -> None:
    text = STEP.format("self.Wide") + "\nWide = Range(half)"
    assert _count(_renewed("Range(9)", text, "pass")) == 2
    assert _count(_renewed("Range(9)", text, "jobs = 5")) == 5
    assert _count(_renewed("Range(9)", text, "jobs = Param(5)")) == 5
    assert _count(_renewed("Range(9)", text, "half = Base.jobs * 3")) == 6
    assert _count(_renewed("Range(9)", text, "half = 4")) == 4


def test_what_a_parameter_may_be_is_of_the_new_type() -> None:
    source = _renewed("P", STEP.format("self.P") + "\np = Param(0, P)")
    assert _count(source, p=2) == 3
    assert program(source, p=2).parameter_types["p"].size == 3


def test_an_enum_declared_anew() -> None:
    source = """
        class Base(Model):
            class Kind(Enum):
                A = 1
                B = 2
            x = Var(Kind)

            @action
            def step(self):
                self.x = choose(self.Kind)

        class Sub(Base):
            class Kind(Enum):
                A = 1
                B = 2
                C = 3
        """
    assert _count(source) == 3


@pytest.mark.parametrize("old", ["Bool", "Colour"])
def test_a_type_that_is_not_the_models_own_is_not_guessed_at(old: str) -> None:
    source = _renewed("P", "@action\ndef step(self):\n    self.x = self.x").replace("P = Range(2)", f"P = {old}")
    (problem, *_) = problems(source)
    assert problem.code == "E301" and "declared anew" in problem.problem
    assert not problems(source.replace("P = Range(3)", "x = Var(Range(3))"))


def test_two_names_of_one_type_of_which_one_is_declared_anew() -> None:
    source = _renewed("P", STEP.format("self.P") + "\nQ = P")
    (problem,) = problems(source)
    assert problem.problem == "'P' and 'Q' are one and the same above, and one of them is declared anew"
    assert _count(source + "    Q = P\n") == 3


def test_a_default_of_a_million_letters_is_not_shown_whole() -> None:
    (problem,) = problems(ALIKE.replace("    up =", "    n = Param('a' * 1_000_000)\n    up ="))
    assert problem.problem == f"parameter 'n' has the default '{'a' * 59}...{'a' * 29}'"


GROWS = """
class Base(Model):
    jobs = Param(2)
    half = jobs + 0
    x = Var(Range(0, half))

    @action
    def step(self):
        self.x = self.half

class Sub(Base):
    half = Base.half + 1
    y = Var(Range(0, half))
"""


def test_a_number_made_of_the_one_it_replaces_is_the_same_wherever_it_is_written() -> None:
    """It was put in place of itself once more: `y` went to 4, `x` to 3, and `self.half` was 4."""
    made = program(GROWS)
    assert [str(declared.type) for declared in made.variables] == ["Range(4)", "Range(4)"]
    assert reachable(made) == {(0, 0), (3, 0)}


def test_a_type_made_of_the_one_it_replaces_is_the_same_in_every_class() -> None:
    source = """
        class Base(Model):
            P = Range(2)
            x = Var(P)

            @action
            def step(self):
                self.x = self.x

        class Middle(Base):
            P = Array(Bool, Base.P)
            y = Var(P)

        class Sub(Middle):
            P = Array(Bool, Middle.P)
            z = Var(P)
        """
    kinds = {str(declared.type) for declared in program(source).variables}
    assert kinds == {"Array(Bool, Array(Bool, Range(2)))"}


def test_two_types_declared_anew_of_which_each_is_made_of_the_other() -> None:
    text = "@action\ndef step(self):\n    self.x = self.x\nQ = Range(3)"
    (problem, *_) = problems(_renewed("P", text, "P = Array(Bool, Base.Q)\n    Q = Array(Bool, Base.P)"))
    assert problem.code == "E301" and "each is made of the other" in problem.problem


@pytest.mark.parametrize("old", ["T", "Types.T"])
def test_a_type_of_the_module_stays_what_it_is_when_a_subclass_declares_its_other_name_anew(old: str) -> None:
    """`x = Var(T)` became three values, and `choose(T)` too, because `P = T` stood above and `P = Range(3)` below."""
    models = _renewed(old, STEP.format(old)).replace("P = Range(2)", f"P = {old}")
    source = f"T = Range(2)\nclass Types:\n    T = T\n{models}"
    (problem, *_) = problems(source)
    assert problem.code == "E301" and "cannot be told from what it was before" in problem.problem
    assert _count(source.replace("P = Range(3)", "y = Var(Range(1, 1))")) == 2
