"""Why a module could not be loaded, in a model author's words. Loads nothing."""

from __future__ import annotations

import dis
import traceback
from collections.abc import Iterable
from pathlib import Path

from checker import lang, signals
from checker.errors import EvacheckError, ModelError, Problem, Span, UsageError, did_you_mean, nearest
from checker.frontend.model_files import hidden, taken
from checker.lang.declare import FORMS
from checker.source import shown_path

OURS = str(Path(__file__).parent.parent)

MARKS = (
    "action",
    "always",
    "lemma",
    "sometimes",
    "step",
    "final",
    "assumption",
    "constraint",
    "eventually",
    "leads_to",
    "always_eventually",
    "eventually_always",
    "rank",
    "temporal",
)

INSTEAD = {
    **dict.fromkeys(
        ("fair", "weakly_fair", "strongly_fair", "weak_fairness", "strong_fairness"),
        'A @process is weakly fair as it is; write @process(fair="strong"), or @action(fair="weak").',
    ),
    "never": "Use @always, and say what must hold instead.",
    "infinitely_often": "Use @always_eventually.",
    **dict.fromkeys(("globally", "henceforth"), "Use @always, or `always(...)` in the formula of a @temporal."),
}
"""What a model writes in place of words that other languages have."""


def broken(name: str, error: BaseException) -> EvacheckError:
    """What a user reads when importing `name` raised `error`."""
    if isinstance(error, (ModelError, UsageError)):
        return _placed(error)
    if isinstance(error, SyntaxError):
        span = Span(shown_path(error.filename or name), error.lineno or 1, error.offset or 1)
        return ModelError([Problem("E103", span, f"Python cannot read this: {error.msg}", "Mend the syntax.")])
    place = _place(error)
    problem, remedy = _reason(name, error, place)
    return ModelError([Problem("E103", place, problem, remedy)])


def _placed(error: EvacheckError) -> EvacheckError:
    """A mistake that a form reported while the class was made, at the line of the class body."""
    place = _place(error)
    if not isinstance(error, ModelError) or place is None:
        return error
    return ModelError(Problem(each.code, each.span or place, each.problem, each.remedy) for each in error.problems)


def _place(error: BaseException) -> Span | None:
    """The last line of a user's that ran."""
    frames = [each for each in traceback.extract_tb(error.__traceback__) if not each.filename.startswith("<frozen")]
    theirs = [frame for frame in frames if not frame.filename.startswith(OURS)]
    last = theirs[-1] if theirs else None
    return Span(shown_path(last.filename), last.lineno or 1, (last.colno or 0) + 1) if last else None


def _reason(name: str, error: BaseException, place: Span | None) -> tuple[str, str]:
    """The problem and its remedy."""
    match error:
        case ImportError():
            return _import(name, error, place)
        case NameError(name=str(missing)) if type(error) is NameError:
            return _name(missing)
        case AttributeError(name=str(missing), obj=owner) if (
            owner is lang or getattr(owner, "__name__", "") == "evacheck"
        ):
            return _name(missing)
        case AssertionError():
            return (
                "an `assert` in the class body or module failed" + (f": {error}" if str(error) else ""),
                "Assert within a step, or limit a parameter by its type, as in Param(2, Range(1, 4)).",
            )
        case SystemExit() | KeyboardInterrupt():
            what = f"importing {name} ended Python: {_shown(error)}"
            return what, 'Put what is run as a program under `if __name__ == "__main__":`.'
        case RecursionError():
            return (
                f"importing {name} goes too deep: a function calls itself without end, or an expression is too long",
                "Mend the recursion, or break the expression up.",
            )
        case TypeError():
            return _type(name, error)
        case OSError() if place is None or error.filename == name:
            return f"{name} cannot be read ({error.strerror or error})", "Check the file and its permissions."
    return f"importing {name} failed: {_shown(error)}", "Mend the line; `python -c 'import ...'` shows the same."


def _shown(error: BaseException) -> str:
    """An exception on one line."""
    try:
        said = " ".join(str(error).split())
    except Exception:  # __str__ of a user's exception
        said = ""
    said = said if len(said) <= 300 else said[:300] + "..."
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def _import(name: str, error: ImportError, place: Span | None) -> tuple[str, str]:
    module = (error.name or "").partition(".")[0]
    near = hidden(module, Path(place.file).absolute()) if place and module else None
    if near is not None:
        remedy = f"Give {near} another name." if module != "spec" else "Import it with a dot: `from .name import ...`."
        return taken(module, near), remedy
    if (
        error.name is not None
        and error.name.startswith(("checker", "evacheck"))
        and not isinstance(error, ModuleNotFoundError)
    ):
        missing = _missing(error)
        if missing is not None:
            return _name(missing)
    if "relative import" in str(error):
        return f"importing {name} failed: {_shown(error)}", (
            "Write `import name` for a file beside this one, or put an empty __init__.py into its folder."
        )
    if isinstance(error, ModuleNotFoundError) and error.name is not None:
        close = nearest(module, _beside(place)) if "." not in error.name else None
        remedy = did_you_mean(close, "Install it, or put it beside the file that imports it.")
        return f"there is no module {error.name!r}", remedy
    return f"importing {name} failed: {_shown(error)}", "Check the name, and where it is imported from."


def _missing(error: ImportError) -> str | None:
    """The name that a module has not, from what Python says of it."""
    parts = str(error).split("'")
    return parts[1] if str(error).startswith("cannot import name '") and len(parts) > 2 else None


def _beside(place: Span | None) -> Iterable[str]:
    folder = Path(place.file).absolute().parent if place else Path()
    try:
        return sorted(each.stem for each in folder.iterdir() if each.suffix == ".py" or each.is_dir())
    except OSError:
        return ()


def _name(missing: str) -> tuple[str, str]:
    """A name that nothing has."""
    if missing in lang.__all__:
        return f"{missing!r} is not imported", f"Write `from evacheck import {missing}` at the top of the file."
    if missing in INSTEAD:
        return f"the language has no {missing!r}", INSTEAD[missing]
    near = nearest(missing, lang.__all__)
    return f"there is no {missing!r}", did_you_mean(near, "Define it above this line, or import it.")


def _type(name: str, error: TypeError) -> tuple[str, str]:
    said = _shown(error).removeprefix("TypeError: ")
    called = said.partition("(")[0]
    if called in FORMS and "argument" in said:
        return said, f"Write {FORMS[called]}."
    if called in MARKS and "missing" in said:
        return f"@{called} stands with nothing in its brackets", f"Write @{called}, without brackets."
    if "Parameter'" in said or "Operation'" in said:
        return f"a parameter has no value while the class is made ({said})", (
            "Use it in methods, or in the size of a type with + - * // % ** << >>."
        )
    if "Form'" in said or "Variable'" in said:
        return f"a type or variable has no value while the class is made ({said})", (
            "Write types with parameters and constants only, and everything else in methods."
        )
    return f"importing {name} failed: {_shown(error)}", "Mend the line; `python -c 'import ...'` shows the same."


def is_raised_here(error: KeyboardInterrupt) -> bool:
    """Whether code raised this itself, and not Ctrl-C: then the last instruction that ran is a `raise`, and not that of
    what hears signals."""
    if signals.is_signal(error):
        return False
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    if last is None:
        return False
    return last.tb_frame.f_code.co_code[last.tb_lasti] == dis.opmap["RAISE_VARARGS"]
