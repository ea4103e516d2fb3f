"""A subclass that declares a type or number anew: the new one stands wherever the old one was written.

Python has bound the old one in the decorators, variables and types of the class above by then. It is found there by
what it is, the very object that the class above gave the name. What is not the class's own, such as `Bool` or a type
of the module, may have been written under its own name as well: there nobody can say what is meant, and it is refused.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from checker.errors import ModelError, Problem
from checker.ir.sizes import MOST_PARTS
from checker.lang.declare import (
    ArrayForm,
    BoolForm,
    Form,
    FormError,
    OptForm,
    RangeForm,
    RecordForm,
    SeqForm,
    SetForm,
    is_form,
    too_deep,
)
from checker.lang.formulas import Arithmetic, Formula, Parameter
from checker.source import assigned, class_attribute, declaration


@dataclass(frozen=True)
class Renewed:
    """What stands in place of what: by identity, for one model."""

    given: Mapping[
        int, tuple[object, object]
    ]  # the old object, kept so that no other can take its identity, and the new
    unclear: Mapping[int, tuple[object, str]]
    known: dict[int, tuple[object, object]] = field(default_factory=dict, compare=False, repr=False)  # asked before

    def of(self, written: object) -> object:
        """What `written` means in the model: a type or a number, with all that it is made of."""
        if id(written) not in self.known:
            self.known[id(written)] = written, self._checked(written)
        return self.known[id(written)][1]

    def _checked(self, written: object) -> object:
        try:
            if _weight(written, {}) > MOST_PARTS:
                name = getattr(written, "name", None)
                problem, remedy = f"a type is made of more than {MOST_PARTS:,} parts", "Use smaller records."
                raise FormError("E310", name, problem, remedy)
            return self._of(written, ())
        except RecursionError:
            raise too_deep(written) from None

    def _of(self, written: object, inside: tuple[int, ...]) -> object:
        """`inside` names the new ones that this is a part of, outermost first: a new one may be made of its old one."""
        if id(written) in self.unclear:
            raise _unclear(written, self.unclear[id(written)][1])
        if id(written) in self.given:
            new = self.given[id(written)][1]
            if id(new) not in inside:
                return self._of(new, inside)
            if id(new) != inside[-1]:
                raise _in_a_circle(new)
        new_one = any(written is new for _, new in self.given.values())
        return self._made_of(written, (*inside, id(written)) if new_one else inside)

    def _made_of(self, written: object, inside: tuple[int, ...]) -> object:
        parts = _parts(written)
        made = {name: self._of(part, inside) for name, part in parts.items()}
        if all(made[name] is part for name, part in parts.items()):
            return written
        old: Any = written
        return replace(old, fields=made) if isinstance(written, RecordForm) else replace(old, **made)


def _unclear(written: object, name: str) -> FormError:
    what = "number" if isinstance(written, Formula) else "type"
    problem = f"the {what} {name!r} is declared anew, and here it cannot be told from what it was before"
    such = ", such as a Range" if what == "type" else ""
    return FormError("E301", name, problem, f"Give {name!r} a {what} of its own in the class above{such}.")


def _in_a_circle(new: object) -> FormError:
    name = getattr(new, "name", None)
    what = "two declarations" if name is None else f"{name!r} and another one"
    problem = f"{what} are declared anew, and each is made of the other"
    return FormError("E301", name, problem, "Make one of them of plain numbers and types.")


def _parts(written: object) -> Mapping[str, object]:
    """What a type or a number is made of, by name."""
    match written:
        case RangeForm(low=low, high=high, symmetric=symmetric):
            return {"low": low, "high": high, "symmetric": symmetric}
        case OptForm(item=item) | SetForm(item=item):
            return {"item": item}
        case ArrayForm(index=index, item=item):
            return {"index": index, "item": item}
        case SeqForm(item=item, capacity=capacity):
            return {"item": item, "capacity": capacity}
        case Arithmetic(left=left, right=right):
            return {"left": left, "right": right}
        case RecordForm(fields=fields):
            return fields
    return {}


def _weight(written: object, known: dict[int, int]) -> int:
    """Of how many parts something is made, each counted as often as it stands there."""
    if id(written) not in known:
        known[id(written)] = 1 + sum(_weight(part, known) for part in _parts(written).values())
    return known[id(written)]


def renewed(model: type) -> Renewed:
    """What the classes of a model declare anew."""
    given: dict[int, tuple[object, object]] = {}
    unclear: dict[int, tuple[object, str]] = {}
    names: dict[int, set[str]] = {}
    makers = [(owner, name, old) for owner in model.__mro__ for name, old in vars(owner).items() if _counts(name, old)]
    for owner, name, old in makers:
        names.setdefault(id(old), set()).add(name)
        new = class_attribute(model, name)
        if new is old:
            continue
        if not _fits(old, new):
            raise ModelError([_misfit(model, owner, name, old, new)])
        if any(made is old and not _is_shared(maker, given_name, made) for maker, given_name, made in makers):
            given[id(old)] = old, new
        else:
            unclear[id(old)] = old, name
    _check_names(model, given, names)
    return Renewed(given, unclear)


def _counts(name: str, old: object) -> bool:
    """Whether a class attribute is a type or a number that a subclass may declare anew."""
    return not name.startswith("__") and not isinstance(old, Parameter) and (is_form(old) or isinstance(old, Formula))


def _fits(old: object, new: object) -> bool:
    """Whether the new one can stand where the old one did."""
    return is_form(new) if is_form(old) else isinstance(new, (Formula, int))


def _misfit(model: type, owner: type, name: str, old: object, new: object) -> Problem:
    """A name that is no longer a type, or a number, where the class above uses it as one."""
    what = "type" if is_form(old) else "number"
    does = "leaves it out" if new is None else f"makes it {new!r}" if isinstance(new, (int, str)) else "makes it none"
    problem = f"{name!r} is a {what} in {owner.__name__}, and {model.__name__} {does}"
    remedy = f"Give {name!r} another {what}" if new is None or what == "number" else f"Give {name!r} a type"
    if what == "type" and type(new) is int and new > 0:
        remedy += f", such as Range({new})"
    return Problem("E301", declaration(model, name), problem, f"{remedy}, or leave it as it is.")


def _is_shared(owner: type, name: str, old: object) -> bool:
    """Whether something may have been written under a name that is not the class's: the class has not made it."""
    if isinstance(old, type) and issubclass(old, Enum):
        return not old.__qualname__.startswith(f"{owner.__qualname__}.")
    if old is bool or isinstance(old, BoolForm) or not isinstance(old, (Form, Formula)):
        return True
    written = assigned(owner, name)
    if written is not None:
        return isinstance(written, (ast.Name, ast.Attribute))
    return any(value is old for value in vars(sys.modules.get(owner.__module__, object)).values())


def _check_names(model: type, given: Mapping[int, tuple[object, object]], names: Mapping[int, set[str]]) -> None:
    """Refuse one type under two names of which one is declared anew: which of them was written?"""
    for key, (old, _) in given.items():
        now = {id(getattr(model, name)) for name in names[key]}
        if len(now) > 1:
            first, *others = sorted(names[key])
            problem = f"{first!r} and {others[0]!r} are one and the same above, and one of them is declared anew"
            remedy = "Give each a type of its own, or declare both anew."
            raise ModelError(
                [Problem("E301", declaration(model, getattr(old, "name", None) or first), problem, remedy)]
            )
