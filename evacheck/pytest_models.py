"""Models as tests of pytest: a collector for each class and its parameters, an item for each property.

All properties of a model are decided together, when the first of its tests runs. What is said of a failure is what
`evacheck verify` prints.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from checker import __version__, files
from checker.commands.catalogue import own_entries
from checker.commands.options import duration
from checker.contract.verdict import Violated
from checker.engines.common.clock import INTERRUPTED
from checker.errors import EngineBug, EvacheckError, UsageError
from checker.files import Unwritten
from checker.frontend.load import models_of, module_named
from checker.lang.model import Model
from checker.source import declaration, shown_path
from counterexamples.itf import traces
from evacheck.checking import CheckFailed, Result
from evacheck.expectations import COUNTS, Asked, file_of, is_open, of_entry, of_mark, sentence

MARK = "evacheck"
_EXPECTED = "expected.toml"
_NOT_MODELS = ("conftest.py", "__init__.py")


class Models:
    """What the plugin adds to pytest where it is asked for."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._places: list[Path] = config.getini("evacheck_models")
        _usual(config)  # a mistake there is said before anything is collected
        for place in self._places:
            if not place.exists():
                raise pytest.UsageError(f"evacheck_models names {place}, and there is no such folder or file")
        if config.args_source is pytest.Config.ArgsSource.TESTPATHS:  # somebody who names tests means just those
            named = [(config.rootpath / each).resolve() for each in config.args]
            config.args += [str(each) for each in self._places if not _below(each, named)]

    @pytest.hookimpl(tryfirst=True)
    def pytest_pycollect_makeitem(
        self, collector: pytest.Collector, name: str, obj: object
    ) -> list[pytest.Collector] | None:
        """A model class that a test file defines."""
        if not isinstance(collector, pytest.Module) or not isinstance(obj, type) or not issubclass(obj, Model):
            return None
        here = obj.__module__ == getattr(collector.obj, "__name__", None)
        return list(collected(collector, obj)) if here and name == obj.__name__ else []

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        """A file of models, or an expected.toml, in a place that the configuration names."""
        named = _below(file_path, self._places)
        if file_path.name == _EXPECTED and (named or parent.session.isinitpath(file_path)):
            return ExpectedFile.from_parent(parent, path=file_path)
        if not named or file_path.suffix != ".py" or file_path.name in _NOT_MODELS:
            return None
        if parent.session.isinitpath(file_path) or self._is_test(file_path):
            return None  # pytest itself collects it, and asks for each class
        return ModelFile.from_parent(parent, path=file_path)

    def _is_test(self, path: Path) -> bool:
        patterns: list[str] = self._config.getini("python_files")
        return any(fnmatch(str(path) if "/" in each else path.name, each) for each in patterns)


class ModelFile(pytest.File):
    """A file of models which is no test file. Those that an expected.toml beside it speaks of are left to that."""

    def collect(self) -> Iterator[pytest.Collector]:
        """Its models."""
        with _mistakes():
            models = models_of(module_named(str(self.path)))
            beside = self.path.parent / _EXPECTED
            entries = own_entries(beside) if beside.is_file() else ()
            spoken_of = [file_of(entry, beside.parent) for entry in entries]
        for name, model in models.items():
            if (self.path.resolve(), name) not in spoken_of:
                yield from collected(self, model)


class ExpectedFile(pytest.File):
    """An expected.toml: models with their parameters, and what their properties must come to."""

    def collect(self) -> Iterator[pytest.Collector]:
        """Its entries."""
        with _mistakes():
            entries = own_entries(self.path)
        for number, entry in enumerate(entries, 1):
            with _mistakes():
                asked = of_entry(entry, self.path.parent, f"{self.path.name}: entry {number}", _usual(self.config))
            yield ModelCollector.of(self, asked, entry.parameters)


class ModelCollector(pytest.Collector):
    """A model with its parameters. Decided once, when the first of its properties is asked for."""

    asked: Asked
    _found: Result | EvacheckError | None = None

    @classmethod
    def of(cls, parent: pytest.Collector, asked: Asked, parameters: Mapping[str, object]) -> ModelCollector:
        """The collector `Counter[threads=3]`."""
        shown = ",".join(f"{name}={getattr(value, 'name', value)}" for name, value in parameters.items())
        name = type(asked.model).__name__
        made: ModelCollector = cls.from_parent(parent, name=f"{name}[{shown}]" if shown else name)
        made.asked = asked
        owners = reversed(type(asked.model).__mro__)
        made.own_markers += [mark for owner in owners for mark in _own_marks(owner) if mark.name != MARK]
        if made.config.pluginmanager.hasplugin("xdist") and made.get_closest_marker("xdist_group") is None:
            made.add_marker(pytest.mark.xdist_group(made.nodeid))
        return made

    def collect(self) -> Iterator[pytest.Item]:
        """Its properties."""
        for name in self.asked.names:
            yield PropertyItem.from_parent(self, name=name)

    def result(self) -> Result:
        """The verdicts, decided when first asked for. Raises what a mistake in the model raises, each time."""
        if self._found is None:
            try:
                self._found = self.asked.decide()
            except EvacheckError as error:
                self._found = error
        if isinstance(self._found, EvacheckError):
            raise self._found
        if self._found.stopped == INTERRUPTED:
            raise KeyboardInterrupt
        return self._found


