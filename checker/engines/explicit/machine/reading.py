"""Which functions a source needs, and what each name in them means.

A source is emitted text, or the text of a module of kernels. What it imports is looked up in the modules that it
names: a whole number is a constant, a function of `intrinsics` an operation of the machine, and any other function is
read from its own module's text. Knows nothing of LLVM.
"""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import FunctionType, ModuleType

from checker import HOME

BUILTINS = frozenset({"abs", "int", "max", "min"})
"""Functions of Python's own."""

_OPERATIONS = f"{HOME}checker.engines.explicit.native.intrinsics"


@dataclass(frozen=True, slots=True)
class Intrinsic:
    """An operation of the machine, by its name in `intrinsics`."""

    name: str


@dataclass(frozen=True, slots=True)
class Callee:
    """A function that is compiled too: its symbol, and its definition."""

    symbol: str
    node: ast.FunctionDef


Meaning = int | Intrinsic | Callee
"""What a name stands for that is no local."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function to compile. `apart` says that its parameters never point into the same memory."""

    symbol: str
    node: ast.FunctionDef
    meaning: Callable[[str], Meaning]
    apart: bool


@dataclass
class _Source:
    """A text's own functions, and the names that it imports or sets."""

    prefix: str
    functions: dict[str, ast.FunctionDef]
    names: Mapping[str, object] = field(default_factory=dict)


class SourceReader:
    """Reads sources; each module once."""

    def __init__(self) -> None:
        self._modules: dict[str, _Source] = {}

    def functions(self, text: str, module: str, entries: Iterable[str]) -> Iterator[Function]:
        """The functions of emitted text, or of a module if there is none: the entries, which keep their names, and then
        whatever one before it has asked the meaning of. So each has to be lowered before the next is taken."""
        source = _emitted(text) if text else self._module(module)
        queue = [(name, source.functions[name], source) for name in entries]
        names = {id(node): symbol for symbol, node, _ in queue}
        for symbol, node, home in queue:  # which grows meanwhile
            yield Function(symbol, node, _Meanings(self, home, names, queue), apart=bool(text))

    def _module(self, name: str) -> _Source:
        if name not in self._modules:
            module = importlib.import_module(name)
            prefix = name.rpartition(".")[2] + "."
            self._modules[name] = _Source(prefix, _functions(inspect.getsource(module)), vars(module))
        return self._modules[name]


class _Meanings:
    """What the names of one source mean; notes what is met for the first time."""

    def __init__(
        self,
        reader: SourceReader,
        source: _Source,
        symbols: dict[int, str],
        queue: list[tuple[str, ast.FunctionDef, _Source]],
    ) -> None:
        self._reader, self._source, self._symbols, self._queue = reader, source, symbols, queue

    def __call__(self, name: str) -> Meaning:
        if name in self._source.functions:
            return self._callee(name, self._source)
        match self._source.names.get(name):
            case bool() | None:
                raise NotImplementedError(f"{name} is neither a number nor a function")
            case int() as constant:
                return constant
            case FunctionType(__module__=home, __name__=own):
                if home == _OPERATIONS:
                    return Intrinsic(own)
                return self._callee(own, self._reader._module(home))
            case other:
                raise NotImplementedError(f"{name} is {other!r}")

    def _callee(self, name: str, source: _Source) -> Callee:
        node = source.functions[name]
        if id(node) not in self._symbols:
            self._symbols[id(node)] = source.prefix + name
            self._queue.append((source.prefix + name, node, source))
        return Callee(self._symbols[id(node)], node)


def _emitted(text: str) -> _Source:
    """Emitted text: its functions, and what its imports bring."""
    tree = ast.parse(text)
    names: dict[str, object] = {}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module:
            module: ModuleType = importlib.import_module(node.module)
            names.update({alias.name: getattr(module, alias.name) for alias in node.names})
    return _Source("", {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}, names)


def _functions(text: str) -> dict[str, ast.FunctionDef]:
    return {node.name: node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}
