"""How calls come to the parts of a search, wherever they are, and arrays from one to another. Knows nothing of states.

What holds the arrays of an answer is a handle: only who made it knows what that is. Here are parts within this process,
which work one after the other; `ray_actors` has them on other machines.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from checker.contract.wording import counted
from checker.engines.common.clock import MACHINE_MEMORY, Stopped
from checker.engines.explicit.cluster.partition import Answer, Array, Partition, Setup
from checker.errors import EngineBug, ModelError, Problem


class Lost(Exception):
    """Parts of a search, by number, have died, and all that they held with them."""

    def __init__(self, parts: Sequence[int]) -> None:
        self.parts = tuple(parts)
        super().__init__(*parts)


@dataclass(frozen=True, slots=True)
class Call:
    """A method of a part, what it is given, handles of arrays, and how many arrays its answer mostly has."""

    method: str
    given: tuple[Any, ...] = ()
    arrays: tuple[Any, ...] = ()
    answers: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """The value of an answer, and the handles of its arrays, None for those that are empty."""

    value: Any
    arrays: tuple[Any, ...] = ()
    sizes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Raised:
    """What a part raised, as data: why it ended, the mistakes of a model, or what else went wrong, in words."""

    stopped: str | None = None
    problems: tuple[Problem, ...] = ()
    wrong: str = ""

    def error(self) -> Exception:
        """The same as an error."""
        if self.stopped is not None:
            return Stopped(self.stopped)
        return ModelError(self.problems) if self.problems else EngineBug(f"explicit: {self.wrong}")


def raised(problem: Exception) -> Raised:
    """An error as data."""
    match problem:
        case Stopped():
            return Raised(str(problem))
        case MemoryError():
            return Raised(MACHINE_MEMORY)
        case ModelError():
            return Raised(problems=problem.problems)
    return Raised(wrong="".join(traceback.format_exception(problem)))


class Transport(Protocol):
    """So many parts."""

    parts: int
    where: str
    """What the parts are, and where: `4 actors`."""

    def call(self, calls: Mapping[int, Call], look: Callable[[], None]) -> dict[int, Reply]:
        """Call parts at the same time. `look` is called now and then, and ends the waiting by what it raises. Raises
        Lost once all that could be answered is, and what a part raised."""
        ...

    def replace(self, part: int) -> None:
        """Have a new part, which knows nothing, in place of one that was lost, or of one that is to begin anew."""
        ...

    def value(self, handle: Any) -> bytes:
        """What a handle holds. Raises Lost without a part if it is gone."""
        ...

    def held(self, array: bytes) -> Any:
        """A handle for an array that is here."""
        ...

    def interrupt(self) -> None:
        """Have every part end what it does."""
        ...

    def close(self) -> None:
        """End all parts."""
        ...


def size_of(array: Array) -> int:
    """How many bytes it has."""
    return sum(map(len, array)) if isinstance(array, tuple) else len(array)


def copy_of(array: Array) -> bytes:
    """The same bytes in one piece: an array may be another's memory."""
    return b"".join(array) if isinstance(array, tuple) else bytes(array)


def replied(answer: Answer, put: Callable[[Array], Any]) -> Reply:
    """An answer with handles in place of arrays. What `put` is given is another's memory: it is to be copied."""
    handles = tuple(put(array) if size_of(array) else None for array in answer.arrays)
    return Reply(answer.value, handles, tuple(map(size_of, answer.arrays)))


def performed(partition: Partition, call: Call, arrays: Sequence[bytes | memoryview]) -> Answer:
    """What a call comes to."""
    answer: Answer = getattr(partition, call.method)(*call.given, arrays=arrays)
    return answer


def survives(part: int, call: Call) -> bool:
    """Whether a part within this process outlives a call: it always does, but in tests that say otherwise."""
    return True


class Inside:
    """Parts within this process."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self.parts = setup.parts
        self.where = f"{counted(setup.parts, 'part')} in this process"
        self._partitions: dict[int, Partition] = {part: Partition(setup, part) for part in range(setup.parts)}

    def call(self, calls: Mapping[int, Call], look: Callable[[], None]) -> dict[int, Reply]:
        """Call them one after the other."""
        found: dict[int, Reply] = {}
        for part, call in calls.items():
            look()
            if part in self._partitions:
                answer = performed(self._partitions[part], call, [each for each in call.arrays if each is not None])
                found[part] = replied(answer, copy_of)
            if not survives(part, call):
                self._partitions.pop(part, None)
        lost = [part for part in range(self.parts) if part not in self._partitions]
        if lost:
            raise Lost(lost)
        return found

    def replace(self, part: int) -> None:
        """Make it anew."""
        self._partitions[part] = Partition(self._setup, part)

    def value(self, handle: Any) -> bytes:
        """It is what it holds."""
        array: bytes = handle
        return array

    def held(self, array: bytes) -> Any:
        """The array itself."""
        return array

    def interrupt(self) -> None:
        """They all wait for us."""

    def close(self) -> None:
        """They go with this."""
        self._partitions.clear()