class PropertyItem(pytest.Item):
    """A property of a model."""

    def runtest(self) -> None:
        """Compare its verdict with what is expected. Undecided is no success: it fails, or is skipped if allowed."""
        run = self._run
        result = run.result()
        open_ = self.name != COUNTS and is_open(self.name, result.verdicts[self.name])
        if open_ and run.asked.allow_unknown:
            pytest.skip(f"undecided: {sentence(result.verdicts[self.name])}")
        wrong = run.asked.difference(result, self.name)
        if wrong is not None:
            raise CheckFailed(self._text(result, wrong))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The counterexample, or the mistakes of the model; no traceback but of a bug."""
        if isinstance(excinfo.value, (CheckFailed, EvacheckError)) and not isinstance(excinfo.value, EngineBug):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """The file, the line of the property from 0, and how the test is called."""
        model = type(self._run.asked.model)
        place = declaration(model, self.name) if hasattr(model, self.name) else declaration(model)
        return self.path, None if place is None else place.line - 1, f"{self._run.name}.{self.name}"

    @property
    def _run(self) -> ModelCollector:
        assert isinstance(self.parent, ModelCollector)
        return self.parent

    def _text(self, result: Result, wrong: str) -> str:
        head = str(result).splitlines()[0]
        verdict = result.verdicts.get(self.name)
        if verdict is None:
            return f"{head}\n{wrong}"
        lines = [head, f"  {self.name}  {sentence(verdict)}", wrong]
        lines += [] if result.stopped is None else [f"Stopped early: {result.stopped}."]
        if self.name in result.traces:
            lines += ["", str(result.traces[self.name])]
        if isinstance(verdict, Violated):
            lines += self._written(result)
        return "\n".join(lines)

    def _written(self, result: Result) -> list[str]:
        """Write the counterexample, and say how to see its page."""
        model, trace = type(result.model), result.traces[self.name]
        source = Path(inspect.getfile(model))
        folder = self.config.rootpath / self.config.getini("evacheck_out")
        name = files.name_of(f"{source.stem}-{self._run.name}-{self.name}", ".itf.json")
        meta = traces.Meta(
            f"{shown_path(str(source))}:{model.__qualname__}", self.name, "violated", result.outcome.engine, __version__
        )
        path = folder / name
        try:
            files.write(path, traces.text(traces.dump(trace.program, trace.trace, meta)), folder)
        except Unwritten as error:
            return [str(error)]
        shown = shown_path(str(path))
        return [f"Trace    {shown}", f"Page     evacheck show {shown} --html"]


def collected(parent: pytest.Collector, model: type[Model]) -> Iterator[ModelCollector]:
    """A class as its marks want it decided, once for each; or once with its defaults. None of it if it says
    `__test__ = False` itself."""
    if not vars(model).get("__test__", True):
        return
    said = [mark for mark in _own_marks(model) if mark.name == MARK]  # a subclass is another model
    for mark in said[::-1] or [pytest.mark.evacheck.mark]:
        with _mistakes():
            if mark.args:
                raise UsageError("U008", f"@pytest.mark.evacheck has {mark.args!r} without a name", "Write NAME=VALUE.")
            asked = of_mark(model, mark.kwargs, _usual(parent.config))
        given = {**mark.kwargs, **mark.kwargs.get("parameters", {})}
        yield ModelCollector.of(
            parent, asked, {name: each for name, each in asked.model.parameters.items() if name in given}
        )


def _own_marks(owner: type) -> list[pytest.Mark]:
    """The marks that a class bears itself."""
    said = vars(owner).get("pytestmark", [])
    marks: list[Any] = said if isinstance(said, list) else [said]
    return [getattr(each, "mark", each) for each in marks]


def _usual(config: pytest.Config) -> dict[str, Any]:
    """What the configuration says of every model."""
    limit = config.getini("evacheck_time")
    try:
        timed = {"time": duration(limit)} if limit else {}
    except UsageError as error:
        raise pytest.UsageError(f"evacheck_time = {limit} is no duration. {error.problem.remedy}") from None
    fresh = {"fresh": config.getoption("evacheck_fresh")}
    return {"allow_unknown": config.getini("evacheck_allow_unknown"), **fresh, **timed}


def _below(path: Path, places: Iterable[Path]) -> bool:
    """Whether a path is one of these places, or lies below one."""
    return any(place == path or place in path.parents for place in places)


@contextmanager
def _mistakes() -> Iterator[None]:
    """A mistake within this is one of collecting: its text is shown, and no traceback."""
    try:
        yield
    except EvacheckError as error:
        raise pytest.Collector.CollectError(str(error)) from None
